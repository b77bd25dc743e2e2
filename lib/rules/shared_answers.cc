// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/shared_answers.h"

#include <string>
#include <unordered_map>

#include "lib/rules/condition_key.h"

namespace assay::rules {
namespace {

// Tests whose answer holds for the whole message and costs more to find than to look up.
struct IsShared {
  bool operator()(const WordIsOneOf& /*test*/) const { return true; }
  bool operator()(const NumberCompares& /*test*/) const { return true; }
  bool operator()(const TextIsIn& /*test*/) const { return true; }
  bool operator()(const TextsMeet& /*test*/) const { return true; }
  bool operator()(const AddressIsIn& /*test*/) const { return true; }
  // Our own limit may be reached between two rules.
  bool operator()(const FlagHolds& test) const { return test.fact != facts::Id::kLimitRules; }
  template <class Test>
  bool operator()(const Test& /*test*/) const {
    return false;  // chains of others; answers that are kept elsewhere
  }
};

}  // namespace

void ShareAnswers(Program& program) {
  std::unordered_map<std::string, AnswerId> answers;
  for (ConditionId id = 0; id < program.conditions.size(); ++id) {
    Condition& condition = program.conditions[id];
    if (!std::visit(IsShared(), condition.test)) continue;
    const auto next = static_cast<AnswerId>(answers.size());
    condition.answer = answers.emplace(KeyOf(program, id), next).first->second;
  }
  program.answers = answers.size();
}

}  // namespace assay::rules
