// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <queue>
#include <set>

#include "lib/rules/compiler.h"
#include "lib/rules/facts_used.h"
#include "lib/rules/limits.h"

namespace assay::rules {
namespace {

// Collects the facts of one test.
struct FactCollector {
  const Program& program;
  FactsUsed& used;

  void Add(SourceId source) const { used.Add(program.sources[source].fact); }
  void operator()(const AllOf&) const {}
  void operator()(const AnyOf&) const {}
  void operator()(const Not&) const {}
  void operator()(const RuleHolds&) const {}
  void operator()(const ListSays&) const {}
  void operator()(const FlagHolds& test) const { used.Add(test.fact); }
  void operator()(const WordIsOneOf& test) const { used.Add(test.fact); }
  void operator()(const AddressIsIn& test) const { used.Add(test.fact); }
  void operator()(const AddressExists& test) const { used.Add(test.fact); }
  void operator()(const TextMatches& test) const { Add(program.matches[test.match].source); }
  void operator()(const TextIsIn& test) const { Add(test.source); }
  void operator()(const TextExists& test) const { Add(test.source); }
  void operator()(const TextsMeet& test) const {
    Add(test.left);
    Add(test.right);
  }
  void operator()(const NumberCompares& test) const {
    if (const auto* count = std::get_if<Count>(&test.number)) {
      Add(count->source);
    } else {
      used.Add(std::get<facts::Id>(test.number));
    }
  }
};

// Calls `visit` for the condition and all its parts.
template <class Visit>
void ForEachPart(const Program& program, ConditionId id, const Visit& visit) {
  const Condition& condition = program.conditions[id];
  visit(condition);
  if (const auto* all = std::get_if<AllOf>(&condition.test)) {
    for (const ConditionId part : all->parts) ForEachPart(program, part, visit);
  } else if (const auto* any = std::get_if<AnyOf>(&condition.test)) {
    for (const ConditionId part : any->parts) ForEachPart(program, part, visit);
  } else if (const auto* negated = std::get_if<Not>(&condition.test)) {
    ForEachPart(program, negated->part, visit);
  }
}

// Where temperror makes a rule fire: follows the conditions with their sign, through the rules they
// name.
class TempErrorSearch {
 public:
  explicit TempErrorSearch(const Builder& builder) : builder_(builder) {}

  // The use of temperror that can make the condition true; null when there is none.
  const TempErrorUse* Find(ConditionId id, bool positive) {
    const Condition& condition = builder_.program.conditions[id];
    if (const auto* all = std::get_if<AllOf>(&condition.test)) return FindIn(all->parts, positive);
    if (const auto* any = std::get_if<AnyOf>(&condition.test)) return FindIn(any->parts, positive);
    if (const auto* negated = std::get_if<Not>(&condition.test))
      return Find(negated->part, !positive);
    if (const auto* rule = std::get_if<RuleHolds>(&condition.test)) {
      const CompiledRule& named = builder_.program.rules[rule->rule];
      if (!named.live || !seen_.emplace(rule->rule, positive).second) return nullptr;
      return Find(named.when, positive);
    }
    const auto* word = std::get_if<WordIsOneOf>(&condition.test);
    if (word == nullptr || !word->names_temperror || !positive) return nullptr;
    const auto found = std::ranges::find(builder_.temperrors, id, &TempErrorUse::condition);
    return found == builder_.temperrors.end() ? nullptr : &*found;
  }

 private:
  const TempErrorUse* FindIn(const std::vector<ConditionId>& parts, bool positive) {
    for (const ConditionId part : parts) {
      if (const TempErrorUse* use = Find(part, positive)) return use;
    }
    return nullptr;
  }

