// SPDX-License-Identifier: Apache-2.0
// What is doubtful about rules that can be read: with the words, the place and what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

using testing::HasSubstr;

struct Case {
  const char* name;
  const char* condition;  // of a rule that begins at column 8
  const char* want;       // column, message and what stands under the caret; empty when all is well
};

constexpr std::string_view kOthers =
    "list l = \"gmail.com\"\n"
    "rule A { about \"a\" score 0 when dmarc is pass hit with dmarc = pass miss \"\\n\" }\n"
    "rule B { about \"b\" score 0 when helo in @l and not rule A hit \"\\n\" miss \"\\n\" }\n";

std::string FirstOf(const std::vector<Diagnostic>& diagnostics) {
  if (diagnostics.empty()) return {};
  const Diagnostic& first = diagnostics.front();
  const auto begin = static_cast<std::size_t>(first.column) - 1;
  return std::to_string(first.column) + " " + first.message + " | " +
         first.source_line.substr(begin, static_cast<std::size_t>(first.length));
}

constexpr Case kImpossible[] = {
    {"two_words", "dkim is pass and dkim is fail",
     "25 this never holds together with `dkim is pass` | dkim is fail"},
    {"words_apart", "dkim in (pass, fail) and dkim in (none, policy)",
     "33 this never holds together with `dkim in (pass, fail)` | dkim in (none, policy)"},
    {"word_and_not", "dkim is pass and helo ~ /x/ and not dkim is pass",
     "44 this never holds together with `dkim is pass` | dkim is pass"},
    {"word_is_not", "dkim is pass and dkim is not pass",
     "25 this never holds together with `dkim is pass` | dkim is not pass"},
    {"all_words_away", "arc.result not in (none, pass, fail)",
     "8 this never holds | arc.result not in (none, pass, fail)"},
    {"flag", "dkim.aligned and not dkim.aligned",
     "29 this never holds together with `dkim.aligned` | dkim.aligned"},
    {"empty_range", "message.size > 10 and message.size < 5",
     "30 this never holds together with `message.size > 10` | message.size < 5"},
    {"open_range", "message.size > 10 and message.size <= 10",
     "30 this never holds together with `message.size > 10` | message.size <= 10"},
    {"number_outside", "message.size is 4 and message.size >= 5",
     "30 this never holds together with `message.size is 4` | message.size >= 5"},
    {"negated_order", "message.size >= 5 and not message.size > 4",
     "34 this never holds together with `message.size >= 5` | message.size > 4"},
    {"count_between", "count(body ~ /x/) > 2 and count(body ~ /x/) < 3",
     "34 this never holds together with `count(body ~ /x/) > 2` | count(body ~ /x/) < 3"},
    {"count_negative", "count(subject) < 0", "8 this never holds | count(subject) < 0"},
    {"count_half", "count(subject) is 1.5", "8 this never holds | count(subject) is 1.5"},
    {"match_and_not", "subject ~ /a/ and subject !~ /a/",
     "26 this never holds together with `subject ~ /a/` | subject !~ /a/"},
    {"nothing_that_matches", "not exists(header[\"X\"]) and header[\"X\"] ~ /a/",
     "36 this never holds together with `exists(header[\"X\"])` | header[\"X\"] ~ /a/"},
    {"two_texts", "helo is \"a\" and helo is \"b\"",
     "24 this never holds together with `helo is \"a\"` | helo is \"b\""},
    {"in_list_and_not", "helo in @l and helo not in @l",
     "23 this never holds together with `helo in @l` | helo not in @l"},
    {"named_rule", "rule A and dmarc is fail",
     "19 this never holds together with `rule A` | dmarc is fail"},
    {"named_rules", "rule A and rule B", "19 this never holds together with `rule A` | rule B"},
    {"not_of_or", "not (dkim is pass or dmarc is pass) and dmarc is pass",
     "48 this never holds together with `dmarc is pass` | dmarc is pass"},
    {"not_of_rule", "not rule A and dmarc is pass",
     "23 this never holds together with `rule A` | dmarc is pass"},
};

class Impossible : public testing::TestWithParam<Case> {};

TEST_P(Impossible, IsAnError) {
  const RuleSet::Compiled compiled =
      CompileText(RuleFile(GetParam().condition) + std::string(kOthers));
  EXPECT_EQ(FirstOf(compiled.diagnostics), GetParam().want) << FormatAll(compiled.diagnostics);
  EXPECT_EQ(compiled.rules, nullptr);
  ASSERT_FALSE(compiled.diagnostics.empty());
  EXPECT_EQ(compiled.diagnostics.front().suggestion, "rule R could not hit");
}

