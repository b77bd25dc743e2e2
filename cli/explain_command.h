// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/outcome.h"

namespace assay::cli {

struct ExplainOptions {
  std::string name;     // reference, queue id or Message-ID
  std::string config;   // empty: see LoadConfig()
  std::string journal;  // file; empty: as configured
  bool json = false;
};

// `assay explain`: why messages were judged as they were, from the journal.
[[nodiscard]] Outcome RunExplain(const ExplainOptions& options);

}  // namespace assay::cli
