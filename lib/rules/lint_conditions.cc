// SPDX-License-Identifier: Apache-2.0
// Conditions that can never hold, say something twice, or say what another rule says.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/rules/compiler.h"
#include "lib/rules/condition_key.h"
#include "lib/rules/limits.h"

namespace assay::rules {
namespace {

// Steps over all rules of a set. Beyond it the search stops without a word: it is a help, and what
// runs does not hang on it.
constexpr std::size_t kMaxSteps = 1'000'000;

// One test that has to come out as `positive` for the rule to hit.
struct Required {
  ConditionId id = 0;
  bool positive = true;
  Place shown;  // where the rule at hand asks for it, itself or by naming another rule
};

// What is left of the values of one word or number.
struct Range {
  std::vector<bool> words;  // of a fact, by the index in its table
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;
  Required last;  // what narrowed it last
};

// What the tests so far leave possible.
struct Scope {
  std::map<std::string, Required> keys;  // of all tests; for "exists" also what follows
  std::map<std::string, Range> ranges;
  std::map<SourceId, Required> texts;  // that are compared with one text
};

// What to say about something that cannot hold.
enum class Say : std::uint8_t {
  kError,    // the rule cannot hit
  kWarning,  // a part of an `or` is of no use
  kNothing,  // it stands in another rule, or is no fault
};

bool SamePlace(const Place& left, const Place& right) {
  return left.file == right.file && left.offset == right.offset && left.length == right.length;
}

class Possibility {
 public:
  explicit Possibility(Builder& builder) : builder_(builder), program_(builder.program) {}

  // Reports a rule that can never hit.
  void Check(RuleId id);

 private:
  [[nodiscard]] bool Possible(std::vector<Required> todo, Scope scope, Say say);
  [[nodiscard]] bool Expand(const Required& required, std::vector<Required>& todo,
                            std::vector<Required>& choices, bool* possible);
  [[nodiscard]] bool Choose(const Required& choice, const Scope& scope, Say say);
  [[nodiscard]] bool Narrow(const Required& required, Scope& scope, Say say);
  [[nodiscard]] bool NarrowWord(const WordIsOneOf& test, const Required& required, Scope& scope,
                                Say say);
  [[nodiscard]] bool NarrowNumber(const NumberCompares& test, const Required& required,
                                  Scope& scope, Say say);
  [[nodiscard]] bool NarrowText(const TextIsIn& test, const Required& required, Scope& scope,
                                Say say);
  [[nodiscard]] bool Add(const std::string& key, const std::string& opposite,
                         const Required& required, Scope& scope, Say say);
  bool Conflict(const Required& required, const Required* other, Say say);
  [[nodiscard]] const std::vector<ConditionId>* Parts(ConditionId id) const;

