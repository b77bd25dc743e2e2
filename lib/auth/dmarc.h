// SPDX-License-Identifier: Apache-2.0
// DMARC (RFC 9989): policy discovery by tree walk, identifier alignment, disposition.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/auth/dkim.h"
#include "lib/auth/spf.h"
#include "lib/dns/answer.h"

namespace assay::auth {

enum class DmarcResult { kNone, kPass, kFail, kTempError, kPermError };
[[nodiscard]] std::string_view ToWord(DmarcResult result);

enum class DmarcPolicy { kNone, kQuarantine, kReject };
[[nodiscard]] std::string_view ToWord(DmarcPolicy policy);

struct DmarcCheck {
  // The one domain of the From field in lower-case A-labels; empty when the field does not name
  // exactly one author domain, which gives kPermError.
  std::string author_domain;
  // The MAIL FROM identity, for a null reverse-path postmaster@HELO (RFC 7208, 2.4); never a
  // separate HELO check.
  SpfResult spf_result = SpfResult::kNone;
  std::string spf_domain;
  std::span<const DkimOutcome> dkim;  // lives as long as the call
};

struct DmarcOutcome {
  DmarcResult result = DmarcResult::kNone;
  DmarcPolicy policy =
      DmarcPolicy::kNone;  // that applies to the author domain, after sp, np and t; a pass is
                           // not held up to learn whether np instead of sp would apply
  DmarcPolicy record_policy = DmarcPolicy::kNone;  // p= as published
  std::string policy_domain;  // where the record was found; empty when there is none
  std::string
      organizational_domain;  // of the author domain; empty when a DNS failure leaves it open
  bool spf_aligned = false;   // an aligned SPF pass
  bool dkim_aligned = false;  // an aligned DKIM pass
  bool test_mode = false;     // t=y
  std::string problem;        // for kPermError and kTempError: one line
};

// Evaluates the message against the answers known so far (RFC 9989, 4 and 5). Pure, as CheckSpf().
// An aligned pass decides even when other lookups failed; without one a temporary DNS failure that
// could have made a difference is kTempError and no policy applies. A failure at a domain that
// cannot be aligned anyway makes none.
[[nodiscard]] std::variant<DmarcOutcome, dns::Questions> CheckDmarc(const DmarcCheck& check,
                                                                    const dns::Answers& answers);

// The questions worth asking as soon as the From field is known. `identifiers`: the domains that
// may turn out to be authenticated (of MAIL FROM, of every d=); those that could be aligned add
// their walks, so that CheckDmarc() has nothing left to ask once SPF and DKIM have concluded.
[[nodiscard]] std::vector<dns::Question> DmarcPrefetch(
    std::string_view author_domain, std::span<const std::string> identifiers = {});

}  // namespace assay::auth
