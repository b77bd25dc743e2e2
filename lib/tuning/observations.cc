// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/observations.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace assay::tuning {

std::vector<double> Observations::scores() const {
  std::vector<double> scores;
  scores.reserve(rules.size());
  for (const RuleColumn& rule : rules) scores.push_back(rule.score);
  return scores;
}

double ScoreOf(const Observations& observations, const Sample& sample,
               const std::vector<double>& scores) {
  double sum = 0;
  std::vector<std::pair<std::size_t, double>> groups;  // few: only those that the message touches
  for (const Cell& cell : sample.cells) {
    const double score = cell.units * scores[cell.rule];
    const auto& group = observations.rules[cell.rule].group;
    if (!group) {
      sum += score;
      continue;
    }
    const auto found = std::ranges::find(groups, *group, &std::pair<std::size_t, double>::first);
    if (found == groups.end()) {
      groups.emplace_back(*group, score);
    } else {
      found->second += score;
    }
  }
  for (const auto& [group, score] : groups) sum += std::min(score, observations.group_caps[group]);
  return sum;
}

double RoundScore(double score) {
  constexpr double kSteps = 10;  // tenths
  const double rounded = std::round(score * kSteps) / kSteps;
  return rounded == 0 ? 0 : rounded;  // no negative zero
}

}  // namespace assay::tuning
