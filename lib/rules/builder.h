// SPDX-License-Identifier: Apache-2.0
// What grows while a rule set is compiled.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/rules/list_reader.h"
#include "lib/rules/program.h"
#include "lib/rules/syntax.h"

namespace assay::rules {

struct NamedList {
  SetId set = 0;
  std::optional<Place> place;  // none when the configuration defines it
  bool used = false;
  std::string path = {};  // of its file; empty without one
};

struct NamedDnsList {
  DnsListId id = 0;
  Place place;
  bool used = false;
};

struct NamedGroup {
  std::uint32_t index = 0;
  Place place;
  bool used = false;
};

struct NamedRule {
  RuleId id = 0;
  Place place;
  bool used = false;  // some condition names it
};

template <class T>
using Names = std::map<std::string, T, std::less<>>;

// One use of a rule's name in a condition.
struct RuleReference {
  RuleId to = 0;
  Place place;
};

// A condition that names temperror, for the lint of reject actions.
struct TempErrorUse {
  ConditionId condition = 0;
  Place place;
};

struct Builder {
  Builder(Sources& texts_read, DiagnosticLog& diagnostics)
      : texts(texts_read), log(diagnostics), patterns(diagnostics) {}

  Sources& texts;
  DiagnosticLog& log;
  Program program;
  PatternTableBuilder patterns;
  Names<NamedList> lists;
  Names<NamedDnsList> dns_lists;  // by DnsList::FullName()
  Names<NamedGroup> groups;
  Names<NamedRule> rules;
  std::map<TextSource, SourceId> sources;
  std::map<TextMatch, MatchId> matches;
  std::vector<std::vector<RuleReference>> references;  // by RuleId
  std::vector<TempErrorUse> temperrors;
  std::map<RuleId, Place> disabled;  // where it is said
  ListBudget list_budget;
  std::size_t examples = 0;

  // The number of a source or match, the same for the same one.
  [[nodiscard]] SourceId Source(const TextSource& source);
  [[nodiscard]] MatchId Match(const TextMatch& match);
};

// "did you mean 'x'?", or nothing: to find that out may take longer than all the rest, and beyond
// kMaxDiagnostics nobody reads it.
template <class T>
[[nodiscard]] std::string Suggest(const Builder& builder, std::string_view word,
                                  const Names<T>& names) {
  std::vector<std::string_view> candidates;
  if (!builder.log.full()) {
    for (const auto& entry : names) candidates.push_back(entry.first);
  }
  return DidYouMean(word, candidates);
}

// The fact of that name with an index in brackets where, and only where, it needs one. Reports what
// is wrong.
[[nodiscard]] const facts::Info* FindFact(const Word& name, bool indexed, DiagnosticLog& log);

// The DNS list that conditions call `name`, and its number. Reports one that is not there.
[[nodiscard]] const DnsList* FindDnsList(Builder& builder, const Word& name, DnsListId& id);

// "dnsbl.zen is never 'slb'", with what may be meant.
void ReportUnknownCode(DiagnosticLog& log, const DnsList& list, const ValueSyntax& value);

// Types and names of one condition; `rule` is the rule it belongs to, for the references.
class ConditionChecker {
 public:
  ConditionChecker(Builder& builder, std::optional<RuleId> rule) : builder_(builder), rule_(rule) {}

  // Nothing when an error was reported.
  [[nodiscard]] std::optional<ConditionId> Check(const ConditionSyntax& syntax);
  [[nodiscard]] std::optional<Count> CheckCount(const OperandSyntax& operand);
  // A list's set, or a new one of the values. `fact` says what may stand in it.
  [[nodiscard]] std::optional<SetId> CheckSet(const std::vector<ValueSyntax>& values,
                                              const facts::Info& fact);

 private:
  using Result = std::optional<ConditionId>;

  [[nodiscard]] Result Chain(const ConditionSyntax& syntax);
  [[nodiscard]] Result Compare(const ConditionSyntax& syntax);
  [[nodiscard]] Result Positive(const ConditionSyntax& syntax, Comparison comparison);
  [[nodiscard]] Result CompareFact(const ConditionSyntax& syntax, Comparison comparison);
  [[nodiscard]] Result Flag(const ConditionSyntax& syntax, const facts::Info& fact,
                            Comparison comparison);
  [[nodiscard]] Result WordTest(const ConditionSyntax& syntax, const facts::Info& fact,
                                Comparison comparison);
  [[nodiscard]] Result NumberTest(const ConditionSyntax& syntax,
                                  const std::variant<facts::Id, Count>& number,
                                  Comparison comparison);
  [[nodiscard]] Result TextTest(const ConditionSyntax& syntax, const facts::Info& fact,
                                Comparison comparison);
  [[nodiscard]] Result TextIs(const ConditionSyntax& syntax, const facts::Info& fact);
  [[nodiscard]] Result TextFind(const ConditionSyntax& syntax, SourceId source);
  [[nodiscard]] Result AddressTest(const ConditionSyntax& syntax, const facts::Info& fact,
                                   Comparison comparison);
  [[nodiscard]] Result Exists(const ConditionSyntax& syntax, Comparison comparison);
  [[nodiscard]] Result CountTest(const ConditionSyntax& syntax, Comparison comparison);
  [[nodiscard]] Result RuleTest(const ConditionSyntax& syntax, Comparison comparison);
  [[nodiscard]] Result ListTest(const ConditionSyntax& syntax, Comparison comparison);

  [[nodiscard]] std::optional<SetId> ListNamed(const ValueSyntax& value);
  [[nodiscard]] bool AddValue(EntrySet& set, const ValueSyntax& value, const facts::Info& fact);
  [[nodiscard]] SourceId SourceOf(const facts::Info& fact, const OperandSyntax& operand);
  [[nodiscard]] Result Make(const ConditionSyntax& syntax, decltype(Condition::test) test);
  [[nodiscard]] Result WrongType(const ConditionSyntax& syntax, const facts::Info& fact,
                                 std::string_view hint);

  Builder& builder_;
  std::optional<RuleId> rule_;
};

}  // namespace assay::rules
