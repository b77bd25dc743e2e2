// SPDX-License-Identifier: Apache-2.0
// Which conditions decided, and what they asked about.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "lib/base/text.h"
#include "lib/rules/evaluator.h"
#include "lib/rules/facts_used.h"

namespace assay::rules {
namespace {

using facts::Id;

constexpr std::size_t kMaxAskedTexts = 5;  // printed of one fact
constexpr std::size_t kMaxAskedText = 80;  // bytes of each

std::string CutAsked(const std::string& text) {
  if (text.size() <= kMaxAskedText) return text;
  std::size_t end = kMaxAskedText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

std::string PrintTexts(std::span<const std::string> texts) {
  if (texts.empty()) return "none";
  std::string out;
  for (std::size_t i = 0; i < texts.size() && i < kMaxAskedTexts; ++i) {
    out.append(i == 0 ? "\"" : ", \"").append(CutAsked(texts[i])).append("\"");
  }
  return texts.size() > kMaxAskedTexts ? out + ", ..." : out;
}

std::string_view WordOfNothing(ListResult::State state) {
  return state == ListResult::State::kComplete ? "none"
         : state == ListResult::State::kOff    ? "off"
                                               : "unknown";
}

bool IsLongText(Id fact) { return fact == Id::kBody || fact == Id::kRawBody || fact == Id::kFull; }

}  // namespace

// `hits` are in the order of the rules.
void Evaluator::AddReasonsTo(std::vector<Hit>& hits) {
  std::size_t next = 0;
  for (RuleId id = 0; id < program_.rules.size() && next < hits.size(); ++id) {
    if (&program_.rules[id].info != hits[next].rule) continue;
    hits[next++].reasons = Explain(id).reasons;
  }
}

Explanation Evaluator::Explain(RuleId rule) {
  explaining_ = true;
  walked_.assign(program_.rules.size(), false);
  std::vector<Step> steps;
  Explanation explanation;
  explanation.rule = &program_.rules[rule].info;
  explanation.result = Walk(program_.rules[rule].when, 0, steps);
  if (steps.size() > kMaxReasons) steps.resize(kMaxReasons);
  for (const Step& step : steps) {
    const Condition& condition = program_.conditions[step.condition];
    const auto* negated = std::get_if<Not>(&condition.test);
    explanation.reasons.push_back({step.depth, step.result, condition.text,
                                   AskedBy(negated == nullptr ? step.condition : negated->part)});
  }
  explaining_ = false;
  return explanation;
}

// Recursion is bounded as Rule() says.
Truth Evaluator::Walk(ConditionId id, int depth, std::vector<Step>& steps) {
  const Condition& condition = program_.conditions[id];
  if (const auto* all = std::get_if<AllOf>(&condition.test)) {
    return WalkParts(all->parts, Truth::kFalse, depth, steps);
  }
  if (const auto* any = std::get_if<AnyOf>(&condition.test)) {
    return WalkParts(any->parts, Truth::kTrue, depth, steps);
  }
  const auto* negated = std::get_if<Not>(&condition.test);
  if (negated == nullptr) return WalkLeaf(id, depth, steps);
  const auto& inner = program_.conditions[negated->part].test;
  // `not (a and b)` is told by its parts, `not a` and `a is not b` as they stand.
  const bool parts = std::holds_alternative<AllOf>(inner) || std::holds_alternative<AnyOf>(inner) ||
                     std::holds_alternative<Not>(inner);
  return parts ? Opposite(Walk(negated->part, depth, steps)) : WalkLeaf(id, depth, steps);
}

// The first part that comes out as `stop` settles it; else those that keep it from the other end.
Truth Evaluator::WalkParts(std::span<const ConditionId> parts, Truth stop, int depth,
                           std::vector<Step>& steps) {
  const bool is_and = stop == Truth::kFalse;
  Truth result = is_and ? Truth::kTrue : Truth::kFalse;
  const std::size_t before = steps.size();
  for (const ConditionId part : parts) {
    const std::size_t begin = steps.size();
    const Truth truth = Walk(part, depth, steps);
    const Truth sum = is_and ? std::min(result, truth) : std::max(result, truth);
    if (sum != result) {  // it outweighs all that was before it
      steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(before),
                  steps.begin() + static_cast<std::ptrdiff_t>(begin));
    } else if (truth != result) {  // it is outweighed
      steps.resize(begin);
    }
    result = sum;
    if (result == stop) break;
  }
  return result;
}

Truth Evaluator::WalkLeaf(ConditionId id, int depth, std::vector<Step>& steps) {
  const Truth truth = Holds(id);
  steps.push_back({id, truth, depth});
  const Condition& condition = program_.conditions[id];
  const auto* negated = std::get_if<Not>(&condition.test);
  const auto* named = std::get_if<RuleHolds>(
      negated == nullptr ? &condition.test : &program_.conditions[negated->part].test);
  if (named == nullptr || !program_.rules[named->rule].live) return truth;
  // One that fires has a hit of its own, which says why; the others are told once.
  if (Rule(named->rule) == Truth::kTrue || walked_[named->rule]) return truth;
  walked_[named->rule] = true;
  (void)Walk(program_.rules[named->rule].when, depth + 1, steps);
  return truth;
}

std::vector<AskedFact> Evaluator::AskedBy(ConditionId id) {
  const Condition& condition = program_.conditions[id];
  std::vector<AskedFact> asked;
  if (const auto* says = std::get_if<ListSays>(&condition.test)) asked.push_back(AskedOf(*says));
  const FactsUsed used = UsedBy(program_, id);
  for (const facts::Info& info : facts::Table()) {
    if (!used.Has(info.id)) continue;
    std::string value = ValueOf(info.id, condition);
    if (value.empty()) continue;
    // Of two facts only the first stands left of the comparison, as `source` names it.
    const bool is_source =
        condition.source == info.name || condition.source.starts_with(std::string(info.name) + '[');
    asked.push_back(
        {is_source ? condition.source : std::string(info.name), std::move(value), info.id});
  }
  return asked;
}

// All that the list says, whichever code the condition waits for.
AskedFact Evaluator::AskedOf(const ListSays& test) const {
  const DnsList& list = program_.dns_lists[test.list];
  AskedFact asked = {list.FullName(), {}};
  if (test.list >= input_.dns_lists.size()) {
    asked.value = "unknown";
    return asked;
  }
  const ListResult& result = input_.dns_lists[test.list];
  for (std::size_t i = 0; i < result.findings.size() && i < kMaxAskedTexts; ++i) {
    asked.value.append(i == 0 ? "" : ", ").append(CutAsked(result.findings[i].asked));
    asked.value.append(": ").append(list.codes[result.findings[i].code].name);
  }
  if (result.findings.size() > kMaxAskedTexts) asked.value += ", ...";
  if (result.findings.empty()) asked.value = WordOfNothing(result.state);
  return asked;
}

std::string Evaluator::ValueOf(Id fact, const Condition& condition) {
  if (const auto* number = std::get_if<NumberCompares>(&condition.test)) {
    if (const auto* count = std::get_if<Count>(&number->number)) {
      const auto value = CountOf(*count);
      if (!value) return "unknown";
      // Counting ends where no condition tells higher numbers apart.
      const bool more = count->pattern && *value >= program_.enough[count->id];
      return fmt::format("count {}{}", *value, more ? " or more" : "");
    }
  }
  const facts::Info& info = facts::Describe(fact);
  if (info.type == facts::Type::kFlag) return std::string(ToWord(Test(FlagHolds{fact})));
  if (info.type == facts::Type::kNumber) {
    const auto number = NumberOf(fact);
    return facts::Print(number ? facts::Value(*number) : facts::Value());
  }
  const bool text = info.type == facts::Type::kText || info.type == facts::Type::kTexts;
  if (!text) return facts::Print(input_.facts.Get(fact));
  if (IsLongText(fact)) return {};
  std::optional<Texts> texts;
  if (const auto* match = std::get_if<TextMatches>(&condition.test)) {
    texts = Get(program_.matches[match->match].source);
  } else if (const auto* in = std::get_if<TextIsIn>(&condition.test)) {
    texts = Get(in->source);
  } else if (const auto* exists = std::get_if<TextExists>(&condition.test)) {
    texts = Get(exists->source);
  } else if (const auto* meet = std::get_if<TextsMeet>(&condition.test)) {
    texts = Get(program_.sources[meet->left].fact == fact ? meet->left : meet->right);
  }
  return texts ? PrintTexts(*texts) : "unknown";
}

}  // namespace assay::rules
