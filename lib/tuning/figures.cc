// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/figures.h"

#include <algorithm>
#include <cmath>

namespace assay::tuning {
namespace {

constexpr double kSumNoise = 1e-6;  // far below a thousandth, the smallest part of a score

std::size_t LevelOfAction(Action action) {
  switch (action) {
    case Action::kReject:
      return kReject + 1;
    case Action::kQuarantine:
    case Action::kDiscard:
      return kQuarantine + 1;
    case Action::kTag:
      return kTag + 1;
    default:
      return 0;
  }
}

}  // namespace

Interval WilsonInterval(std::size_t count, std::size_t of) {
  if (of == 0) return {};
  constexpr double kZ = 1.959963984540054;  // two-sided 95 %
  const auto n = static_cast<double>(of);
  const double share = static_cast<double>(count) / n;
  const double spread = 1 + kZ * kZ / n;
  const double middle = (share + kZ * kZ / (2 * n)) / spread;
  const double half = kZ * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n)) / spread;
  return {count == 0 ? 0 : std::max(0.0, middle - half),
          count == of ? 1 : std::min(1.0, middle + half)};
}

std::size_t LevelOf(const Observations& observations, const Sample& sample,
                    const std::vector<double>& scores, const Thresholds& thresholds) {
  if (sample.allowed) return 0;
  const double score = ScoreOf(observations, sample, scores) + kSumNoise;
  std::size_t level = LevelOfAction(sample.action);
  for (std::size_t i = 0; i < kLevels; ++i) {
    if (score >= thresholds.at[i]) level = std::max(level, i + 1);
  }
  return level;
}

std::vector<SetFigures> MakeFigures(const Observations& observations,
                                    const std::vector<const std::vector<double>*>& scores_of,
                                    const Thresholds& thresholds) {
  std::vector<SetFigures> figures(observations.sets.size());
  for (std::size_t i = 0; i < observations.samples.size(); ++i) {
    const Sample& sample = observations.samples[i];
    SetFigures& set = figures[sample.set];
    ++set.messages;
    const std::size_t level = LevelOf(observations, sample, *scores_of[i], thresholds);
    for (std::size_t reached = 0; reached < level; ++reached) ++set.reached[reached];
  }
  return figures;
}

std::vector<RuleFigures> CountHits(const Observations& observations) {
  std::vector<RuleFigures> figures(observations.rules.size(),
                                   {std::vector<std::size_t>(observations.sets.size())});
  for (const Sample& sample : observations.samples) {
    for (const Cell& cell : sample.cells) ++figures[cell.rule].hits[sample.set];
  }
  return figures;
}

}  // namespace assay::tuning
