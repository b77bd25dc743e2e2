// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/rule_text.h"

#include <fmt/format.h>

namespace assay::rules {

std::string ScoreText(const RuleInfo& rule) {
  if (rule.each_cap) return fmt::format("{} each, at most {}", rule.score, *rule.each_cap);
  if (!rule.auto_score) return fmt::format("{}", rule.score);
  const AutoScore& range = *rule.auto_score;
  return fmt::format("auto {}..{}", range.low, range.high) +
         (range.tuned ? fmt::format(" = {}", rule.score) : "");
}

}  // namespace assay::rules