INSTANTIATE_TEST_SUITE_P(Lint, Impossible, testing::ValuesIn(kImpossible),
                         [](const auto& i) { return std::string(i.param.name); });

constexpr const char* kGood[] = {
    "dkim in (pass, fail) and dkim in (fail, none)",
    "dkim is not pass and dkim is not fail",
    "message.size > 10 and message.size < 11",
    "message.size >= 10 and message.size <= 10",
    "count(body ~ /x/) > 2 and count(body ~ /y/) < 3",
    "count(body ~ /x/) >= 2 and count(body ~ /x/) <= 2",
    "subject ~ /a/ and subject !~ /b/",
    "rcpt_to is \"a@example.com\" and rcpt_to is \"b@example.com\"",
    "helo in (\"a\", \"b\") and helo in (\"b\", \"c\")",
    "helo is \"a\" and not helo is \"b\"",
    "rule A or rule B",
    "(dkim is pass and dmarc is pass) or (dkim is fail and dmarc is fail)",
    "not (dkim is pass and dmarc is pass) and dmarc is pass",
    "exists(header[\"X\"]) and header[\"X\"] !~ /a/",
    "rcpt_to.count in (1, 2) and rcpt_to.count > 1",
    "spf.mail_from is temperror",
    "not rule A and not rule B",
};

TEST(Lint, SaysNothingAboutWhatCanHold) {
  for (const char* condition : kGood) {
    const RuleSet::Compiled compiled = CompileText(RuleFile(condition) + std::string(kOthers));
    EXPECT_EQ(FormatAll(compiled.diagnostics), "") << condition;
  }
}

constexpr Case kDoubtful[] = {
    {"twice_in_and", "dkim is pass and dkim is pass", "25 this stands here twice | dkim is pass"},
    {"twice_in_or", "helo ~ /a/ or (dkim is pass and helo ~ /b/) or (helo ~ /b/ and dkim is pass)",
     "55 this stands here twice | (helo ~ /b/ and dkim is pass)"},
    {"twice_in_other_words", "message.size > 5 and not message.size <= 5",
     "29 this stands here twice | not message.size <= 5"},
    {"branch", "dkim is pass and (dmarc is pass or dkim is fail)",
     "43 this never holds together with `dkim is pass` | dkim is fail"},
    {"same_as_a", "dmarc is pass", "6 rule A asks the same as rule R at test.rules:1 | A"},
    {"same_as_b", "not dmarc is pass and not rule A and helo in @l", ""},
};

class Doubtful : public testing::TestWithParam<Case> {};

TEST_P(Doubtful, IsAWarning) {
  const RuleSet::Compiled compiled =
      CompileText(RuleFile(GetParam().condition) + std::string(kOthers));
  EXPECT_EQ(FirstOf(compiled.diagnostics), GetParam().want);
  EXPECT_NE(compiled.rules, nullptr);
}

INSTANTIATE_TEST_SUITE_P(Lint, Doubtful, testing::ValuesIn(kDoubtful),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Lint, OrWithoutAnyPossiblePartIsAnError) {
  const RuleSet::Compiled compiled =
      CompileText(RuleFile("dkim is pass and (dkim is fail or dkim is none)"));
  EXPECT_EQ(compiled.rules, nullptr) << FormatAll(compiled.diagnostics);
}

TEST(Lint, SameConditionInOtherOrderIsFound) {
  const std::string rule = RuleFile("helo in (\"a\", \"b\") and (dkim is pass or subject ~ /x/)");
  const RuleSet::Compiled compiled = CompileText(
      rule +
      "rule S { about \"s\" score 1 when (subject ~ /x/ or dkim is pass) and helo in (\"b\", \"a\")"
      " hit \"\\n\" miss \"\\n\" }\n");
  ASSERT_EQ(compiled.diagnostics.size(), 1U);
  EXPECT_EQ(compiled.diagnostics[0].message, "rule S asks the same as rule R at test.rules:1");
  EXPECT_EQ(compiled.diagnostics[0].suggestion,
            "one of them is enough: it may have the sum of the scores");
}

TEST(Lint, RuleWithoutScoreThatNobodyNames) {
  const RuleSet::Compiled compiled = CompileText(RuleFile("dkim is pass", ""));
  EXPECT_EQ(FormatAll(compiled.diagnostics),
            "test.rules:1:6: warning: rule R has no score and no action, and no rule names it\n"
            "    rule R {\n"
            "         ^\n"
            "  write `score 0` if it is only to be shown\n");
  for (const char* lines : {"score 0", "score auto 0..1", "action tag"}) {
    EXPECT_EQ(FormatAll(CompileText(RuleFile("dkim is pass", lines)).diagnostics), "") << lines;
  }
}

