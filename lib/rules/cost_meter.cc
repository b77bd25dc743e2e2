// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/cost_meter.h"

#include <algorithm>
#include <iterator>

#include "lib/rules/evaluator.h"

namespace assay::rules {
namespace {

template <class Work>
SteadyClock::duration TimeOf(const Work& work) {
  const auto begin = SteadyClock::now();
  work();
  return SteadyClock::now() - begin;
}

}  // namespace

CostMeter::CostMeter(const RuleSet& rules) : rules_(rules) {
  for (const CompiledRule& rule : rules.impl_->program.rules) costs_.push_back({&rule.info});
}

void CostMeter::Measure(const Input& input) {
  ++messages_;
  first_ += TimeOf([&] { (void)rules_.Evaluate(input); });
  const RuleSet::Impl& impl = *rules_.impl_;
  Evaluator evaluator(impl.program, input, impl.overrides);
  const auto again = TimeOf([&] { (void)evaluator.Run(); });
  evaluator.ForgetAnswers();
  const auto without_pass = TimeOf([&] { (void)evaluator.Run(); });
  again_ += again;
  shared_ += std::max(again - without_pass, SteadyClock::duration::zero());
  for (RuleId id = 0; id < costs_.size(); ++id) {
    if (!impl.program.rules[id].live) continue;
    evaluator.ForgetAnswers();
    Truth truth = Truth::kUnknown;
    costs_[id].time += TimeOf([&] { truth = evaluator.Rule(id); });
    if (truth == Truth::kTrue) ++costs_[id].hits;
  }
}

std::vector<CostMeter::RuleCost> CostMeter::Costs() const {
  std::vector<RuleCost> costs;
  std::ranges::copy_if(costs_, std::back_inserter(costs),
                       [](const RuleCost& cost) { return cost.rule->live; });
  std::ranges::stable_sort(costs, std::ranges::greater(), &RuleCost::time);
  return costs;
}

}  // namespace assay::rules
