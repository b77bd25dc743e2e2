// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/coverage.h"

#include <gtest/gtest.h>

#include "lib/engine/transaction.h"
#include "lib/rules/cost_meter.h"
#include "lib/rules/rule_text.h"
#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

struct Case {
  const char* name;
  const char* condition;
  const char* examples;
  std::size_t covered;
  std::size_t tests;
  const char* gaps;  // what each gap underlines and says, joined with |
};

constexpr Case kCases[] = {
    {"single", "subject ~ /a/", "hit \"Subject: a\" miss \"Subject: b\"", 1, 1, ""},
    {"and", "subject ~ /a/ and dkim is pass",
     "hit \"Subject: a\" with dkim = pass  miss \"Subject: b\" with dkim = pass  miss \"Subject: "
     "a\"",
     2, 2, ""},
    {"and_with_one_miss", "subject ~ /a/ and dkim is pass",
     "hit \"Subject: a\" with dkim = pass  miss \"Subject: b\" with dkim = pass", 1, 2,
     "dkim is pass: rule X has no miss that this decides|"},
    {"and_with_a_miss_that_all_decide", "subject ~ /a/ and dkim is pass",
     "hit \"Subject: a\" with dkim = pass  miss \"Subject: b\"", 0, 2,
     "subject ~ /a/: rule X has no miss that this decides|"
     "dkim is pass: rule X has no miss that this decides|"},
    {"or", "subject ~ /a/ or dkim is pass",
     "hit \"Subject: a\"  hit with dkim = pass  miss \"Subject: b\"", 2, 2, ""},
    {"or_with_one_hit", "subject ~ /a/ or dkim is pass", "hit \"Subject: a\"  miss \"Subject: b\"",
     1, 2, "dkim is pass: rule X has no hit that this decides|"},
    {"not", "not subject ~ /a/ and dkim is not pass",
     "hit \"Subject: b\"  miss \"Subject: a\"  miss \"Subject: b\" with dkim = pass", 2, 2, ""},
    {"unknown_is_a_miss", "dmarc is fail", "hit with dmarc = fail  miss with dmarc = unknown", 1, 1,
     ""},
    {"numbers_are_one_test", "rcpt_to.count in (1, 2)",
     "hit with rcpt_to.count = 2  miss with rcpt_to.count = 3", 1, 1, ""},
    {"nothing_tried", "subject ~ /a/", "", 0, 1,
     "subject ~ /a/: rule X has no hit and no miss that this decides|"},
    {"failing_examples_cover_nothing", "subject ~ /a/", "hit \"Subject: b\" miss \"Subject: a\"", 0,
     1, "subject ~ /a/: rule X has no hit and no miss that this decides|"},
    {"redundant", "subject ~ /a/ and (subject ~ /ab/ or subject ~ /a/)",
     "hit \"Subject: a\"  hit \"Subject: ab\" miss \"Subject: b\"", 0, 3,
     "subject ~ /a/: rule X has no miss that this decides|"
     "subject ~ /ab/: rule X has no hit and no miss that this decides|"
     "subject ~ /a/: rule X has no miss that this decides|"},
};

class Covered : public testing::TestWithParam<Case> {};

TEST_P(Covered, NamesWhatNoExampleDecides) {
  const auto rules =
      MustCompile("rule X { about \"x\" score 1 when " + std::string(GetParam().condition) + " " +
                  GetParam().examples + " }\n");
  ASSERT_NE(rules, nullptr);
  const Coverage::Report report = Coverage::Run(*rules, engine::DeriveMessageFacts);
  EXPECT_EQ(report.covered, GetParam().covered);
  EXPECT_EQ(report.tests, GetParam().tests);
  std::string gaps;
  for (const Diagnostic& gap : report.gaps) {
    gaps += gap.source_line.substr(static_cast<std::size_t>(gap.column) - 1,
                                   static_cast<std::size_t>(gap.length)) +
            ": " + gap.message + "|";
  }
  EXPECT_EQ(gaps, GetParam().gaps);
}

