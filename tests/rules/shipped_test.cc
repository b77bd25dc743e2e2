// SPDX-License-Identifier: Apache-2.0
// The rules that we ship are held to more than a site's.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "lib/engine/transaction.h"
#include "lib/rules/coverage.h"
#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

constexpr double kMaxOwnScore = 3;  // no single heuristic decides anything

RuleSet::Compiled CompileShipped() {
  const std::vector<SourceFile> files = ShippedFiles();
  return RuleSet::Compile(files, {});
}

TEST(ShippedRules, CompileWithoutAWord) {
  const RuleSet::Compiled compiled = CompileShipped();
  EXPECT_EQ(FormatAll(compiled.diagnostics), "");
  ASSERT_NE(compiled.rules, nullptr);
  EXPECT_GE(compiled.rules->rules().size(), 25U);
}

TEST(ShippedRules, ExamplesComeOut) {
  const auto rules = CompileShipped().rules;
  ASSERT_NE(rules, nullptr);
  const TestRunner::Report report = TestRunner::Run(*rules, engine::DeriveMessageFacts);
  EXPECT_EQ(FormatAll(report.failures), "");
  EXPECT_GE(report.run, 2 * rules->rules().size());
}

TEST(ShippedRules, AreModest) {
  const auto rules = CompileShipped().rules;
  ASSERT_NE(rules, nullptr);
  for (const RuleInfo* rule : rules->rules()) {
    EXPECT_LE(std::abs(rule->score), kMaxOwnScore) << rule->name;
    EXPECT_EQ(rule->action, Action::kNone) << rule->name;
  }
}

TEST(ShippedRules, EveryConditionIsTried) {
  const auto rules = CompileShipped().rules;
  ASSERT_NE(rules, nullptr);
  const Coverage::Report report = Coverage::Run(*rules, engine::DeriveMessageFacts);
  EXPECT_EQ(FormatAll(report.gaps), "");
  EXPECT_EQ(report.covered, report.tests);
}

// What was left to the measurement has got a score, or does not belong into the set.
TEST(ShippedRules, AutoScoresAreMeasured) {
  const auto rules = CompileShipped().rules;
  ASSERT_NE(rules, nullptr);
  for (const RuleInfo* rule : rules->rules()) {
    if (rule->auto_score) {
      EXPECT_TRUE(rule->auto_score->tuned) << rule->name;
      EXPECT_NE(rule->score, 0) << rule->name;
    }
  }
}

// A limit that nobody can see is a way around the checks.
TEST(ShippedRules, EveryLimitHasARule) {
  std::string text;
  for (const SourceFile& file : ShippedFiles()) text += file.text;
  for (const facts::Info& fact : facts::Table()) {
    if (!fact.name.starts_with("limit.")) continue;
    EXPECT_NE(text.find("when  " + std::string(fact.name) + "\n"), std::string::npos) << fact.name;
  }
}

TEST(ShippedRules, PlainMailScoresNothing) {
  const auto rules = CompileShipped().rules;
  ASSERT_NE(rules, nullptr);
  const mail::Message message = MakeMessage(
      "From: Ann <ann@example.com>\nTo: bob@example.net\nDate: Mon, 5 Oct 2026 10:00:00 +0000\n"
      "Message-ID: <1@example.com>\nSubject: Lunch on Friday?\n\nHi Bob,\n\nwould you like to have "
      "lunch?\n");
  mail::Views views(message);
  facts::FactSet facts;
  facts.Set(facts::Id::kProfile, std::string("inbound"));
  facts.Set(facts::Id::kClientIp, *IpAddress::Parse("192.0.2.1"));
  facts.Set(facts::Id::kClientName, std::string("mail.example.com"));
  facts.Set(facts::Id::kHelo, std::string("mail.example.com"));
  facts.Set(facts::Id::kMailFromNull, false);
  facts.Set(facts::Id::kSpfMailFrom, std::string("pass"));
  facts.Set(facts::Id::kSpfHelo, std::string("none"));
  facts.Set(facts::Id::kDkim, std::string("none"));
  facts.Set(facts::Id::kDmarc, std::string("none"));
  engine::DeriveMessageFacts(message, facts);
  const Hits hits = rules->Evaluate({facts, views});
  EXPECT_EQ(HitNames(hits), "");
  EXPECT_EQ(hits.score, 0);
}

// As much text as the views hold, full of everything that the patterns look for: a sender cannot
// switch rules off with it.
TEST(ShippedRules, JudgeAFullBodyWithinTheirBudget) {
  const auto rules = CompileShipped().rules;
  ASSERT_NE(rules, nullptr);
  std::string words;
  for (const SourceFile& file : ShippedFiles()) words += file.text;
  for (const char* type : {"text/plain", "text/html"}) {
    std::string text = "Subject: a\nContent-Type: multipart/mixed; boundary=8f2c\n\n";
    for (int part = 0; part < 4; ++part) {
      text += "--8f2c\nContent-Type: " + std::string(type) + "\n\n";
      for (std::size_t size = 0; size < mail::kMaxPartText; size += words.size()) text += words;
      text += "\n";
    }
    facts::FactSet facts;
    facts.Set(facts::Id::kProfile, std::string("inbound"));
    const Hits hits = Evaluate(*rules, text + "--8f2c--\n", facts);
    EXPECT_FALSE(hits.limited) << type;
    EXPECT_FALSE(hits.hits.empty()) << type;
  }
}

TEST(ShippedRules, LocalExampleIsGoodOnceUncommented) {
  std::string text;
  const std::string example = ReadText(ASSAY_SOURCE_DIR "/rules/local.rules.example");
  bool first_block = true;
  for (std::size_t begin = 0; begin < example.size();) {
    const std::size_t end = example.find('\n', begin);
    std::string line = example.substr(begin, end - begin);
    begin = end + 1;
    // Prose stands before an empty comment line, code behind it.
    if (line.empty()) first_block = true;
    if (line == "#") first_block = false;
    if (!first_block && line.starts_with("# ")) text += line.substr(2);
    text += "\n";
  }
  ASSERT_NE(text.find("rule FAKE_INVOICE {"), std::string::npos);
  std::vector<SourceFile> files = ShippedFiles();
  files.push_back({"local.rules", text, false});
  const RuleSet::Compiled compiled = RuleSet::Compile(files, {});
  EXPECT_EQ(FormatAll(compiled.diagnostics), "");
  ASSERT_NE(compiled.rules, nullptr);
  EXPECT_EQ(FormatAll(TestRunner::Run(*compiled.rules, engine::DeriveMessageFacts).failures), "");
}

}  // namespace
}  // namespace assay::rules
