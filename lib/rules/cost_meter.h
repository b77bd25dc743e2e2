// SPDX-License-Identifier: Apache-2.0
// What each rule costs on given messages.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/base/clock.h"
#include "lib/rules/rule_set.h"

namespace assay::rules {

// Each rule is evaluated by itself, with the rules that it names. What belongs to no rule stands
// apart: the views, and the pass over each text that tells for all patterns where they may match.
// A test that several rules ask is counted for each of them, so the sum of the rules may be more
// than the time of all. A value of one thread.
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
  // Of all rules together, over all messages: with the views that they read, with these there
  // already, and of that the part that is the pass for all patterns.
  [[nodiscard]] SteadyClock::duration first_time() const { return first_; }
  [[nodiscard]] SteadyClock::duration rules_time() const { return again_; }
  [[nodiscard]] SteadyClock::duration shared_time() const { return shared_; }

 private:
  const RuleSet& rules_;
  std::vector<RuleCost> costs_;  // by RuleId
  std::size_t messages_ = 0;
  SteadyClock::duration first_{};
  SteadyClock::duration again_{};
  SteadyClock::duration shared_{};
};

}  // namespace assay::rules
