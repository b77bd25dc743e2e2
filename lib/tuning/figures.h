// SPDX-License-Identifier: Apache-2.0
// How many messages of each set reach which threshold.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "lib/tuning/observations.h"

namespace assay::tuning {

enum Level : std::size_t { kTag, kQuarantine, kReject, kLevels };

struct Thresholds {
  std::array<double, kLevels> at{};  // infinity: never
};

// 95 % confidence interval of a share.
struct Interval {
  double low = 0;
  double high = 1;
};
// Wilson's, which is sound for the few and rare too; 0 to 1 of nothing.
[[nodiscard]] Interval WilsonInterval(std::size_t count, std::size_t of);

struct SetFigures {
  std::size_t messages = 0;
  // That come to this level or a higher one, by score or by an action that a rule asks for.
  std::array<std::size_t, kLevels> reached{};
};

// How far one message comes: 0 for nothing, else 1 + Level.
[[nodiscard]] std::size_t LevelOf(const Observations& observations, const Sample& sample,
                                  const std::vector<double>& scores, const Thresholds& thresholds);

// By set. `scores_of` holds one vector of scores for each sample (in folds, they differ).
[[nodiscard]] std::vector<SetFigures> MakeFigures(
    const Observations& observations, const std::vector<const std::vector<double>*>& scores_of,
    const Thresholds& thresholds);

struct RuleFigures {
  std::vector<std::size_t> hits;  // by set
};
[[nodiscard]] std::vector<RuleFigures> CountHits(const Observations& observations);

}  // namespace assay::tuning
