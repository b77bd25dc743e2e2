// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/outcome.h"

namespace assay::cli {

struct RulesOptions {
  std::string config;  // empty: see LoadConfig()
  std::vector<std::string>
      files;              // rule files, as one set; for lint also *.toml. Empty: what is configured
  bool coverage = false;  // of `assay test`: which tests no example decides
};

// `assay lint`: everything that would keep assayd from loading it, and what is doubtful.
[[nodiscard]] Outcome RunLint(const RulesOptions& options);
// `assay test`: runs the hit and miss examples. With `coverage`, gaps count as failures.
[[nodiscard]] Outcome RunTest(const RulesOptions& options);

}  // namespace assay::cli
