// SPDX-License-Identifier: Apache-2.0
// Which rules hit which messages, as numbers: all that measuring and fitting need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/action.h"
#include "lib/tuning/manifest.h"

namespace assay::tuning {

// What a fitted score may be; both ends have the same sign, or one of them is 0.
struct Bounds {
  double low = 0;
  double high = 0;
};

struct RuleColumn {
  std::string name;
  double score = 0;                     // as the files say
  std::optional<Bounds> bounds;         // of a score that may be fitted
  std::optional<std::size_t> group;     // index into Observations::group_caps
  bool precaution = false;              // no measured mail asks for it
  std::vector<std::size_t> facts = {};  // that the rule reads: indices of facts::Table()
};

// One rule on one message: it adds units * its score.
struct Cell {
  std::uint32_t rule = 0;
  double units = 1;
};

// One set of messages with one label.
struct SampleSet {
  std::string name;
  std::string label;
  Side side = Side::kOther;
};

struct Sample {
  std::size_t set = 0;
  std::string campaign;
  std::string file;
  std::vector<Cell> cells;        // in ascending order of the rules
  Action action = Action::kNone;  // that rules ask for, whatever the score is
  bool allowed = false;           // an `allow` holds: scores and actions count for nothing
  std::vector<bool> known = {};   // by index of facts::Table(): facts of the session
};

struct Observations {
  std::vector<RuleColumn> rules;
  std::vector<double> group_caps;
  std::vector<SampleSet> sets;
  std::vector<Sample> samples;

  [[nodiscard]] Side side(const Sample& sample) const { return sets[sample.set].side; }
  // The scores as the files say, by rule.
  [[nodiscard]] std::vector<double> scores() const;
};

// The sum for one message, group caps included.
[[nodiscard]] double ScoreOf(const Observations& observations, const Sample& sample,
                             const std::vector<double>& scores);

// Scores are written with so many decimals; more would pretend to know.
[[nodiscard]] double RoundScore(double score);

}  // namespace assay::tuning
