// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/coverage.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/rules/example_run.h"

namespace assay::rules {
namespace {

// Parts of a condition that stand at one place: one test as it is written. The values of
// `count is in (1, 2)` are several in the program.
struct SingleTest {
  std::vector<ConditionId> parts;
  Place place;
  bool decides_hit = false;
  bool decides_miss = false;
};

class RuleCoverage {
 public:
  RuleCoverage(const Program& program, RuleId id, const TestRunner::DeriveFacts& derive)
      : program_(program), id_(id), derive_(derive) {
    Collect(rule().when);
  }

  void Try(const Example& example);
  [[nodiscard]] const std::vector<SingleTest>& tests() const { return tests_; }

 private:
  [[nodiscard]] const CompiledRule& rule() const { return program_.rules[id_]; }
  void Collect(ConditionId id);
  // The condition when the test at hand answers `instead`, the others as in the example.
  [[nodiscard]] Truth With(ConditionId id, const SingleTest& test, Truth instead,
                           Evaluator& evaluator) const;

  const Program& program_;
  RuleId id_;
  const TestRunner::DeriveFacts& derive_;
  std::vector<SingleTest> tests_;
};

void RuleCoverage::Collect(ConditionId id) {
  const Condition& condition = program_.conditions[id];
  if (const auto* all = std::get_if<AllOf>(&condition.test)) {
    for (const ConditionId part : all->parts) Collect(part);
  } else if (const auto* any = std::get_if<AnyOf>(&condition.test)) {
    for (const ConditionId part : any->parts) Collect(part);
  } else if (const auto* negated = std::get_if<Not>(&condition.test)) {
    Collect(negated->part);
  } else if (!tests_.empty() && tests_.back().place.offset == condition.place.offset) {
    tests_.back().parts.push_back(id);
  } else {
    tests_.push_back({{id}, condition.place});
  }
}

Truth RuleCoverage::With(ConditionId id, const SingleTest& test, Truth instead,
                         Evaluator& evaluator) const {
  const Condition& condition = program_.conditions[id];
  if (const auto* all = std::get_if<AllOf>(&condition.test)) {
    Truth result = Truth::kTrue;
    for (const ConditionId part : all->parts) {
      result = std::min(result, With(part, test, instead, evaluator));
    }
    return result;
  }
  if (const auto* any = std::get_if<AnyOf>(&condition.test)) {
    Truth result = Truth::kFalse;
    for (const ConditionId part : any->parts) {
      result = std::max(result, With(part, test, instead, evaluator));
    }
    return result;
  }
  if (const auto* negated = std::get_if<Not>(&condition.test)) {
    return Opposite(With(negated->part, test, instead, evaluator));
  }
  const bool replaced = std::ranges::find(test.parts, id) != test.parts.end();
  return replaced ? instead : evaluator.Holds(id);
}

void RuleCoverage::Try(const Example& example) {
  ExampleRun run(program_, example, derive_);
  const bool hits = run.evaluator().Rule(id_) == Truth::kTrue;
  if (hits != example.hit) return;
  for (SingleTest& test : tests_) {
    for (const Truth instead : {Truth::kFalse, Truth::kTrue}) {
      const bool would = With(rule().when, test, instead, run.evaluator()) == Truth::kTrue;
      if (would == hits) continue;
      (hits ? test.decides_hit : test.decides_miss) = true;
    }
  }
}

Diagnostic Gap(const Program& program, const CompiledRule& rule, const SingleTest& test) {
  Diagnostic gap = program.texts->Describe(test.place);
  gap.severity = Severity::kWarning;
  const char* kind = test.decides_miss ? "hit" : test.decides_hit ? "miss" : "hit and no miss";
  gap.message = fmt::format("rule {} has no {} that this decides", rule.info.name, kind);
  gap.suggestion = test.decides_hit ? "add a miss that only this keeps from being a hit"
                                    : "add a hit that would be a miss without this";
  return gap;
}

}  // namespace

Coverage::Report Coverage::Run(const RuleSet& rules, const TestRunner::DeriveFacts& derive) {
  const Program& program = rules.impl_->program;
  Report report;
  for (RuleId id = 0; id < program.rules.size(); ++id) {
    const CompiledRule& rule = program.rules[id];
    if (!rule.live) continue;
    RuleCoverage coverage(program, id, derive);
    for (const Example& example : rule.examples) coverage.Try(example);
    for (const SingleTest& test : coverage.tests()) {
      ++report.tests;
      if (test.decides_hit && test.decides_miss) {
        ++report.covered;
      } else {
        report.gaps.push_back(Gap(program, rule, test));
      }
    }
  }
  return report;
}

}  // namespace assay::rules
