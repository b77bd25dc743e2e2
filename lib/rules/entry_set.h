// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include "lib/base/ip_address.h"
#include "lib/rules/limits.h"
#include "lib/rules/pattern_table.h"

namespace assay::rules {

// What `in` looks into: texts, domains, addresses, networks and patterns together. Which of the
// others an entry is follows from how it is asked. ASCII case is ignored, but by patterns.
class EntrySet {
 public:
  // One entry as written: "example.com", ".example.com", "@example.com", "a@example.com",
  // "192.0.2.0/24".
  void Add(std::string_view entry);
  // Patterns that are entries, too: each finds a text that it matches somewhere.
  void SetPatterns(std::shared_ptr<const PatternTable> patterns);

  // The text as a whole.
  [[nodiscard]] bool HasText(std::string_view text) const;
  // The domain or one of its parents.
  [[nodiscard]] bool HasDomain(std::string_view domain) const;
  // local@domain as a whole, or its domain as HasDomain() does.
  [[nodiscard]] bool HasMailAddress(std::string_view address) const;
  // Some network holds the address.
  [[nodiscard]] bool HasIp(const IpAddress& address) const;

  [[nodiscard]] std::size_t size() const { return size_ + pattern_count(); }
  [[nodiscard]] std::size_t pattern_count() const { return patterns_ ? patterns_->size() : 0; }
  // What to ask for this text counts against kMaxWork.
  [[nodiscard]] std::size_t WorkFor(std::string_view text) const {
    return kLookupWork + text.size() * (1 + pattern_weight_);
  }
  [[nodiscard]] bool has_networks() const { return !networks_.empty(); }
  // The same text for sets with the same entries; of patterns, the same objects.
  [[nodiscard]] std::string Key() const;

 private:
  [[nodiscard]] bool Matches(std::string_view text) const;
  [[nodiscard]] bool HasName(std::string_view domain) const;

  std::unordered_set<std::string> texts_;  // lower case; of domains without leading . or @
  std::set<IpNetwork> networks_;           // host bits cleared
  std::set<int> prefixes_v4_;              // lengths that occur
  std::set<int> prefixes_v6_;
  std::size_t size_ = 0;
  std::shared_ptr<const PatternTable> patterns_;
  std::size_t pattern_weight_ = 0;  // PatternCost::weight of all of them together
};

}  // namespace assay::rules
