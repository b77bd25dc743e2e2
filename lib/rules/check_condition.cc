// SPDX-License-Identifier: Apache-2.0
// Conditions as written become typed ones.
#include <fmt/format.h>

#include <algorithm>

#include "lib/base/text.h"
#include "lib/rules/builder.h"
#include "lib/rules/limits.h"
#include "lib/rules/parser.h"

namespace assay::rules {
namespace {

using facts::Id;
using facts::Info;
using facts::Type;

constexpr std::size_t kMaxConditionText = 120;  // bytes of a condition quoted in reports

bool IsNegated(Comparison comparison) {
  return comparison == Comparison::kIsNot || comparison == Comparison::kNotIn ||
         comparison == Comparison::kMatchesNot;
}

Comparison Positive(Comparison comparison) {
  switch (comparison) {
    case Comparison::kIsNot:
      return Comparison::kIs;
    case Comparison::kNotIn:
      return Comparison::kIn;
    case Comparison::kMatchesNot:
      return Comparison::kMatches;
    default:
      return comparison;
  }
}

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kFlag:
      return "yes or no";
    case Type::kNumber:
      return "a number";
    case Type::kWord:
      return "one of a few words";
    case Type::kText:
      return "a text";
    case Type::kTexts:
      return "any number of texts";
    case Type::kAddress:
      return "an IP address";
  }
  return {};
}

// What must be known before an absent value means that there is none.
std::optional<Id> AnchorOf(Id fact) {
  switch (fact) {
    case Id::kClientName:
    case Id::kClientDaemon:
    case Id::kHelo:
      return Id::kClientIp;
    case Id::kLogin:
      return Id::kProfile;
    case Id::kClientRegistrable:
      return Id::kClientName;
    case Id::kMailFromLocal:
    case Id::kMailFromDomain:
    case Id::kMailFromRegistrable:
      return Id::kMailFrom;
    case Id::kHeaderFromDomain:
    case Id::kHeaderFromRegistrable:
    case Id::kHeaderFromName:
      return Id::kHeaderFromCount;
    default:
      return {};
  }
}

// White space folded to one blank, cut.
std::string Fold(std::string_view text) {
  std::string folded;
  for (const char c : text) {
    if (!IsFoldingSpace(c)) {
      folded += c;
    } else if (!folded.empty() && folded.back() != ' ') {
      folded += ' ';
    }
    if (folded.size() >= kMaxConditionText) break;
  }
  while (!folded.empty() && (folded.back() & 0x80) != 0) folded.pop_back();
  return folded;
}

}  // namespace

SourceId Builder::Source(const TextSource& source) {
  const auto [at, added] = sources.try_emplace(source, static_cast<SourceId>(sources.size()));
  if (added) program.sources.push_back(source);
  return at->second;
}

MatchId Builder::Match(const TextMatch& match) {
  const auto [at, added] = matches.try_emplace(match, static_cast<MatchId>(matches.size()));
  if (added) program.matches.push_back(match);
  return at->second;
}

const Info* FindFact(const Word& name, bool indexed, DiagnosticLog& log) {
  if (IsDnsListName(name.text)) {
    log.Error(name.place, "a DNS list cannot be asked like this",
              fmt::format("write `{0}`, or `{0} is CODE`", name.text));
    return nullptr;
  }
  const Info* fact = facts::FindByName(name.text);
  if (fact == nullptr) {
    std::vector<std::string_view> names;
    if (!log.full()) {
      for (const Info& info : facts::Table()) names.push_back(info.name);
    }
    log.Error(name.place, fmt::format("unknown fact {}", Quote(name.text)),
              DidYouMean(name.text, names));
    return nullptr;
  }
  const bool has_fields = fact->id == Id::kHeader || fact->id == Id::kMimeHeader;
  if (indexed == has_fields) return fact;
  if (indexed) {
    log.Error(name.place, fmt::format("'{}' has no fields to choose from", fact->name));
  } else {
    log.Error(name.place, fmt::format("'{}' needs the name of a field", fact->name),
              fmt::format("write {}[\"Name\"]", fact->name));
  }
  return nullptr;
}

