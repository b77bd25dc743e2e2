// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/arc_trust.h"

#include <algorithm>
#include <vector>

#include "lib/auth/authentication_results.h"
#include "lib/base/domain_list.h"
#include "lib/mail/address.h"

namespace assay::auth {
namespace {

// The value of a property that stands there exactly once.
std::string_view OnlyProperty(const MethodResult& method, std::string_view name) {
  std::string_view value;
  for (const auto& [key, text] : method.properties) {
    if (key != name) continue;
    if (!value.empty()) return {};
    value = text;
  }
  return value;
}

// Of an address or a bare domain; empty when it is none.
std::string DomainOf(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos) text.remove_prefix(at + 1);
  return mail::NormalizeDomain(text).value_or(std::string());
}

// Between the author domain and its organizational domain: such a domain shares the latter (RFC
// 9989, 4.10.2). Siblings may, too, but only DNS could tell.
bool IsAligned(const std::string& domain, const ArcTrustCheck& check) {
  if (domain.empty()) return false;
  if (domain == check.author_domain) return true;
  return !check.organizational_domain.empty() && IsSameDomainOrBelow(check.author_domain, domain) &&
         IsSameDomainOrBelow(domain, check.organizational_domain);
}

bool PassesFor(const MethodResult& method, const ArcTrustCheck& check) {
  if (method.result != "pass") return false;
  if (method.method == "spf") {
    return IsAligned(DomainOf(OnlyProperty(method, "smtp.mailfrom")), check);
  }
  if (method.method != "dkim") return false;
  const std::string_view signing_domain = OnlyProperty(method, "header.d");
  return IsAligned(
      DomainOf(signing_domain.empty() ? OnlyProperty(method, "header.i") : signing_domain), check);
}

bool RecordsAuthor(const ArcSet& set, const ArcTrustCheck& check) {
  const std::vector<MethodResult> methods = ReadMethodResults(set.authentication_results);
  const auto is_dmarc = [](const MethodResult& method) { return method.method == "dmarc"; };
  const auto dmarc = std::ranges::count_if(methods, is_dmarc);
  if (dmarc > 1) return false;
  if (dmarc == 1) {
    const MethodResult& method = *std::ranges::find_if(methods, is_dmarc);
    return method.result == "pass" &&
           DomainOf(OnlyProperty(method, "header.from")) == check.author_domain;
  }
  return std::ranges::any_of(
      methods, [&check](const MethodResult& method) { return PassesFor(method, check); });
}

}  // namespace

std::optional<std::string> FindTrustedSealer(const ArcEvidence& chain, const ArcTrustCheck& check) {
  if (check.author_domain.empty() || chain.sets.empty() || !chain.sets.back().covers_from) {
    return {};
  }
  for (auto set = chain.sets.rbegin(); set != chain.sets.rend(); ++set) {
    if (!ListsDomain(check.trusted_sealers, set->sealer)) return {};
    if (RecordsAuthor(*set, check)) return set->sealer;
  }
  return {};
}

}  // namespace assay::auth
