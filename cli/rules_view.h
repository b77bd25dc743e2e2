// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/outcome.h"

namespace assay::cli {

struct RulesViewOptions {
  std::string config;              // empty: see LoadConfig()
  std::vector<std::string> rules;  // rule files, as one set, instead of the configured ones
  bool json = false;
};

// `assay rules list`: every rule on a line.
[[nodiscard]] Outcome RunRulesList(const RulesViewOptions& options);
// `assay rules show NAME`: the rule as it stands in its file, and what holds after all changes.
[[nodiscard]] Outcome RunRulesShow(const RulesViewOptions& options, const std::string& name);
// `assay rules cost PATH…`: what each rule costs on these messages; of a folder, on all files in it
// and below.
[[nodiscard]] Outcome RunRulesCost(const RulesViewOptions& options,
                                   const std::vector<std::string>& paths);

}  // namespace assay::cli