ConditionChecker::Result ConditionChecker::Make(const ConditionSyntax& syntax,
                                                decltype(Condition::test) test) {
  auto& conditions = builder_.program.conditions;
  if (conditions.size() >= kMaxConditions) {
    if (conditions.size() == kMaxConditions) {
      builder_.log.Error(syntax.place,
                         fmt::format("a rule set has at most {} conditions", kMaxConditions));
    }
    return {};
  }
  const Sources& sources = builder_.log.sources();
  Condition condition{std::move(test), Fold(sources.Text(syntax.place)), {}, syntax.place};
  if (syntax.kind == ConditionSyntax::Kind::kCompare &&
      syntax.operand.kind != OperandSyntax::Kind::kRule) {
    condition.source = Fold(sources.Text(syntax.operand.fact_place));
  }
  conditions.push_back(std::move(condition));
  return static_cast<ConditionId>(conditions.size() - 1);
}

ConditionChecker::Result ConditionChecker::Check(const ConditionSyntax& syntax) {
  switch (syntax.kind) {
    case ConditionSyntax::Kind::kCompare:
      return Compare(syntax);
    case ConditionSyntax::Kind::kAnd:
    case ConditionSyntax::Kind::kOr:
      return Chain(syntax);
    case ConditionSyntax::Kind::kNot:
      break;
  }
  const Result part = Check(syntax.parts.front());
  if (!part) return {};
  return Make(syntax, Not{*part});
}

// All parts are checked, so that one round shows all mistakes.
ConditionChecker::Result ConditionChecker::Chain(const ConditionSyntax& syntax) {
  std::vector<ConditionId> parts;
  for (const ConditionSyntax& part : syntax.parts) {
    if (const Result checked = Check(part)) parts.push_back(*checked);
  }
  if (parts.size() < syntax.parts.size()) return {};
  if (syntax.kind == ConditionSyntax::Kind::kAnd) return Make(syntax, AllOf{std::move(parts)});
  return Make(syntax, AnyOf{std::move(parts)});
}

ConditionChecker::Result ConditionChecker::Compare(const ConditionSyntax& syntax) {
  const Result positive = Positive(syntax, rules::Positive(syntax.comparison));
  if (!positive || !IsNegated(syntax.comparison)) return positive;
  return Make(syntax, Not{*positive});
}

ConditionChecker::Result ConditionChecker::Positive(const ConditionSyntax& syntax,
                                                    Comparison comparison) {
  switch (syntax.operand.kind) {
    case OperandSyntax::Kind::kFact:
      return CompareFact(syntax, comparison);
    case OperandSyntax::Kind::kCount:
      return CountTest(syntax, comparison);
    case OperandSyntax::Kind::kExists:
      return Exists(syntax, comparison);
    case OperandSyntax::Kind::kRule:
      return RuleTest(syntax, comparison);
  }
  return {};
}

ConditionChecker::Result ConditionChecker::CompareFact(const ConditionSyntax& syntax,
                                                       Comparison comparison) {
  const OperandSyntax& operand = syntax.operand;
  if (IsDnsListName(operand.name.text)) return ListTest(syntax, comparison);
  const Info* fact = FindFact(operand.name, operand.index.has_value(), builder_.log);
  if (fact == nullptr) return {};
  switch (fact->type) {
    case Type::kFlag:
      return Flag(syntax, *fact, comparison);
    case Type::kWord:
      return WordTest(syntax, *fact, comparison);
    case Type::kNumber:
      return NumberTest(syntax, fact->id, comparison);
    case Type::kText:
    case Type::kTexts:
      return TextTest(syntax, *fact, comparison);
    case Type::kAddress:
      return AddressTest(syntax, *fact, comparison);
  }
  return {};
}

ConditionChecker::Result ConditionChecker::WrongType(const ConditionSyntax& syntax,
                                                     const Info& fact, std::string_view hint) {
  builder_.log.Error(
      syntax.operand.place,
      fmt::format("'{}' is {} and cannot be asked like this", fact.name, TypeName(fact.type)),
      std::string(hint));
  return {};
}

