// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "lib/mail/views.h"
#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

using facts::FactSet;
using facts::Id;

FactSet ExplainedFacts() {
  FactSet facts;
  facts.Set(Id::kProfile, std::string("inbound"));
  facts.Set(Id::kMailFrom, std::string("a@example.com"));
  facts.Set(Id::kMailFromDomain, std::string("example.com"));
  facts.Set(Id::kHeaderFromDomain, std::string("example.org"));
  facts.Set(Id::kRcptToCount, 2.0);
  facts.Set(Id::kSpfMailFrom, std::string("temperror"));
  facts.Set(Id::kDmarc, std::string("none"));
  facts.Set(Id::kDkimAligned, false);
  return facts;  // helo and dkim are unknown
}

constexpr std::string_view kExplained = "Subject: Win money\n\nmoney money\n";

// "yes dmarc is none [dmarc: none]; no …"
std::string Print(const std::vector<Reason>& reasons) {
  std::string out;
  for (const Reason& reason : reasons) {
    out += fmt::format("{}{:{}}{} {}", out.empty() ? "" : "; ", "", 2 * reason.depth,
                       ToWord(reason.result), reason.condition);
    for (const AskedFact& asked : reason.asked)
      out += fmt::format(" [{}: {}]", asked.source, asked.value);
  }
  return out;
}

std::string Explained(const RuleSet& rules, std::string_view rule) {
  const mail::Message message = MakeMessage(kExplained);
  mail::Views views(message);
  const FactSet facts = ExplainedFacts();
  const auto explanation = rules.Explain({facts, views}, rule);
  if (!explanation) return "nothing";
  return std::string(ToWord(explanation->result)) + ": " + Print(explanation->reasons);
}

struct Case {
  const char* name;
  const char* condition;
  const char* want;
};

constexpr Case kCases[] = {
    {"one", "dmarc is none", "yes: yes dmarc is none [dmarc: none]"},
    {"and_holds_by_all", "dmarc is none and rcpt_to.count > 1",
     "yes: yes dmarc is none [dmarc: none]; yes rcpt_to.count > 1 [rcpt_to.count: 2]"},
    {"and_fails_by_the_first", "rcpt_to.count > 1 and dmarc is pass and dkim.aligned",
     "no: no dmarc is pass [dmarc: none]"},
    {"and_is_unknown_by_the_unknown", "dmarc is none and dkim is pass and rcpt_to.count > 1",
     "unknown: unknown dkim is pass [dkim: unknown]"},
    {"false_outweighs_unknown", "dkim is pass and dmarc is pass",
     "no: no dmarc is pass [dmarc: none]"},
    {"or_holds_by_the_first", "dmarc is pass or dmarc is none or rcpt_to.count > 1",
     "yes: yes dmarc is none [dmarc: none]"},
    {"or_fails_by_all", "dmarc is pass or dkim.aligned",
     "no: no dmarc is pass [dmarc: none]; no dkim.aligned [dkim.aligned: no]"},
    {"or_is_unknown_by_the_unknown", "dmarc is pass or dkim is pass",
     "unknown: unknown dkim is pass [dkim: unknown]"},
    {"temperror_is_shown", "spf.mail_from is fail",
     "unknown: unknown spf.mail_from is fail [spf.mail_from: temperror]"},
    {"not_stands_as_written", "not dmarc is pass", "yes: yes not dmarc is pass [dmarc: none]"},
    {"is_not_stands_as_written", "dmarc is not pass", "yes: yes dmarc is not pass [dmarc: none]"},
    {"not_of_several_is_told_by_them", "not (dmarc is pass or dkim.aligned)",
     "yes: no dmarc is pass [dmarc: none]; no dkim.aligned [dkim.aligned: no]"},
    {"not_of_an_and_by_the_false_one", "not (dmarc is none and dkim.aligned)",
     "yes: no dkim.aligned [dkim.aligned: no]"},
    {"text", "subject ~ /money/", "yes: yes subject ~ /money/ [subject: \"Win money\"]"},
    {"absent_text", "header[\"X-A\"] ~ /money/",
     "no: no header[\"X-A\"] ~ /money/ [header[\"X-A\"]: none]"},
    {"unknown_text", "helo ~ /money/", "unknown: unknown helo ~ /money/ [helo: unknown]"},
    {"body_is_left_out", "body ~ /money/", "yes: yes body ~ /money/"},
    {"count", "count(body ~ /money/) >= 2", "yes: yes count(body ~ /money/) >= 2 [body: count 2]"},
    {"number_of_a_view", "received.count > 3", "no: no received.count > 3 [received.count: 0]"},
    {"flag_of_a_view", "not html.form", "yes: yes not html.form [html.form: no]"},
    {"two_facts", "mail_from.domain is header_from.domain",
     "no: no mail_from.domain is header_from.domain [mail_from.domain: \"example.com\"] "
     "[header_from.domain: \"example.org\"]"},
};

