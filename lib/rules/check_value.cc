// SPDX-License-Identifier: Apache-2.0
// The tests that look at numbers and texts, and the sets they look into.
#include <fmt/format.h>

#include "lib/rules/builder.h"
#include "lib/rules/limits.h"

namespace assay::rules {
namespace {

using facts::Id;
using facts::Info;
using facts::Type;
using Kind = ValueSyntax::Kind;

// How a set is asked for this fact: a domain also finds its parents, an address also its domain.
SetUse UseOf(Id fact, mail::HeaderForm form) {
  if (form == mail::HeaderForm::kAddresses) return SetUse::kMailAddress;
  if (form == mail::HeaderForm::kDomains) return SetUse::kDomain;
  switch (fact) {
    case Id::kClientName:
    case Id::kHelo:
    case Id::kMailFromDomain:
    case Id::kRcptToDomain:
    case Id::kHeaderFromDomain:
    case Id::kReplyToDomain:
    case Id::kClientRegistrable:
    case Id::kMailFromRegistrable:
    case Id::kHeaderFromRegistrable:
    case Id::kReplyToRegistrable:
    case Id::kMessageIdRegistrable:
    case Id::kUnsubscribeRegistrable:
    case Id::kDkimDomain:
    case Id::kLinkHost:
    case Id::kLinkDomain:
    case Id::kLinkShownDomain:
    case Id::kImageHost:
      return SetUse::kDomain;
    case Id::kMailFrom:
    case Id::kRcptTo:
    case Id::kHeaderFrom:
    case Id::kLinkAddress:
      return SetUse::kMailAddress;
    default:
      return SetUse::kText;
  }
}

std::optional<NumberOrder> OrderOf(Comparison comparison) {
  switch (comparison) {
    case Comparison::kIs:
    case Comparison::kIn:
      return NumberOrder::kEqual;
    case Comparison::kLess:
      return NumberOrder::kLess;
    case Comparison::kLessOrEqual:
      return NumberOrder::kLessOrEqual;
    case Comparison::kGreater:
      return NumberOrder::kGreater;
    case Comparison::kGreaterOrEqual:
      return NumberOrder::kGreaterOrEqual;
    default:
      return {};
  }
}

}  // namespace

ConditionChecker::Result ConditionChecker::NumberTest(const ConditionSyntax& syntax,
                                                      const std::variant<Id, Count>& number,
                                                      Comparison comparison) {
  const auto order = OrderOf(comparison);
  if (!order) {
    const bool count = std::holds_alternative<Count>(number);
    builder_.log.Error(
        syntax.operand.place,
        fmt::format("{} is a number and cannot be asked like this",
                    count ? "count(…)" : Quote(syntax.operand.name.text)),
        fmt::format("write `{} >= 2`", count ? "count(…)" : syntax.operand.name.text));
    return {};
  }
  std::vector<ConditionId> parts;
  for (const ValueSyntax& value : syntax.values) {
    if (value.kind != Kind::kNumber) {
      builder_.log.Error(value.place, "a number is compared with a number");
      return {};
    }
    const Result part = Make(syntax, NumberCompares{number, *order, value.number});
    if (!part) return {};
    parts.push_back(*part);
  }
  if (parts.size() == 1) return parts.front();
  return Make(syntax, AnyOf{std::move(parts)});
}

ConditionChecker::Result ConditionChecker::CountTest(const ConditionSyntax& syntax,
                                                     Comparison comparison) {
  const auto count = CheckCount(syntax.operand);
  if (!count) return {};
  for (const ValueSyntax& value : syntax.values) {
    if (value.kind == Kind::kNumber && value.number > kMaxCount) {
      builder_.log.Error(value.place, fmt::format("count(…) counts up to {}", kMaxCount));
      return {};
    }
  }
  return NumberTest(syntax, *count, comparison);
}

std::optional<Count> ConditionChecker::CheckCount(const OperandSyntax& operand) {
  const Info* fact = FindFact(operand.name, operand.index.has_value(), builder_.log);
  if (fact == nullptr) return {};
  if (fact->type != Type::kTexts && fact->type != Type::kText) {
    builder_.log.Error(operand.fact_place, fmt::format("'{}' has nothing to count", fact->name),
                       "count(…) counts texts, or matches in them: count(body ~ /…/)");
    return {};
  }
  Count count{SourceOf(*fact, operand), {}};
  if (!operand.pattern) return count;
  const ValueSyntax& pattern = *operand.pattern;
  count.pattern = builder_.patterns.Add({pattern.text, pattern.flags, pattern.place});
  if (!count.pattern) return {};
  return count;
}

ConditionChecker::Result ConditionChecker::TextTest(const ConditionSyntax& syntax, const Info& fact,
                                                    Comparison comparison) {
  const SourceId source = SourceOf(fact, syntax.operand);
  switch (comparison) {
    case Comparison::kMatches:
      return TextFind(syntax, source);
    case Comparison::kIs:
      return TextIs(syntax, fact);
    case Comparison::kIn: {
      const auto set = CheckSet(syntax.values, fact);
      if (!set) return {};
      return Make(syntax, TextIsIn{source, *set, UseOf(fact.id, syntax.operand.form)});
    }
    case Comparison::kNone:
      return WrongType(
          syntax, fact,
          fmt::format("write `{0} ~ /…/`, `{0} is \"…\"`, `{0} in (…)` or `exists({0})`",
                      builder_.log.sources().Text(syntax.operand.fact_place)));
    default:
      return WrongType(syntax, fact, "only numbers are less or greater");
  }
}

ConditionChecker::Result ConditionChecker::TextFind(const ConditionSyntax& syntax,
                                                    SourceId source) {
  const ValueSyntax& value = syntax.values.front();
  const auto pattern = builder_.patterns.Add({value.text, value.flags, value.place});
  if (!pattern) return {};
  return Make(syntax, TextMatches{builder_.Match({source, *pattern})});
}

// is "text", or is another fact
ConditionChecker::Result ConditionChecker::TextIs(const ConditionSyntax& syntax, const Info& fact) {
  const SourceId source = SourceOf(fact, syntax.operand);
  const ValueSyntax& value = syntax.values.front();
  if (value.kind != Kind::kName) {
    EntrySet set;
    if (!AddValue(set, value, fact)) return {};
    builder_.program.sets.push_back(std::move(set));
    return Make(syntax, TextIsIn{source, static_cast<SetId>(builder_.program.sets.size() - 1),
                                 SetUse::kText});
  }
  const Info* other = facts::FindByName(value.text);
  if (other == nullptr) {
    builder_.log.Error(value.place, fmt::format("{} is not the name of a fact", Quote(value.text)),
                       fmt::format("write a text in quotes: \"{}\"", value.text));
    return {};
  }
  if (FindFact({value.text, value.place}, value.index.has_value(), builder_.log) == nullptr)
    return {};
  if (other->type != Type::kText && other->type != Type::kTexts) {
    builder_.log.Error(value.place, fmt::format("'{}' is not a text", other->name));
    return {};
  }
  OperandSyntax operand;
  if (value.index) operand.index = Word{*value.index, value.place};
  operand.form = value.form;
  return Make(syntax, TextsMeet{source, SourceOf(*other, operand)});
}

std::optional<SetId> ConditionChecker::ListNamed(const ValueSyntax& value) {
  const auto found = builder_.lists.find(value.text);
  if (found == builder_.lists.end()) {
    builder_.log.Error(value.place, fmt::format("unknown list {}", Quote(value.text)),
                       Suggest(builder_, value.text, builder_.lists));
    return {};
  }
  found->second.used = true;
  return found->second.set;
}

std::optional<SetId> ConditionChecker::CheckSet(const std::vector<ValueSyntax>& values,
                                                const Info& fact) {
  if (values.size() == 1 && values.front().kind == Kind::kList) {
    const auto id = ListNamed(values.front());
    if (!id) return {};
    const EntrySet& list = builder_.program.sets[*id];
    // What stands in a file may change.
    const bool fixed = builder_.lists.find(values.front().text)->second.path.empty();
    if (fixed && fact.type == Type::kAddress && list.size() > 0 && !list.has_networks()) {
      builder_.log.Error(values.front().place,
                         fmt::format("list {} holds no IP address", Quote(values.front().text)));
      return {};
    }
    return id;
  }
  EntrySet set;
  for (const ValueSyntax& value : values) {
    if (!AddValue(set, value, fact)) return {};
  }
  builder_.program.sets.push_back(std::move(set));
  return static_cast<SetId>(builder_.program.sets.size() - 1);
}

bool ConditionChecker::AddValue(EntrySet& set, const ValueSyntax& value, const Info& fact) {
  if (value.kind == Kind::kList) {
    builder_.log.Error(
        value.place, "a list does not stand among values",
        fmt::format("write `{} in @{}` as a condition of its own", fact.name, value.text));
    return false;
  }
  const bool address = fact.type == Type::kAddress;
  const bool text = value.kind == Kind::kText && (!address || IpNetwork::Parse(value.text));
  if (!text && !(address && value.kind == Kind::kAddress)) {
    builder_.log.Error(
        value.place,
        address ? "expected an IP address or a network: 192.0.2.0/24" : "expected a text in quotes",
        value.kind == Kind::kPattern ? "a pattern stands behind ~" : "");
    return false;
  }
  set.Add(value.text);
  return true;
}

}  // namespace assay::rules
