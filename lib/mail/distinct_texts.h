// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

namespace assay::mail {

// Appends to a list in which nothing stands twice; empty texts are left out.
class DistinctTexts {
 public:
  explicit DistinctTexts(std::vector<std::string>& out) : out_(out) {}
  void Add(const std::string& text) {
    if (!text.empty() && seen_.insert(text).second) out_.push_back(text);
  }

 private:
  std::vector<std::string>& out_;
  std::unordered_set<std::string> seen_;
};

}  // namespace assay::mail
