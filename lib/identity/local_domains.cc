// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/local_domains.h"

#include <algorithm>

#include "lib/base/domain_list.h"

namespace assay::identity {
namespace {

bool Vouched(const LocalDomains& local, std::string_view claimed,
             const std::vector<std::string>& verified) {
  return std::ranges::any_of(verified, [&](const std::string& domain) {
    return local.Contains(domain) &&
           (IsSameDomainOrBelow(claimed, domain) || IsSameDomainOrBelow(domain, claimed));
  });
}

}  // namespace

LocalDomains::LocalDomains(std::span<const std::string> entries) {
  for (const std::string& entry : entries) {
    if (entry.starts_with('.')) {
      trees_.insert(entry.substr(1));
    } else {
      exact_.insert(entry);
    }
  }
}

bool LocalDomains::Contains(std::string_view domain) const {
  if (domain.empty()) return false;
  if (exact_.contains(std::string(domain))) return true;
  if (trees_.empty()) return false;
  while (true) {
    if (trees_.contains(std::string(domain))) return true;
    const std::size_t dot = domain.find('.');
    if (dot == std::string_view::npos) return false;
    domain.remove_prefix(dot + 1);
  }
}

std::string_view ToWord(LocalClaim claim) {
  switch (claim) {
    case LocalClaim::kNone:
      return "none";
    case LocalClaim::kVouched:
      return "vouched";
    case LocalClaim::kUnvouched:
      return "unvouched";
    case LocalClaim::kTempError:
      return "temperror";
  }
  return "none";
}

LocalClaim JudgeLocalClaim(const LocalDomains& local, const LocalClaimCheck& check) {
  LocalClaim claim = LocalClaim::kNone;
  for (const std::string& domain : check.claimed_domains) {
    if (!local.Contains(domain)) continue;
    if (check.excepted || Vouched(local, domain, check.verified_domains)) {
      if (claim == LocalClaim::kNone) claim = LocalClaim::kVouched;
    } else if (Vouched(local, domain, check.troubled_domains)) {
      claim = LocalClaim::kTempError;
    } else {
      return LocalClaim::kUnvouched;
    }
  }
  if (check.domains_cut && !check.excepted && !local.empty()) return LocalClaim::kUnvouched;
  return claim;
}

}  // namespace assay::identity
