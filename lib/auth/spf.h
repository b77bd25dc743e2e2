// SPDX-License-Identifier: Apache-2.0
// SPF (RFC 7208), evaluated by libspf2 behind a strict wrapper: our parser, macros, explanations
// and limits; the library only sees canonical, macro-free records.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "lib/base/clock.h"
#include "lib/base/ip_address.h"
#include "lib/dns/answer.h"

namespace assay::auth {

enum class SpfResult { kNone, kNeutral, kPass, kFail, kSoftFail, kTempError, kPermError };
[[nodiscard]] std::string_view ToWord(SpfResult result);  // RFC 8601 words: "none" … "permerror"

// The arguments of check_host() (RFC 7208, 4.1) and what macros need beside them.
struct SpfCheck {
  IpAddress client_ip;
  std::string domain;       // the domain of the identity checked: MAIL FROM's, or the HELO name
  std::string sender;       // local@domain of MAIL FROM, or postmaster@HELO
  std::string helo_domain;  // %{h}
  std::string receiver;     // %{r}: our host name, or empty for "unknown"
  WallTime now{};           // %{t}
};

struct SpfOutcome {
  SpfResult result = SpfResult::kNone;
  std::string mechanism;  // the term that decided, as written in the record: "ip4:192.0.2.0/24";
                          // empty when none did
  std::string record_domain;  // whose record that term stands in, after include and redirect
  std::string explanation;  // exp= text (6.2) for kFail when the domain gave one; printable ASCII,
                            // not escaped further
  std::string problem;      // for kPermError and kTempError: what was wrong, one line
};

// Runs check_host() (RFC 7208, 4) against the answers known so far. Pure: asks nothing, waits for
// nothing, keeps nothing. Returns the outcome, or the questions whose answers it lacks; call again
// when the first of them is answered. Limits of 4.6.4 (10 terms, 2 void lookups, 10 MX and PTR
// names) count over the whole evaluation. A domain without a record is kNone. Safe to call from
// several threads with different arguments.
[[nodiscard]] std::variant<SpfOutcome, dns::Questions> CheckSpf(const SpfCheck& check,
                                                                const dns::Answers& answers);

}  // namespace assay::auth
