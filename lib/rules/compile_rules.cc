// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lib/rules/compiler.h"
#include "lib/rules/limits.h"

namespace assay::rules {
namespace {

constexpr std::size_t kMaxDecimals = 3;  // of a score: see kScoreUnit

bool IsReplyText(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

void CompileAbout(const RuleSyntax& syntax, RuleInfo& info, DiagnosticLog& log) {
  if (!syntax.about) {
    if (!syntax.broken) {
      log.Error(syntax.name.place, fmt::format("rule {} has no 'about'", info.name),
                "say in one line what a postmaster is to read: about \"…\"");
    }
    return;
  }
  info.about = syntax.about->text;
  const bool control = std::ranges::any_of(
      info.about, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (info.about.empty() || info.about.size() > kMaxAboutBytes || control) {
    log.Error(syntax.about->place,
              fmt::format("'about' is one line of 1 to {} bytes", kMaxAboutBytes));
  }
}

void CompileScore(Builder& builder, const ScoreSyntax& syntax, CompiledRule& rule) {
  const auto units = ScoreUnits(syntax.amount, builder.log);
  rule.score = units.value_or(0);
  if (syntax.range) rule.info.auto_score = CheckAutoScore(syntax, builder.log);
  if (!syntax.each) return;
  const auto count = ConditionChecker(builder, {}).CheckCount(*syntax.each);
  const auto cap = ScoreUnits(*syntax.cap, builder.log);
  if (!count || !cap || !units) return;
  if (*cap == 0 || (*cap > 0) != (*units > 0)) {
    builder.log.Error(syntax.cap->place, "the cap has the sign of the score and is not 0");
    return;
  }
  rule.each = EachScore{*count, *cap};
  rule.info.each_cap = static_cast<double>(*cap) / kScoreUnit;
}

void CompilePrecaution(const RuleSyntax& syntax, CompiledRule& rule, DiagnosticLog& log) {
  if (!syntax.precaution) return;
  rule.info.precaution = true;
  double most = std::abs(static_cast<double>(rule.score) / kScoreUnit);
  if (rule.info.each_cap) most = std::abs(*rule.info.each_cap);
  if (rule.info.auto_score) {
    most = std::max(std::abs(rule.info.auto_score->low), std::abs(rule.info.auto_score->high));
  }
  if (most <= kMaxPrecautionScore) return;
  log.Error(syntax.score->amount.place,
            fmt::format("a precaution adds at most {}", kMaxPrecautionScore),
            "no measured mail has shown what it is worth");
}

void CompileGroup(Builder& builder, const Word& name, CompiledRule& rule) {
  const auto found = builder.groups.find(name.text);
  if (found == builder.groups.end()) {
    builder.log.Error(name.place, fmt::format("unknown group {}", Quote(name.text)),
                      Suggest(builder, name.text, builder.groups));
    return;
  }
  found->second.used = true;
  rule.group = found->second.index;
  rule.info.group = name.text;
}

void CheckExamplesExist(Builder& builder, const RuleSyntax& syntax, const CompiledRule& rule) {
  if (syntax.broken) return;
  const bool hit = std::ranges::any_of(syntax.examples, &ExampleSyntax::hit);
  const bool miss = !std::ranges::all_of(syntax.examples, &ExampleSyntax::hit);
  if (hit && miss) return;
  const std::string message = fmt::format("rule {} has no {} example", rule.info.name,
                                          hit    ? "'miss'"
                                          : miss ? "'hit'"
                                                 : "'hit' and no 'miss'");
  const std::string hint = "a rule that nobody has tried is a guess: hit \"Subject: …\\n\\n…\"";
  if (rule.shipped) {
    builder.log.Error(syntax.name.place, message, hint);
  } else {
    builder.log.Warn(syntax.name.place, message, hint);
  }
}

void CompileRule(Builder& builder, const RuleSyntax& syntax, RuleId id) {
  CompiledRule rule;
  const Sources& sources = builder.log.sources();
  rule.info.name = syntax.name.text;
  rule.info.file = sources.file(syntax.name.place).name;
  rule.info.line = sources.Line(syntax.name.place);
  rule.shipped = rule.info.shipped = sources.file(syntax.name.place).shipped;
  rule.place = syntax.place;
  CompileAbout(syntax, rule.info, builder.log);
  if (syntax.group) CompileGroup(builder, *syntax.group, rule);
  rule.scored = syntax.score.has_value();
  if (syntax.score) CompileScore(builder, *syntax.score, rule);
  CompilePrecaution(syntax, rule, builder.log);
  if (syntax.mode) rule.info.shadow = IsShadow(*syntax.mode, builder.log).value_or(false);
  if (syntax.action) CheckAction(*syntax.action, rule.info, builder.log);
  if (syntax.when) {
    rule.when = ConditionChecker(builder, id).Check(*syntax.when).value_or(0);
  } else if (!syntax.broken) {
    builder.log.Error(syntax.name.place, fmt::format("rule {} has no 'when'", rule.info.name),
                      "say when it fires: when subject ~ /…/i");
  }
  CompileExamples(builder, syntax, rule);
  CheckExamplesExist(builder, syntax, rule);
  rule.info.score = static_cast<double>(rule.score) / kScoreUnit;
  builder.program.rules[id] = std::move(rule);
}

}  // namespace

std::optional<std::int64_t> ScoreUnits(const Number& number, DiagnosticLog& log) {
  const std::size_t dot = number.text.find('.');
  const bool fine = dot != std::string::npos && number.text.size() - dot - 1 > kMaxDecimals;
  if (std::abs(number.value) > kMaxScore || fine) {
    log.Error(number.place,
              fmt::format("a score lies between -{0} and {0} and has at most {1} decimals",
                          kMaxScore, kMaxDecimals));
    return {};
  }
  return std::llround(number.value * kScoreUnit);
}

std::optional<AutoScore> CheckAutoScore(const ScoreSyntax& syntax, DiagnosticLog& log) {
  const AutoSyntax& range = *syntax.range;
  const auto low = ScoreUnits(range.low, log);
  const auto high = ScoreUnits(range.high, log);
  if (!low || !high) return {};
  if (*low >= *high) {
    log.Error(range.range, "a range begins with the lesser of two numbers");
    return {};
  }
  if (*low < 0 && *high > 0) {
    log.Error(range.range, "a range lies on one side of 0",
              "a rule is a sign of spam (0..4) or of good mail (-2..0), not of both");
    return {};
  }
  const Number& value = syntax.amount;
  if (range.tuned && (value.value < range.low.value || value.value > range.high.value)) {
    log.Error(value.place, fmt::format("{} is outside of its range {}..{}", value.text,
                                       range.low.text, range.high.text));
    return {};
  }
  const std::uint32_t end = range.range.offset + range.range.length;
  const Diagnostic place = log.sources().Describe({range.range.file, end, 1});
  AutoScore result{range.low.value, range.high.value, range.tuned, place.file,
                   place.line,      place.column,     end,         0};
  if (range.tuned) result.length = value.place.offset + value.place.length - end;
  return result;
}

std::optional<bool> IsShadow(const Word& mode, DiagnosticLog& log) {
  constexpr std::string_view kModes[] = {"shadow", "live"};
  if (std::ranges::find(kModes, mode.text) != std::end(kModes)) return mode.text == kModes[0];
  log.Error(mode.place, fmt::format("unknown mode {}", Quote(mode.text)),
            DidYouMean(mode.text, kModes));
  return {};
}

void CheckAction(const ActionSyntax& action, RuleInfo& info, DiagnosticLog& log) {
  constexpr std::string_view kActions[] = {"tag", "tempfail", "quarantine", "reject", "discard"};
  if (std::ranges::find(kActions, action.action.text) == std::end(kActions)) {
    log.Error(action.action.place, fmt::format("unknown action {}", Quote(action.action.text)),
              DidYouMean(action.action.text, kActions));
    return;
  }
  info.action = *ParseAction(action.action.text);
  info.action_text = action.text ? action.text->text : std::string();
  if (IsReplyText(info.action_text) && info.action_text.size() <= kMaxActionTextBytes) return;
  log.Error(action.text->place,
            fmt::format("the text of an action is one line of ASCII, at most {} bytes",
                        kMaxActionTextBytes),
            "it stands in an SMTP reply");
}

void CompileRules(Builder& builder, const FileSyntax& file) {
  for (const RuleSyntax& rule : file.rules) {
    const auto named = builder.rules.find(rule.name.text);
    // A second rule of the same name was reported; its mistakes can wait.
    if (named == builder.rules.end() || named->second.place.offset != rule.name.place.offset ||
        named->second.place.file != rule.name.place.file) {
      continue;
    }
    CompileRule(builder, rule, named->second.id);
  }
}

}  // namespace assay::rules
