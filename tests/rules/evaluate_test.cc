// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "lib/base/text.h"
#include "lib/rules/evaluator.h"
#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

using facts::FactSet;
using facts::Id;

// Values that a Case below can speak of.
FactSet SampleFacts() {
  FactSet facts;
  facts.Set(Id::kProfile, std::string("inbound"));
  facts.Set(Id::kClientIp, *IpAddress::Parse("192.0.2.7"));
  facts.Set(Id::kMailFrom, std::string("Ann@mail.example.com"));
  facts.Set(Id::kMailFromLocal, std::string("Ann"));
  facts.Set(Id::kMailFromDomain, std::string("mail.example.com"));
  facts.Set(Id::kMailFromNull, false);
  facts.Set(Id::kRcptTo, std::vector<std::string>{"u@example.net", "v@example.org"});
  facts.Set(Id::kRcptToCount, 2.0);
  facts.Set(Id::kSpfMailFrom, std::string("temperror"));
  facts.Set(Id::kDmarc, std::string("pass"));
  facts.Set(Id::kDkimAligned, true);
  return facts;  // helo, client.name, dkim, spf.helo and login are unknown
}

constexpr std::string_view kMessage =
    "Subject: Win money\nX-A: one\nX-A: two\nX-Empty:\n\nfirst paragraph money\n\nsecond money "
    "money\n";

enum class T { kTrue, kFalse, kUnknown };

struct Case {
  const char* name;
  const char* condition;
  T want;
};

// The truth of a condition is told by asking it and its opposite.
T TruthOf(std::string_view condition) {
  const std::string text = "list nets = \"192.0.2.0/24\", \"example.com\", \"v@example.org\"\n" +
                           RuleFile(condition) + "rule N { about \"n\" when not (" +
                           std::string(condition) + ") hit \"\\n\" miss \"\\n\" }\n";
  const auto rules = MustCompile(text);
  if (rules == nullptr) return T::kUnknown;
  const std::string hits = HitNames(Evaluate(*rules, kMessage, SampleFacts()));
  return hits == "R" ? T::kTrue : hits == "N" ? T::kFalse : T::kUnknown;
}

