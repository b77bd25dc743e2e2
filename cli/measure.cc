// SPDX-License-Identifier: Apache-2.0
#include "cli/measure.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <fstream>
#include <utility>

#include "cli/corpus.h"
#include "cli/input.h"
#include "cli/measurement.h"
#include "lib/tuning/fit.h"
#include "lib/tuning/folds.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMaxManifestBytes = 1024UL * 1024 * 1024;

tuning::Thresholds ThresholdsOf(const engine::Generation& generation) {
  const policy::Thresholds& site = generation.site.site.thresholds;
  return {{site.tag, site.quarantine, site.reject}};
}

std::optional<std::vector<tuning::ManifestEntry>> ReadManifest(const std::string& path,
                                                               Outcome& outcome) {
  const auto text = ReadInput(path, kMaxManifestBytes);
  if (!text) {
    outcome.Complain(kNoInput, "assay: " + text.error().what);
    return {};
  }
  auto entries = tuning::ParseManifest(*text);
  if (!entries) {
    outcome.Complain(kBadData, fmt::format("{}:{}", path, entries.error().what));
    return {};
  }
  if (entries->empty()) {
    outcome.Complain(kBadData, path + ": names no message");
    return {};
  }
  return *std::move(entries);
}

std::shared_ptr<const engine::Generation> LoadMeasuredRules(const MeasureOptions& options,
                                                            Outcome& outcome) {
  const auto config = LoadConfig(options.config, outcome);
  if (!config) return nullptr;
  engine::LoadReport loaded =
      engine::LoadGeneration(*config, {.number = 1, .dkim = nullptr, .rule_files = options.rules});
  outcome.Note(loaded.messages);
  if (!loaded.generation) outcome.code = kBadConfig;
  return std::move(loaded.generation);
}

tuning::FitOptions FitOptionsFor(const Measurement& measurement, const MeasureOptions& options) {
  tuning::FitOptions fit;
  fit.threshold = measurement.thresholds.at[tuning::kTag];
  if (options.false_positive_weight > 0) fit.false_positive_weight = options.false_positive_weight;
  return fit;
}

std::vector<std::size_t> Outside(const std::vector<std::size_t>& folds, std::size_t fold) {
  std::vector<std::size_t> samples;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    if (folds[i] != fold) samples.push_back(i);
  }
  return samples;
}

// One line a message, for those who want to look at what was missed.
std::string VerdictsOf(const Measurement& measurement) {
  constexpr std::array<std::string_view, tuning::kLevels + 1> kWords = {"accept", "tag",
                                                                        "quarantine", "reject"};
  const tuning::Observations& observations = measurement.observations;
  const std::vector<double> scores =
      measurement.folded ? measurement.folded->fitted : observations.scores();
  std::string out = "file\tlabel\tset\tverdict\tscore\trules\n";
  for (const tuning::Sample& sample : observations.samples) {
    const tuning::SampleSet& set = observations.sets[sample.set];
    const std::size_t level = tuning::LevelOf(observations, sample, scores, measurement.thresholds);
    out += fmt::format("{}\t{}\t{}\t{}\t{:.3g}\t", sample.file, set.label, set.name, kWords[level],
                       tuning::ScoreOf(observations, sample, scores));
    for (const tuning::Cell& cell : sample.cells) {
      if (!out.ends_with('\t')) out += ' ';
      out += observations.rules[cell.rule].name;
    }
    out += '\n';
  }
  return out;
}

}  // namespace

double GapOf(const Folded& folded, std::size_t set) {
  const tuning::SetFigures& unseen = folded.out_of_fold[set];
  const tuning::SetFigures& seen = folded.in_sample[set];
  if (unseen.messages == 0) return 0;
  const double difference = static_cast<double>(seen.reached[tuning::kTag]) -
                            static_cast<double>(unseen.reached[tuning::kTag]);
  return 100 * std::abs(difference) / static_cast<double>(unseen.messages);
}

bool IsDefect(const Measurement& measurement, const Folded& folded, std::size_t set) {
  return measurement.observations.sets[set].side != tuning::Side::kOther &&
         GapOf(folded, set) > kMaxGap;
}

Folded FitFolds(const Measurement& measurement, const MeasureOptions& options) {
  const tuning::Observations& observations = measurement.observations;
  const auto fit_options = FitOptionsFor(measurement, options);
  const auto frozen = tuning::RulesOn(measurement.leaks, observations.rules.size());
  Folded folded;
  folded.count = options.folds;
  const auto folds = tuning::MakeFolds(observations, folded.count);
  for (std::size_t fold = 0; fold < folded.count; ++fold) {
    folded.scores.push_back(
        tuning::FitScores(observations, Outside(folds, fold), frozen, fit_options));
  }
  folded.fitted =
      tuning::FitScores(observations, Outside(folds, folded.count), frozen, fit_options);
  std::vector<const std::vector<double>*> own;
  own.reserve(folds.size());
  for (const std::size_t fold : folds) own.push_back(&folded.scores[fold]);
  folded.out_of_fold = tuning::MakeFigures(observations, own, measurement.thresholds);
  const std::vector<const std::vector<double>*> same(own.size(), &folded.fitted);
  folded.in_sample = tuning::MakeFigures(observations, same, measurement.thresholds);
  return folded;
}

std::optional<Measurement> Measure(const MeasureOptions& options, Outcome& outcome) {
  const auto entries = ReadManifest(options.manifest, outcome);
  if (!entries) return {};
  Measurement measurement;
  measurement.generation = LoadMeasuredRules(options, outcome);
  if (!measurement.generation) return {};
  auto observations =
      Observe(*entries, options.folder, *measurement.generation->rules, options.jobs);
  if (!observations) {
    outcome.Complain(kNoInput, "assay: " + observations.error().what);
    return {};
  }
  measurement.observations = *std::move(observations);
  measurement.thresholds = ThresholdsOf(*measurement.generation);
  const std::vector<double> scores = measurement.observations.scores();
  measurement.figures = tuning::MakeFigures(
      measurement.observations,
      std::vector<const std::vector<double>*>(measurement.observations.samples.size(), &scores),
      measurement.thresholds);
  measurement.rule_hits = tuning::CountHits(measurement.observations);
  measurement.leaks = tuning::FindLeaks(measurement.observations);
  if (options.folds > 0) measurement.folded = FitFolds(measurement, options);
  return measurement;
}

Outcome RunMeasure(const MeasureOptions& options) {
  Outcome outcome;
  const auto measurement = Measure(options, outcome);
  if (!measurement) return outcome;
  if (!options.verdicts.empty()) {
    std::ofstream file(options.verdicts, std::ios::binary);
    file << VerdictsOf(*measurement);
    if (!file.flush()) {
      outcome.Complain(kNoOutput, fmt::format("assay: {}: cannot be written", options.verdicts));
      return outcome;
    }
  }
  outcome.out = options.json ? MeasurementAsJson(*measurement) : MeasurementAsText(*measurement);
  return outcome;
}

}  // namespace assay::cli
