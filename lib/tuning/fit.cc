// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/fit.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace assay::tuning {
namespace {

constexpr double kLongestStep = 0.5;    // points of score; caps make the function rough
constexpr double kSmallestMove = 1e-4;  // a sweep that moves less than that is the last one

// Coordinate descent: one rule at a time, a Newton step on its score, clamped to its bounds.
class Fit {
 public:
  Fit(const Observations& observations, const std::vector<std::size_t>& training,
      const std::vector<bool>& frozen, const FitOptions& options)
      : observations_(observations), options_(options), scores_(observations.scores()) {
    columns_.resize(observations.rules.size());
    AddSamples(training);
    for (std::uint32_t rule = 0; rule < observations.rules.size(); ++rule) {
      const auto& bounds = observations.rules[rule].bounds;
      if (!bounds || frozen[rule]) continue;
      fitted_.push_back(rule);
      scores_[rule] = std::clamp(0.0, bounds->low, bounds->high);
    }
    for (Row& row : rows_) Resum(row);
  }

  std::vector<double> Run() {
    for (int sweep = 0; sweep < options_.sweeps; ++sweep) {
      double moved = 0;
      for (const std::uint32_t rule : fitted_) moved = std::max(moved, std::abs(Improve(rule)));
      if (moved < kSmallestMove) break;
    }
    for (const std::uint32_t rule : fitted_) scores_[rule] = RoundScore(scores_[rule]);
    return scores_;
  }

 private:
  struct Row {
    const Sample* sample = nullptr;
    double sign = 1;    // 1: ham, whose score is to be low; -1: spam
    double weight = 0;  // of one message
    double score = 0;   // with caps
  };
  struct Use {
    std::uint32_t row = 0;
    double units = 1;
  };

  void AddSamples(const std::vector<std::size_t>& training) {
    std::vector<std::size_t> sizes(observations_.sets.size());
    for (const std::size_t index : training) ++sizes[observations_.samples[index].set];
    std::size_t sets_of_side[2] = {};
    for (std::size_t set = 0; set < sizes.size(); ++set) {
      const Side side = observations_.sets[set].side;
      if (side != Side::kOther && sizes[set] > 0) ++sets_of_side[side == Side::kHam];
    }
    for (const std::size_t index : training) {
      const Sample& sample = observations_.samples[index];
      const Side side = observations_.side(sample);
      if (side == Side::kOther) continue;
      const bool ham = side == Side::kHam;
      const double share = 1.0 / static_cast<double>(sets_of_side[ham] * sizes[sample.set]);
      rows_.push_back(
          {&sample, ham ? 1.0 : -1.0, share * (ham ? options_.false_positive_weight : 1.0)});
      for (const Cell& cell : sample.cells) {
        columns_[cell.rule].push_back({static_cast<std::uint32_t>(rows_.size() - 1), cell.units});
      }
    }
  }

  void Resum(Row& row) const { row.score = ScoreOf(observations_, *row.sample, scores_); }

  // Whether a change of the rule's score would show in this row: not where its group is over the
  // cap.
  [[nodiscard]] bool Shows(const Row& row, std::uint32_t rule) const {
    const auto& group = observations_.rules[rule].group;
    if (!group) return true;
    double sum = 0;
    for (const Cell& cell : row.sample->cells) {
      if (observations_.rules[cell.rule].group == group) sum += cell.units * scores_[cell.rule];
    }
    return sum < observations_.group_caps[*group];
  }

  // How much the score of `rule` moved.
  double Improve(std::uint32_t rule) {
    double slope = 0;
    double curve = options_.damping;
    for (const Use& use : columns_[rule]) {
      const Row& row = rows_[use.row];
      if (!Shows(row, rule)) continue;
      const double target = options_.threshold - row.sign * options_.margin;
      const double excess = row.sign * (row.score - target) / options_.softness;
      const double wrong = 1 / (1 + std::exp(-excess));  // 0: far on its side, 1: far off
      slope += row.weight * row.sign * use.units * wrong;
      curve += row.weight * use.units * use.units * wrong * (1 - wrong) / options_.softness;
    }
    return Move(rule, slope, curve);
  }

  double Move(std::uint32_t rule, double slope, double curve) {
    const double before = scores_[rule];
    const Bounds& bounds = *observations_.rules[rule].bounds;
    // The sign is that of the bounds, so the cost of its size has one slope.
    const double sign = bounds.high > 0 ? 1 : -1;
    const double gradient = slope + options_.damping * before + options_.shrink * sign;
    const double step = std::clamp(-gradient / curve, -kLongestStep, kLongestStep);
    const double after = std::clamp(before + step, bounds.low, bounds.high);
    if (after == before) return 0;
    scores_[rule] = after;
    const bool capped = observations_.rules[rule].group.has_value();
    for (const Use& use : columns_[rule]) {
      Row& row = rows_[use.row];
      if (capped) {
        Resum(row);
      } else {
        row.score += use.units * (after - before);
      }
    }
    return after - before;
  }

  const Observations& observations_;
  const FitOptions& options_;
  std::vector<double> scores_;
  std::vector<std::uint32_t> fitted_;
  std::vector<Row> rows_;
  std::vector<std::vector<Use>> columns_;  // by rule
};

}  // namespace

std::vector<double> FitScores(const Observations& observations,
                              const std::vector<std::size_t>& training,
                              const std::vector<bool>& frozen, const FitOptions& options) {
  return Fit(observations, training, frozen, options).Run();
}

}  // namespace assay::tuning