INSTANTIATE_TEST_SUITE_P(Coverage, Covered, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Coverage, ShowsThePlace) {
  const auto rules = MustCompile(
      "rule X {\n  about \"x\"\n  score 1\n  when subject ~ /a/\n    and dkim is pass\n"
      "  hit \"Subject: a\" with dkim = pass\n  miss \"Subject: b\" with dkim = pass\n}\n"
      "rule Y { about \"y\" score 1 when helo ~ /y/ }\ndisable Y \"not tried\"\n");
  ASSERT_NE(rules, nullptr);
  const Coverage::Report report = Coverage::Run(*rules, {});
  ASSERT_EQ(report.gaps.size(), 1U);
  EXPECT_EQ(Format(report.gaps[0]),
            "test.rules:5:9: warning: rule X has no miss that this decides\n"
            "        and dkim is pass\n"
            "            ^~~~~~~~~~~~\n"
            "  add a miss that only this keeps from being a hit\n");
}

TEST(CostMeter, CountsMessagesHitsAndTime) {
  const auto rules = MustCompile(RuleFile("body ~ /abc+d/") +
                                 "rule S { about \"s\" score 1 when subject ~ /x/ hit \"Subject: "
                                 "x\" miss \"\\n\" }\n"
                                 "rule T { about \"t\" score 1 when subject ~ /t/ }\n"
                                 "disable T \"off\"\n");
  ASSERT_NE(rules, nullptr);
  CostMeter meter(*rules);
  for (int i = 0; i < 20; ++i) {
    const mail::Message message =
        MakeMessage("Subject: x\n\n" + std::string(200000, 'a') + "\nabcccd");
    mail::Views views(message);
    meter.Measure({{}, views});
  }
  EXPECT_EQ(meter.messages(), 20U);
  const auto costs = meter.Costs();
  ASSERT_EQ(costs.size(), 2U) << "disabled rules cost nothing";
  EXPECT_EQ(costs[0].rule->name, "R") << "the dearest first";
  EXPECT_EQ(costs[0].hits, 20U);
  EXPECT_EQ(costs[1].hits, 20U);
  EXPECT_GT(costs[0].time, costs[1].time);
  EXPECT_GT(meter.first_time().count(), 0);
  EXPECT_GT(meter.rules_time().count(), 0);
}

// The pass over the text is made once for all of them: fifty rules must not be charged for fifty.
TEST(CostMeter, WhatAllRulesShareIsChargedToNone) {
  std::string text;
  for (int i = 0; i < 50; ++i) {
    const std::string number = std::to_string(i);
    text += "rule R" + number + " { about \"r\" score 1 when body ~ /absent" + number + "/ }\n";
  }
  const auto rules = MustCompile(text);
  ASSERT_NE(rules, nullptr);
  const mail::Message message = MakeMessage("Subject: x\n\n" + std::string(200000, 'a') + "\n");
  mail::Views views(message);
  CostMeter meter(*rules);
  for (int i = 0; i < 20; ++i) meter.Measure({{}, views});
  SteadyClock::duration sum{};
  for (const auto& cost : meter.Costs()) sum += cost.time;
  EXPECT_LT(sum, meter.rules_time() / 2);
  EXPECT_GT(meter.shared_time(), meter.rules_time() / 2);
}

TEST(RuleText, SaysScoresAsRulesDo) {
  const auto rules = MustCompile(
      "rule A { about \"a\" score 2.5 when helo ~ /a/ }\n"
      "rule B { about \"b\" score 0.5 each count(subject) cap 2 when helo ~ /b/ }\n"
      "rule C { about \"c\" score auto 0..4 when helo ~ /c/ }\n"
      "rule D { about \"d\" score auto -2.5..0 = -1 when helo ~ /d/ }\n");
  ASSERT_NE(rules, nullptr);
  std::string texts;
  for (const RuleInfo* rule : rules->rules()) texts += ScoreText(*rule) + "|";
  EXPECT_EQ(texts, "2.5|0.5 each, at most 2|auto 0..4|auto -2.5..0 = -1|");
}

}  // namespace
}  // namespace assay::rules
