// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/example_run.h"

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

FactSet MakeFacts(const Example& example, const mail::Message& message,
                  const TestRunner::DeriveFacts& derive) {
  FactSet facts = DefaultFacts();
  if (example.message && derive) derive(message, facts);
  for (const auto& [fact, value] : example.facts) {
    if (value.index() == 0) {
      facts.Forget(fact);
    } else {
      facts.Set(fact, value);
    }
  }
  return facts;
}

// Lists are empty unless the example states them.
SetOverrides MakeLists(const Program& program, const Example& example, const EntrySet& empty) {
  SetOverrides lists(program.named_sets, &empty);
  for (const auto& [list, set] : example.lists) lists[list] = &set;
  return lists;
}

// Every DNS list answers that it does not have it, unless the example says otherwise.
std::vector<ListResult> MakeListResults(const Program& program, const Example& example) {
  std::vector<ListResult> results(program.dns_lists.size());
  for (ListResult& list : results) list.state = ListResult::State::kComplete;
  for (const auto& [list, result] : example.dns_lists) results[list] = result;
  return results;
}

}  // namespace

ExampleRun::ExampleRun(const Program& program, const Example& example,
                       const TestRunner::DeriveFacts& derive)
    : message_(MakeMessage(example.message)),
      views_(message_),
      facts_(MakeFacts(example, message_, derive)),
      list_results_(MakeListResults(program, example)),
      input_{facts_, views_, list_results_},
      evaluator_(program, input_, MakeLists(program, example, no_entries_)) {}

}  // namespace assay::rules
