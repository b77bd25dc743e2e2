// SPDX-License-Identifier: Apache-2.0
// score auto low..high = value: what may stand there, and what a tool can do with it.
#include <gtest/gtest.h>

#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

std::string FileWith(std::string_view score, std::string_view more = {}) {
  return RuleFile("subject ~ /a/", score) + std::string(more);
}

// What a tool writes to give the rule this value.
std::string Tuned(std::string text, const AutoScore& range, std::string_view value) {
  return text.replace(range.offset, range.length, " = " + std::string(value));
}

struct Range {
  const char* name;
  const char* score;
  double low, high, value;
  bool tuned;
};
constexpr Range kRanges[] = {
    {"untuned", "score auto 0..4", 0, 4, 0, false},
    {"tuned", "score auto 0..4 = 1.7", 0, 4, 1.7, true},
    {"negative", "score auto -2.5..0 = -0.125", -2.5, 0, -0.125, true},
    {"both_negative", "score auto -3..-1 = -1", -3, -1, -1, true},
    {"narrow_blanks", "score   auto  0.5..1=0.5", 0.5, 1, 0.5, true},
    {"tuned_to_nothing", "score auto 0..2 = 0", 0, 2, 0, true},
};

class AutoRange : public testing::TestWithParam<Range> {};

TEST_P(AutoRange, IsReadAndCanBeRewrittenInPlace) {
  const Range& want = GetParam();
  const std::string text = FileWith(want.score);
  const auto rules = MustCompile(text);
  ASSERT_NE(rules, nullptr);
  const RuleInfo& rule = *rules->rules().at(0);
  ASSERT_TRUE(rule.auto_score);
  EXPECT_EQ(rule.auto_score->low, want.low);
  EXPECT_EQ(rule.auto_score->high, want.high);
  EXPECT_EQ(rule.auto_score->tuned, want.tuned);
  EXPECT_EQ(rule.score, want.value);
  EXPECT_EQ(rule.auto_score->file, "test.rules");
  EXPECT_EQ(rule.auto_score->line, 3);
  EXPECT_EQ(Evaluate(*rules, "Subject: a\n\n").score, want.value);
  // Written twice: the second replaces what the first has written.
  const std::string value = want.low < 0 ? "-1.5" : "0.75";
  const std::string once = Tuned(text, *rule.auto_score, value);
  const auto again = MustCompile(once);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->rules().at(0)->score, want.low < 0 ? -1.5 : 0.75);
  EXPECT_EQ(Tuned(once, *again->rules().at(0)->auto_score, value), once);
}

INSTANTIATE_TEST_SUITE_P(Score, AutoRange, testing::ValuesIn(kRanges),
                         [](const auto& i) { return std::string(i.param.name); });

struct Bad {
  const char* name;
  const char* score;
  const char* want;
};
constexpr Bad kBad[] = {
    {"no_range", "score auto",
     "4:3 expected a range behind 'auto', found 'when' | "
     "a range is two numbers with two dots between them: 0..4"},
    {"number", "score auto 4",
     "3:14 expected a range behind 'auto', found '4' | "
     "a range is two numbers with two dots between them: 0..4"},
    {"reversed", "score auto 4..0", "3:14 a range begins with the lesser of two numbers | "},
    {"empty", "score auto 1..1", "3:14 a range begins with the lesser of two numbers | "},
    {"both_sides", "score auto -1..1",
     "3:14 a range lies on one side of 0 | "
     "a rule is a sign of spam (0..4) or of good mail (-2..0), not of both"},
    {"outside", "score auto 0..4 = 4.5", "3:21 4.5 is outside of its range 0..4 | "},
    {"too_fine", "score auto 0..4 = 0.0001",
     "3:21 a score lies between -100 and 100 and has at most 3 decimals | "},
    {"too_large", "score auto 0..400",
     "3:17 a score lies between -100 and 100 and has at most 3 decimals | "},
    {"no_value", "score auto 0..4 =", "4:3 expected the tuned value, found 'when' | "},
    {"each", "score auto 0..4 each count(subject) cap 3",
     "3:19 a score is either 'auto' or counted | write a number before 'each'"},
};

class BadRange : public testing::TestWithParam<Bad> {};

TEST_P(BadRange, SaysWhatAndWhere) {
  const RuleSet::Compiled compiled = CompileText(FileWith(GetParam().score));
  EXPECT_EQ(compiled.rules, nullptr);
  ASSERT_FALSE(compiled.diagnostics.empty());
  const Diagnostic& first = compiled.diagnostics.front();
  EXPECT_EQ(std::to_string(first.line) + ":" + std::to_string(first.column) + " " + first.message +
                " | " + first.suggestion,
            GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Score, BadRange, testing::ValuesIn(kBad),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(AutoScore, AdjustLocksAScoreOrOpensItAgain) {
  const auto locked = MustCompile(FileWith("score auto 0..4 = 2", "adjust R { score 1 }\n"));
  ASSERT_NE(locked, nullptr);
  EXPECT_FALSE(locked->rules().at(0)->auto_score);
  EXPECT_EQ(locked->rules().at(0)->score, 1);
  EXPECT_EQ(locked->rules().at(0)->changes,
            std::vector<std::string>{"test.rules:8: score 1 instead of auto 0..4 = 2"});
  const std::string text = FileWith("score 1", "adjust R { score auto 0..3 }\n");
  const auto open = MustCompile(text);
  ASSERT_NE(open, nullptr);
  const RuleInfo& rule = *open->rules().at(0);
  EXPECT_EQ(rule.score, 0);
  ASSERT_TRUE(rule.auto_score);
  EXPECT_EQ(rule.auto_score->line, 8);
  EXPECT_NE(Tuned(text, *rule.auto_score, "2").find("{ score auto 0..3 = 2 }"), std::string::npos);
  EXPECT_EQ(
      CompileText(FileWith("score 1 each count(subject) cap 2", "adjust R { score auto 0..1 }\n"))
          .rules,
      nullptr);
}

TEST(Precaution, ScoresAtMostAHalf) {
  for (const char* score : {"score 0.5", "score -0.5", "score auto 0..0.5", "",
                            "score 0.2 each count(subject) cap 0.5"}) {
    const auto rules = MustCompile(FileWith("precaution\n  " + std::string(score)));
    ASSERT_NE(rules, nullptr) << score;
    EXPECT_TRUE(rules->rules().at(0)->precaution);
  }
  for (const char* score :
       {"score 0.501", "score auto 0..1", "score 0.2 each count(subject) cap 1"}) {
    const RuleSet::Compiled compiled = CompileText(FileWith("precaution\n  " + std::string(score)));
    ASSERT_EQ(compiled.rules, nullptr) << score;
    EXPECT_EQ(compiled.diagnostics.front().message, "a precaution adds at most 0.5");
  }
}

TEST(RuleInfo, NamesTheFactsThatARuleReads) {
  const auto rules = MustCompile(
      RuleFile("subject ~ /a/ and dmarc is pass", "score 1 each count(body ~ /x/) cap 2") +
      "rule S { about \"s\" score 1 when rule R and not dkim.aligned hit \"\\n\" miss \"\\n\" }\n");
  ASSERT_NE(rules, nullptr);
  using facts::Id;
  EXPECT_EQ(rules->rules().at(0)->facts, (std::vector<Id>{Id::kSubject, Id::kBody, Id::kDmarc}));
  EXPECT_EQ(rules->rules().at(1)->facts,
            (std::vector<Id>{Id::kSubject, Id::kBody, Id::kDkimAligned, Id::kDmarc}));
}

}  // namespace
}  // namespace assay::rules
