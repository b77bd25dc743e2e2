// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/shared_answers.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "lib/rules/condition_key.h"

namespace assay::rules {
namespace {

// Of all keys together. That of a chain is as long as all that stands in it: chains in chains,
// written for that, could fill any memory. What comes later has no number, and is asked each time.
constexpr std::size_t kMaxKeyBytes = 16UL * 1024 * 1024;

// Whether an answer lasts for the whole message.
class Lasting {
 public:
  explicit Lasting(const Program& program) : program_(program) {}

  // As deep as conditions nest.
  [[nodiscard]] bool Is(ConditionId id) const {
    return std::visit(*this, program_.conditions[id].test);
  }

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
  const Lasting lasting(program);
  std::unordered_map<std::string, AnswerId> answers;
  std::size_t bytes = 0;
  for (ConditionId id = 0; id < program.conditions.size() && bytes <= kMaxKeyBytes; ++id) {
    if (!lasting.Is(id)) continue;
    const auto next = static_cast<AnswerId>(answers.size());
    const auto [known, is_new] = answers.try_emplace(KeyOf(program, id), next);
    if (is_new) bytes += known->first.size();
    program.conditions[id].answer = known->second;
  }
  program.answers = answers.size();
}

}  // namespace assay::rules
