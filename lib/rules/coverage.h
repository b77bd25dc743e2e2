// SPDX-License-Identifier: Apache-2.0
// How far the examples beside the rules try each part of their conditions.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/rules/rule_set.h"

namespace assay::rules {

// A single test of a rule is covered when it decides at least one `hit` and one `miss`: with the
// opposite answer of this test alone, that example would have come out differently. What a rule
// that it names asks is that rule's own affair.
class Coverage {
 public:
  struct Report {
    std::size_t tests = 0;  // single tests of all live rules
    std::size_t covered = 0;
    std::vector<Diagnostic> gaps;  // a warning for each of the others, in the order of the files
  };
  // Examples that fail cover nothing.
  [[nodiscard]] static Report Run(const RuleSet& rules, const TestRunner::DeriveFacts& derive);
};

}  // namespace assay::rules
