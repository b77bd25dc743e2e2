// SPDX-License-Identifier: Apache-2.0
// What `assay measure` and `assay tune` share: the corpus, the fits by fold, the figures.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/measure.h"
#include "cli/outcome.h"
#include "lib/engine/generation.h"
#include "lib/tuning/figures.h"
#include "lib/tuning/leakage.h"
#include "lib/tuning/observations.h"

namespace assay::cli {

// Scores that fits have found, and how well they do on mail they have not seen.
struct Folded {
  std::size_t count = 0;
  std::vector<std::vector<double>> scores;      // by fold: fitted without that fold
  std::vector<double> fitted;                   // on everything
  std::vector<tuning::SetFigures> out_of_fold;  // each message by the fit that has not seen it
  std::vector<tuning::SetFigures> in_sample;    // each message by `fitted`
};

struct Measurement {
  std::shared_ptr<const engine::Generation> generation;
  tuning::Observations observations;
  tuning::Thresholds thresholds;
  std::vector<tuning::SetFigures> figures;  // with the scores of the files
  std::vector<tuning::RuleFigures> rule_hits;
  std::vector<tuning::Leak> leaks;
  std::optional<Folded> folded;
};

// Points of percentage between the out-of-fold and the in-sample share at `tag` of one set.
[[nodiscard]] double GapOf(const Folded& folded, std::size_t set);
// Beyond that the scores have learnt the mail by heart.
inline constexpr double kMaxGap = 10;
// Of ham and spam only: nothing is learnt from other mail.
[[nodiscard]] bool IsDefect(const Measurement& measurement, const Folded& folded, std::size_t set);

// Nothing, with the reason in `outcome`, when something cannot be read or is wrong.
[[nodiscard]] std::optional<Measurement> Measure(const MeasureOptions& options, Outcome& outcome);
// Fits within and across the folds.
[[nodiscard]] Folded FitFolds(const Measurement& measurement, const MeasureOptions& options);

[[nodiscard]] std::string MeasurementAsText(const Measurement& measurement);
[[nodiscard]] std::string MeasurementAsJson(const Measurement& measurement);
// The facts that are not fitted on, and the rules that read them; empty without any.
[[nodiscard]] std::string LeaksAsText(const Measurement& measurement);

}  // namespace assay::cli