class ExplainTable : public testing::TestWithParam<Case> {};

TEST_P(ExplainTable, NamesWhatDecided) {
  const auto rules = MustCompile(RuleFile(GetParam().condition));
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(Explained(*rules, "R"), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Explain, ExplainTable, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Explain, RulesThatDoNotFireAreFollowedOnce) {
  const auto rules = MustCompile(
      "rule A { about \"a\" when rule B and not rule C and not rule C hit \"\\n\" miss \"\\n\" }\n"
      "rule B { about \"b\" when dmarc is none hit \"\\n\" miss \"\\n\" }\n"
      "rule C { about \"c\" when dmarc is pass hit \"\\n\" miss \"\\n\" }\n"
      "rule D { about \"d\" when rule E hit \"\\n\" miss \"\\n\" }\n"
      "rule E { about \"e\" when dmarc is fail hit \"\\n\" miss \"\\n\" }\n"
      "disable E \"x\"\n");
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(Explained(*rules, "A"),
            "yes: yes rule B; yes not rule C;   no dmarc is pass [dmarc: none]; yes not rule C");
  EXPECT_EQ(Explained(*rules, "D"), "unknown: unknown rule E");
  EXPECT_EQ(Explained(*rules, "E"), "nothing") << "a disabled rule has no result";
  EXPECT_EQ(Explained(*rules, "Z"), "nothing");
}

// What a list says stands there, and why it says nothing.
TEST(Explain, ListsSayWhatTheyWereAskedAbout) {
  const auto rules = MustCompile(
      "dnsbl zen zone \"zen.example\" { sbl 127.0.0.2 pbl 127.0.0.10 }\n"
      "rule R { about \"r\" when dnsbl.zen is sbl hit with dnsbl.zen = sbl miss \"\\n\" }\n");
  ASSERT_NE(rules, nullptr);
  const auto explained = [&](std::vector<ListResult> results) {
    const mail::Message message = MakeMessage(kExplained);
    mail::Views views(message);
    const FactSet facts = ExplainedFacts();
    const Input input = {facts, views, results, true};
    return Print(rules->Explain(input, "R")->reasons);
  };
  using State = ListResult::State;
  EXPECT_EQ(explained({{State::kComplete, {{"192.0.2.1", 0}, {"192.0.2.1", 1}}}}),
            "yes dnsbl.zen is sbl [dnsbl.zen: 192.0.2.1: sbl, 192.0.2.1: pbl]");
  EXPECT_EQ(explained({{State::kComplete, {}}}), "no dnsbl.zen is sbl [dnsbl.zen: none]");
  EXPECT_EQ(explained({{State::kOff, {}}}), "unknown dnsbl.zen is sbl [dnsbl.zen: off]");
  EXPECT_EQ(explained({{State::kIncomplete, {}}}), "unknown dnsbl.zen is sbl [dnsbl.zen: unknown]");
  EXPECT_EQ(explained({}), "unknown dnsbl.zen is sbl [dnsbl.zen: unknown]");
  const std::vector<ListResult::Finding> many(100, {std::string(300, 'x') + ".example", 0});
  EXPECT_LT(explained({{State::kComplete, many}}).size(), 700U);
}

// Rules that name each other in every pair: what is told stays small.
TEST(Explain, AWebOfRulesIsWalkedOnce) {
  std::string text = "rule R0 { about \"r\" when dmarc is pass hit \"\\n\" miss \"\\n\" }\n";
  for (int i = 1; i < 30; ++i) {
    text += fmt::format("rule R{} {{ about \"r\" when rule R0", i);
    for (int k = 1; k < i; ++k) text += fmt::format(" or rule R{} or rule R{}", k, k);
    text += " hit \"\\n\" miss \"\\n\" }\n";
  }
  const auto rules = MustCompile(text);
  ASSERT_NE(rules, nullptr);
  const mail::Message message = MakeMessage(kExplained);
  mail::Views views(message);
  const FactSet facts = ExplainedFacts();
  const auto explanation = rules->Explain({facts, views}, "R29");
  ASSERT_TRUE(explanation);
  EXPECT_EQ(explanation->result, Truth::kFalse);
  EXPECT_EQ(explanation->reasons.size(), kMaxReasons);
}

std::string RandomCondition(std::mt19937& random, int depth) {
  static constexpr const char* kLeaves[] = {"dmarc is none",    "dmarc is pass",
                                            "dkim is pass",     "not dkim is pass",
                                            "dkim.aligned",     "subject ~ /money/",
                                            "subject ~ /none/", "count(body ~ /money/) is 2",
                                            "helo ~ /x/",       "spf.mail_from is not pass",
                                            "exists(login)",    "rcpt_to.count in (1, 2)"};
  if (depth == 0 || random() % 3 == 0) return kLeaves[random() % std::size(kLeaves)];
  const std::string left = RandomCondition(random, depth - 1);
  const std::string right = RandomCondition(random, depth - 1);
  const char* const join = random() % 2 == 0 ? "and" : "or";
  return fmt::format("{}(({}) {} ({}))", random() % 3 == 0 ? "not " : "", left, join, right);
}

// Asking why changes nothing, and what is told settles the result: the same conditions with all the
// others unknown would give it too (each told result is what the condition alone gives).
TEST(Explain, HitsAreTheSameAndReasonsAreTrue) {
  std::mt19937 random(11);
  const FactSet facts = ExplainedFacts();
  const mail::Message message = MakeMessage(kExplained);
  int compiled = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string condition = RandomCondition(random, 3);
    const auto rules = CompileText(RuleFile(condition)).rules;
    if (!rules) continue;  // it could never hold
    ++compiled;
    mail::Views views(message);
    const Hits plain = rules->Evaluate({facts, views});
    const Hits explained = rules->Evaluate({facts, views, {}, true});
    ASSERT_EQ(HitNames(plain), HitNames(explained)) << condition;
    EXPECT_EQ(plain.limited, explained.limited);
    const auto explanation = rules->Explain({facts, views}, "R");
    ASSERT_TRUE(explanation);
    EXPECT_EQ(explanation->result == Truth::kTrue, !plain.hits.empty()) << condition;
    EXPECT_FALSE(explanation->reasons.empty()) << condition;
    if (!explained.hits.empty()) {
      EXPECT_EQ(Print(explained.hits[0].reasons), Print(explanation->reasons)) << condition;
    }
    for (const Reason& reason : explanation->reasons) {
      const auto alone = MustCompile(RuleFile(reason.condition));
      ASSERT_NE(alone, nullptr) << reason.condition;
      EXPECT_EQ(alone->Explain({facts, views}, "R")->result, reason.result) << reason.condition;
    }
  }
  EXPECT_GT(compiled, 100);
}

}  // namespace
}  // namespace assay::rules
