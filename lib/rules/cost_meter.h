// SPDX-License-Identifier: Apache-2.0
// What each rule costs on given messages.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/base/clock.h"
#include "lib/rules/rule_set.h"

namespace assay::rules {

// Each rule is evaluated by itself, with the rules that it names, on views that are there already.
// What rules share when they run together is counted for each of them, so their sum is more than
// the time of all.
class CostMeter {
 public:
  struct RuleCost {
    const RuleInfo* rule = nullptr;
    SteadyClock::duration time{};  // over all messages
    std::size_t hits = 0;
  };

  // `rules` must live longer.
  explicit CostMeter(const RuleSet& rules);

  void Measure(const Input& input);
  [[nodiscard]] std::size_t messages() const { return messages_; }
  // Of all live rules, the dearest first.
  [[nodiscard]] std::vector<RuleCost> Costs() const;
  // Of all rules together, views included; and of the same again, with the views there.
  [[nodiscard]] SteadyClock::duration first_time() const { return first_; }
  [[nodiscard]] SteadyClock::duration rules_time() const { return again_; }

 private:
  const RuleSet& rules_;
  std::vector<RuleCost> costs_;  // by RuleId
  std::size_t messages_ = 0;
  SteadyClock::duration first_{};
  SteadyClock::duration again_{};
};

}  // namespace assay::rules
