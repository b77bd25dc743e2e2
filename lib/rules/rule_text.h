// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "lib/rules/rule_set.h"

namespace assay::rules {

// The score as a rule file says it: "2.5", "0.5 each, at most 2", "auto 0..4 = 1.7".
[[nodiscard]] std::string ScoreText(const RuleInfo& rule);

}  // namespace assay::rules
