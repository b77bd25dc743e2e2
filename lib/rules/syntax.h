// SPDX-License-Identifier: Apache-2.0
// A rule file as it is written: names are not looked up yet, types not checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/mail/views.h"
#include "lib/rules/pattern_table.h"
#include "lib/rules/source.h"

namespace assay::rules {

// A name or a text (decoded).
struct Word {
  std::string text;
  Place place;
};

struct Number {
  double value = 0;
  std::string text;
  Place place;
};

// Right of a comparison, or of = in an example.
struct ValueSyntax {
  enum class Kind : std::uint8_t { kText, kNumber, kName, kAddress, kList, kPattern };
  Kind kind = Kind::kName;
  std::string text;  // decoded; of a list without @, of a pattern its body
  double number = 0;
  std::string flags;                 // of a pattern
  std::optional<std::string> index;  // header["…"] as a value
  Place place;
  mail::HeaderForm form = mail::HeaderForm::kText;  // header["…"]:addr
};

// Left of a comparison.
struct OperandSyntax {
  enum class Kind : std::uint8_t { kFact, kCount, kExists, kRule };
  Kind kind = Kind::kFact;
  Word name;                  // the fact's, within count() and exists() too; the rule's
  std::optional<Word> index;  // header["…"]
  mail::HeaderForm form = mail::HeaderForm::kText;  // header["…"]:addr
  std::optional<ValueSyntax> pattern;               // count(fact ~ /…/)
  Place fact_place;                                 // the fact with its index
  Place place;
};

enum class Comparison : std::uint8_t {
  kNone,  // the operand stands alone
  kIs,
  kIsNot,
  kIn,
  kNotIn,
  kMatches,
  kMatchesNot,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
};

struct ConditionSyntax {
  enum class Kind : std::uint8_t { kCompare, kNot, kAnd, kOr };
  Kind kind = Kind::kCompare;
  std::vector<ConditionSyntax> parts;  // one of kNot, two or more of kAnd and kOr
  OperandSyntax operand;               // kCompare
  Comparison comparison = Comparison::kNone;
  std::vector<ValueSyntax> values;  // one, or those between the parentheses of `in`
  Place place;
};

struct ListSyntax {
  Word name;
  std::optional<Word> file;
  std::vector<ValueSyntax> entries;  // texts and patterns
};

// Answers of a DNS list: an address, a network, FIRST to LAST, ADDRESS mask ADDRESS, bits ADDRESS.
struct AnswerSyntax {
  enum class Form : std::uint8_t { kNetwork, kRange, kMask, kBits };
  Form form = Form::kNetwork;
  std::string first;
  std::string second;  // of a range or mask
  Place place;
};

struct ListCodeSyntax {
  Word name;
  std::vector<AnswerSyntax> answers;
};

// dnsbl NAME zone "…" ask …, … for …, … test … { code answers … }
struct DnsListSyntax {
  bool of_names = false;  // uribl
  Word name;
  Word zone;
  std::vector<Word> asks;
  std::vector<Word> profiles;
  std::optional<Word> by;
  std::optional<Word> test;  // a name, an address, or `none`
  bool test_is_text = false;
  std::vector<ListCodeSyntax> codes;
};

struct GroupSyntax {
  Word name;
  Number cap;
};

// auto 0..4 = 1.7
struct AutoSyntax {
  Number low;
  Number high;
  Place range;
  bool tuned = false;  // a value stands beside the range
};

// score 2.5; score 0.5 each count(…) cap 2; score auto 0..4 = 1.7
struct ScoreSyntax {
  Number amount;  // of `auto` the value, 0 without one
  std::optional<AutoSyntax> range;
  std::optional<OperandSyntax> each;
  std::optional<Number> cap;
};

struct ActionSyntax {
  Word action;
  std::optional<Word> text;
};

// fact = value; list name = "…", "…"; dnsbl.name = code
struct SettingSyntax {
  bool is_list = false;
  Word name;
  std::vector<ValueSyntax> values;
};

struct ExampleSyntax {
  bool hit = true;
  std::optional<Word> text;
  std::vector<SettingSyntax> settings;
  Place place;  // of the word hit or miss
};

struct RuleSyntax {
  Word name;
  std::optional<Word> about;
  std::optional<Word> group;
  std::optional<ScoreSyntax> score;
  std::optional<ConditionSyntax> when;
  std::optional<ActionSyntax> action;
  std::optional<Word> mode;
  std::optional<Word> precaution;       // the word itself
  std::vector<SettingSyntax> settings;  // `with` lines: for all examples
  std::vector<ExampleSyntax> examples;
  Place place;          // from `rule` to the closing brace
  bool broken = false;  // a syntax error inside was reported
};

struct AdjustSyntax {
  Word name;
  std::optional<ScoreSyntax> score;
  std::optional<ActionSyntax> action;
  std::optional<Word> mode;
  Place place;
};

struct DisableSyntax {
  Word name;
  Word reason;
};

struct AllowSyntax {
  bool unauthenticated = false;
  std::vector<ValueSyntax> values;  // a list, or what stands between the parentheses
  std::optional<ConditionSyntax> when;
  Place place;
};

struct FileSyntax {
  std::vector<Word> includes;  // as written
  std::vector<ListSyntax> lists;
  std::vector<DnsListSyntax> dns_lists;
  std::vector<GroupSyntax> groups;
  std::vector<RuleSyntax> rules;
  std::vector<AdjustSyntax> adjusts;
  std::vector<DisableSyntax> disables;
  std::vector<AllowSyntax> allows;
};

}  // namespace assay::rules
