// SPDX-License-Identifier: Apache-2.0
// The intermediate form: typed conditions over numbered facts, texts, patterns and sets. Front ends
// make it, the evaluator runs it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lib/facts/fact.h"
#include "lib/rules/dns_list.h"
#include "lib/rules/entry_set.h"
#include "lib/rules/pattern_table.h"
#include "lib/rules/rule_set.h"

namespace assay::rules {

// Index into the vectors of Program.
using ConditionId = std::uint32_t;
using MatchId = std::uint32_t;
using SetId = std::uint32_t;
using RuleId = std::uint32_t;
using DnsListId = std::uint32_t;
using AnswerId = std::uint32_t;
using CountId = std::uint32_t;

// A text fact, or header["Name"] or mime_header["Name"] in one of their forms.
struct TextSource {
  facts::Id fact = facts::Id::kHeader;
  std::string header;  // lower case; empty unless the fact is one of these two
  mail::HeaderForm form = mail::HeaderForm::kText;

  auto operator<=>(const TextSource&) const = default;
};

struct AllOf {
  std::vector<ConditionId> parts;
};
struct AnyOf {
  std::vector<ConditionId> parts;
};
struct Not {
  ConditionId part = 0;
};
struct FlagHolds {
  facts::Id fact = facts::Id::kCount;
};
// The word is one of those; temperror is unknown unless it is named.
struct WordIsOneOf {
  facts::Id fact = facts::Id::kCount;
  std::vector<std::string> words;
  bool names_temperror = false;
};
// How many texts, or how many matches in them.
struct Count {
  SourceId source = 0;
  std::optional<PatternId> pattern;
  CountId id = 0;  // of a pattern: into Program::enough
};
enum class NumberOrder : std::uint8_t { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
struct NumberCompares {
  std::variant<facts::Id, Count> number;
  NumberOrder order = NumberOrder::kEqual;
  double value = 0;
};
struct TextMatches {
  MatchId match = 0;
};
enum class SetUse : std::uint8_t { kText, kDomain, kMailAddress };
struct TextIsIn {
  SourceId source = 0;
  SetId set = 0;
  SetUse use = SetUse::kText;
};
// Some text of one is some text of the other.
struct TextsMeet {
  SourceId left = 0;
  SourceId right = 0;
};
struct AddressIsIn {
  facts::Id fact = facts::Id::kCount;
  SetId set = 0;
};
// There is at least one text. Unknown when nothing is known of what it belongs to (`anchor`).
struct TextExists {
  SourceId source = 0;
  std::optional<facts::Id> anchor;
};
struct AddressExists {
  facts::Id fact = facts::Id::kCount;
};
struct RuleHolds {
  RuleId rule = 0;
};
// The list gives one of these codes for something that it was asked about; without codes: any.
struct ListSays {
  DnsListId list = 0;
  std::vector<std::uint32_t> codes;
};

[[nodiscard]] inline bool Says(const ListSays& test, const ListResult::Finding& finding) {
  return test.codes.empty() ||
         std::find(test.codes.begin(), test.codes.end(), finding.code) != test.codes.end();
}

struct Condition {
  std::variant<AllOf, AnyOf, Not, FlagHolds, WordIsOneOf, NumberCompares, TextMatches, TextIsIn,
               TextsMeet, AddressIsIn, TextExists, AddressExists, RuleHolds, ListSays>
      test;
  std::string text;    // as written, white space folded, cut to a readable length
  std::string source;  // the fact as written, where a text decides; else empty
  Place place;
  // Conditions with the same number ask the same; below Program::answers.
  std::optional<AnswerId> answer = {};
};

// `score 0.5 each count(…) cap 2`; scores in thousandths.
struct EachScore {
  Count count;
  std::int64_t cap = 0;
};

// Scores are whole thousandths, so that sums are exact and the printed sum is the sum of the
// printed parts.
inline constexpr double kScoreUnit = 1000;

struct ExampleMessage {
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

struct Example {
  bool hit = true;
  std::optional<ExampleMessage> message;
  std::vector<std::pair<facts::Id, facts::Value>> facts;
  std::vector<std::pair<SetId, EntrySet>> lists;
  std::vector<std::pair<DnsListId, ListResult>> dns_lists;
  Diagnostic place;  // where it stands; message and severity are open
};

struct CompiledRule {
  RuleInfo info;
  bool shipped = false;
  bool live = true;        // not disabled
  Place place;             // all of it
  std::int64_t score = 0;  // thousandths, after `adjust`
  bool scored = false;     // some line says what the score is, be it 0
  std::optional<EachScore> each;
  std::optional<std::uint32_t> group;
  ConditionId when = 0;
  bool late = false;  // reads limit.rules, itself or through a rule it names
  std::vector<Example> examples;
};

// What settles that a rule is false without asking it: that one of the answers is known to be
// false, or that the prefilters have found none of the screens. No screens: any text may do.
struct Gate {
  std::uint32_t answers_begin = 0;  // into Program::gate_answers
  std::uint32_t answers_end = 0;
  std::uint32_t screens_begin = 0;  // into Program::gate_screens
  std::uint32_t screens_end = 0;
};

struct CompiledGroup {
  std::string name;
  std::int64_t cap = 0;  // thousandths
};

struct CompiledAllow {
  std::string where;  // "file:line"
  SetId set = 0;
  std::optional<ConditionId> when;
  bool unauthenticated = false;
  bool by_mail_from = false;    // MAIL FROM counts, when SPF passes for it
  bool by_header_from = false;  // the author counts, when DMARC passes or DKIM is aligned
};

// Immutable once built.
struct Program {
  std::vector<Condition> conditions;
  std::size_t answers = 0;  // that conditions share
  std::vector<TextSource> sources;
  std::vector<TextMatch> matches;
  std::vector<ScreenId> screens;  // by MatchId
  std::vector<int> enough;        // by CountId: no condition tells higher counts apart
  std::vector<EntrySet> sets;
  std::size_t named_sets = 0;  // the first ones are the lists with a name; examples replace these
  std::shared_ptr<const Sources> texts;  // what the places refer to
  std::vector<DnsList> dns_lists;
  std::optional<SetId> uribl_skip;  // the list of that name
  std::unique_ptr<const PatternTable> patterns;
  std::vector<CompiledRule> rules;
  std::vector<RuleId> order;  // in which the live ones are asked
  std::vector<Gate> gates;    // by RuleId
  std::vector<AnswerId> gate_answers;
  std::vector<ScreenId> gate_screens;
  std::vector<CompiledGroup> groups;
  std::vector<CompiledAllow> allows;
  bool reads_body = false;
};

// Lists by SetId that stand in for the compiled ones; null: the compiled one.
using SetOverrides = std::vector<const EntrySet*>;

struct RuleSet::Impl {
  explicit Impl(std::shared_ptr<const Program> compiled)
      : owner(std::move(compiled)), program(*owner) {}

  std::shared_ptr<const Program> owner;
  const Program& program;
  std::vector<std::pair<SetId, ListFile>> list_files;
  SetOverrides overrides;  // their contents, for the Evaluator

  void UseLists(std::vector<std::pair<SetId, ListFile>> lists);
};

}  // namespace assay::rules
