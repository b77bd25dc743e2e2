// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/leakage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "lib/facts/fact.h"

namespace assay::tuning {
namespace {

constexpr std::size_t kSides = 2;  // ham, spam

struct Known {
  std::size_t messages = 0;
  std::vector<std::size_t> known = std::vector<std::size_t>(facts::kFactCount);

  [[nodiscard]] double Share(std::size_t fact) const {
    return messages == 0 ? 0 : static_cast<double>(known[fact]) / static_cast<double>(messages);
  }
};

std::vector<Known> CountKnown(const Observations& observations) {
  std::vector<Known> by_set(observations.sets.size());
  for (const Sample& sample : observations.samples) {
    Known& set = by_set[sample.set];
    ++set.messages;
    for (std::size_t fact = 0; fact < sample.known.size(); ++fact) {
      if (sample.known[fact]) ++set.known[fact];
    }
  }
  return by_set;
}

// The shares of the two sides that differ most: all sets together, or one name with both labels.
std::array<double, kSides> WidestPair(const Observations& observations,
                                      const std::vector<Known>& by_set, std::size_t fact) {
  std::array<double, kSides> sum{};
  std::array<double, kSides> sets{};
  std::map<std::string_view, std::array<std::vector<double>, kSides>> by_name;
  for (std::size_t i = 0; i < by_set.size(); ++i) {
    const SampleSet& set = observations.sets[i];
    if (set.side == Side::kOther || by_set[i].messages == 0) continue;
    const std::size_t side = set.side == Side::kHam ? 0 : 1;
    const double share = by_set[i].Share(fact);
    sum[side] += share;
    sets[side] += 1;
    by_name[set.name][side].push_back(share);
  }
  if (sets[0] == 0 || sets[1] == 0) return {};
  std::array<double, kSides> widest = {sum[0] / sets[0], sum[1] / sets[1]};
  for (const auto& [name, shares] : by_name) {
    for (const double ham : shares[0]) {
      for (const double spam : shares[1]) {
        if (std::abs(ham - spam) > std::abs(widest[0] - widest[1])) widest = {ham, spam};
      }
    }
  }
  return widest;
}

}  // namespace

std::vector<Leak> FindLeaks(const Observations& observations) {
  const std::vector<Known> by_set = CountKnown(observations);
  std::vector<Leak> leaks;
  for (std::size_t fact = 0; fact < facts::kFactCount; ++fact) {
    const auto [ham, spam] = WidestPair(observations, by_set, fact);
    if (std::abs(ham - spam) <= kMaxKnownDifference) continue;
    Leak leak{fact, ham, spam, {}};
    for (std::size_t rule = 0; rule < observations.rules.size(); ++rule) {
      const RuleColumn& column = observations.rules[rule];
      if (column.bounds && std::ranges::find(column.facts, fact) != column.facts.end())
        leak.rules.push_back(rule);
    }
    leaks.push_back(std::move(leak));
  }
  return leaks;
}

std::vector<bool> RulesOn(const std::vector<Leak>& leaks, std::size_t rules) {
  std::vector<bool> on(rules);
  for (const Leak& leak : leaks) {
    for (const std::size_t rule : leak.rules) on[rule] = true;
  }
  return on;
}

}  // namespace assay::tuning