constexpr Case kCases[] = {
    // A known word, an unknown one, temperror named and not.
    {"word_is", "dmarc is pass", T::kTrue},
    {"word_is_other", "dmarc is fail", T::kFalse},
    {"word_is_not", "dmarc is not fail", T::kTrue},
    {"word_in", "dmarc in (fail, pass)", T::kTrue},
    {"word_not_in", "dmarc not in (fail, pass)", T::kFalse},
    {"word_unknown", "dkim is pass", T::kUnknown},
    {"word_unknown_is_not", "dkim is not pass", T::kUnknown},
    {"word_unknown_not", "not dkim is pass", T::kUnknown},
    {"temperror_not_named", "spf.mail_from is fail", T::kUnknown},
    {"temperror_not_named_is_not", "spf.mail_from is not pass", T::kUnknown},
    {"temperror_not_named_in", "spf.mail_from in (pass, fail, none)", T::kUnknown},
    {"temperror_named", "spf.mail_from is temperror", T::kTrue},
    {"temperror_named_in", "spf.mail_from in (fail, temperror)", T::kTrue},
    {"temperror_named_is_not", "spf.mail_from is not temperror", T::kFalse},
    {"temperror_named_of_another", "dmarc is temperror", T::kFalse},
    // Kleene's tables: t = dmarc is pass, f = dmarc is fail, u = dkim is pass.
    {"and_tt", "dmarc is pass and dmarc is pass", T::kTrue},
    {"and_tf", "dmarc is pass and mail_from.null", T::kFalse},
    {"and_tu", "dmarc is pass and dkim is pass", T::kUnknown},
    {"and_ut", "dkim is pass and dmarc is pass", T::kUnknown},
    {"and_uf", "dkim is pass and dmarc is fail", T::kFalse},
    {"and_fu", "dmarc is fail and dkim is pass", T::kFalse},
    {"and_uu", "dkim is pass and dkim is pass", T::kUnknown},
    {"or_tu", "dmarc is pass or dkim is pass", T::kTrue},
    {"or_ut", "dkim is pass or dmarc is pass", T::kTrue},
    {"or_uf", "dkim is pass or dmarc is fail", T::kUnknown},
    {"or_fu", "dmarc is fail or dkim is pass", T::kUnknown},
    {"or_ff", "dmarc is fail or dmarc is fail", T::kFalse},
    {"or_uu", "dkim is pass or dkim is pass", T::kUnknown},
    {"not_t", "not dmarc is pass", T::kFalse},
    {"not_binds_weaker_than_is", "not dmarc is pass and dmarc is fail", T::kFalse},
    {"not_binds_stronger_than_and", "not dmarc is fail and dmarc is pass", T::kTrue},
    {"parentheses", "not (mail_from.null and dmarc is pass)", T::kTrue},
    // Flags and numbers.
    {"flag", "dkim.aligned", T::kTrue},
    {"flag_false", "mail_from.null", T::kFalse},
    {"flag_unknown", "limit.body", T::kUnknown},
    {"number_equal", "rcpt_to.count is 2", T::kTrue},
    {"number_less", "rcpt_to.count < 2", T::kFalse},
    {"number_less_equal", "rcpt_to.count <= 2", T::kTrue},
    {"number_greater", "rcpt_to.count > 1.5", T::kTrue},
    {"number_greater_equal", "rcpt_to.count >= 3", T::kFalse},
    {"number_in", "rcpt_to.count in (1, 2)", T::kTrue},
    {"number_is_not", "rcpt_to.count is not 2", T::kFalse},
    {"number_unknown", "message.size > 1", T::kUnknown},
    // Texts.
    {"text_match", "subject ~ /money/", T::kTrue},
    {"text_match_case", "subject ~ /MONEY/", T::kFalse},
    {"text_match_some", "header[\"x-a\"] ~ /^two$/", T::kTrue},
    {"text_not_match", "header[\"X-A\"] !~ /^three$/", T::kTrue},
    {"text_not_match_absent", "header[\"X-B\"] !~ /./", T::kTrue},
    {"text_match_absent", "header[\"X-B\"] ~ /^/", T::kFalse},
    {"text_empty_is_not_absent", "header[\"X-Empty\"] ~ /^$/", T::kTrue},
    {"text_unknown", "helo ~ /a/", T::kUnknown},
    {"text_unknown_not", "helo !~ /a/", T::kUnknown},
    {"text_is_ignores_case", "subject is \"WIN Money\"", T::kTrue},
    {"text_is_whole", "subject is \"money\"", T::kFalse},
    {"text_is_some", "header[\"X-A\"] is \"two\"", T::kTrue},
    {"text_is_not", "header[\"X-A\"] is not \"two\"", T::kFalse},
    {"text_in", "subject in (\"other\", \"win money\")", T::kTrue},
    {"domain_in_parent", "mail_from.domain in (\"example.com\")", T::kTrue},
    {"domain_is_whole", "mail_from.domain is \"example.com\"", T::kFalse},
    {"domain_in_longer", "mail_from.domain in (\"my.mail.example.com\")", T::kFalse},
    {"domain_in_suffix", "mail_from.domain in (\"ple.com\")", T::kFalse},
    {"domain_in_list", "mail_from.domain in @nets", T::kTrue},
    {"address_in_whole", "mail_from in (\"ann@MAIL.example.com\")", T::kTrue},
    {"address_in_domain", "mail_from in (\"@example.com\")", T::kTrue},
    {"address_in_other", "mail_from in (\"bob@mail.example.com\")", T::kFalse},
    {"addresses_in_list", "rcpt_to in @nets", T::kTrue},
    {"fact_is_fact", "mail_from.domain is mail_from.domain", T::kTrue},
    {"fact_is_other_fact", "mail_from.local is mail_from.domain", T::kFalse},
    {"fact_is_unknown_fact", "mail_from.domain is helo", T::kUnknown},
    {"fact_is_header", "subject is header[\"Subject\"]", T::kTrue},
    {"body", "body ~ /second/", T::kTrue},
    {"body_one_paragraph", "body ~ /first.*second/s", T::kFalse},
    // Addresses.
    {"ip_in", "client.ip in (198.51.100.0/24, 192.0.2.0/28)", T::kTrue},
    {"ip_in_other", "client.ip in (192.0.2.8/29, 2001:db8::/32)", T::kFalse},
    {"ip_is", "client.ip is 192.0.2.7", T::kTrue},
    {"ip_in_list", "client.ip in @nets", T::kTrue},
    // exists and count.
    {"exists_header", "exists(header[\"X-A\"])", T::kTrue},
    {"exists_empty", "exists(header[\"X-Empty\"])", T::kTrue},
    {"exists_absent", "exists(header[\"X-B\"])", T::kFalse},
    {"exists_client_name", "exists(client.name)", T::kFalse},
    {"exists_login", "exists(login)", T::kFalse},
    {"exists_author", "exists(header_from.domain)", T::kUnknown},
    {"exists_ip", "exists(client.ip)", T::kTrue},
    {"count_values", "count(header[\"X-A\"]) is 2", T::kTrue},
    {"count_none", "count(header[\"X-B\"]) is 0", T::kTrue},
    {"count_matches", "count(body ~ /money/) is 3", T::kTrue},
    {"count_not_overlapping", "count(subject ~ /[a-z]{2}/) is 3", T::kTrue},
    {"count_anchor", "count(header[\"X-A\"] ~ /^/) is 2", T::kTrue},
    {"count_unknown", "count(helo ~ /a/) is 0", T::kUnknown},
};

