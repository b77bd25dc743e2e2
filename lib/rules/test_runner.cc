// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lib/rules/example_run.h"
#include "lib/rules/rule_set.h"

namespace assay::rules {
namespace {

// The first part of an `and` that keeps it from being true, down to a single test.
ConditionId Decider(const Program& program, Evaluator& evaluator, ConditionId id) {
  while (const auto* all = std::get_if<AllOf>(&program.conditions[id].test)) {
    ConditionId next = id;
    for (const ConditionId part : all->parts) {
      if (next == id && evaluator.Holds(part) != Truth::kTrue) next = part;
    }
    if (next == id) break;
    id = next;
  }
  return id;
}

std::string Explain(const Program& program, Evaluator& evaluator, const CompiledRule& rule) {
  const ConditionId id = Decider(program, evaluator, rule.when);
  const char* truth = evaluator.Holds(id) == Truth::kFalse ? "false" : "unknown";
  return fmt::format("`{}` is {}", program.conditions[id].text, truth);
}

// Nothing when the example comes out as it says.
std::optional<Diagnostic> RunExample(const Program& program, RuleId id, const Example& example,
                                     const TestRunner::DeriveFacts& derive) {
  ExampleRun run(program, example, derive);
  Evaluator& evaluator = run.evaluator();
  if ((evaluator.Rule(id) == Truth::kTrue) == example.hit) return {};
  const CompiledRule& rule = program.rules[id];
  Diagnostic failure = example.place;
  failure.severity = rule.shipped ? Severity::kWarning : Severity::kError;
  if (example.hit) {
    failure.message = fmt::format("rule {} does not hit here", rule.info.name);
    failure.suggestion = Explain(program, evaluator, rule);
  } else {
    failure.message = fmt::format("rule {} hits here", rule.info.name);
    failure.suggestion = fmt::format("`{}` is true", program.conditions[rule.when].text);
  }
  return failure;
}

}  // namespace

TestRunner::Report TestRunner::Run(const RuleSet& rules, const DeriveFacts& derive) {
  const Program& program = rules.impl_->program;
  Report report;
  for (RuleId id = 0; id < program.rules.size(); ++id) {
    const CompiledRule& rule = program.rules[id];
    if (!rule.live) continue;
    for (const Example& example : rule.examples) {
      ++report.run;
      if (auto failure = RunExample(program, id, example, derive)) {
        report.failures.push_back(*std::move(failure));
      }
    }
  }
  return report;
}

}  // namespace assay::rules
