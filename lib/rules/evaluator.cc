// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/evaluator.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "lib/base/text.h"
#include "lib/rules/limits.h"
#include "lib/rules/view_facts.h"

namespace assay::rules {
namespace {

using facts::Id;

constexpr std::string_view kTempError = "temperror";

Truth ToTruth(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

// Of putting all of them into a set, or of looking all of them up in one.
std::size_t WorkOf(std::span<const std::string> texts) {
  std::size_t work = 0;
  for (const std::string& text : texts) work += kLookupWork + text.size();
  return work;
}

bool Compare(double left, NumberOrder order, double right) {
  switch (order) {
    case NumberOrder::kEqual:
      return left == right;
    case NumberOrder::kLess:
      return left < right;
    case NumberOrder::kLessOrEqual:
      return left <= right;
    case NumberOrder::kGreater:
      return left > right;
    case NumberOrder::kGreaterOrEqual:
      return left >= right;
  }
  return false;
}

}  // namespace

Evaluator::Evaluator(const Program& program, const Input& input, SetOverrides overrides)
    : program_(program),
      input_(input),
      overrides_(std::move(overrides)),
      texts_(program.sources.size()),
      screened_(program.sources.size()),
      answers_(program.answers),
      counts_(program.enough.size()),
      may_match_(program.patterns->screens(), 1),
      rules_(program.rules.size()) {}

// Rules name rules at most kMaxRuleChain deep and conditions nest at most kMaxNesting deep: so does
// this recursion.
Truth Evaluator::Rule(RuleId rule) {
  if (const auto known = rules_[rule]) return *known;
  const CompiledRule& compiled = program_.rules[rule];
  const Truth truth = IsClosed(rule)  ? Truth::kFalse
                      : compiled.live ? Holds(compiled.when)
                                      : Truth::kUnknown;
  rules_[rule] = truth;
  return truth;
}

// Rules of a set ask many a question again: whether the mail comes from outside, say.
Truth Evaluator::Holds(ConditionId id) {
  const Condition& condition = program_.conditions[id];
  const auto ask = [&] {
    return std::visit([this](const auto& test) { return Test(test); }, condition.test);
  };
  if (!condition.answer) return ask();
  auto& known = answers_[*condition.answer];
  if (!known) known = ask();
  return *known;
}

Truth Evaluator::Test(const AllOf& test) {
  Truth result = Truth::kTrue;
  for (const ConditionId part : test.parts) {
    result = std::min(result, Holds(part));
    if (result == Truth::kFalse) break;
  }
  return result;
}

Truth Evaluator::Test(const AnyOf& test) {
  Truth result = Truth::kFalse;
  for (const ConditionId part : test.parts) {
    result = std::max(result, Holds(part));
    if (result == Truth::kTrue) break;
  }
  return result;
}

Truth Evaluator::Test(const Not& test) { return Opposite(Holds(test.part)); }

Truth Evaluator::Test(const RuleHolds& test) { return Rule(test.rule); }

// What was found stands, whatever else could not be asked.
Truth Evaluator::Test(const ListSays& test) {
  if (test.list >= input_.dns_lists.size()) return Truth::kUnknown;
  const ListResult& result = input_.dns_lists[test.list];
  const bool listed = std::ranges::any_of(
      result.findings, [&](const ListResult::Finding& finding) { return Says(test, finding); });
  if (listed) return Truth::kTrue;
  return result.state == ListResult::State::kComplete ? Truth::kFalse : Truth::kUnknown;
}

Truth Evaluator::Test(const FlagHolds& test) {
  const bool* value = std::get_if<bool>(&input_.facts.Get(test.fact));
  // Our own limit is known only here; rules that ask for it run last.
  if (test.fact == Id::kLimitRules) return ToTruth(limited_ || (value != nullptr && *value));
  if (value != nullptr) return ToTruth(*value);  // only an example states flags of the views
  if (!view_known(test.fact)) return Truth::kUnknown;
  const auto flag = ViewFlag(test.fact, input_.views);
  return flag ? ToTruth(*flag) : Truth::kUnknown;
}

Truth Evaluator::Test(const WordIsOneOf& test) {
  const auto* value = std::get_if<std::string>(&input_.facts.Get(test.fact));
  if (value == nullptr) return Truth::kUnknown;
  if (*value == kTempError && !test.names_temperror) return Truth::kUnknown;
  return ToTruth(std::ranges::find(test.words, *value) != test.words.end());
}

Truth Evaluator::Test(const NumberCompares& test) {
  if (const auto* count = std::get_if<Count>(&test.number)) {
    const auto value = CountOf(*count);
    return value ? ToTruth(Compare(*value, test.order, test.value)) : Truth::kUnknown;
  }
  const auto value = NumberOf(std::get<Id>(test.number));
  return value ? ToTruth(Compare(*value, test.order, test.value)) : Truth::kUnknown;
}

std::optional<double> Evaluator::NumberOf(Id fact) const {
  if (const auto* value = std::get_if<double>(&input_.facts.Get(fact))) return *value;
  return view_known(fact) ? ViewNumber(fact, input_.views) : std::nullopt;
}

Truth Evaluator::Test(const TextMatches& test) {
  const TextMatch& match = program_.matches[test.match];
  const auto texts = Get(match.source);
  if (!texts) return Truth::kUnknown;
  const auto where = Where(match, program_.screens[test.match], *texts);
  if (!where) return Truth::kUnknown;
  for (std::size_t i = 0; i < where->size(); ++i) {
    const std::string& text = (*texts)[(*where)[i]];
    const std::size_t weight = program_.patterns->CostOf(match.pattern).weight;
    if (!Spend(match.source, text.size() * weight)) return Truth::kUnknown;
    if (program_.patterns->Matches(match.pattern, text)) return Truth::kTrue;
  }
  return Truth::kFalse;
}

// The first question looks at all texts, for all patterns.
std::optional<TextChoice> Evaluator::Where(const TextMatch& match, ScreenId screen, Texts texts) {
  if (screen == kNoScreen) return TextChoice::All(texts.size());
  if (may_match_[screen] == 0) return TextChoice::Of({});
  if (!screened_[match.source]) {
    const Prefilter& filter = *program_.patterns->FilterOf(match.source);
    for (const std::string& text : texts) {
      if (!Spend(match.source, text.size() * filter.passes())) return {};
    }
    Screen(match.source, texts);
  }
  return screened_[match.source]->TextsFor(screen -
                                           program_.patterns->ScreensOf(match.source).first);
}

void Evaluator::Screen(SourceId source, Texts texts) {
  const Screening& screening =
      screened_[source].emplace(*program_.patterns->FilterOf(source), texts);
  const auto [first, end] = program_.patterns->ScreensOf(source);
  std::fill(may_match_.begin() + first, may_match_.begin() + end, std::uint8_t{0});
  for (const PatternSlot slot : screening.found()) may_match_[first + slot] = 1;
}

std::optional<int> Evaluator::CountOf(const Count& count) {
  const auto texts = Get(count.source);
  if (!texts) return {};
  if (!count.pattern) return static_cast<int>(std::min<std::size_t>(texts->size(), kMaxCount));
  auto& known = counts_[count.id];
  if (!known) {
    known = CountMatches({count.source, *count.pattern}, *texts, program_.enough[count.id]);
  }
  return *known;
}

std::optional<int> Evaluator::CountMatches(const TextMatch& match, Texts texts, int most) {
  const auto where = Where(match, program_.patterns->ScreenOf(match), texts);
  if (!where) return {};
  int matches = 0;
  for (std::size_t i = 0; i < where->size() && matches < most; ++i) {
    const auto more = CountIn(match, texts[(*where)[i]], most - matches);
    if (!more) return {};
    matches += *more;
  }
  return matches;
}

// At most `most`. Where matches have no bound, each may take RE2 to the end of the text, to see
// whether it goes on.
std::optional<int> Evaluator::CountIn(const TextMatch& match, std::string_view text, int most) {
  const PatternCost& cost = program_.patterns->CostOf(match.pattern);
  int count = 0;
  for (std::size_t from = 0; count < most && from <= text.size();) {
    const std::size_t rest = text.size() - from;
    if (!Affords(match.source, rest * cost.weight)) return {};
    const auto found = program_.patterns->Find(match.pattern, text, from);
    Pay(match.source, found ? cost.Match(rest, found->end - from) : rest * cost.weight);
    if (!found) break;
    ++count;
    from = found->end > found->begin ? found->end : found->end + 1;
  }
  return count;
}

Truth Evaluator::Test(const TextIsIn& test) {
  const auto texts = Get(test.source);
  if (!texts) return Truth::kUnknown;
  const EntrySet& set = Set(test.set);
  for (const std::string& text : *texts) {
    if (!Spend(test.source, set.WorkFor(text))) return Truth::kUnknown;
    if (IsIn(test, text)) return Truth::kTrue;
  }
  return Truth::kFalse;
}

bool Evaluator::IsIn(const TextIsIn& test, const std::string& text) const {
  const EntrySet& set = Set(test.set);
  switch (test.use) {
    case SetUse::kText:
      return set.HasText(text);
    case SetUse::kDomain:
      return set.HasDomain(text);
    case SetUse::kMailAddress:
      return set.HasMailAddress(text);
  }
  return false;
}

Truth Evaluator::Test(const TextsMeet& test) {
  const auto left = Get(test.left);
  const auto right = Get(test.right);
  if (!left || !right) return Truth::kUnknown;
  if (!Spend(test.left, WorkOf(*left)) || !Spend(test.right, WorkOf(*right))) {
    return Truth::kUnknown;
  }
  // A set of one side: thousands of recipients must not be compared with each other.
  std::unordered_set<std::string> set;
  for (const std::string& text : *right) set.insert(ToLower(text));
  return ToTruth(
      std::ranges::any_of(*left, [&](const auto& text) { return set.contains(ToLower(text)); }));
}

Truth Evaluator::Test(const AddressIsIn& test) {
  const auto* value = std::get_if<IpAddress>(&input_.facts.Get(test.fact));
  return value == nullptr ? Truth::kUnknown : ToTruth(Set(test.set).HasIp(*value));
}

Truth Evaluator::Test(const TextExists& test) {
  const auto texts = Get(test.source);
  if (texts) return ToTruth(!texts->empty());
  return test.anchor && input_.facts.Known(*test.anchor) ? Truth::kFalse : Truth::kUnknown;
}

Truth Evaluator::Test(const AddressExists& test) {
  if (input_.facts.Known(test.fact)) return Truth::kTrue;
  return input_.facts.Known(Id::kProfile) ? Truth::kFalse : Truth::kUnknown;
}

// A body that was not held is not an empty body.
bool Evaluator::body_known() const {
  const bool* dropped = std::get_if<bool>(&input_.facts.Get(Id::kLimitMemory));
  return dropped == nullptr || !*dropped;
}

bool Evaluator::view_known(Id fact) const {
  const facts::Info& info = facts::Describe(fact);
  return info.from_views && (info.stage != Stage::kEndOfMessage || body_known());
}

// The header has a budget of its own: what stands in the body must not keep rules from it.
Evaluator::Budget& Evaluator::BudgetOf(SourceId source) {
  const facts::Info& fact = facts::Describe(program_.sources[source].fact);
  const bool of_body = fact.from_views && fact.stage == Stage::kEndOfMessage;
  return explaining_ ? explained_ : of_body ? body_ : rest_;
}

bool Evaluator::Affords(SourceId source, std::size_t work) {
  Budget& budget = BudgetOf(source);
  const std::size_t most = explaining_ ? kMaxExplainWork : kMaxWork;
  budget.exhausted = budget.exhausted || budget.spent > most || work > most - budget.spent;
  if (!explaining_) limited_ = limited_ || budget.exhausted;
  return !budget.exhausted;
}

void Evaluator::Pay(SourceId source, std::size_t work) { BudgetOf(source).spent += work; }

bool Evaluator::Spend(SourceId source, std::size_t work) {
  if (!Affords(source, work)) return false;
  Pay(source, work);
  return true;
}

const EntrySet& Evaluator::Set(SetId set) const {
  const bool replaced = set < overrides_.size() && overrides_[set] != nullptr;
  return replaced ? *overrides_[set] : program_.sets[set];
}

std::optional<Evaluator::Texts> Evaluator::Get(SourceId source) {
  auto& known = texts_[source];
  if (!known) known = Read(program_.sources[source]);
  return *known;
}

std::optional<Evaluator::Texts> Evaluator::Read(const TextSource& source) {
  if (source.fact == Id::kHeader) return Texts(input_.views.Header(source.header, source.form));
  if (source.fact == Id::kMimeHeader) {
    if (!body_known()) return {};
    return Texts(input_.views.MimeHeader(source.header, source.form));
  }
  if (facts::Describe(source.fact).from_views) {
    return view_known(source.fact) ? ViewTexts(source.fact, input_.views) : std::nullopt;
  }
  const facts::Value& value = input_.facts.Get(source.fact);
  if (const auto* text = std::get_if<std::string>(&value)) return Texts(text, 1);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) return Texts(*texts);
  return {};
}

}  // namespace assay::rules
