// SPDX-License-Identifier: Apache-2.0
// What a site changes about rules that stand elsewhere: adjust, disable, allow.
#include <fmt/format.h>

#include "lib/rules/compiler.h"
#include "lib/rules/facts_used.h"
#include "lib/rules/rule_text.h"

namespace assay::rules {
namespace {

// Nothing when the rule is unknown or was already changed in this way; both are reported.
std::optional<RuleId> Target(Builder& builder, const Word& name, std::string_view what,
                             std::map<RuleId, Place>& seen) {
  const auto found = builder.rules.find(name.text);
  if (found == builder.rules.end()) {
    builder.log.Error(name.place, fmt::format("unknown rule {}", Quote(name.text)),
                      Suggest(builder, name.text, builder.rules));
    return {};
  }
  const auto [at, added] = seen.try_emplace(found->second.id, name.place);
  if (!added) {
    builder.log.Error(name.place, fmt::format("rule {} is already {} at {}", Quote(name.text), what,
                                              builder.log.sources().Where(at->second)));
    return {};
  }
  return found->second.id;
}

std::string ActionText(const RuleInfo& info) {
  if (info.action_text.empty()) return std::string(ToWord(info.action));
  return fmt::format("{} \"{}\"", ToWord(info.action), info.action_text);
}

void AdjustScore(Builder& builder, const ScoreSyntax& score, CompiledRule& rule) {
  const auto units = ScoreUnits(score.amount, builder.log);
  if (units && rule.each && *units != 0 && (*units > 0) != (rule.each->cap > 0)) {
    builder.log.Error(score.amount.place, "the score has the sign of the cap in the rule");
  }
  if (score.range && rule.each) {
    builder.log.Error(score.range->range, "a score is either 'auto' or counted",
                      fmt::format("rule {} counts: write a number", rule.info.name));
  }
  rule.scored = true;
  rule.score = units.value_or(rule.score);
  rule.info.score = static_cast<double>(rule.score) / kScoreUnit;
  rule.info.auto_score.reset();
  if (score.range) rule.info.auto_score = CheckAutoScore(score, builder.log);
}

void Adjust(Builder& builder, const AdjustSyntax& adjust, std::map<RuleId, Place>& seen) {
  const auto id = Target(builder, adjust.name, "adjusted", seen);
  if (!adjust.score && !adjust.action && !adjust.mode) {
    builder.log.Error(adjust.place, "this 'adjust' changes nothing",
                      "write a score, an action or a mode: { score 1 }");
  }
  if (!id) return;
  CompiledRule& rule = builder.program.rules[*id];
  const std::string where = builder.log.sources().Where(adjust.place);
  if (adjust.score) {
    const std::string before = ScoreText(rule.info);
    AdjustScore(builder, *adjust.score, rule);
    rule.info.changes.push_back(
        fmt::format("{}: score {} instead of {}", where, ScoreText(rule.info), before));
  }
  if (adjust.action) {
    const std::string before = ActionText(rule.info);
    CheckAction(*adjust.action, rule.info, builder.log);
    rule.info.changes.push_back(
        fmt::format("{}: action {} instead of {}", where, ActionText(rule.info), before));
  }
  if (adjust.mode) {
    rule.info.shadow = IsShadow(*adjust.mode, builder.log).value_or(rule.info.shadow);
    rule.info.changes.push_back(fmt::format("{}: mode {}", where, adjust.mode->text));
  }
}

void Disable(Builder& builder, const DisableSyntax& disable) {
  const auto id = Target(builder, disable.name, "disabled", builder.disabled);
  if (disable.reason.text.empty()) {
    builder.log.Error(disable.reason.place, "say why the rule is disabled");
  }
  if (!id) return;
  CompiledRule& rule = builder.program.rules[*id];
  rule.live = rule.info.live = false;
  rule.info.changes.push_back(fmt::format(
      "{}: disabled: {}", builder.log.sources().Where(disable.name.place), disable.reason.text));
}

void Allow(Builder& builder, const AllowSyntax& syntax) {
  CompiledAllow allow;
  ConditionChecker checker(builder, {});
  const auto set = checker.CheckSet(syntax.values, facts::Describe(facts::Id::kMailFrom));
  allow.where = builder.log.sources().Where(syntax.place);
  allow.unauthenticated = syntax.unauthenticated;
  if (syntax.when) {
    allow.when = checker.Check(*syntax.when);
    if (!allow.when) return;
    const FactsUsed used = UsedBy(builder.program, *allow.when);
    allow.by_mail_from = used.Has(facts::Id::kSpfMailFrom);
    allow.by_header_from = used.Has(facts::Id::kDmarc) || used.Has(facts::Id::kDkim) ||
                           used.Has(facts::Id::kDkimAligned) || used.Has(facts::Id::kDkimDomain);
  }
  if (allow.unauthenticated) {
    allow.by_mail_from = allow.by_header_from = true;
  } else if (!allow.by_mail_from && !allow.by_header_from) {
    builder.log.Error(
        syntax.place, "anybody can write these names: nothing here asks for authentication",
        "add `when dmarc is pass or spf.mail_from is pass`, or write `allow unauthenticated from`");
  }
  if (!set) return;
  allow.set = *set;
  builder.program.allows.push_back(std::move(allow));
}

}  // namespace

void ApplyChanges(Builder& builder, std::span<const FileSyntax> files) {
  std::map<RuleId, Place> adjusted;
  for (const FileSyntax& file : files) {
    for (const AdjustSyntax& adjust : file.adjusts) Adjust(builder, adjust, adjusted);
    for (const DisableSyntax& disable : file.disables) Disable(builder, disable);
    for (const AllowSyntax& allow : file.allows) Allow(builder, allow);
  }
}

}  // namespace assay::rules
