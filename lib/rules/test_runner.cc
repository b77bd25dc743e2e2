// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lib/rules/evaluator.h"
#include "lib/rules/rule_set.h"

namespace assay::rules {
namespace {

using facts::FactSet;
using facts::Id;

// An example sees an empty DNS zone and nothing else: no sender policy, no key, no DMARC record.
FactSet DefaultFacts() {
  FactSet facts;
  facts.Set(Id::kProfile, std::string("inbound"));
  for (const Id id : {Id::kSpfMailFrom, Id::kSpfHelo, Id::kDkim, Id::kDmarc, Id::kArcResult,
                      Id::kIdentityLocalClaim}) {
    facts.Set(id, std::string("none"));
  }
  facts.Set(Id::kDkimDomain, std::vector<std::string>());
  facts.Set(Id::kDkimSignatures, 0.0);
  facts.Set(Id::kArcSets, 0.0);
  facts.Set(Id::kArcSealers, std::vector<std::string>());
  for (const Id id :
       {Id::kDkimAligned, Id::kArcTrusted, Id::kListTrusted, Id::kLimitArc, Id::kLimitDkimSize,
        Id::kLimitFields, Id::kLimitBody, Id::kLimitMemory, Id::kLimitDns, Id::kLimitDeadline,
        Id::kLimitSpfPasses, Id::kLimitDkimSignatures, Id::kLimitLists, Id::kLimitRules}) {
    facts.Set(id, false);
  }
  return facts;
}

mail::Message MakeMessage(const std::optional<ExampleMessage>& example) {
  mail::Message message;
  if (!example) return message;
  for (const auto& [name, value] : example->fields) message.AddField(name, value);
  message.AddBody(example->body);
  return message;
}

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
  const mail::Message message = MakeMessage(example.message);
  mail::Views views(message);
  FactSet facts = DefaultFacts();
  if (example.message && derive) derive(message, facts);
  for (const auto& [fact, value] : example.facts) {
    if (value.index() == 0) {
      facts.Forget(fact);
    } else {
      facts.Set(fact, value);
    }
  }
  const EntrySet empty;
  SetOverrides lists(program.named_sets, &empty);
  for (const auto& [list, set] : example.lists) lists[list] = &set;
  std::vector<ListResult> dns_lists(program.dns_lists.size());
  for (ListResult& list : dns_lists) list.state = ListResult::State::kComplete;
  for (const auto& [list, result] : example.dns_lists) dns_lists[list] = result;
  const Input input{facts, views, dns_lists};
  Evaluator evaluator(program, input, std::move(lists));
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
