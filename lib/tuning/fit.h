// SPDX-License-Identifier: Apache-2.0
// Scores from mail with labels: a logistic regression that is bounded, knows the group caps, and
// holds a false positive to be much worse than a spam that comes through.
//
// Why not a library: it takes 150 lines, has to know about caps, bounds and signs, and must give
// the same scores on every machine, so that a diff can be reviewed and repeated.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/tuning/observations.h"

namespace assay::tuning {

struct FitOptions {
  double threshold = 5;  // what spam is to reach and ham is not
  // What one ham above the threshold costs, in spam below it, where all sets are equally large.
  // Each set weighs as much as any other on its side, whatever its size is.
  double false_positive_weight = 300;
  double margin = 0.8;      // how far ham is to stay below the threshold
  double softness = 0.4;    // width of the logistic function, in points of score
  double shrink = 0.0004;   // cost of a point of score: what hardly helps becomes 0
  double damping = 0.0002;  // cost of its square: what goes together shares
  int sweeps = 200;         // over all rules; fewer when nothing moves any more
};

// Scores by rule: fitted where the rule has bounds and `frozen` does not name it, else as the files
// say. Learns from the samples whose index is in `training` and that have a side. Deterministic.
[[nodiscard]] std::vector<double> FitScores(const Observations& observations,
                                            const std::vector<std::size_t>& training,
                                            const std::vector<bool>& frozen,
                                            const FitOptions& options);

}  // namespace assay::tuning