  const Builder& builder_;
  std::set<std::pair<RuleId, bool>> seen_;
};

void CheckTempErrors(Builder& builder, const CompiledRule& rule) {
  if (!rule.live || rule.info.action != Action::kReject) return;
  const TempErrorUse* use = TempErrorSearch(builder).Find(rule.when, true);
  if (use == nullptr) return;
  builder.log.Error(
      use->place,
      fmt::format("temperror makes rule {} reject: trouble in the DNS would bounce good mail",
                  rule.info.name),
      "leave temperror out, or let a rule with `action tempfail` ask for it");
}

// The names that no uribl is asked about stand in the list with this name.
void UseSkipList(Builder& builder) {
  const auto skip = builder.lists.find("uribl_skip");
  if (skip == builder.lists.end()) return;
  const auto& lists = builder.program.dns_lists;
  skip->second.used = skip->second.used || std::ranges::any_of(lists, &DnsList::of_names);
  builder.program.uribl_skip = skip->second.set;
}

// A rule that hangs on a disabled one is unknown for ever.
void CheckNeeds(Builder& builder, const CompiledRule& rule, ConditionId id) {
  const auto& test = builder.program.conditions[id].test;
  if (const auto* all = std::get_if<AllOf>(&test)) {
    for (const ConditionId part : all->parts) CheckNeeds(builder, rule, part);
  }
  if (const auto* negated = std::get_if<Not>(&test)) {
    if (std::holds_alternative<RuleHolds>(builder.program.conditions[negated->part].test)) {
      CheckNeeds(builder, rule, negated->part);
    }
  }
  const auto* named = std::get_if<RuleHolds>(&test);
  if (named == nullptr) return;
  const auto disabled = builder.disabled.find(named->rule);
  if (disabled == builder.disabled.end()) return;
  builder.log.Warn(
      disabled->second,
      fmt::format("rule {} at {}:{} cannot hit any more: it asks for {}", rule.info.name,
                  rule.info.file, rule.info.line, builder.program.rules[named->rule].info.name),
      "disable it, too");
}

// `score 0` says that a rule is only to be shown; no score at all that others name it.
void CheckUnusedRules(Builder& builder) {
  for (const auto& [name, named] : builder.rules) {
    const CompiledRule& rule = builder.program.rules[named.id];
    if (!rule.live || rule.scored || named.used || rule.info.action != Action::kNone) continue;
    builder.log.Warn(named.place,
                     fmt::format("rule {} has no score and no action, and no rule names it", name),
                     "write `score 0` if it is only to be shown");
  }
}

void CheckUnused(Builder& builder) {
  for (const auto& [name, list] : builder.lists) {
    if (!list.used && list.place) {
      builder.log.Warn(*list.place, fmt::format("list {} is never used", Quote(name)));
    }
  }
  for (const auto& [name, list] : builder.dns_lists) {
    if (!list.used) {
      builder.log.Warn(list.place, fmt::format("no rule asks {}: it is never looked up", name));
    }
  }
  for (const auto& [name, group] : builder.groups) {
    if (!group.used)
      builder.log.Warn(group.place, fmt::format("group {} has no rule", Quote(name)));
  }
}

// The facts that each rule reads, itself or through rules that it names. Rules in `order` stand
// behind those they name. A rule is late when it reads limit.rules.
void CollectFacts(Builder& builder, const std::vector<RuleId>& order) {
  Program& program = builder.program;
  std::vector<FactsUsed> used(program.rules.size());
  for (const RuleId id : order) {
    CompiledRule& rule = program.rules[id];
    used[id] = UsedBy(program, rule.when);
    if (rule.each) used[id].Add(program.sources[rule.each->count.source].fact);
    for (const RuleReference& reference : builder.references[id]) {
      used[id].facts |= used[reference.to].facts;
    }
    rule.late = used[id].Has(facts::Id::kLimitRules);
    for (const facts::Info& info : facts::Table()) {
      if (used[id].Has(info.id)) rule.info.facts.push_back(info.id);
    }
  }
}

// Marks the lists that a condition asks.
void UseDnsLists(Program& program, ConditionId id) {
  std::vector<DnsListId> lists;
  ForEachPart(program, id, [&](const Condition& condition) {
    if (const auto* says = std::get_if<ListSays>(&condition.test)) lists.push_back(says->list);
  });
  for (const DnsListId list : lists) program.dns_lists[list].used = true;
}

bool AsksLinks(const Program& program) {
  return std::ranges::any_of(
      program.dns_lists, [](const DnsList& list) { return list.used && list.Asks(Asked::kLinks); });
}

bool ReadsBody(const FactsUsed& used) {
  const auto table = facts::Table();
  return std::ranges::any_of(table, [&](const facts::Info& info) {
    return info.from_views && info.stage == Stage::kEndOfMessage && used.Has(info.id);
  });
}

// The longest chain of names that leads to each rule; empty when there is a circle.
struct Chains {
  std::vector<RuleId> order;  // named rules before those that name them
  std::vector<std::size_t> length;
};

Chains FollowReferences(const Builder& builder) {
  const std::size_t count = builder.references.size();
  std::vector<std::size_t> open(count);
  std::vector<std::vector<RuleId>> named_by(count);
  for (RuleId id = 0; id < count; ++id) {
    open[id] = builder.references[id].size();
    for (const RuleReference& reference : builder.references[id])
      named_by[reference.to].push_back(id);
  }
  Chains chains;
  chains.length.resize(count);
  std::queue<RuleId> ready;
  for (RuleId id = 0; id < count; ++id) {
    if (open[id] == 0) ready.push(id);
  }
  for (; !ready.empty(); ready.pop()) {
    const RuleId id = ready.front();
    chains.order.push_back(id);
    for (const RuleId by : named_by[id]) {
      chains.length[by] = std::max(chains.length[by], chains.length[id] + 1);
      if (--open[by] == 0) ready.push(by);
    }
  }
  return chains;
}

}  // namespace

FactsUsed UsedBy(const Program& program, ConditionId id) {
  FactsUsed used;
  ForEachPart(program, id, [&](const Condition& condition) {
    std::visit(FactCollector{program, used}, condition.test);
  });
  return used;
}

bool CheckReferences(Builder& builder) {
  const Chains chains = FollowReferences(builder);
  bool good = true;
  std::vector<bool> done(builder.references.size());
  for (const RuleId id : chains.order) done[id] = true;
  for (RuleId id = 0; id < done.size(); ++id) {
    const bool long_chain = chains.length[id] >= kMaxRuleChain;
    if ((done[id] && !long_chain) || builder.references[id].empty()) continue;
    const Place& place = builder.references[id].front().place;
    if (!done[id]) {
      builder.log.Error(place, "this rule hangs on itself: the rules it names lead back to it");
    } else {
      builder.log.Error(place, fmt::format("rules name rules at most {} deep", kMaxRuleChain));
    }
    good = false;
  }
  if (good) CollectFacts(builder, chains.order);
  return good;
}

void CheckProgram(Builder& builder) {
  Program& program = builder.program;
  FactsUsed used;
  for (const CompiledRule& rule : program.rules) {
    CheckTempErrors(builder, rule);
    if (!rule.live) continue;
    CheckNeeds(builder, rule, rule.when);
    used.facts |= UsedBy(program, rule.when).facts;
    UseDnsLists(program, rule.when);
    if (rule.each) used.Add(program.sources[rule.each->count.source].fact);
  }
  for (const CompiledAllow& allow : program.allows) {
    if (!allow.when) continue;
    used.facts |= UsedBy(program, *allow.when).facts;
    UseDnsLists(program, *allow.when);
  }
  program.reads_body = ReadsBody(used) || AsksLinks(program);
  UseSkipList(builder);
  CheckUnused(builder);
  CheckUnusedRules(builder);
  CheckConditions(builder);
}

}  // namespace assay::rules
