// SPDX-License-Identifier: Apache-2.0
// Patterns and texts by chance, for the tests and programs that compare engines.
#pragma once

#include <random>
#include <string>

namespace assay::rules {

// A pattern of a few letters, so that texts by chance match now and then.
class RandomPattern {
 public:
  explicit RandomPattern(std::mt19937& random, bool bytes) : random_(random), bytes_(bytes) {}

  [[nodiscard]] std::string Make() { return Alternation(3); }

 private:
  unsigned Below(unsigned end) {
    return std::uniform_int_distribution<unsigned>(0, end - 1)(random_);
  }
  std::string Alternation(int depth);
  std::string Concatenation(int depth);
  std::string Atom(int depth);

  std::mt19937& random_;
  bool bytes_;
};

// Letters of these patterns, their partners and separators.
[[nodiscard]] std::string RandomText(std::mt19937& random, std::size_t letters);

}  // namespace assay::rules
