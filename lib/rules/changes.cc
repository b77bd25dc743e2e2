// SPDX-License-Identifier: Apache-2.0
// What a site changes about rules that stand elsewhere: adjust, disable, allow.
#include <fmt/format.h>

#include "lib/rules/compiler.h"
#include "lib/rules/facts_used.h"

namespace assay::rules {
namespace {

// Nothing when the rule is unknown or was already changed in this way; both are reported.
std::optional<RuleId> Target(Builder& builder, const Word& name, std::string_view what,
                             std::map<RuleId, Place>& seen) {
  const auto found = builder.rules.find(name.text);
  if (found == builder.rules.end()) {
    builder.log.Error(name.place, fmt::format("unknown rule {}", Quote(name.text)),
                      DidYouMean(name.text, NamesOf(builder.rules)));
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

void Adjust(Builder& builder, const AdjustSyntax& adjust, std::map<RuleId, Place>& seen) {
  const auto id = Target(builder, adjust.name, "adjusted", seen);
  if (!adjust.score && !adjust.action) {
    builder.log.Error(adjust.place, "this 'adjust' changes nothing",
                      "write a score or an action: { score 1 }");
  }
  if (!id) return;
  CompiledRule& rule = builder.program.rules[*id];
  if (adjust.score) {
    const auto units = ScoreUnits(*adjust.score, builder.log);
    if (units && rule.each && *units != 0 && (*units > 0) != (rule.each->cap > 0)) {
      builder.log.Error(adjust.score->place, "the score has the sign of the cap in the rule");
    }
    rule.score = units.value_or(rule.score);
    rule.info.score = static_cast<double>(rule.score) / kScoreUnit;
  }
  if (adjust.action) (void)CheckAction(*adjust.action, rule.info, builder.log);
}

void Disable(Builder& builder, const DisableSyntax& disable, std::map<RuleId, Place>& seen) {
  const auto id = Target(builder, disable.name, "disabled", seen);
  if (disable.reason.text.empty()) {
    builder.log.Error(disable.reason.place, "say why the rule is disabled");
  }
  if (id) builder.program.rules[*id].live = false;
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
  std::map<RuleId, Place> disabled;
  for (const FileSyntax& file : files) {
    for (const AdjustSyntax& adjust : file.adjusts) Adjust(builder, adjust, adjusted);
    for (const DisableSyntax& disable : file.disables) Disable(builder, disable, disabled);
    for (const AllowSyntax& allow : file.allows) Allow(builder, allow);
  }
}

}  // namespace assay::rules
