// SPDX-License-Identifier: Apache-2.0
// Made-up observations: messages that hit rules, without the messages.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/tuning/observations.h"

namespace assay::tuning {

class ObservationsMaker {
 public:
  // The index of a rule whose score may be fitted, or is fixed without bounds.
  std::size_t AddRule(const std::string& name, std::optional<Bounds> bounds, double score = 0,
                      std::optional<std::size_t> group = {}) {
    RuleColumn rule;
    rule.name = name;
    rule.bounds = bounds;
    rule.score = score;
    rule.group = group;
    result.rules.push_back(std::move(rule));
    return result.rules.size() - 1;
  }

  std::size_t AddGroup(double cap) {
    result.group_caps.push_back(cap);
    return result.group_caps.size() - 1;
  }

  std::size_t AddSet(const std::string& name, Side side) {
    result.sets.push_back({name, side == Side::kHam ? "ham" : "spam", side});
    return result.sets.size() - 1;
  }

  // `count` messages of a set that hit these rules; a campaign for each, or one for all.
  void AddSamples(std::size_t set, int count, const std::vector<std::size_t>& rules,
                  const std::string& campaign = {}) {
    for (int i = 0; i < count; ++i) {
      Sample sample;
      sample.set = set;
      sample.campaign =
          campaign.empty() ? "message " + std::to_string(result.samples.size()) : campaign;
      for (const std::size_t rule : rules)
        sample.cells.push_back({static_cast<std::uint32_t>(rule), 1});
      result.samples.push_back(std::move(sample));
    }
  }

  [[nodiscard]] std::vector<std::size_t> all() const {
    std::vector<std::size_t> indices(result.samples.size());
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = i;
    return indices;
  }
  [[nodiscard]] std::vector<bool> nothing_frozen() const {
    return std::vector<bool>(result.rules.size());
  }

  Observations result;
};

}  // namespace assay::tuning
