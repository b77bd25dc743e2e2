// SPDX-License-Identifier: Apache-2.0
// From what holds to what it adds up to.
#include <algorithm>
#include <string>

#include "lib/rules/evaluator.h"
#include "lib/rules/limits.h"

namespace assay::rules {
namespace {

using facts::Id;

double FromUnits(std::int64_t units) { return static_cast<double>(units) / kScoreUnit; }

// At most kMaxMatchText bytes, whole code points.
std::string CutText(std::string_view text) {
  std::size_t end = std::min(text.size(), kMaxMatchText);
  if (end < text.size()) {
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  }
  return std::string(text.substr(0, end));
}

bool IsWord(const facts::FactSet& facts, Id fact, std::string_view word) {
  const auto* value = std::get_if<std::string>(&facts.Get(fact));
  return value != nullptr && *value == word;
}

}  // namespace

Hits Evaluator::Run() {
  std::vector<RuleId> holding;
  for (const RuleId rule : program_.order) {
    if (!IsClosed(rule) && Rule(rule) == Truth::kTrue) holding.push_back(rule);
  }
  std::ranges::sort(holding);  // the late ones were last
  Hits hits;
  Score(holding, hits);
  for (const CompiledAllow& allow : program_.allows) {
    if (hits.allowed_by.empty() && Allows(allow)) hits.allowed_by = allow.where;
  }
  hits.limited = limited_;
  if (input_.explain) {
    AddReasonsTo(hits.hits);
    AddReasonsTo(hits.shadow);
  }
  return hits;
}

std::int64_t Evaluator::ScoreOf(const CompiledRule& rule) {
  if (!rule.each) return rule.score;
  const std::int64_t sum = rule.score * CountOf(rule.each->count).value_or(0);
  return rule.each->cap > 0 ? std::min(sum, rule.each->cap) : std::max(sum, rule.each->cap);
}

void Evaluator::Score(std::span<const RuleId> holding, Hits& hits) {
  std::int64_t total = 0;
  std::vector<std::int64_t> groups(program_.groups.size());
  for (const RuleId id : holding) {
    const CompiledRule& rule = program_.rules[id];
    const std::int64_t score = ScoreOf(rule);
    Hit hit{&rule.info, FromUnits(score), {}};
    Collect(rule.when, true, hit.matches);
    if (rule.info.shadow) {
      hits.shadow.push_back(std::move(hit));
      continue;
    }
    total += score;
    if (rule.group) groups[*rule.group] += score;
    hits.hits.push_back(std::move(hit));
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::int64_t cut = program_.groups[i].cap - groups[i];
    if (cut >= 0) continue;
    total += cut;
    hits.group_cuts.push_back({program_.groups[i].name, FromUnits(cut)});
  }
  hits.score = FromUnits(total);
}

// An identity counts only as far as it is vouched for: whoever may write a name must not be let in
// by it.
bool Evaluator::Allows(const CompiledAllow& allow) {
  if (allow.when && Holds(*allow.when) != Truth::kTrue) return false;
  const facts::FactSet& facts = input_.facts;
  const EntrySet& set = Set(allow.set);
  const auto* mail_from = std::get_if<std::string>(&facts.Get(Id::kMailFrom));
  if (allow.by_mail_from && mail_from != nullptr && set.HasMailAddress(*mail_from) &&
      (allow.unauthenticated || IsWord(facts, Id::kSpfMailFrom, "pass"))) {
    return true;
  }
  const auto* authors = std::get_if<std::vector<std::string>>(&facts.Get(Id::kHeaderFrom));
  if (!allow.by_header_from || authors == nullptr || authors->size() != 1) return false;
  if (!set.HasMailAddress(authors->front())) return false;
  const bool* aligned = std::get_if<bool>(&facts.Get(Id::kDkimAligned));
  return allow.unauthenticated || IsWord(facts, Id::kDmarc, "pass") ||
         (aligned != nullptr && *aligned);
}

// The texts that made `condition` come out as `want`. Stops at rules it names: these have hits of
// their own.
void Evaluator::Collect(ConditionId id, bool want, std::vector<Match>& matches) {
  if (matches.size() >= kMaxMatches) return;
  if (Holds(id) != (want ? Truth::kTrue : Truth::kFalse)) return;
  const Condition& condition = program_.conditions[id];
  if (const auto* all = std::get_if<AllOf>(&condition.test)) {
    for (const ConditionId part : all->parts) Collect(part, want, matches);
  } else if (const auto* any = std::get_if<AnyOf>(&condition.test)) {
    for (const ConditionId part : any->parts) Collect(part, want, matches);
  } else if (const auto* negated = std::get_if<Not>(&condition.test)) {
    Collect(negated->part, !want, matches);
  } else if (!want) {
    return;  // what is not there has no text
  } else if (const auto* match = std::get_if<TextMatches>(&condition.test)) {
    const TextMatch& where = program_.matches[match->match];
    CollectFound(condition, {where.source, where.pattern}, matches);
  } else if (const auto* number = std::get_if<NumberCompares>(&condition.test)) {
    const auto* count = std::get_if<Count>(&number->number);
    if (count != nullptr && count->pattern) CollectFound(condition, *count, matches);
  } else if (const auto* says = std::get_if<ListSays>(&condition.test)) {
    const DnsList& list = program_.dns_lists[says->list];
    for (const ListResult::Finding& finding : input_.dns_lists[says->list].findings) {
      if (matches.size() >= kMaxMatches) return;
      if (!Says(*says, finding)) continue;
      matches.push_back(
          {condition.source, CutText(finding.asked + ": " + list.codes[finding.code].name)});
    }
  } else if (const auto* in = std::get_if<TextIsIn>(&condition.test)) {
    for (const std::string& text : Get(in->source).value_or(Texts())) {
      quoted_ += Set(in->set).WorkFor(text);
      if (matches.size() >= kMaxMatches || quoted_ > kMaxQuoteWork) return;
      if (IsIn(*in, text)) {
        matches.push_back({condition.source, CutText(text), program_.sources[in->source].fact});
      }
    }
  }
}

void Evaluator::CollectFound(const Condition& condition, const Count& where,
                             std::vector<Match>& matches) {
  const Texts texts = Get(where.source).value_or(Texts());
  const TextMatch match = {where.source, *where.pattern};
  const auto choice = Where(match, program_.patterns->ScreenOf(match), texts);
  for (std::size_t i = 0; choice && i < choice->size(); ++i) {
    const std::string& text = texts[(*choice)[i]];
    quoted_ += text.size() * program_.patterns->CostOf(*where.pattern).weight;
    if (matches.size() >= kMaxMatches || quoted_ > kMaxQuoteWork) return;
    const auto found = program_.patterns->Find(*where.pattern, text, 0);
    if (!found) continue;
    const std::string_view matched =
        std::string_view(text).substr(found->begin, found->end - found->begin);
    matches.push_back({condition.source, CutText(matched), program_.sources[where.source].fact});
  }
}

}  // namespace assay::rules
