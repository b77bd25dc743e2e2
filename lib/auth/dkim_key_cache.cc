// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_key_cache.h"

namespace assay::auth {

std::shared_ptr<const ParsedDkimKey> DkimKeyCache::Parse(std::string_view record) {
  if (record.size() > kMaxKeptBytes) {
    return std::make_shared<const ParsedDkimKey>(ParseDkimKey(record));
  }
  const std::string text(record);
  {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(text);
    if (found != keys_.end()) return found->second;
  }
  auto parsed = std::make_shared<const ParsedDkimKey>(ParseDkimKey(record));
  const std::lock_guard lock(mutex_);
  if (keys_.emplace(text, parsed).second) order_.push_back(text);
  if (order_.size() > kMaxKeys) {
    keys_.erase(order_.front());
    order_.pop_front();
  }
  return parsed;
}

std::size_t DkimKeyCache::size() const {
  const std::lock_guard lock(mutex_);
  return keys_.size();
}

}  // namespace assay::auth