TEST(Lint, RuleThatHangsOnADisabledOne) {
  const std::string rules =
      RuleFile("dkim is pass") +
      "rule S { about \"s\" score 1 when helo ~ /a/ and not rule R hit \"\\n\" miss \"\\n\" }\n"
      "rule T { about \"t\" score 1 when helo ~ /b/ or rule R hit \"\\n\" miss \"\\n\" }\n";
  const RuleSet::Compiled compiled = CompileText(rules + "disable R \"no\"\n");
  ASSERT_EQ(compiled.diagnostics.size(), 1U) << FormatAll(compiled.diagnostics);
  EXPECT_EQ(compiled.diagnostics[0].line, 10);
  EXPECT_EQ(compiled.diagnostics[0].message,
            "rule S at test.rules:8 cannot hit any more: it asks for R");
  EXPECT_EQ(FormatAll(CompileText(rules + "disable R \"no\"\ndisable S \"no\"\n").diagnostics), "");
}

struct Reject {
  const char* name;
  const char* condition;  // of a rule with `action reject`
  bool error;
};
constexpr Reject kRejects[] = {
    {"named", "spf.mail_from is temperror", true},
    {"in_or", "helo ~ /a/ or spf.mail_from in (fail, temperror)", true},
    {"in_and_of_or", "helo ~ /a/ and (dkim is fail or dmarc is temperror)", true},
    {"behind_two_nots", "not (not spf.mail_from is temperror)", true},
    {"not_of_and", "not (helo ~ /a/ and dmarc is not temperror)", true},
    {"rule", "rule DNS", true},
    {"rule_in_or", "helo ~ /a/ or rule DNS", true},
    {"not_rule", "not rule NO_DNS", true},
    {"rule_of_rule", "rule OUTER", true},
    {"excluded", "spf.mail_from not in (pass, temperror)", false},
    {"not_not_dns", "not rule DNS and helo ~ /a/", false},
    {"no_dns", "rule NO_DNS and helo ~ /a/", false},
};

class TempErrorReject : public testing::TestWithParam<Reject> {};

TEST_P(TempErrorReject, IsFoundThroughRulesNotAndOr) {
  const RuleSet::Compiled compiled = CompileText(
      RuleFile(GetParam().condition, "action reject") +
      "rule DNS { about \"d\" score 0 when dmarc in (fail, temperror) hit \"\\n\" miss \"\\n\" }\n"
      "rule NO_DNS { about \"n\" score 0 when dmarc is not temperror hit \"\\n\" miss \"\\n\" }\n"
      "rule OUTER { about \"o\" score 0 when helo ~ /x/ and not (rule NO_DNS or helo ~ /y/) hit "
      "\"\\n\" miss \"\\n\" }\n");
  EXPECT_EQ(compiled.rules == nullptr, GetParam().error) << FormatAll(compiled.diagnostics);
  if (GetParam().error) {
    EXPECT_EQ(compiled.diagnostics.front().message,
              "temperror makes rule R reject: trouble in the DNS would bounce good mail");
  }
}

INSTANTIATE_TEST_SUITE_P(Lint, TempErrorReject, testing::ValuesIn(kRejects),
                         [](const auto& i) { return std::string(i.param.name); });

// Rules that name rules double the paths at each step; the search for contradictions gives up.
TEST(Lint, TakesABoundedTime) {
  std::string text = RuleFile("helo ~ /a/ or helo ~ /b/");
  std::string before = "R";
  for (int i = 0; i < 30; ++i) {
    const std::string name = "C" + std::to_string(i);
    text += "rule " + name + " { about \"c\" score 0 when (rule " + before +
            " or helo ~ /x/) and (rule " + before + " or helo ~ /y" + std::to_string(i) +
            "/) hit \"\\n\" miss \"\\n\" }\n";
    before = name;
  }
  EXPECT_NE(CompileText(text).rules, nullptr);
}

// Conditions made up at random, and every combination of what they ask about.
class RandomConditions {
 public:
  explicit RandomConditions(unsigned seed) : random_(seed) {}

  std::string Make(int depth) {
    const int kind = depth == 0 ? 0 : static_cast<int>(random_() % 5);
    if (kind <= 1) return Test();
    if (kind == 2) return "not (" + Make(depth - 1) + ")";
    const std::string word = kind == 3 ? " and " : " or ";
    std::string chain = "(" + Make(depth - 1);
    for (auto i = random_() % 3; i < 3; ++i) chain += word + Make(depth - 1);
    return chain + ")";
  }

