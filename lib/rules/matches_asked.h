// SPDX-License-Identifier: Apache-2.0
// Which patterns the live rules of a Program ask of which source.
#pragma once

#include <vector>

#include "lib/rules/program.h"

namespace assay::rules {

// In no order; some more than once. A match that is missing here is found all the same, only not as
// fast.
[[nodiscard]] std::vector<TextMatch> MatchesAsked(const Program& program);

}  // namespace assay::rules