  Builder& builder_;
  const Program& program_;
  std::size_t steps_ = 0;
  const CompiledRule* rule_ = nullptr;
};

void Possibility::Check(RuleId id) {
  rule_ = &program_.rules[id];
  const Place place = program_.conditions[rule_->when].place;
  (void)Possible({{rule_->when, true, place}}, {}, Say::kError);
}

const std::vector<ConditionId>* Possibility::Parts(ConditionId id) const {
  const auto& test = program_.conditions[id].test;
  if (const auto* all = std::get_if<AllOf>(&test)) return &all->parts;
  const auto* any = std::get_if<AnyOf>(&test);
  return any == nullptr ? nullptr : &any->parts;
}

// Always false, so that callers can return it.
bool Possibility::Conflict(const Required& required, const Required* other, Say say) {
  // Inside of another rule it was reported there.
  if (say == Say::kNothing || (other != nullptr && SamePlace(required.shown, other->shown))) {
    return false;
  }
  const bool named = !SamePlace(required.shown, program_.conditions[required.id].place);
  if (other == nullptr && named) return false;
  const std::string what = other == nullptr
                               ? "this never holds"
                               : fmt::format("this never holds together with `{}`",
                                             builder_.log.sources().Text(other->shown));
  if (say == Say::kWarning) {
    builder_.log.Warn(required.shown, what, "this part of the `or` can go");
  } else {
    builder_.log.Error(required.shown, what,
                       fmt::format("rule {} could not hit", rule_->info.name));
  }
  return false;
}

// True when `required` was no single test.
bool Possibility::Expand(const Required& required, std::vector<Required>& todo,
                         std::vector<Required>& choices, bool* possible) {
  const Condition& condition = program_.conditions[required.id];
  const bool own = SamePlace(required.shown, program_.conditions[required.id].place);
  const auto place = [&](ConditionId part) {
    return own ? program_.conditions[part].place : required.shown;
  };
  if (const auto* negated = std::get_if<Not>(&condition.test)) {
    todo.push_back({negated->part, !required.positive, place(negated->part)});
    return true;
  }
  if (const auto* parts = Parts(required.id)) {
    if (std::holds_alternative<AllOf>(condition.test) != required.positive) {
      choices.push_back(required);
      return true;
    }
    // The last in front: tests are taken from the back.
    for (auto part = parts->rbegin(); part != parts->rend(); ++part) {
      todo.push_back({*part, required.positive, place(*part)});
    }
    return true;
  }
  const auto* rule = std::get_if<RuleHolds>(&condition.test);
  if (rule == nullptr) return false;
  const CompiledRule& named = program_.rules[rule->rule];
  *possible = named.live;  // a disabled one is unknown, and so is its opposite
  todo.push_back({named.when, required.positive, required.shown});
  return true;
}

// Whether all of `todo` can hold where `scope` does.
bool Possibility::Possible(std::vector<Required> todo, Scope scope, Say say) {
  std::vector<Required> choices;
  while (!todo.empty()) {
    if (++steps_ > kMaxSteps) return true;
    const Required required = todo.back();
    todo.pop_back();
    bool possible = true;
    if (!Expand(required, todo, choices, &possible)) possible = Narrow(required, scope, say);
    if (!possible) return false;
  }
  return std::ranges::all_of(choices,
                             [&](const Required& choice) { return Choose(choice, scope, say); });
}

// One of several parts is enough.
bool Possibility::Choose(const Required& choice, const Scope& scope, Say say) {
  const bool own = SamePlace(choice.shown, program_.conditions[choice.id].place);
  bool any = false;
  for (const ConditionId part : *Parts(choice.id)) {
    steps_ += scope.keys.size() + 1;
    const Place& place = own ? program_.conditions[part].place : choice.shown;
    // The values of `in (1, 2)` have one place together; `not (a and b)` is no `or` as written.
    const bool is_or = say != Say::kNothing && choice.positive && !SamePlace(place, choice.shown);
    any =
        Possible({{part, choice.positive, place}}, scope, is_or ? Say::kWarning : Say::kNothing) ||
        any;
  }
  if (!any && say == Say::kError) {
    builder_.log.Error(choice.shown, "nothing of this can hold here",
                       fmt::format("rule {} could not hit", rule_->info.name));
  }
  return any;
}

bool Possibility::Add(const std::string& key, const std::string& opposite, const Required& required,
                      Scope& scope, Say say) {
  const auto known = scope.keys.find(opposite);
  if (known != scope.keys.end()) return Conflict(required, &known->second, say);
  scope.keys.try_emplace(key, required);
  return true;
}

bool Possibility::Narrow(const Required& required, Scope& scope, Say say) {
  const auto& test = program_.conditions[required.id].test;
  if (const auto* word = std::get_if<WordIsOneOf>(&test)) {
    return NarrowWord(*word, required, scope, say);
  }
  if (const auto* number = std::get_if<NumberCompares>(&test)) {
    return NarrowNumber(*number, required, scope, say);
  }
  if (const auto* in = std::get_if<TextIsIn>(&test)) steps_ += program_.sets[in->set].size();
  if (const auto* in = std::get_if<AddressIsIn>(&test)) steps_ += program_.sets[in->set].size();
  if (!Add(KeyOf(program_, required.id, required.positive),
           KeyOf(program_, required.id, !required.positive), required, scope, say)) {
    return false;
  }
  if (!required.positive) return true;
  // Where something is found, there is something.
  std::optional<SourceId> source;
  if (const auto* match = std::get_if<TextMatches>(&test)) {
    source = program_.matches[match->match].source;
  }
  if (const auto* in = std::get_if<TextIsIn>(&test)) {
    source = in->source;
    if (!NarrowText(*in, required, scope, say)) return false;
  }
  if (!source) return true;
  const std::string exists = fmt::format("x{}", *source);
  return Add(exists, "!" + exists, required, scope, say);
}

// A fact with one text is not two texts.
bool Possibility::NarrowText(const TextIsIn& test, const Required& required, Scope& scope,
                             Say say) {
  const facts::Info& fact = facts::Describe(program_.sources[test.source].fact);
  if (fact.type != facts::Type::kText || test.use != SetUse::kText) return true;
  if (test.set < program_.named_sets || program_.sets[test.set].size() != 1) return true;
  const auto [known, added] = scope.texts.try_emplace(test.source, required);
  if (added) return true;
  const auto& other = std::get<TextIsIn>(program_.conditions[known->second.id].test);
  if (program_.sets[other.set].Key() == program_.sets[test.set].Key()) return true;
  return Conflict(required, &known->second, say);
}

bool Possibility::NarrowWord(const WordIsOneOf& test, const Required& required, Scope& scope,
                             Say say) {
  const facts::Info& fact = facts::Describe(test.fact);
  const auto [known, first] = scope.ranges.try_emplace(std::string(fact.name));
  Range& range = known->second;
  if (first) range.words.assign(fact.words.size(), true);
  bool any = false;
  for (std::size_t i = 0; i < fact.words.size(); ++i) {
    const bool listed = std::ranges::find(test.words, fact.words[i]) != test.words.end();
    // temperror that is not named makes the comparison unknown, and so its opposite.
    const bool holds = required.positive ? listed : !listed && fact.words[i] != "temperror";
    range.words[i] = range.words[i] && holds;
    any = any || range.words[i];
  }
  const Required before = std::exchange(range.last, required);
  return any || Conflict(required, first ? nullptr : &before, say);
}

bool Possibility::NarrowNumber(const NumberCompares& test, const Required& required, Scope& scope,
                               Say say) {
  const auto* count = std::get_if<Count>(&test.number);
  const std::string key = count == nullptr
                              ? std::string(facts::Describe(std::get<facts::Id>(test.number)).name)
                              : fmt::format("count {}/{}", count->source,
                                            count->pattern ? std::to_string(*count->pattern) : "-");
  const auto [known, first] = scope.ranges.try_emplace(key);
  Range& range = known->second;
  if (first && count != nullptr) {
    range.low = 0;
    range.high = kMaxCount;
  }
  const bool less = test.order == NumberOrder::kLess || test.order == NumberOrder::kLessOrEqual;
  const bool open = test.order == NumberOrder::kLess || test.order == NumberOrder::kGreater;
  const bool equal = test.order == NumberOrder::kEqual;
  if (equal && !required.positive) return true;
  const bool bounds_above = equal || less == required.positive;
  const bool bounds_below = equal || less != required.positive;
  const bool is_open = !equal && open == required.positive;
  if (bounds_above && (test.value < range.high || (test.value == range.high && is_open))) {
    range.high = test.value;
    range.high_open = is_open;
  }
  if (bounds_below && (test.value > range.low || (test.value == range.low && is_open))) {
    range.low = test.value;
    range.low_open = is_open;
  }
  // Counts are whole numbers.
  double low = range.low;
  double high = range.high;
  if (count != nullptr) {
    low = range.low_open ? std::floor(low) + 1 : std::ceil(low);
    high = range.high_open ? std::ceil(high) - 1 : std::floor(high);
  }
  const Required before = std::exchange(range.last, required);
  const bool empty = count != nullptr
                         ? low > high
                         : low > high || (low == high && (range.low_open || range.high_open));
  return !empty || Conflict(required, first ? nullptr : &before, say);
}

// The same part twice in one chain.
void CheckChain(Builder& builder, ConditionId id) {
  const Program& program = builder.program;
  const auto& test = program.conditions[id].test;
  const std::vector<ConditionId>* parts = nullptr;
  if (const auto* all = std::get_if<AllOf>(&test)) parts = &all->parts;
  if (const auto* any = std::get_if<AnyOf>(&test)) parts = &any->parts;
  if (const auto* negated = std::get_if<Not>(&test)) CheckChain(builder, negated->part);
  if (parts == nullptr) return;
  std::set<std::string> seen;
  for (const ConditionId part : *parts) {
    if (!seen.insert(KeyOf(program, part)).second) {
      builder.log.Warn(program.conditions[part].place, "this stands here twice");
    }
    CheckChain(builder, part);
  }
}

}  // namespace

void CheckConditions(Builder& builder) {
  const Program& program = builder.program;
  std::vector<Place> places(program.rules.size());
  for (const auto& [name, rule] : builder.rules) places[rule.id] = rule.place;
  std::map<std::string, RuleId> known;
  Possibility possibility(builder);
  for (RuleId id = 0; id < program.rules.size(); ++id) {
    const CompiledRule& rule = program.rules[id];
    if (!rule.live) continue;
    possibility.Check(id);
    CheckChain(builder, rule.when);
    const auto [same, added] = known.try_emplace(KeyOf(program, rule.when), id);
    if (added) continue;
    builder.log.Warn(places[id],
                     fmt::format("rule {} asks the same as rule {} at {}", rule.info.name,
                                 program.rules[same->second].info.name,
                                 builder.log.sources().Where(places[same->second])),
                     "one of them is enough: it may have the sum of the scores");
  }
}

}  // namespace assay::rules
