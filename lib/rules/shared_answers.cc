// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/shared_answers.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "lib/rules/condition_key.h"

namespace assay::rules {
namespace {

// Whether an answer holds for the whole message.
class Lasting {
 public:
  explicit Lasting(const Program& program) : program_(program) {}

  [[nodiscard]] bool Is(ConditionId condition) const {
    return std::visit(*this, program_.conditions[condition].test);
  }

  // As deep as conditions nest.
  bool operator()(const AllOf& test) const { return AreAll(test.parts); }
  bool operator()(const AnyOf& test) const { return AreAll(test.parts); }
  bool operator()(const Not& test) const { return Is(test.part); }
  // Our own limit may be reached between two rules.
  bool operator()(const FlagHolds& test) const { return test.fact != facts::Id::kLimitRules; }
  template <class Test>
  bool operator()(const Test& /*test*/) const {
    return true;
  }

 private:
  [[nodiscard]] bool AreAll(const std::vector<ConditionId>& parts) const {
    return std::ranges::all_of(parts, [this](ConditionId part) { return Is(part); });
  }

  const Program& program_;
};

}  // namespace

void ShareAnswers(Program& program) {
  std::unordered_map<std::string, AnswerId> answers;
  for (ConditionId id = 0; id < program.conditions.size(); ++id) {
    Condition& condition = program.conditions[id];
    if (!Lasting(program).Is(id)) continue;
    const auto next = static_cast<AnswerId>(answers.size());
    condition.answer = answers.emplace(KeyOf(program, id), next).first->second;
  }
  program.answers = answers.size();
}

}  // namespace assay::rules
