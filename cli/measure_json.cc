// SPDX-License-Identifier: Apache-2.0
// The report of `assay measure` for programs.
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/measurement.h"
#include "lib/facts/fact.h"

namespace assay::cli {
namespace {

using nlohmann::ordered_json;

ordered_json Share(std::size_t count, std::size_t of) {
  const tuning::Interval interval = tuning::WilsonInterval(count, of);
  return {{"count", count},
          {"share", of == 0 ? 0 : static_cast<double>(count) / static_cast<double>(of)},
          {"low", interval.low},
          {"high", interval.high}};
}

ordered_json Figures(const tuning::SetFigures& figures) {
  return {{"tag", Share(figures.reached[tuning::kTag], figures.messages)},
          {"quarantine", Share(figures.reached[tuning::kQuarantine], figures.messages)},
          {"reject", Share(figures.reached[tuning::kReject], figures.messages)}};
}

ordered_json Sets(const Measurement& measurement) {
  ordered_json sets = ordered_json::array();
  for (std::size_t i = 0; i < measurement.figures.size(); ++i) {
    const tuning::SampleSet& set = measurement.observations.sets[i];
    ordered_json json = {{"set", set.name},
                         {"label", set.label},
                         {"messages", measurement.figures[i].messages},
                         {"as_configured", Figures(measurement.figures[i])}};
    if (const auto& folded = measurement.folded) {
      json["out_of_fold"] = Figures(folded->out_of_fold[i]);
      json["in_sample"] = Figures(folded->in_sample[i]);
      json["gap_points"] = GapOf(*folded, i);
      json["defect"] = IsDefect(measurement, *folded, i);
    }
    sets.push_back(std::move(json));
  }
  return sets;
}

ordered_json Rules(const Measurement& measurement) {
  ordered_json rules = ordered_json::array();
  for (std::size_t i = 0; i < measurement.observations.rules.size(); ++i) {
    const tuning::RuleColumn& rule = measurement.observations.rules[i];
    ordered_json json = {{"name", rule.name}, {"score", rule.score}};
    if (rule.bounds) json["auto"] = {rule.bounds->low, rule.bounds->high};
    if (measurement.folded && rule.bounds) {
      json["fitted"] = measurement.folded->fitted[i];
      for (const auto& scores : measurement.folded->scores)
        json["fitted_by_fold"].push_back(scores[i]);
    }
    json["hits"] = ordered_json::array();
    for (std::size_t set = 0; set < measurement.observations.sets.size(); ++set) {
      const std::size_t hits = measurement.rule_hits[i].hits[set];
      if (hits == 0) continue;
      json["hits"].push_back({{"set", measurement.observations.sets[set].name},
                              {"label", measurement.observations.sets[set].label},
                              {"messages", hits}});
    }
    rules.push_back(std::move(json));
  }
  return rules;
}

ordered_json Leaks(const Measurement& measurement) {
  ordered_json leaks = ordered_json::array();
  for (const tuning::Leak& leak : measurement.leaks) {
    ordered_json json = {{"fact", facts::Table()[leak.fact].name},
                         {"ham_known", leak.ham_known},
                         {"spam_known", leak.spam_known},
                         {"rules", ordered_json::array()}};
    for (const std::size_t rule : leak.rules)
      json["rules"].push_back(measurement.observations.rules[rule].name);
    leaks.push_back(std::move(json));
  }
  return leaks;
}

ordered_json ThresholdOrNull(double threshold) {
  return std::isinf(threshold) ? ordered_json() : ordered_json(threshold);
}

}  // namespace

std::string MeasurementAsJson(const Measurement& measurement) {
  const auto& at = measurement.thresholds.at;
  ordered_json json = {{"thresholds",
                        {{"tag", ThresholdOrNull(at[tuning::kTag])},
                         {"quarantine", ThresholdOrNull(at[tuning::kQuarantine])},
                         {"reject", ThresholdOrNull(at[tuning::kReject])}}}};
  if (measurement.folded) json["folds"] = measurement.folded->count;
  json["sets"] = Sets(measurement);
  json["rules"] = Rules(measurement);
  json["availability"] = Leaks(measurement);
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace assay::cli
