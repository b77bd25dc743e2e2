// SPDX-License-Identifier: Apache-2.0
// SPF records as text and as terms (RFC 7208, 4.5, 4.6.1 and 12). The parser is strict: whatever
// the grammar does not allow, anywhere in the record, is an error (4.6), also behind a term that
// decides.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/spf_macro.h"
#include "lib/base/ip_address.h"
#include "lib/base/result.h"
#include "lib/dns/answer.h"

namespace assay::auth::spf {

inline constexpr std::size_t kMaxDnsTerms = 10;  // RFC 7208, 4.6.4: terms that cause DNS questions

enum class Qualifier { kPass, kFail, kSoftFail, kNeutral };
inline constexpr std::string_view kQualifiers = "+-~?";  // in that order
enum class Mechanism { kAll, kInclude, kA, kMx, kPtr, kIp4, kIp6, kExists };

// A mechanism with its qualifier. Views point into the record's text.
struct Directive {
  Qualifier qualifier = Qualifier::kPass;
  Mechanism mechanism = Mechanism::kAll;
  std::optional<MacroString> domain{};  // absent: the domain whose record this is
  // ip4 and ip6; absent when no client can match: an IPv4-mapped ip6 network (5: mapped clients
  // count as IPv4).
  std::optional<IpNetwork> network{};
  int prefix_v4 = 32;     // a and mx
  int prefix_v6 = 128;    // a and mx
  std::string_view text;  // as written

  [[nodiscard]] bool asks_dns() const {
    return mechanism != Mechanism::kAll && mechanism != Mechanism::kIp4 &&
           mechanism != Mechanism::kIp6;
  }
  // Whether it matches this client without asking DNS.
  [[nodiscard]] bool MatchesAtOnce(const IpAddress& client) const {
    return mechanism == Mechanism::kAll || (network && network->Contains(client));
  }
};

struct Record {
  // In order, as far as they can be reached: nothing after `all`, nothing after kMaxDnsTerms + 1
  // terms that ask DNS.
  std::vector<Directive> directives;
  std::optional<MacroString> redirect;
  std::string_view redirect_text;  // as written
  std::optional<MacroString> explanation;
};

// `text` must outlive the record.
[[nodiscard]] Result<Record> ParseRecord(std::string_view text);
// A record that parses to the same one; unknown modifiers and unreachable terms are gone.
[[nodiscard]] std::string ToString(const Record& record);

// The SPF record among the TXT records of a domain (4.5).
struct Selection {
  enum class Kind { kRecord, kNone, kSeveral, kTemporary };
  Kind kind = Kind::kNone;
  std::string_view text{};  // kRecord: lives as long as the answer
};
[[nodiscard]] Selection SelectRecord(const dns::Answer& answer);

}  // namespace assay::auth::spf
