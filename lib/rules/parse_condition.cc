// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/rules/limits.h"
#include "lib/rules/parser.h"

namespace assay::rules {
namespace {

struct Symbol {
  std::string_view text;
  Comparison comparison;
};
constexpr Symbol kSymbols[] = {
    {"~", Comparison::kMatches}, {"!~", Comparison::kMatchesNot},
    {"<", Comparison::kLess},    {"<=", Comparison::kLessOrEqual},
    {">", Comparison::kGreater}, {">=", Comparison::kGreaterOrEqual},
};

struct FormName {
  std::string_view text;
  mail::HeaderForm form;
};
constexpr FormName kForms[] = {
    {"raw", mail::HeaderForm::kRaw},
    {"addr", mail::HeaderForm::kAddresses},
    {"name", mail::HeaderForm::kNames},
    {"domain", mail::HeaderForm::kDomains},
};

// What other languages write.
struct Foreign {
  std::string_view text;
  std::string_view hint;
};
constexpr Foreign kForeign[] = {
    {"=", "write `is`"},   {"==", "write `is`"}, {"!=", "write `is not`"}, {"=~", "write `~`"},
    {"&&", "write `and`"}, {"||", "write `or`"}, {"!", "write `not`"},
};

// Words that begin a line of a rule: the condition before it is not finished.
bool IsRuleWord(const Token& token) {
  const auto words = RuleWords();
  return token.first_on_line && std::ranges::find(words, token.text) != words.end();
}

std::string_view ForeignHint(const Token& token) {
  for (const Foreign& foreign : kForeign) {
    if (token.Is(foreign.text)) return foreign.hint;
  }
  return {};
}

}  // namespace

// Conditions nest by recursion: the depth is bounded so that no file overflows the stack.
bool ConditionParser::Enter() {
  if (++depth_ <= kMaxNesting) return true;
  reader_.log().Error(reader_.Peek().place,
                      fmt::format("a condition is nested more than {} deep", kMaxNesting),
                      "give a part of it a rule of its own and name it: `rule NAME`");
  return false;
}

std::optional<ConditionSyntax> ConditionParser::Condition() {
  auto first = Unary();
  if (!first || (!reader_.Peek().Is("and") && !reader_.Peek().Is("or"))) return first;
  ConditionSyntax chain;
  const bool is_and = reader_.Peek().Is("and");
  chain.kind = is_and ? ConditionSyntax::Kind::kAnd : ConditionSyntax::Kind::kOr;
  chain.place = first->place;
  chain.parts.push_back(*std::move(first));
  while (reader_.Peek().Is("and") || reader_.Peek().Is("or")) {
    if (reader_.Peek().Is("and") != is_and) {
      reader_.log().Error(reader_.Peek().place, "'and' and 'or' are mixed without parentheses",
                          "put ( ) around what belongs together");
      return {};
    }
    reader_.Take();
    auto next = Unary();
    if (!next) return {};
    chain.place = Span(chain.place, next->place);
    chain.parts.push_back(*std::move(next));
  }
  return chain;
}

std::optional<ConditionSyntax> ConditionParser::Unary() {
  if (!reader_.Peek().Is("not") && !reader_.Peek().Is("(")) return Compare();
  if (!Enter()) return {};
  auto result = Nested();
  --depth_;
  return result;
}

// not CONDITION, or ( CONDITION )
std::optional<ConditionSyntax> ConditionParser::Nested() {
  const Place begin = reader_.Peek().place;
  if (reader_.Skip("(")) {
    auto inner = Condition();
    if (!inner || !reader_.Expect(")", "or 'and' or 'or'")) return {};
    inner->place = Span(begin, reader_.last());
    return inner;
  }
  reader_.Take();
  auto inner = Unary();
  if (!inner) return {};
  ConditionSyntax result;
  result.kind = ConditionSyntax::Kind::kNot;
  result.place = Span(begin, inner->place);
  result.parts.push_back(*std::move(inner));
  return result;
}

std::optional<ConditionSyntax> ConditionParser::Compare() {
  auto operand = Operand();
  if (!operand) return {};
  reader_.Charge(kConditionWeight);
  ConditionSyntax condition;
  condition.place = operand->place;
  condition.operand = *std::move(operand);
  const auto comparison = TakeComparison();
  if (!comparison) return {};
  condition.comparison = *comparison;
  if (*comparison == Comparison::kNone) return condition;
  if (!CompareWith(condition)) return {};
  condition.place = Span(condition.place, reader_.last());
  return condition;
}

// Nothing when what stands there is no comparison of ours.
std::optional<Comparison> ConditionParser::TakeComparison() {
  for (const Symbol& symbol : kSymbols) {
    if (reader_.Skip(symbol.text)) return symbol.comparison;
  }
  if (reader_.Skip("is")) return reader_.Skip("not") ? Comparison::kIsNot : Comparison::kIs;
  if (reader_.Skip("in")) return Comparison::kIn;
  if (reader_.Peek().Is("not")) {
    reader_.Take();
    if (reader_.Skip("in")) return Comparison::kNotIn;
    reader_.Unexpected("'in' behind 'not'", "write `not` before the whole comparison");
    return {};
  }
  const std::string_view hint = ForeignHint(reader_.Peek());
  if (!hint.empty()) {
    reader_.Unexpected("a comparison", hint);
    return {};
  }
  return Comparison::kNone;
}

bool ConditionParser::CompareWith(ConditionSyntax& condition) {
  const bool pattern = condition.comparison == Comparison::kMatches ||
                       condition.comparison == Comparison::kMatchesNot;
  if (pattern && reader_.Peek().kind != TokenKind::kPattern) {
    reader_.Unexpected("a pattern behind ~", "a pattern stands between slashes: /…/i");
    return false;
  }
  const bool in =
      condition.comparison == Comparison::kIn || condition.comparison == Comparison::kNotIn;
  if (in && reader_.Peek().Is("(")) return Values(condition.values);
  if (in && reader_.Peek().kind != TokenKind::kListName) {
    reader_.Unexpected("a list behind 'in'", "write @name, or the values in parentheses: (…, …)");
    return false;
  }
  auto value = Value("a value");
  if (!value) return false;
  condition.values.push_back(*std::move(value));
  return true;
}

bool ConditionParser::Values(std::vector<ValueSyntax>& values) {
  if (!reader_.Expect("(", "before the values")) return false;
  do {
    auto value = Value("a value");
    if (!value) return false;
    values.push_back(*std::move(value));
  } while (reader_.Skip(","));
  return reader_.Expect(")", "or ',' behind a value");
}

std::optional<ValueSyntax> ConditionParser::Value(std::string_view what) {
  using Kind = ValueSyntax::Kind;
  ValueSyntax value;
  const Token& token = reader_.Peek();
  switch (token.kind) {
    case TokenKind::kString:
      value.kind = Kind::kText;
      break;
    case TokenKind::kNumber:
      value.kind = Kind::kNumber;
      break;
    case TokenKind::kName:
      value.kind = Kind::kName;
      break;
    case TokenKind::kAddress:
      value.kind = Kind::kAddress;
      break;
    case TokenKind::kListName:
      value.kind = Kind::kList;
      break;
    case TokenKind::kPattern:
      value.kind = Kind::kPattern;
      break;
    default:
      reader_.Unexpected(what);
      return {};
  }
  if (value.kind == Kind::kNumber) {
    const auto number = reader_.ExpectNumber(what);
    return ValueSyntax{Kind::kNumber, number->text, number->value, {}, {}, number->place};
  }
  Token taken = reader_.Take();
  value.place = taken.place;
  const bool decoded = value.kind != Kind::kName && value.kind != Kind::kAddress;
  value.text = decoded ? std::move(taken.value) : std::string(taken.text);
  if (value.kind == Kind::kPattern) value.flags = taken.text.substr(value.text.size() + 2);
  if (value.kind == Kind::kName && reader_.Skip("[")) {
    auto index = reader_.ExpectText("the field's name in quotes");
    if (!index || !reader_.Expect("]", "behind the field's name")) return {};
    const auto form = Form(value.text);
    if (!form) return {};
    value.index = std::move(index->text);
    value.form = *form;
    value.place = Span(value.place, reader_.last());
  }
  return value;
}

std::optional<OperandSyntax> ConditionParser::Operand() {
  OperandSyntax operand;
  const Token& token = reader_.Peek();
  if (token.kind != TokenKind::kName || IsRuleWord(token)) {
    reader_.Unexpected("a condition", ForeignHint(token));
    return {};
  }
  if (token.Is("dnsbl") || token.Is("uribl")) {
    reader_.Unexpected("a condition", fmt::format("write `{}.NAME is CODE`", token.text));
    return {};
  }
  operand.place = token.place;
  if (token.Is("count")) return CountOperand();
  if (token.Is("exists")) {
    operand.kind = OperandSyntax::Kind::kExists;
    reader_.Take();
    if (!reader_.Expect("(", "behind 'exists'") || !Fact(operand)) return {};
    if (!reader_.Expect(")", "behind the fact")) return {};
  } else if (token.Is("rule")) {
    operand.kind = OperandSyntax::Kind::kRule;
    reader_.Take();
    auto name = reader_.ExpectName("the name of a rule");
    if (!name) return {};
    operand.name = *std::move(name);
  } else if (!Fact(operand)) {
    return {};
  }
  operand.place = Span(operand.place, reader_.last());
  return operand;
}

std::optional<OperandSyntax> ConditionParser::CountOperand() {
  OperandSyntax operand;
  operand.kind = OperandSyntax::Kind::kCount;
  operand.place = reader_.Peek().place;
  if (!reader_.Expect("count", "(…)") || !reader_.Expect("(", "behind 'count'") || !Fact(operand)) {
    return {};
  }
  if (reader_.Skip("~")) {
    if (reader_.Peek().kind != TokenKind::kPattern) {
      reader_.Unexpected("a pattern behind ~", "a pattern stands between slashes: /…/i");
      return {};
    }
    operand.pattern = Value("a pattern");
  }
  if (!reader_.Expect(")", "at the end of count(…)")) return {};
  operand.place = Span(operand.place, reader_.last());
  return operand;
}

// name or header["Name"]
bool ConditionParser::Fact(OperandSyntax& operand) {
  auto name = reader_.ExpectName("the name of a fact");
  if (!name) return false;
  operand.name = *std::move(name);
  operand.fact_place = operand.name.place;
  if (!reader_.Skip("[")) return true;
  operand.index = reader_.ExpectText("the field's name in quotes");
  if (!operand.index || !reader_.Expect("]", "behind the field's name")) return false;
  const auto form = Form(operand.name.text);
  if (!form) return false;
  operand.form = *form;
  operand.fact_place = Span(operand.name.place, reader_.last());
  return true;
}

// :raw and the like behind header["Name"].
std::optional<mail::HeaderForm> ConditionParser::Form(std::string_view fact) {
  if (!reader_.Skip(":")) return mail::HeaderForm::kText;
  const auto word = reader_.ExpectName("raw, addr, name or domain behind ':'");
  if (!word) return {};
  const auto* const found = std::ranges::find(kForms, word->text, &FormName::text);
  if (found == std::end(kForms)) {
    std::vector<std::string_view> names;
    for (const FormName& form : kForms) names.push_back(form.text);
    reader_.log().Error(word->place, fmt::format("a field has no form {}", Quote(word->text)),
                        DidYouMean(word->text, names));
    return {};
  }
  if (fact == "mime_header" && found->form != mail::HeaderForm::kRaw) {
    reader_.log().Error(word->place, "fields of parts hold no addresses",
                        "write mime_header[\"…\"] or mime_header[\"…\"]:raw");
    return {};
  }
  return found->form;
}

}  // namespace assay::rules
