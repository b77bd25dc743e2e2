// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "lib/base/ip_address.h"

namespace assay::rules {

// What `in` looks into: texts, domains, addresses and networks together. Which of them an entry is
// follows from how it is asked. ASCII case is ignored.
class EntrySet {
 public:
  // One entry as written: "example.com", ".example.com", "@example.com", "a@example.com",
  // "192.0.2.0/24".
  void Add(std::string_view entry);

  // The text as a whole.
  [[nodiscard]] bool HasText(std::string_view text) const;
  // The domain or one of its parents.
  [[nodiscard]] bool HasDomain(std::string_view domain) const;
  // local@domain as a whole, or its domain as HasDomain() does.
  [[nodiscard]] bool HasMailAddress(std::string_view address) const;
  // Some network holds the address.
  [[nodiscard]] bool HasIp(const IpAddress& address) const;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool has_networks() const { return !networks_.empty(); }

 private:
  std::unordered_set<std::string> texts_;  // lower case; of domains without leading . or @
  std::set<IpNetwork> networks_;           // host bits cleared
  std::set<int> prefixes_v4_;              // lengths that occur
  std::set<int> prefixes_v6_;
  std::size_t size_ = 0;
};

}  // namespace assay::rules
