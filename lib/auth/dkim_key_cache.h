// SPDX-License-Identifier: Apache-2.0
// Key records that were parsed lately. Parsing one costs about as much as verifying a signature
// with it.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>

#include "lib/auth/dkim_key.h"

namespace assay::auth {

using ParsedDkimKey = tl::expected<DkimKey, DkimProblem>;

// Keyed by the record's text, so that nothing in it ever goes stale. Safe to use from several
// threads.
class DkimKeyCache {
 public:
  static constexpr std::size_t kMaxKeys = 1024;
  static constexpr std::size_t kMaxKeptBytes = 2048;  // longer records are parsed each time

  // ParseDkimKey(record). Never null.
  [[nodiscard]] std::shared_ptr<const ParsedDkimKey> Parse(std::string_view record);
  [[nodiscard]] std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const ParsedDkimKey>> keys_;
  std::deque<std::string> order_;  // oldest first
};

}  // namespace assay::auth
