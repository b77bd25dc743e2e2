// SPDX-License-Identifier: Apache-2.0
// Rules in shadow: shown, but neither scores nor acts.
#include <gtest/gtest.h>

#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

constexpr std::string_view kRest = R"(
rule OTHER { about "o" score 1 when rule R and body ~ /b/ hit "Subject: a\n\nb" miss "\nc" }
)";

std::shared_ptr<const RuleSet> WithMode(std::string_view lines, std::string_view more = {}) {
  return MustCompile(
      "group g cap 3\n" +
      RuleFile("subject ~ /a/", "score 4\n  group g\n  action reject\n  " + std::string(lines)) +
      std::string(kRest) + std::string(more));
}

TEST(Shadow, NeitherScoresNorActs) {
  const auto rules = WithMode("mode shadow");
  ASSERT_NE(rules, nullptr);
  const Hits hits = Evaluate(*rules, "Subject: a\n\nb");
  EXPECT_EQ(HitNames(hits), "OTHER") << "who names it sees it as it is";
  EXPECT_EQ(hits.score, 1);
  EXPECT_TRUE(hits.group_cuts.empty());
  ASSERT_EQ(hits.shadow.size(), 1U);
  EXPECT_EQ(hits.shadow[0].rule->name, "R");
  EXPECT_TRUE(hits.shadow[0].rule->shadow);
  EXPECT_EQ(hits.shadow[0].score, 4) << "what it would add";
  ASSERT_EQ(hits.shadow[0].matches.size(), 1U);
  EXPECT_EQ(hits.shadow[0].matches[0].text, "a");
}

TEST(Shadow, AdjustPutsARuleIntoItAndTakesItOut) {
  const auto into = WithMode("", "adjust R { mode shadow }\n");
  ASSERT_NE(into, nullptr);
  EXPECT_EQ(Evaluate(*into, "Subject: a\n\n").score, 0);
  EXPECT_EQ(into->rules().at(0)->changes.back(), "test.rules:14: mode shadow");
  const auto out = WithMode("mode shadow", "adjust R { mode live score 2 }\n");
  ASSERT_NE(out, nullptr);
  EXPECT_EQ(Evaluate(*out, "Subject: a\n\n").score, 2);
  EXPECT_TRUE(Evaluate(*out, "Subject: a\n\n").shadow.empty());
}

TEST(Shadow, ItsExamplesAreRun) {
  const auto rules = MustCompile(
      "rule X { about \"x\" score 1 mode shadow when subject ~ /a/ hit \"Subject: b\" miss "
      "\"\\n\" }\n");
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(TestRunner::Run(*rules, {}).failures.size(), 1U);
}

TEST(Shadow, ModeIsShadowOrLive) {
  const RuleSet::Compiled compiled = CompileText(RuleFile("subject ~ /a/", "mode shadwo"));
  EXPECT_EQ(compiled.rules, nullptr);
  EXPECT_EQ(FormatAll(compiled.diagnostics),
            "test.rules:3:8: error: unknown mode 'shadwo'\n"
            "      mode shadwo\n"
            "           ^~~~~~\n"
            "  did you mean 'shadow'?\n");
}

TEST(Disabled, AreKnownWithTheirReason) {
  const auto rules = WithMode("", "disable R \"too many\"\n");
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(rules->rules().size(), 1U);
  ASSERT_EQ(rules->all_rules().size(), 2U);
  EXPECT_FALSE(rules->all_rules()[0]->live);
  EXPECT_EQ(rules->all_rules()[0]->changes.back(), "test.rules:14: disabled: too many");
}

TEST(RuleText, IsWhatStandsInTheFile) {
  const std::string text = RuleFile("subject ~ /a/") + "rule B { about \"b\" when rule R\n} # c\n";
  const auto rules = MustCompile(text);
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(std::string(rules->Text(*rules->rules().at(0))) + "\n", RuleFile("subject ~ /a/"));
  EXPECT_EQ(rules->Text(*rules->rules().at(1)), "rule B { about \"b\" when rule R\n}");
}

}  // namespace
}  // namespace assay::rules
