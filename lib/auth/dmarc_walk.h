// SPDX-License-Identifier: Apache-2.0
// The DNS Tree Walk of RFC 9989, 4.10: which DMARC records lie above a domain, and what its
// Organizational Domain is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/dmarc_record.h"
#include "lib/dns/answer.h"

namespace assay::auth {

inline constexpr std::size_t kMaxWalkQueries = 8;  // RFC 9989, 4.10; for one domain

// The names that a walk from `domain` visits, longest first: itself, then its parents from at most
// seven labels down to one. Empty for an empty domain or an address literal.
[[nodiscard]] std::vector<std::string> WalkNames(std::string_view domain);
[[nodiscard]] dns::Question DmarcQuestion(std::string_view domain);

struct TreeWalk {
  struct Found {
    std::string domain;
    DmarcRecord record;
  };
  std::vector<Found> records;       // longest name first, up to the first with psd=y or psd=n
  std::vector<std::string> failed;  // names that gave a temporary failure
  std::vector<dns::Question>
      missing;  // not answered yet; while there are any, the members below mean nothing
  std::string organizational_domain;  // as if `failed` had no records
  // Whether the failures leave it at that. If not, it is `widest` or a name below that.
  bool certain = true;
  std::string widest;

  [[nodiscard]] const Found* Find(std::string_view domain) const;
};

[[nodiscard]] TreeWalk WalkTree(std::string_view domain, const dns::Answers& answers);

}  // namespace assay::auth
