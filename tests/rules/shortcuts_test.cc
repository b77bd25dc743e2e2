// SPDX-License-Identifier: Apache-2.0
// What is not asked makes no difference: rules hit as they do when each is asked alone.
#include "lib/rules/shortcuts.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

// The second pattern of each text makes sure that there is a prefilter for it.
struct Case {
  const char* name;
  const char* condition;
  const char* message;
  bool hits;
};
constexpr char kPlain[] = "Subject: minutes\n\nNothing much.\n";
constexpr char kZebra[] = "Subject: zebra\n\nA zebra and a zebra and a zebra.\n";
constexpr Case kCases[] = {
    {"no_such_word", "body ~ /zebra/", kPlain, false},
    {"such_a_word", "body ~ /zebra/", kZebra, true},
    {"candidate_that_is_none", "body ~ /zebra!/", kZebra, false},
    {"absent_is_not_false", "body !~ /zebra/", kPlain, true},
    {"not_of_absent", "not (body ~ /zebra/ and subject ~ /zebra/)", kPlain, true},
    {"one_of_two", "body ~ /okapi/ or body ~ /zebra/", kZebra, true},
    {"none_of_two", "body ~ /okapi/ or body ~ /zebra/", kPlain, false},
    {"either_text", "body ~ /okapi/ or subject ~ /zebra/", kZebra, true},
    {"word_or_flag", "body ~ /okapi/ or exists(subject)", kPlain, true},
    {"both", "body ~ /okapi/ and subject ~ /zebra/", kZebra, false},
    {"unknown_and_absent", "spf.mail_from is \"fail\" and body ~ /okapi/", kZebra, false},
    {"unknown_or_present", "spf.mail_from is \"fail\" or body ~ /zebra/", kZebra, true},
    {"rule_that_cannot_hold", "rule OKAPI and subject ~ /zebra/", kZebra, false},
    {"rule_that_holds", "rule QUAGGA and subject ~ /zebra/", kZebra, true},
    {"not_of_a_rule_that_cannot_hold", "not rule OKAPI", kZebra, true},
    {"no_match_is_none", "count(body ~ /okapi/) is 0", kPlain, true},
    {"no_match_is_fewer", "count(body ~ /okapi/) < 1", kPlain, true},
    {"no_match_is_at_least_none", "count(body ~ /okapi/) >= 0", kPlain, true},
    {"no_match_is_not_more", "count(body ~ /okapi/) > 0", kPlain, false},
    {"exactly", "count(body ~ /zebra/) is 3", kZebra, true},
    {"not_exactly", "count(body ~ /zebra/) is 2", kZebra, false},
    {"at_most", "count(body ~ /zebra/) <= 2", kZebra, false},
    {"at_most_all", "count(body ~ /zebra/) <= 3", kZebra, true},
    {"more_than_a_half", "count(body ~ /zebra/) > 2.5", kZebra, true},
    {"fewer_than_a_half_more", "count(body ~ /zebra/) < 2.5", kZebra, false},
    {"below_nothing", "count(body ~ /zebra/) > -1", kZebra, true},
};

std::string AllCases() {
  std::string text =
      "rule OKAPI { about \"o\" when body ~ /okapi/ hit \"\\n\" miss \"\\n\" }\n"
      "rule QUAGGA { about \"q\" when body ~ /zebra/i hit \"\\n\" miss \"\\n\" }\n"
      "rule SUBJECTS { about \"s\" when subject ~ /okapi/ or subject ~ /quagga/ hit \"\\n\" miss "
      "\"\\n\" }\n";
  for (const Case& test : kCases) {
    text += "rule " + std::string(test.name) + " { about \"a\" when " + test.condition +
            " hit \"\\n\" miss \"\\n\" }\n";
  }
  return text;
}

class Shortcuts : public testing::TestWithParam<Case> {};

TEST_P(Shortcuts, ChangeNoAnswer) {
  const auto alone = MustCompile(RuleFile(GetParam().condition) + AllCases());
  ASSERT_NE(alone, nullptr);
  const std::string hits = " " + HitNames(Evaluate(*alone, GetParam().message)) + " ";
  EXPECT_EQ(hits.find(" R ") != std::string::npos, GetParam().hits) << hits;
  const std::string name = " " + std::string(GetParam().name) + " ";
  EXPECT_EQ(hits.find(name) != std::string::npos, GetParam().hits) << hits;
}

INSTANTIATE_TEST_SUITE_P(Rules, Shortcuts, testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

// Explain() walks through the conditions, whatever the prefilters say.
TEST(ShortcutsOfShippedRules, HitIsWhatExplainSays) {
  CompileOptions options;
  options.lists["local_domains"] = {"example.net"};
  options.read_file = [](std::string_view path, std::string_view) -> Result<std::string> {
    return ReadText("rules/" + std::string(path));
  };
  const auto compiled = RuleSet::Compile(ShippedFiles(), options);
  ASSERT_NE(compiled.rules, nullptr) << FormatAll(compiled.diagnostics);
  facts::FactSet facts;
  facts.Set(facts::Id::kProfile, std::string("inbound"));
  facts.Set(facts::Id::kMailFrom, std::string("a@x.example"));
  std::size_t hit = 0;
  for (const char* text : {
           kPlain,
           kZebra,
           "From: Bank <a@x.example>\nSubject: Re: YOUR ACCOUNT IS SUSPENDED!!\n\nDear customer, "
           "verify your password at http://192.0.2.7/login within 24 hours.\n",
           "From: \"Mr X\" <a@x.example>\nReply-To: b@y.example\nSubject: urgent\n\nMy late client "
           "left USD 4.5 million. As next of kin you are the beneficiary, in trust: the sum of "
           "the fund was deposited with the bank of Lagos. Urgent assistance in this "
           "transaction.\n",
           "From: a@x.example\nSubject: p\xD0\xB0ypal\nContent-Type: text/html; charset=utf-8\n\n"
           "<p style=\"display:none\">x</p><a href=\"http://x.example\">http://other.example</a>\n",
       }) {
    const mail::Message message = MakeMessage(text);
    mail::Views views(message);
    const Input input{facts, views};
    const std::string hits = " " + HitNames(compiled.rules->Evaluate(input)) + " ";
    for (const RuleInfo* rule : compiled.rules->rules()) {
      if (rule->shadow) continue;
      const bool fired = hits.find(" " + rule->name + " ") != std::string::npos;
      const auto why = compiled.rules->Explain(input, rule->name);
      ASSERT_TRUE(why.has_value());
      EXPECT_EQ(why->result == Truth::kTrue, fired) << rule->name << "\n" << text;
      hit += fired ? 1 : 0;
    }
  }
  EXPECT_GT(hit, 10U);  // there was something to compare
}

}  // namespace
}  // namespace assay::rules