ConditionChecker::Result ConditionChecker::Flag(const ConditionSyntax& syntax, const Info& fact,
                                                Comparison comparison) {
  if (comparison == Comparison::kNone) return Make(syntax, FlagHolds{fact.id});
  return WrongType(syntax, fact, fmt::format("write `{}` or `not {}`", fact.name, fact.name));
}

ConditionChecker::Result ConditionChecker::WordTest(const ConditionSyntax& syntax, const Info& fact,
                                                    Comparison comparison) {
  if (comparison != Comparison::kIs && comparison != Comparison::kIn) {
    return WrongType(syntax, fact,
                     fmt::format("write `{} is {}` or `{} in (…, …)`", fact.name,
                                 fact.words.front(), fact.name));
  }
  WordIsOneOf test{fact.id, {}, false};
  bool good = true;
  for (const ValueSyntax& value : syntax.values) {
    const bool word =
        value.kind == ValueSyntax::Kind::kName || value.kind == ValueSyntax::Kind::kText;
    if (!word || value.index || std::ranges::find(fact.words, value.text) == fact.words.end()) {
      builder_.log.Error(
          value.place,
          fmt::format("{} is never {}", fact.name, Quote(builder_.log.sources().Text(value.place))),
          word ? DidYouMean(value.text, fact.words) : std::string());
      good = false;
    } else if (value.text == "temperror") {
      test.names_temperror = true;
      builder_.temperrors.push_back(
          {static_cast<ConditionId>(builder_.program.conditions.size()), value.place});
    }
    test.words.push_back(value.text);
  }
  if (!good) return {};
  return Make(syntax, std::move(test));
}

ConditionChecker::Result ConditionChecker::AddressTest(const ConditionSyntax& syntax,
                                                       const Info& fact, Comparison comparison) {
  if (comparison != Comparison::kIs && comparison != Comparison::kIn) {
    return WrongType(
        syntax, fact,
        fmt::format("write `{} in (192.0.2.0/24, …)` or `{} in @list`", fact.name, fact.name));
  }
  const auto set = CheckSet(syntax.values, fact);
  if (!set) return {};
  return Make(syntax, AddressIsIn{fact.id, *set});
}

ConditionChecker::Result ConditionChecker::RuleTest(const ConditionSyntax& syntax,
                                                    Comparison comparison) {
  const Word& name = syntax.operand.name;
  const auto found = builder_.rules.find(name.text);
  if (found == builder_.rules.end()) {
    builder_.log.Error(name.place, fmt::format("unknown rule {}", Quote(name.text)),
                       Suggest(builder_, name.text, builder_.rules));
    return {};
  }
  if (comparison != Comparison::kNone) {
    builder_.log.Error(syntax.place, "a rule is a condition of its own",
                       fmt::format("write `rule {}` or `not rule {}`", name.text, name.text));
    return {};
  }
  found->second.used = true;
  if (rule_) builder_.references[*rule_].push_back({found->second.id, name.place});
  return Make(syntax, RuleHolds{found->second.id});
}

ConditionChecker::Result ConditionChecker::Exists(const ConditionSyntax& syntax,
                                                  Comparison comparison) {
  const OperandSyntax& operand = syntax.operand;
  const Info* fact = FindFact(operand.name, operand.index.has_value(), builder_.log);
  if (fact == nullptr) return {};
  if (comparison != Comparison::kNone) {
    builder_.log.Error(syntax.place, "exists(…) is a condition of its own");
    return {};
  }
  switch (fact->type) {
    case Type::kText:
    case Type::kTexts:
      return Make(syntax, TextExists{SourceOf(*fact, operand), AnchorOf(fact->id)});
    case Type::kAddress:
      return Make(syntax, AddressExists{fact->id});
    default:
      return WrongType(syntax, *fact, "exists(…) asks for a text or an address");
  }
}

SourceId ConditionChecker::SourceOf(const Info& fact, const OperandSyntax& operand) {
  return builder_.Source(
      {fact.id, operand.index ? ToLower(operand.index->text) : std::string(), operand.form});
}

}  // namespace assay::rules
