// SPDX-License-Identifier: Apache-2.0
// Facts that tell how the mail was collected instead of what it is.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/tuning/observations.h"

namespace assay::tuning {

// A fact that is known for one side more often than for the other.
struct Leak {
  std::size_t fact = 0;  // index of facts::Table()
  double ham_known = 0;  // share, 0 to 1
  double spam_known = 0;
  std::vector<std::size_t> rules;  // that have bounds and read it
};

// Beyond that difference a rule may have learnt where the mail comes from: such a fact is not
// fitted.
inline constexpr double kMaxKnownDifference = 0.10;

// Facts of the session whose availability differs by more than kMaxKnownDifference between ham and
// spam, each set weighing as much as any other on its side, or between the two sides of one set.
[[nodiscard]] std::vector<Leak> FindLeaks(const Observations& observations);

// By rule: reads a fact of a leak, or is true of a rule that does.
[[nodiscard]] std::vector<bool> RulesOn(const std::vector<Leak>& leaks, std::size_t rules);

}  // namespace assay::tuning
