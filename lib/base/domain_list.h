// SPDX-License-Identifier: Apache-2.0
// Lists of domains as administrators write them: "example.com" is that domain, ".example.com" it
// and everything below it. All in lower-case A-labels.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace assay {

// `domain` itself or a name below it.
[[nodiscard]] inline bool IsSameDomainOrBelow(std::string_view name, std::string_view domain) {
  return name.ends_with(domain) &&
         (name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.');
}

[[nodiscard]] inline bool DomainMatches(std::string_view entry, std::string_view domain) {
  if (!entry.starts_with('.')) return !entry.empty() && entry == domain;
  return IsSameDomainOrBelow(domain, entry.substr(1));
}

[[nodiscard]] inline bool ListsDomain(std::span<const std::string> list, std::string_view domain) {
  return std::ranges::any_of(
      list, [domain](const std::string& entry) { return DomainMatches(entry, domain); });
}

}  // namespace assay
