// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/outcome.h"

namespace assay::cli {

struct MeasureOptions {
  std::string manifest;
  std::string folder;
  std::string config;                // empty: see LoadConfig()
  std::vector<std::string> rules;    // instead of the configured ones
  std::string verdicts;              // file for a line per message; empty: none
  std::size_t folds = 0;             // 0: the scores of the files
  unsigned jobs = 0;                 // threads; 0: one for each CPU
  double false_positive_weight = 0;  // 0: the usual one
  bool json = false;
};

// `assay measure`: what the rules catch and what they hit wrongly, by source.
[[nodiscard]] Outcome RunMeasure(const MeasureOptions& options);

struct TuneOptions {
  MeasureOptions measure;
  bool write = false;  // the new scores into the rule files
};

// `assay tune`: fits the scores that the files leave to it, and shows the change.
[[nodiscard]] Outcome RunTune(const TuneOptions& options);

}  // namespace assay::cli
