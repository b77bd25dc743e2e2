// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/outcome.h"

namespace assay::cli {

struct ConfigOptions {
  std::string config;  // file; empty: see LoadConfig()
  std::string key;     // only this one
  bool keys = false;   // what keys there are, not what they are set to
  bool json = false;
};

// `assay config`: the effective values, or the table of keys.
[[nodiscard]] Outcome RunConfig(const ConfigOptions& options);

}  // namespace assay::cli
