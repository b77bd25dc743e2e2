// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "lib/rules/program.h"

namespace assay::rules {

// The same text for conditions that ask the same, whatever the order of their parts and wherever
// the `not` stands. With `positive` false, that of the opposite.
[[nodiscard]] std::string KeyOf(const Program& program, ConditionId condition,
                                bool positive = true);

}  // namespace assay::rules