 private:
  std::string Test() {
    constexpr std::array kTests = {"dmarc is pass",          "dmarc is fail",
                                   "dmarc is not none",      "dmarc in (fail, none)",
                                   "dmarc is temperror",     "message.size > 1",
                                   "message.size < 2",       "message.size is 1",
                                   "message.size >= 3",      "message.size in (1, 3)",
                                   "dkim.aligned",           "helo is \"a\"",
                                   "helo is not \"b\"",      "helo ~ /a/",
                                   "exists(helo)",           "count(helo) < 1",
                                   "helo in (\"a\", \"b\")", "helo !~ /b/"};
    return kTests[random_() % kTests.size()];
  }

  std::minstd_rand random_;
};

// Whether the condition is true for any combination of facts.
bool CanHold(const RuleSet& rules) {
  const mail::Message message;
  for (const char* dmarc : {"pass", "fail", "none", "temperror", "permerror", ""}) {
    for (const double size : {0.0, 1.0, 1.5, 2.0, 3.0, -1.0}) {
      for (const int aligned : {0, 1, 2}) {
        for (const char* helo : {"a", "b", "c", ""}) {
          facts::FactSet facts;
          facts.Set(facts::Id::kClientIp, *IpAddress::Parse("192.0.2.1"));
          if (*dmarc != 0) facts.Set(facts::Id::kDmarc, std::string(dmarc));
          if (size >= 0) facts.Set(facts::Id::kMessageSize, size);
          if (aligned < 2) facts.Set(facts::Id::kDkimAligned, aligned == 1);
          if (*helo != 0) facts.Set(facts::Id::kHelo, std::string(helo));
          mail::Views views(message);
          if (!rules.Evaluate({facts, views}).hits.empty()) return true;
        }
      }
    }
  }
  return false;
}

TEST(Lint, WhatItCallsImpossibleNeverHolds) {
  RandomConditions conditions(20261122);
  int impossible = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string condition = conditions.Make(3);
    // As one part of an `or` it is no error, and can be tried.
    const auto rules = MustCompile(RuleFile(condition + " or message.size > 1000"));
    if (rules == nullptr || CompileText(RuleFile(condition)).rules != nullptr) continue;
    ++impossible;
    EXPECT_FALSE(CanHold(*rules)) << condition;
  }
  EXPECT_GT(impossible, 50);
}

std::string ManyRules(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "rule R" + std::to_string(i) + " { about \"a\" score 0 when message.size > " +
            std::to_string(i) + " hit \"\\n\" miss \"\\n\" }\n";
  }
  return text;
}

// Some limits are passed together; each is named.
std::string Messages(const std::string& text) {
  std::string all;
  for (const Diagnostic& diagnostic : CompileText(text).diagnostics) {
    if (diagnostic.severity == Severity::kError) all += diagnostic.message + "\n";
  }
  return all;
}

TEST(Limits, AreErrorsThatNameTheLimit) {
  EXPECT_THAT(Messages(ManyRules(20001)), HasSubstr("a rule set has at most 20000 rules\n"));
  EXPECT_THAT(Messages(RuleFile("subject ~ /" + std::string(16385, 'a') + "/")),
              HasSubstr("a pattern has at most 16384 bytes\n"));
  std::string patterns = "helo ~ /z/";
  for (int i = 0; i < 50001; ++i) patterns += "\n or helo ~ /" + std::to_string(i) + "/";
  EXPECT_THAT(Messages(RuleFile(patterns)), HasSubstr("a rule set has at most 50000 patterns\n"));
  std::string numbers = "message.size in (0";
  for (int i = 0; i < 500001; ++i) numbers += ",1";
  EXPECT_THAT(Messages(RuleFile(numbers + ")")),
              HasSubstr("a rule set has at most 500000 conditions\n"));
  std::string tiny;
  for (int i = 0; i < 200'000; ++i) tiny += "rule A{}\n";
  EXPECT_THAT(Messages(tiny), HasSubstr("a rule set has at most 4000000 words and signs"));
  std::string examples = "rule R { about \"a\" score 1 when helo ~ /a/\n";
  for (int i = 0; i < 100001; ++i) examples += "hit \"\\n\"\n";
  EXPECT_THAT(Messages(examples + "}\n"), HasSubstr("a rule set has at most 100000 examples\n"));
  EXPECT_THAT(Messages("rule R { about \"" + std::string(201, 'a') + "\" when helo ~ /a/ }\n"),
              HasSubstr("'about' is one line of 1 to 200 bytes\n"));
  EXPECT_THAT(Messages("group " + std::string(65, 'g') + " cap 1\n"),
              HasSubstr("a name has at most 64 characters\n"));
}

}  // namespace
}  // namespace assay::rules