class TruthTable : public testing::TestWithParam<Case> {};

TEST_P(TruthTable, Holds) { EXPECT_EQ(TruthOf(GetParam().condition), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(Evaluate, TruthTable, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Evaluate, RulesByName) {
  const auto rules = MustCompile(
      "rule A { about \"a\" when rule B and rule C hit \"\\n\" miss \"\\n\" }\n"
      "rule B { about \"b\" when dmarc is pass hit \"\\n\" miss \"\\n\" }\n"
      "rule C { about \"c\" when not rule D hit \"\\n\" miss \"\\n\" }\n"
      "rule D { about \"d\" when dmarc is fail hit \"\\n\" miss \"\\n\" }\n"
      "rule E { about \"e\" when not rule F hit \"\\n\" miss \"\\n\" }\n"
      "rule F { about \"f\" when dmarc is fail hit \"\\n\" miss \"\\n\" }\n"
      "disable F \"a disabled rule is unknown\"\n");
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(HitNames(Evaluate(*rules, kMessage, SampleFacts())), "A B C");
}

TEST(Evaluate, CountStopsAtAHundred) {
  const auto rules = MustCompile(RuleFile("count(body ~ /x/) is 100"));
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(HitNames(Evaluate(*rules, "\n" + std::string(5000, 'x') + "\n")), "R");
}

TEST(Evaluate, ABodyThatWasNotHeldIsUnknown) {
  const auto rules = MustCompile(
      "rule A { about \"a\" when body !~ /x/ hit \"\\n\" miss \"\\n\" }\n"
      "rule B { about \"b\" when count(content_type) is 0 hit \"\\n\" miss \"\\n\" }\n"
      "rule C { about \"c\" when not mime.malformed hit \"\\n\" miss \"\\n\" }\n"
      "rule D { about \"d\" when limit.memory hit \"\\n\" miss \"\\n\" }\n");
  ASSERT_NE(rules, nullptr);
  FactSet facts;
  facts.Set(Id::kLimitMemory, true);
  EXPECT_EQ(HitNames(Evaluate(*rules, "\n", facts)), "D");
}

TEST(Evaluate, MatchesSayWhichTextInWhichFact) {
  const auto rules =
      MustCompile("list free = \"example.com\"\n" +
                  RuleFile("header[ \"X-A\" ] ~ /t../ and body ~ /m.n\\w+/ and not dmarc is fail\n"
                           "  and mail_from.domain in @free and not subject ~ /absent/"));
  ASSERT_NE(rules, nullptr);
  const Hits hits = Evaluate(*rules, kMessage, SampleFacts());
  ASSERT_EQ(hits.hits.size(), 1U);
  std::string matches;
  for (const Match& match : hits.hits[0].matches) matches += match.source + "=" + match.text + "; ";
  EXPECT_EQ(matches,
            "header[ \"X-A\" ]=two; body=money; body=money; mail_from.domain=mail.example.com; ");
}

TEST(Evaluate, MatchesAreCutAtCodePoints) {
  const auto rules = MustCompile(RuleFile("subject ~ /.+/"));
  ASSERT_NE(rules, nullptr);
  std::string subject = "a";
  for (int i = 0; i < 100; ++i) subject += "\xC3\xA9";
  const Hits hits = Evaluate(*rules, "Subject: " + subject + "\n\n");
  ASSERT_EQ(hits.hits.size(), 1U);
  ASSERT_EQ(hits.hits[0].matches.size(), 1U);
  EXPECT_EQ(hits.hits[0].matches[0].text, subject.substr(0, 79));
}

TEST(Evaluate, ReadsBodyOnlyWhenALiveRuleDoes) {
  const std::string body_rule = RuleFile("body ~ /x/");
  EXPECT_TRUE(MustCompile(body_rule)->reads_body());
  EXPECT_FALSE(MustCompile(body_rule + "disable R \"off\"\n")->reads_body());
  EXPECT_FALSE(MustCompile(RuleFile("subject ~ /x/"))->reads_body());
  EXPECT_TRUE(
      MustCompile(RuleFile("subject ~ /x/", "score 1 each count(body ~ /y/) cap 3"))->reads_body());
}

TEST(Score, EachCountIsCapped) {
  const auto rules =
      MustCompile(RuleFile("subject ~ /money/", "score 0.75 each count(body ~ /money/) cap 2"));
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(Evaluate(*rules, "Subject: money\n\nmoney money\n").score, 1.5);
  EXPECT_EQ(Evaluate(*rules, "Subject: money\n\nmoney money money\n").score, 2);
  EXPECT_EQ(Evaluate(*rules, "Subject: money\n\nnone\n").score, 0);
}

TEST(Score, GroupCapCutsTheSum) {
  const auto rules = MustCompile(
      "group g cap 3\n"
      "rule A { about \"a\" group g score 2 when subject ~ /a/ hit \"\\n\" miss \"\\n\" }\n"
      "rule B { about \"b\" group g score 2.5 when subject ~ /b/ hit \"\\n\" miss \"\\n\" }\n"
      "rule C { about \"c\" score -1 when subject ~ /c/ hit \"\\n\" miss \"\\n\" }\n");
  ASSERT_NE(rules, nullptr);
  const Hits one = Evaluate(*rules, "Subject: a\n\n");
  EXPECT_EQ(one.score, 2);
  EXPECT_TRUE(one.group_cuts.empty());
  const Hits all = Evaluate(*rules, "Subject: abc\n\n");
  EXPECT_EQ(all.score, 2);
  ASSERT_EQ(all.group_cuts.size(), 1U);
  EXPECT_EQ(all.group_cuts[0].group, "g");
  EXPECT_EQ(all.group_cuts[0].score, -1.5);
}

// What is printed adds up: in thousandths, whatever the scores are.
TEST(Score, SumIsTheSumOfTheParts) {
  std::mt19937 random(1);
  const auto draw = [&](int low, int high) {
    return std::uniform_int_distribution<>(low, high)(random);
  };
  for (int round = 0; round < 50; ++round) {
    std::string text = "group g cap 1.234\ngroup h cap 5\n";
    for (int i = 0; i < 30; ++i) {
      const int units = draw(-9999, 9999);
      text += "rule R" + std::to_string(i) + " { about \"r\" score " + (units < 0 ? "-" : "") +
              std::to_string(std::abs(units) / 1000) + "." +
              std::to_string(1000 + std::abs(units) % 1000).substr(1);
      const int group = draw(0, 2);
      if (group > 0) text += group == 1 ? " group g" : " group h";
      text += " when subject ~ /" + std::string(1, static_cast<char>('a' + draw(0, 3))) +
              "/ hit \"\\n\" miss \"\\n\" }\n";
    }
    const RuleSet::Compiled compiled = CompileText(text);
    ASSERT_NE(compiled.rules, nullptr) << FormatAll(compiled.diagnostics);
    const Hits hits = Evaluate(*compiled.rules, "Subject: abc\n\n");
    long sum = 0;
    for (const Hit& hit : hits.hits) sum += std::lround(hit.score * kScoreUnit);
    for (const GroupCut& cut : hits.group_cuts) {
      EXPECT_LT(cut.score, 0);
      sum += std::lround(cut.score * kScoreUnit);
    }
    EXPECT_EQ(sum, std::lround(hits.score * kScoreUnit));
    EXPECT_EQ(static_cast<double>(sum) / kScoreUnit, hits.score);
  }
}

TEST(Changes, AdjustReplacesScoreAndAction) {
  const auto rules = MustCompile(RuleFile("subject ~ /a/", "score 2 action tag") +
                                 "adjust R { score 0.5 action quarantine \"held\" }\n");
  ASSERT_NE(rules, nullptr);
  const Hits hits = Evaluate(*rules, "Subject: a\n\n");
  ASSERT_EQ(hits.hits.size(), 1U);
  EXPECT_EQ(hits.score, 0.5);
  EXPECT_EQ(hits.hits[0].rule->score, 0.5);
  EXPECT_EQ(hits.hits[0].rule->action, Action::kQuarantine);
  EXPECT_EQ(hits.hits[0].rule->action_text, "held");
}

TEST(Changes, DisabledRulesAreGone) {
  const auto rules = MustCompile(RuleFile("subject ~ /a/") + "disable R \"noise\"\n");
  ASSERT_NE(rules, nullptr);
  EXPECT_TRUE(rules->rules().empty());
  EXPECT_TRUE(Evaluate(*rules, "Subject: a\n\n").hits.empty());
}

struct AllowCase {
  const char* name;
  const char* allow;
  const char* mail_from;
  const char* header_from;
  const char* spf;
  const char* dmarc;
  bool want;
};

constexpr const char* kBoth =
    "allow from in (\"example.com\") when dmarc is pass or spf.mail_from is pass";

constexpr AllowCase kAllows[] = {
    {"author_with_dmarc", kBoth, "x@example.org", "a@example.com", "none", "pass", true},
    {"author_without_dmarc", kBoth, "x@example.org", "a@example.com", "none", "fail", false},
    {"mail_from_with_spf", kBoth, "a@sub.example.com", "x@example.org", "pass", "none", true},
    // SPF vouches for MAIL FROM, not for the author.
    {"author_with_spf_of_another", kBoth, "x@example.org", "a@example.com", "pass", "none", false},
    // DMARC vouches for the author, not for MAIL FROM.
    {"mail_from_with_dmarc_of_another", kBoth, "a@example.com", "x@example.org", "none", "pass",
     false},
    {"mail_from_not_asked_for", "allow from in (\"example.com\") when dmarc is pass",
     "a@example.com", "x@example.org", "pass", "pass", false},
    {"temperror", kBoth, "a@example.com", "a@example.com", "temperror", "temperror", false},
    {"negated_condition", "allow from in (\"example.com\") when dmarc is not fail", "x@example.org",
     "a@example.com", "none", "none", false},
    {"unauthenticated", "allow unauthenticated from in (\"example.com\")", "x@example.org",
     "a@example.com", "fail", "fail", true},
    {"unauthenticated_other", "allow unauthenticated from in (\"example.com\")", "x@example.org",
     "a@example.net", "pass", "pass", false},
};

class Allow : public testing::TestWithParam<AllowCase> {};

TEST_P(Allow, NeedsTheIdentityThatIsVouchedFor) {
  const AllowCase& c = GetParam();
  const auto rules = MustCompile("\n" + std::string(c.allow) + "\n");
  ASSERT_NE(rules, nullptr);
  FactSet facts;
  facts.Set(Id::kMailFrom, std::string(c.mail_from));
  facts.Set(Id::kHeaderFrom, std::vector<std::string>{c.header_from});
  facts.Set(Id::kSpfMailFrom, std::string(c.spf));
  facts.Set(Id::kDmarc, std::string(c.dmarc));
  facts.Set(Id::kDkimAligned, false);
  EXPECT_EQ(Evaluate(*rules, "\n", facts).allowed_by, c.want ? "test.rules:2" : "");
}

INSTANTIATE_TEST_SUITE_P(Changes, Allow, testing::ValuesIn(kAllows),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Allow, SeveralAuthorsAreNotAllowed) {
  const auto rules = MustCompile("allow unauthenticated from in (\"example.com\")\n");
  ASSERT_NE(rules, nullptr);
  FactSet facts;
  facts.Set(Id::kHeaderFrom, std::vector<std::string>{"a@example.com", "b@example.org"});
  EXPECT_EQ(Evaluate(*rules, "\n", facts).allowed_by, "");
}

TEST(Lists, InternationalDomainsMeetTheirALabels) {
  const auto rules = MustCompile(
      "list l = \"b\xC3\xBC"
      "cher.example\", \"a@b\xC3\xBC"
      "cher.example\"\n" +
      RuleFile("mail_from.domain in @l or mail_from in @l"));
  ASSERT_NE(rules, nullptr);
  FactSet facts;
  facts.Set(Id::kMailFromDomain, std::string("www.xn--bcher-kva.example"));
  EXPECT_EQ(Evaluate(*rules, "\n", facts).hits.size(), 1U);
}

// A message with about 1 MiB of text in four parts.
std::string LargeMessage() {
  std::string text = "Subject: a\nContent-Type: multipart/mixed; boundary=b\n\n";
  for (int part = 0; part < 4; ++part) {
    text += "--b\nContent-Type: text/plain\n\n";
    for (int i = 0; i < 4095; ++i) text += std::string(62, 'x') + "\n";
  }
  return text + "--b--\n";
}

// `pattern` makes the i-th of `count` different patterns.
std::shared_ptr<const RuleSet> ManyBodyRules(int count, std::string (*pattern)(int)) {
  std::string text = "rule L { about \"l\" when limit.rules hit \"\\n\" miss \"\\n\" }\n";
  for (int i = 0; i < count; ++i) {
    text += "rule R" + std::to_string(i) + " { about \"r\" when body ~ /" + pattern(i) +
            "/ hit \"\\n\" miss \"\\n\" }\n";
  }
  text += "rule S { about \"s\" when subject ~ /a/ hit \"\\n\" miss \"\\n\" }\n";
  return MustCompile(text);
}

// No window of bytes stands in these: RE2 looks at the whole text for each.
std::string WithoutWindow(int i) { return "^[^x\\x{" + std::to_string(3000 + i) + "}]"; }
std::string WithWindow(int i) { return "^q" + std::to_string(i) + "z"; }

TEST(Limits, ScanningIsCountedAndSaidAloud) {
  const std::string message = LargeMessage();
  for (const int count : {60, 1200}) {
    const auto rules = ManyBodyRules(count, WithoutWindow);
    ASSERT_NE(rules, nullptr);
    const Hits hits = Evaluate(*rules, message);
    EXPECT_EQ(hits.limited, count > 1000) << count;
    EXPECT_EQ(HitNames(hits), hits.limited ? "L S" : "S");  // header rules are judged all the same
  }
}

TEST(Limits, ThePrefilterSpendsLittle) {
  const auto rules = ManyBodyRules(1200, WithWindow);
  ASSERT_NE(rules, nullptr);
  const Hits hits = Evaluate(*rules, LargeMessage());
  EXPECT_FALSE(hits.limited);
  EXPECT_EQ(HitNames(hits), "S");
}

// Each match of a count may make RE2 look at the rest of the text: it counts as often.
TEST(Limits, CountedMatchesAreCounted) {
  std::string text;
  for (int i = 0; i < 5; ++i) {
    text += "rule R" + std::to_string(i) + " { about \"r\" when count(body ~ /x(?:.{0,400}q" +
            std::to_string(i) + ".*)?/) >= 100 hit \"\\n\" miss \"\\n\" }\n";
  }
  const auto rules = MustCompile(text);
  ASSERT_NE(rules, nullptr);
  const Hits hits = Evaluate(*rules, "\n" + std::string(2000, 'x') + "\n");
  EXPECT_TRUE(hits.limited);
  EXPECT_EQ(hits.hits.size(), 3U);  // 100 times nearly 2,000 bytes, each worth 1,600
}

// A text of many beginnings makes RE2 build a state for each byte: such patterns count more.
TEST(Limits, CountingPatternsCountMore) {
  const auto counting = [](int i) { return "x[^y]{0,60}q" + std::to_string(i) + "[^z]{9}[^x]"; };
  const auto rules = ManyBodyRules(20, counting);
  ASSERT_NE(rules, nullptr);
  std::string message = "Subject: a\n\n";
  for (int i = 0; i < 5000; ++i) message += "q" + std::to_string(i % 20) + "xxxxxxxxxxxxxxxxx ";
  EXPECT_FALSE(Evaluate(*rules, message).limited);
  EXPECT_TRUE(Evaluate(*ManyBodyRules(40, counting), message + message.substr(12)).limited);
}

// To look thousands of texts up in thousands of lists, or to compare them with each other, is work.
TEST(Limits, ListsAreCountedToo) {
  const auto rules = [](const char* condition, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += "rule R" + std::to_string(i) + " { about \"r\" when " + condition +
              std::to_string(i) + "\"" +
              (std::string_view(condition).ends_with("[\"X") ? "]" : ")") +
              " hit \"\\n\" miss \"\\n\" }\n";
    }
    return MustCompile(text);
  };
  std::string message = "Subject: a\n\n";
  for (int i = 0; i < 20'000; ++i) message += "a\n\n";
  for (const char* condition : {"body in (\"b", "body is header[\"X"}) {
    EXPECT_FALSE(Evaluate(*rules(condition, 100), message).limited) << condition;
    EXPECT_TRUE(Evaluate(*rules(condition, 400), message).limited) << condition;
  }
}

// A pattern that counts costs as much in a list as in a rule.
TEST(Limits, PatternsOfListsCountMore) {
  const auto rules = [](const char* pattern) {
    std::string text = "list l = ";
    for (int i = 0; i < 20; ++i) {
      text += (i > 0 ? ", /q" : "/q") + std::to_string(i) + pattern;
    }
    return MustCompile(text + "\n" + RuleFile("body in @l"));
  };
  std::string message = "Subject: a\n\n";
  for (int i = 0; i < 500; ++i) message += std::string(400, 'x') + "\n\n";
  EXPECT_FALSE(Evaluate(*rules("y/"), message).limited);
  EXPECT_TRUE(Evaluate(*rules("(?:xz){0,400}y/"), message).limited);
}

// The header's budget is its own.
TEST(Limits, HeaderTextIsCountedToo) {
  std::string text = "rule L { about \"l\" when limit.rules hit \"\\n\" miss \"\\n\" }\n";
  for (int i = 0; i < 60; ++i) {
    text += "rule R" + std::to_string(i) + " { about \"r\" when header[\"X-A\"] ~ /^[^y]{" +
            std::to_string(900 + i) + "}e/ hit \"\\n\" miss \"\\n\" }\n";
  }
  text += "rule B { about \"b\" when body ~ /text/ hit \"\\n\" miss \"\\n\" }\n";
  const auto rules = MustCompile(text);
  ASSERT_NE(rules, nullptr);
  const std::string body = "\n\ntext\n";
  EXPECT_EQ(HitNames(Evaluate(*rules, "X-A: " + std::string(100, 'x') + body)), "B");
  EXPECT_EQ(HitNames(Evaluate(*rules, "X-A: " + std::string(50'000, 'x') + body)), "L B");
}

TEST(Prefilter, MatchesAndCountsInTheParagraphsThatFire) {
  const auto rules = MustCompile(
      "rule A { about \"a\" when body ~ /zebra[0-9]+x/ hit \"\\n\" miss \"\\n\" }\n"
      "rule B { about \"b\" score 1 each count(body ~ /zebra[0-9]/) cap 50 when body ~ /zebra/i "
      "hit \"\\n\" miss \"\\n\" }\n"
      "rule C { about \"c\" when count(body ~ /QUAGGA/i) is 3 hit \"\\n\" miss \"\\n\" }\n"
      "rule D { about \"d\" when body ~ /quagga zebra/ hit \"\\n\" miss \"\\n\" }\n"
      "rule E { about \"e\" when body !~ /okapi/ hit \"\\n\" miss \"\\n\" }\n");
  ASSERT_NE(rules, nullptr);
  std::string message = "Subject: a\n\n";
  for (int i = 0; i < 100; ++i) message += i % 4 == 0 ? "zebra " : "nothing";
  message += "\n\n";
  for (int i = 0; i < 30; ++i) message += "a zebra" + std::to_string(i) + " ran\n\n";
  message += "a quagga, a Quagga\n\nand a QUAGGA\n\nthe last zebra7x\n";
  const Hits hits = Evaluate(*rules, message);
  EXPECT_EQ(HitNames(hits), "A B C E");
  EXPECT_EQ(hits.score, 31);
  ASSERT_EQ(hits.hits.front().matches.size(), 1U);
  EXPECT_EQ(hits.hits.front().matches.front().text, "zebra7x");
  EXPECT_EQ(hits.hits[1].matches.size(), kMaxMatches);
}

}  // namespace
}  // namespace assay::rules
