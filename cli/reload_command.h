// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/outcome.h"

namespace assay::cli {

struct ReloadOptions {
  std::string config;          // whose milter.control is used; empty: see LoadConfig()
  bool accept_shrink = false;  // lists may have lost more than half of their entries
};

// `assay reload`: has the running assayd read everything again, and waits for what it says.
[[nodiscard]] Outcome RunReload(const ReloadOptions& options);

}  // namespace assay::cli
