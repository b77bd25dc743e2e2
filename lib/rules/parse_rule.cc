// SPDX-License-Identifier: Apache-2.0
// The lines of a rule and of an `adjust`.
#include <fmt/format.h>

#include <utility>

#include "lib/rules/parser.h"

namespace assay::rules {
namespace {

constexpr std::string_view kRuleWords[] = {"about", "group", "score", "when", "action",
                                           "with",  "hit",   "miss",  "mode", "precaution"};

}  // namespace

std::span<const std::string_view> RuleWords() { return kRuleWords; }

void RuleParser::Once(bool known, std::string_view word) {
  if (known) reader_.log().Error(reader_.Peek().place, fmt::format("a rule has one '{}'", word));
}

bool RuleParser::Line(RuleSyntax& rule) {
  const Token& token = reader_.Peek();
  if (token.Is("hit") || token.Is("miss")) return Example(rule);
  if (token.Is("with")) return With(rule);
  if (token.Is("about")) {
    Once(rule.about.has_value(), "about");
    reader_.Take();
    rule.about = LongText("what the rule is about, in quotes");
    return rule.about.has_value();
  }
  if (token.Is("group")) {
    Once(rule.group.has_value(), "group");
    reader_.Take();
    rule.group = reader_.ExpectName("the name of a group");
    return rule.group.has_value();
  }
  if (token.Is("score")) {
    Once(rule.score.has_value(), "score");
    return Score(rule.score);
  }
  if (token.Is("action")) {
    Once(rule.action.has_value(), "action");
    return Action(rule.action);
  }
  if (token.Is("mode")) {
    Once(rule.mode.has_value(), "mode");
    return Mode(rule.mode);
  }
  if (token.Is("precaution")) {
    Once(rule.precaution.has_value(), "precaution");
    rule.precaution = Word{std::string(token.text), token.place};
    reader_.Take();
    return true;
  }
  if (token.Is("when")) {
    Once(rule.when.has_value(), "when");
    reader_.Take();
    rule.when = ConditionParser(reader_).Condition();
    return rule.when.has_value();
  }
  const std::string hint =
      token.kind == TokenKind::kName ? DidYouMean(token.text, RuleWords()) : std::string();
  reader_.Unexpected("'and', 'or', another line of the rule, or '}'", hint);
  if (token.kind != TokenKind::kEnd) reader_.Take();
  return false;
}

bool RuleParser::Score(std::optional<ScoreSyntax>& score) {
  reader_.Take();
  ScoreSyntax result;
  if (reader_.Skip("auto")) {
    if (!AutoScore(result)) return false;
    score = std::move(result);
    return true;
  }
  auto amount = reader_.ExpectNumber("a number, or 'auto' and a range");
  if (!amount) return false;
  result.amount = *std::move(amount);
  if (reader_.Skip("each")) {
    result.each = ConditionParser(reader_).CountOperand();
    if (!result.each || !reader_.Expect("cap", "behind count(…): what all of them add at most")) {
      return false;
    }
    result.cap = reader_.ExpectNumber("a number");
    if (!result.cap) return false;
  }
  score = std::move(result);
  return true;
}

// auto 0..4, auto 0..4 = 1.7
bool RuleParser::AutoScore(ScoreSyntax& score) {
  score.range = reader_.ExpectRange("a range behind 'auto'");
  if (!score.range) return false;
  score.amount = {0, "0", score.range->range};
  if (reader_.Skip("=")) {
    auto value = reader_.ExpectNumber("the tuned value");
    if (!value) return false;
    score.amount = *std::move(value);
    score.range->tuned = true;
  }
  if (!reader_.Peek().Is("each")) return true;
  reader_.log().Error(reader_.Peek().place, "a score is either 'auto' or counted",
                      "write a number before 'each'");
  return false;
}

bool RuleParser::Mode(std::optional<Word>& mode) {
  reader_.Take();
  mode = reader_.ExpectName("'shadow' or 'live'");
  return mode.has_value();
}

bool RuleParser::Action(std::optional<ActionSyntax>& action) {
  reader_.Take();
  auto name = reader_.ExpectName("tag, tempfail, quarantine, reject or discard");
  if (!name) return false;
  ActionSyntax result;
  result.action = *std::move(name);
  if (reader_.Peek().kind == TokenKind::kString) result.text = reader_.ExpectText("a text");
  action = std::move(result);
  return true;
}

// A text, or several behind each other, which make one.
std::optional<Word> RuleParser::LongText(std::string_view what) {
  auto text = reader_.ExpectText(what);
  while (text && reader_.Peek().kind == TokenKind::kString) {
    const auto more = reader_.ExpectText(what);
    text->text += more->text;
    text->place = Span(text->place, more->place);
  }
  return text;
}

bool RuleParser::With(RuleSyntax& rule) {
  if (!rule.examples.empty()) {
    reader_.log().Error(reader_.Peek().place, "this 'with' would belong to two examples",
                        "what holds for all examples stands before the first hit or miss");
  }
  return Settings(rule.settings);
}

bool RuleParser::Example(RuleSyntax& rule) {
  ExampleSyntax example;
  const Token word = reader_.Take();
  example.hit = word.Is("hit");
  example.place = word.place;
  if (reader_.Peek().kind == TokenKind::kString) {
    example.text = LongText("a message in quotes");
  } else if (!reader_.Peek().Is("with")) {
    reader_.Unexpected("a message in quotes, or 'with'");
    return false;
  }
  if (reader_.Peek().Is("with") && !Settings(example.settings)) return false;
  rule.examples.push_back(std::move(example));
  return true;
}

// with fact = value, list name = "…", "…"
bool RuleParser::Settings(std::vector<SettingSyntax>& settings) {
  reader_.Take();
  if (!Setting(settings)) return false;
  while (reader_.Skip(",")) {
    const TokenKind kind = reader_.Peek().kind;
    if (kind == TokenKind::kString || kind == TokenKind::kPattern ||
        kind == TokenKind::kAddress) {  // another value of the same setting
      settings.back().values.push_back(*ConditionParser(reader_).Value("a text"));
    } else if (!Setting(settings)) {
      return false;
    }
  }
  return true;
}

bool RuleParser::Setting(std::vector<SettingSyntax>& settings) {
  ConditionParser values(reader_);
  SettingSyntax setting;
  setting.is_list = reader_.Skip("list");
  auto name = reader_.ExpectName(setting.is_list ? "the name of a list" : "a fact or 'list'");
  if (!name || !reader_.Expect("=", "behind the name")) return false;
  setting.name = *std::move(name);
  if (IsDnsListName(setting.name.text) && reader_.Peek().Is("(")) {
    if (!values.Values(setting.values)) return false;
    settings.push_back(std::move(setting));
    return true;
  }
  auto value = values.Value("a value");
  if (!value) return false;
  setting.values.push_back(*std::move(value));
  settings.push_back(std::move(setting));
  return true;
}

bool RuleParser::Line(AdjustSyntax& adjust) {
  const Token& token = reader_.Peek();
  if (token.Is("score") && !adjust.score) {
    if (!Score(adjust.score)) return false;
    if (!adjust.score->each) return true;
    reader_.log().Error(adjust.score->each->place, "'adjust' replaces a number, not what it counts",
                        "disable the rule and write your own");
    return false;
  }
  if (token.Is("action") && !adjust.action) return Action(adjust.action);
  if (token.Is("mode") && !adjust.mode) return Mode(adjust.mode);
  reader_.Unexpected("one 'score', one 'action', one 'mode', or '}'",
                     "to change more, disable the rule and write your own");
  return false;
}

}  // namespace assay::rules
