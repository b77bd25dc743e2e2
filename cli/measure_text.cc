// SPDX-License-Identifier: Apache-2.0
// The report of `assay measure` for people.
#include <fmt/format.h>

#include <array>
#include <iterator>

#include "cli/measurement.h"
#include "cli/visible.h"
#include "lib/facts/fact.h"

namespace assay::cli {
namespace {

using tuning::Observations;
using tuning::SetFigures;
using tuning::Side;

constexpr std::array<std::string_view, tuning::kLevels> kLevelNames = {"tag", "quarantine",
                                                                       "reject"};

double Percent(std::size_t count, std::size_t of) {
  return of == 0 ? 0 : 100.0 * static_cast<double>(count) / static_cast<double>(of);
}

// "   12   9.2 % (5.3-15.4)"
std::string ShareText(std::size_t count, std::size_t of) {
  const tuning::Interval interval = tuning::WilsonInterval(count, of);
  return fmt::format("{:>5} {:>5.1f} % {:<13}", count, Percent(count, of),
                     fmt::format("({:.1f}-{:.1f})", 100 * interval.low, 100 * interval.high));
}

void PrintThresholds(const tuning::Thresholds& thresholds, std::string& out) {
  for (std::size_t i = 0; i < tuning::kLevels; ++i) {
    const bool never = thresholds.at[i] == policy::kNever;
    out += fmt::format("{} {} {}", i == 0 ? "thresholds:" : ",", kLevelNames[i],
                       never ? "never" : fmt::format("at {}", thresholds.at[i]));
  }
  out += "; 95 % confidence intervals\n";
}

void PrintSets(const Measurement& measurement, const std::vector<SetFigures>& figures,
               const Folded* folded, std::string& out) {
  out +=
      fmt::format("{:<20} {:<7} {:>8}  {:<27} {:<27} {:<27}{}\n", "set", "label", "messages",
                  "  tag", "  quarantine", "  reject", folded != nullptr ? "  tag in-sample" : "");
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const tuning::SampleSet& set = measurement.observations.sets[i];
    out += fmt::format("{:<20} {:<7} {:>8} ", Visible(set.name), Visible(set.label),
                       figures[i].messages);
    for (const std::size_t reached : figures[i].reached)
      out += fmt::format(" {:<27}", ShareText(reached, figures[i].messages));
    if (folded != nullptr) {
      const SetFigures& seen = folded->in_sample[i];
      out += fmt::format(" {:>5} {:>5.1f} %", seen.reached[tuning::kTag],
                         Percent(seen.reached[tuning::kTag], seen.messages));
      if (IsDefect(measurement, *folded, i))
        out += fmt::format("  DEFECT: gap of {:.1f} points", GapOf(*folded, i));
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  }
}

// "foff 3, sa2003 12" of one side.
std::string HitsText(const Observations& observations, const tuning::RuleFigures& figures,
                     Side side) {
  std::string out;
  for (std::size_t i = 0; i < figures.hits.size(); ++i) {
    if (observations.sets[i].side != side || figures.hits[i] == 0) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", Visible(observations.sets[i].name),
                       figures.hits[i]);
  }
  return out.empty() ? "-" : out;
}

void PrintRules(const Measurement& measurement, std::string& out) {
  const Observations& observations = measurement.observations;
  out += "\nrules: score, hits by set\n";
  for (std::size_t i = 0; i < observations.rules.size(); ++i) {
    const tuning::RuleColumn& rule = observations.rules[i];
    const double score = measurement.folded ? measurement.folded->fitted[i] : rule.score;
    out += fmt::format("{:<32} {:>5}  ham: {}  spam: {}", rule.name, score,
                       HitsText(observations, measurement.rule_hits[i], Side::kHam),
                       HitsText(observations, measurement.rule_hits[i], Side::kSpam));
    const std::string other = HitsText(observations, measurement.rule_hits[i], Side::kOther);
    out += other == "-" ? "\n" : fmt::format("  other: {}\n", other);
  }
}

}  // namespace

std::string LeaksAsText(const Measurement& measurement) {
  std::string out;
  for (const tuning::Leak& leak : measurement.leaks) {
    if (leak.rules.empty()) continue;
    out += fmt::format(
        "not fitted on {}, which is known of {:.0f} % of the ham and {:.0f} % of the spam:",
        facts::Table()[leak.fact].name, 100 * leak.ham_known, 100 * leak.spam_known);
    for (const std::size_t rule : leak.rules)
      out += ' ' + measurement.observations.rules[rule].name;
    out += '\n';
  }
  return out;
}

std::string MeasurementAsText(const Measurement& measurement) {
  std::string out;
  PrintThresholds(measurement.thresholds, out);
  if (measurement.folded) {
    out += fmt::format("out of fold, {} folds by campaign; auto scores fitted without the fold\n",
                       measurement.folded->count);
    PrintSets(measurement, measurement.folded->out_of_fold, &*measurement.folded, out);
    out += LeaksAsText(measurement);
  } else {
    PrintSets(measurement, measurement.figures, nullptr, out);
  }
  PrintRules(measurement, out);
  return out;
}

}  // namespace assay::cli
