// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/shortcuts.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "lib/rules/limits.h"

namespace assay::rules {
namespace {

using Screens = std::vector<ScreenId>;

// Longer gates are no shortcut any more.
constexpr std::size_t kMaxGate = 32;

// What the prefilters must have found before a condition can hold: one of these. Nothing where that
// is not known. Rules name rules at most kMaxRuleChain deep and conditions nest at most kMaxNesting
// deep: so does this recursion.
class GateFinder {
 public:
  explicit GateFinder(const Program& program) : program_(program), rules_(program.rules.size()) {}

  const std::optional<Screens>& OfRule(RuleId rule) {
    auto& known = rules_[rule];
    if (!known) known = program_.rules[rule].live ? Of(program_.rules[rule].when) : std::nullopt;
    return *known;
  }

 private:
  [[nodiscard]] std::optional<Screens> Of(ConditionId condition) {
    return std::visit([this](const auto& test) { return Look(test); },
                      program_.conditions[condition].test);
  }

  std::optional<Screens> Look(const AllOf& test) {
    std::optional<Screens> best;
    for (const ConditionId part : test.parts) {
      auto gate = Of(part);
      if (gate && (!best || gate->size() < best->size())) best = std::move(gate);
    }
    return best;
  }

  std::optional<Screens> Look(const AnyOf& test) {
    Screens all;
    for (const ConditionId part : test.parts) {
      const auto gate = Of(part);
      if (!gate || all.size() + gate->size() > kMaxGate) return {};
      all.insert(all.end(), gate->begin(), gate->end());
    }
    return all;
  }

  std::optional<Screens> Look(const TextMatches& test) { return At(program_.screens[test.match]); }
  std::optional<Screens> Look(const RuleHolds& test) { return OfRule(test.rule); }

  // Where nothing is found there is nothing to count.
  std::optional<Screens> Look(const NumberCompares& test) {
    const auto* count = std::get_if<Count>(&test.number);
    const bool none_is_too_few = (test.order == NumberOrder::kGreater && test.value >= 0) ||
                                 (test.order == NumberOrder::kGreaterOrEqual && test.value > 0) ||
                                 (test.order == NumberOrder::kEqual && test.value != 0);
    if (count == nullptr || !count->pattern || !none_is_too_few) return {};
    return At(program_.patterns->ScreenOf({count->source, *count->pattern}));
  }

  template <class Test>
  std::optional<Screens> Look(const Test& /*test*/) {
    return {};  // no pattern that must match
  }

  static std::optional<Screens> At(ScreenId screen) {
    return screen == kNoScreen ? std::nullopt : std::optional(Screens{screen});
  }

  const Program& program_;
  std::vector<std::optional<std::optional<Screens>>> rules_;  // by RuleId
};

// Those of the conditions that must hold all together.
void AddAnswers(const Program& program, ConditionId id, std::vector<AnswerId>& answers) {
  const Condition& condition = program.conditions[id];
  if (const auto* all = std::get_if<AllOf>(&condition.test)) {
    for (const ConditionId part : all->parts) AddAnswers(program, part, answers);
  } else if (condition.answer) {
    answers.push_back(*condition.answer);
  }
}

void MakeGates(Program& program) {
  GateFinder finder(program);
  const auto size = [](const auto& list) { return static_cast<std::uint32_t>(list.size()); };
  for (RuleId rule = 0; rule < program.rules.size(); ++rule) {
    Gate gate;
    gate.answers_begin = size(program.gate_answers);
    gate.screens_begin = size(program.gate_screens);
    if (program.rules[rule].live) {
      AddAnswers(program, program.rules[rule].when, program.gate_answers);
      const Screens screens = finder.OfRule(rule).value_or(Screens());
      program.gate_screens.insert(program.gate_screens.end(), screens.begin(), screens.end());
    }
    gate.answers_end = size(program.gate_answers);
    gate.screens_end = size(program.gate_screens);
    program.gates.push_back(gate);
  }
}

// Our own limit is known only when all others have run.
void MakeOrder(Program& program) {
  for (const bool late : {false, true}) {
    for (RuleId rule = 0; rule < program.rules.size(); ++rule) {
      const CompiledRule& compiled = program.rules[rule];
      if (compiled.live && compiled.late == late) program.order.push_back(rule);
    }
  }
}

int Clamp(double count) {
  return static_cast<int>(std::clamp(count, 1.0, static_cast<double>(kMaxCount)));
}

int EnoughFor(const CompiledRule& rule) {
  if (rule.score == 0) return kMaxCount;  // a tool may look at it
  return Clamp(std::ceil(static_cast<double>(rule.each->cap) / static_cast<double>(rule.score)));
}

// One number for the counts of the same pattern in the same texts.
class CountNumbers {
 public:
  explicit CountNumbers(Program& program) : program_(program) {}

  void Add(Count& count, int enough) {
    if (!count.pattern) return;
    const auto next = static_cast<CountId>(program_.enough.size());
    const auto [known, is_new] = numbers_.try_emplace({count.source, *count.pattern}, next);
    if (is_new) program_.enough.push_back(0);
    count.id = known->second;
    program_.enough[count.id] = std::max(program_.enough[count.id], enough);
  }

 private:
  Program& program_;
  std::map<TextMatch, CountId> numbers_;
};

void NumberCounts(Program& program) {
  CountNumbers numbers(program);
  for (Condition& condition : program.conditions) {
    auto* test = std::get_if<NumberCompares>(&condition.test);
    auto* count = test == nullptr ? nullptr : std::get_if<Count>(&test->number);
    if (count != nullptr) numbers.Add(*count, Clamp(std::floor(test->value) + 1));
  }
  for (CompiledRule& rule : program.rules) {
    if (rule.each) numbers.Add(rule.each->count, EnoughFor(rule));
  }
}

}  // namespace

void FindShortcuts(Program& program) {
  for (const TextMatch& match : program.matches) {
    program.screens.push_back(program.patterns->ScreenOf(match));
  }
  MakeGates(program);
  MakeOrder(program);
  NumberCounts(program);
}

}  // namespace assay::rules
