// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "cli/input.h"
#include "cli/measure.h"
#include "cli/measurement.h"
#include "cli/visible.h"
#include "lib/rules/limits.h"
#include "lib/tuning/rule_change.h"

namespace assay::cli {
namespace {

constexpr std::size_t kUsualFolds = 5;

std::string PercentText(const tuning::SetFigures& figures) {
  const std::size_t count = figures.reached[tuning::kTag];
  const double percent = figures.messages == 0 ? 0
                                               : 100.0 * static_cast<double>(count) /
                                                     static_cast<double>(figures.messages);
  return fmt::format("{:>5} {:>5.1f} %", count, percent);
}

// Before and after at `tag`.
std::string ComparisonText(const Measurement& measurement, const Folded& folded) {
  std::string out = fmt::format("{:<20} {:<7} {:>8}  {:<14} {:<14} {}\n", "set", "label",
                                "messages", "before", "out of fold", "in-sample");
  for (std::size_t i = 0; i < measurement.figures.size(); ++i) {
    const tuning::SampleSet& set = measurement.observations.sets[i];
    out +=
        fmt::format("{:<20} {:<7} {:>8}  {:<14} {:<14} {}", Visible(set.name), Visible(set.label),
                    measurement.figures[i].messages, PercentText(measurement.figures[i]),
                    PercentText(folded.out_of_fold[i]), PercentText(folded.in_sample[i]));
    if (IsDefect(measurement, folded, i))
      out += fmt::format("  DEFECT: gap of {:.1f} points", GapOf(folded, i));
    out += '\n';
  }
  return out;
}

bool HasDefect(const Measurement& measurement, const Folded& folded) {
  for (std::size_t i = 0; i < folded.in_sample.size(); ++i) {
    if (IsDefect(measurement, folded, i)) return true;
  }
  return false;
}

// Rules whose score no fold wants, though they may have one.
std::string UnneededText(const Measurement& measurement, const Folded& folded) {
  std::string names;
  const auto left_alone = tuning::RulesOn(measurement.leaks, measurement.observations.rules.size());
  for (std::size_t i = 0; i < measurement.observations.rules.size(); ++i) {
    if (!measurement.observations.rules[i].bounds || left_alone[i]) continue;
    const auto none = [&](const std::vector<double>& scores) { return scores[i] == 0; };
    if (folded.fitted[i] == 0 && std::ranges::all_of(folded.scores, none))
      names += ' ' + measurement.observations.rules[i].name;
  }
  return names.empty() ? names : "no fold needs:" + names + "\n";
}

// The value that belongs behind the range: " = 1.7".
tuning::Replacement NewScore(const rules::AutoScore& range, double score) {
  return {range.offset, range.length, fmt::format(" = {}", score)};
}

using Changes = std::map<std::string, std::vector<tuning::Replacement>>;  // by file

Changes ChangesOf(const Measurement& measurement, const Folded& folded) {
  Changes changes;
  const auto rules = measurement.generation->rules->rules();
  const auto left_alone = tuning::RulesOn(measurement.leaks, rules.size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto& range = rules[i]->auto_score;
    if (!range || left_alone[i] || (range->tuned && folded.fitted[i] == rules[i]->score)) continue;
    changes[range->file].push_back(NewScore(*range, folded.fitted[i]));
  }
  return changes;
}

// All of the file or nothing of it.
bool Replace(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file) {
    std::filesystem::permissions(fresh, std::filesystem::status(path, error).permissions(), error);
    std::filesystem::rename(fresh, path, error);
  }
  if (file && !error) return true;
  std::filesystem::remove(fresh, error);
  return false;
}

void ShowChanges(const Changes& changes, bool write, Outcome& outcome) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& [path, replacements] : changes) {
    const auto before = ReadInput(path, rules::kMaxFileBytes);
    if (!before) return outcome.Complain(kNoInput, "assay: " + before.error().what);
    std::string after = tuning::Apply(*before, replacements);
    outcome.out += tuning::UnifiedDiff(path, *before, after);
    files.emplace_back(path, std::move(after));
  }
  if (!write) return;
  for (const auto& [path, text] : files) {
    if (!Replace(path, text))
      return outcome.Complain(kNoOutput, fmt::format("assay: {}: cannot be written", path));
  }
}

}  // namespace

Outcome RunTune(const TuneOptions& options) {
  Outcome outcome;
  MeasureOptions measure = options.measure;
  if (measure.folds == 0) measure.folds = kUsualFolds;
  const auto measurement = Measure(measure, outcome);
  if (!measurement) return outcome;
  const Folded& folded = *measurement->folded;
  outcome.err += ComparisonText(*measurement, folded);
  outcome.err += LeaksAsText(*measurement);
  outcome.err += UnneededText(*measurement, folded);
  ShowChanges(ChangesOf(*measurement, folded), options.write, outcome);
  if (outcome.code == kOk && HasDefect(*measurement, folded)) outcome.code = kTestsFailed;
  return outcome;
}

}  // namespace assay::cli
