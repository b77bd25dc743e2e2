// SPDX-License-Identifier: Apache-2.0
// New scores as a change to the rule files that a person can review.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::tuning {

// Bytes of a file that become others.
struct Replacement {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string text;
};

// The file after the replacements, which do not overlap.
[[nodiscard]] std::string Apply(std::string_view file, std::vector<Replacement> replacements);

// What patch(1) takes: the differences between two texts with as many lines, three lines of
// context. Empty when there are none. `name` stands in both file lines as it is, without the a/ and
// b/ of git.
[[nodiscard]] std::string UnifiedDiff(std::string_view name, std::string_view before,
                                      std::string_view after);

}  // namespace assay::tuning
