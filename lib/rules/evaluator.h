// SPDX-License-Identifier: Apache-2.0
// Runs a Program on one message.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/rules/program.h"
#include "lib/rules/screening.h"

namespace assay::rules {

[[nodiscard]] constexpr Truth Opposite(Truth truth) {
  return static_cast<Truth>(2 - static_cast<int>(truth));
}

// For one message and one thread. Everything is looked at at most once and only when a rule asks
// for it. Refers to its arguments, which must live longer.
class Evaluator {
 public:
  Evaluator(const Program& program, const Input& input, SetOverrides overrides = {});

  // All live rules, the groups and the allows.
  [[nodiscard]] Hits Run();
  // Everything is asked anew; texts, and where in them patterns may match, stay known.
  void ForgetAnswers() {
    std::ranges::fill(answers_, std::nullopt);
    std::ranges::fill(rules_, std::nullopt);
    std::ranges::fill(counts_, std::nullopt);
    body_ = rest_ = {};
    quoted_ = 0;
    limited_ = false;
  }
  // One rule; a disabled one is unknown.
  [[nodiscard]] Truth Rule(RuleId rule);
  [[nodiscard]] Truth Holds(ConditionId condition);
  // The conditions that settle one rule. What it costs counts against a limit of its own.
  [[nodiscard]] Explanation Explain(RuleId rule);

 private:
  using Texts = std::span<const std::string>;
  struct Budget {
    std::size_t spent = 0;
    bool exhausted = false;
  };

  [[nodiscard]] std::optional<Texts> Get(SourceId source);
  [[nodiscard]] std::optional<Texts> Read(const TextSource& source);
  [[nodiscard]] bool body_known() const;
  [[nodiscard]] bool view_known(facts::Id fact) const;
  [[nodiscard]] std::optional<double> NumberOf(facts::Id fact) const;
  [[nodiscard]] Budget& BudgetOf(SourceId source);
  // When it does not: what asks is unknown, and so is all that follows.
  [[nodiscard]] bool Affords(SourceId source, std::size_t work);
  void Pay(SourceId source, std::size_t work);
  [[nodiscard]] bool Spend(SourceId source, std::size_t work);
  [[nodiscard]] const EntrySet& Set(SetId set) const;

  [[nodiscard]] Truth Test(const AllOf& test);
  [[nodiscard]] Truth Test(const AnyOf& test);
  [[nodiscard]] Truth Test(const Not& test);
  [[nodiscard]] Truth Test(const FlagHolds& test);
  [[nodiscard]] Truth Test(const WordIsOneOf& test);
  [[nodiscard]] Truth Test(const NumberCompares& test);
  [[nodiscard]] Truth Test(const TextMatches& test);
  [[nodiscard]] Truth Test(const TextIsIn& test);
  [[nodiscard]] Truth Test(const TextsMeet& test);
  [[nodiscard]] Truth Test(const AddressIsIn& test);
  [[nodiscard]] Truth Test(const TextExists& test);
  [[nodiscard]] Truth Test(const AddressExists& test);
  [[nodiscard]] Truth Test(const RuleHolds& test);
  [[nodiscard]] Truth Test(const ListSays& test);

  // Whether a rule is false whatever else is asked: most rules of a set look for words that do not
  // stand in the message, or for a kind of message that it is not.
  [[nodiscard]] bool IsClosed(RuleId rule) const {
    const Gate& gate = program_.gates[rule];
    const auto screens = Part(program_.gate_screens, gate.screens_begin, gate.screens_end);
    const auto found = [this](ScreenId screen) { return may_match_[screen] != 0; };
    if (!screens.empty() && std::ranges::none_of(screens, found)) return true;
    const auto answers = Part(program_.gate_answers, gate.answers_begin, gate.answers_end);
    const auto is_false = [this](AnswerId answer) { return answers_[answer] == Truth::kFalse; };
    return std::ranges::any_of(answers, is_false);
  }
  template <class T>
  static std::span<const T> Part(const std::vector<T>& all, std::uint32_t begin,
                                 std::uint32_t end) {
    return {all.data() + begin, all.data() + end};
  }
  // The texts in which RE2 has to look; nothing when the budget is spent.
  [[nodiscard]] std::optional<TextChoice> Where(const TextMatch& match, ScreenId screen,
                                                Texts texts);
  void Screen(SourceId source, Texts texts);
  [[nodiscard]] std::optional<int> CountOf(const Count& count);
  [[nodiscard]] std::optional<int> CountMatches(const TextMatch& match, Texts texts, int most);
  [[nodiscard]] std::optional<int> CountIn(const TextMatch& match, std::string_view text, int most);
  [[nodiscard]] bool IsIn(const TextIsIn& test, const std::string& text) const;
  [[nodiscard]] bool Allows(const CompiledAllow& allow);
  [[nodiscard]] std::int64_t ScoreOf(const CompiledRule& rule);
  // Of the rules that hold, in the order of the files.
  void Score(std::span<const RuleId> holding, Hits& hits);
  void Collect(ConditionId condition, bool want, std::vector<Match>& matches);
  // A condition without parts that settles the explanation.
  struct Step {
    ConditionId condition = 0;
    Truth result = Truth::kUnknown;
    int depth = 0;
  };
  void AddReasonsTo(std::vector<Hit>& hits);
  Truth Walk(ConditionId condition, int depth, std::vector<Step>& steps);
  Truth WalkParts(std::span<const ConditionId> parts, Truth stop, int depth,
                  std::vector<Step>& steps);
  Truth WalkLeaf(ConditionId condition, int depth, std::vector<Step>& steps);
  [[nodiscard]] std::vector<AskedFact> AskedBy(ConditionId condition);
  [[nodiscard]] AskedFact AskedOf(const ListSays& test) const;
  [[nodiscard]] std::string ValueOf(facts::Id fact, const Condition& condition);
  void CollectFound(const Condition& condition, const Count& where, std::vector<Match>& matches);

  const Program& program_;
  const Input& input_;
  SetOverrides overrides_;
  std::vector<std::optional<std::optional<Texts>>> texts_;  // by SourceId; nothing: not read yet
  std::vector<std::optional<Screening>> screened_;          // by SourceId
  std::vector<std::optional<Truth>> answers_;               // by AnswerId
  std::vector<std::optional<std::optional<int>>> counts_;   // by CountId
  std::vector<std::uint8_t> may_match_;                     // by ScreenId; 1 while it is not known
  std::vector<std::optional<Truth>> rules_;                 // by RuleId
  std::vector<bool> walked_;  // by RuleId, while one rule is explained
  Budget body_;
  Budget rest_;
  Budget explained_;
  bool explaining_ = false;  // explained_ pays
  std::size_t quoted_ = 0;   // work done to show what matched
  bool limited_ = false;
};

}  // namespace assay::rules
