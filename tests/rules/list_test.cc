// SPDX-License-Identifier: Apache-2.0
// Lists: patterns among the entries, files of their own, and other contents for the same rules.
#include <gtest/gtest.h>

#include "lib/rules/entry_set.h"
#include "lib/rules/list_reader.h"
#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

using facts::Id;

CompileOptions Reading(std::string text) {
  CompileOptions options;
  options.read_file = [text = std::move(text)](std::string_view, std::string_view) {
    return Result<std::string>(text);
  };
  return options;
}

constexpr std::string_view kRules = R"(
list l from "l.txt"
rule DOMAIN { about "d" score 1 when helo in @l hit with helo = "a", list l = "a" miss "\n" }
rule ADDRESS { about "a" score 1 when mail_from in @l hit with mail_from = "a@a", list l = /^a@/ miss "\n" }
rule TEXT { about "t" score 1 when subject in @l hit "Subject: x" with list l = "y", /X/i miss "\n" }
)";

constexpr std::string_view kClient =
    "rule CLIENT { about \"c\" score 1 when client.ip in @l hit with client.ip = 192.0.2.1, list l "
    "= "
    "\"192.0.2.1\" miss \"\\n\" }\n";

TEST(List, HoldsAllKindsOfEntries) {
  const auto rules = MustCompile(std::string(kRules) + std::string(kClient),
                                 Reading("# what may stand here\n"
                                         "example.com\n"
                                         "ann@example.org   # a comment\n"
                                         "192.0.2.0/24\n"
                                         "2001:db8::/32\r\n"
                                         "  /^bounce-\\d+@/   # a pattern\n"
                                         "/free #money/i\n"
                                         "/a\\/b/\n"));
  ASSERT_NE(rules, nullptr);
  ASSERT_EQ(rules->list_files().size(), 1U);
  EXPECT_EQ(rules->list_files()[0].entries->size(), 7U);
  EXPECT_EQ(FormatAll(TestRunner::Run(*rules, {}).failures), "");
  struct Case {
    const char* subject;
    const char* helo;
    const char* mail_from;
    const char* client_ip;
    const char* want;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"x", "mail.example.com", "a@example.net", "198.51.100.1", "DOMAIN"},
           {"x", "example.org", "ann@example.org", "192.0.2.9", "ADDRESS CLIENT"},
           {"x", "x", "bounce-77@example.net", "2001:db8::1", "ADDRESS CLIENT"},
           {"get FREE #MONEY now", "x", "bounce-x@example.net", "198.51.100.1", "TEXT"},
           {"x a/b", "a/b", "x@sub.example.com", "198.51.100.1", "DOMAIN ADDRESS TEXT"}}) {
    facts::FactSet facts;
    facts.Set(Id::kHelo, std::string(c.helo));
    facts.Set(Id::kMailFrom, std::string(c.mail_from));
    facts.Set(Id::kClientIp, *IpAddress::Parse(c.client_ip));
    EXPECT_EQ(HitNames(Evaluate(*rules, "Subject: " + std::string(c.subject) + "\n\n", facts)),
              c.want)
        << c.helo;
  }
}

TEST(List, OfAFileIsWhatExplainAsks) {
  const auto rules =
      MustCompile("list l from \"l.txt\"\n" + RuleFile("helo in @l"), Reading("example.com\n"));
  ASSERT_NE(rules, nullptr);
  facts::FactSet facts;
  facts.Set(Id::kHelo, std::string("mail.example.com"));
  const mail::Message message = MakeMessage("\n");
  mail::Views views(message);
  EXPECT_EQ(HitNames(rules->Evaluate({facts, views})), "R");
  const auto explanation = rules->Explain({facts, views}, "R");
  ASSERT_TRUE(explanation);
  EXPECT_EQ(explanation->result, Truth::kTrue);
}

TEST(List, PatternsStandInRuleFilesToo) {
  const auto rules = MustCompile("list l = /^abc/, \"x\",\n  /y$/i\n" + RuleFile("subject in @l"));
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(HitNames(Evaluate(*rules, "Subject: abcd\n\n")), "R");
  EXPECT_EQ(HitNames(Evaluate(*rules, "Subject: any\n\n")), "R");
  EXPECT_EQ(HitNames(Evaluate(*rules, "Subject: Any\n\n")), "R");
  EXPECT_EQ(HitNames(Evaluate(*rules, "Subject: xa\n\n")), "");
}

struct Bad {
  const char* name;
  const char* file;
  const char* want;
};
constexpr Bad kBad[] = {
    {"wildcard", "a\n *.example.com\n",
     "l.txt:2:2: error: entries have no wildcards\n"
     "     *.example.com\n"
     "     ^~~~~~~~~~~~~\n"
     "  example.com also means all names below it\n"},
    {"bad_pattern", "a\n/a(b/\n",
     "l.txt:2:3: error: this ( is never closed\n"
     "    /a(b/\n"
     "      ^\n"},
    {"lookahead", "/(?=a)b/  # c\n", "l.txt:1:2: error: RE2 knows no positive lookahead\n"},
    {"flag", "/ab/iq\n",
     "l.txt:1:6: error: unknown pattern flag 'q'\n"
     "    /ab/iq\n"
     "         ^\n"
     "  i: ignore case, s: . matches line breaks, m: ^ and $ at lines, b: bytes\n"},
    {"open", "/ab\n",
     "l.txt:1:1: error: this pattern has no closing slash\n"
     "    /ab\n"
     "    ^\n"
     "  an entry that begins with a slash is a pattern\n"},
    {"behind", "/ab/ cd\n",
     "l.txt:1:5: error: text behind a pattern\n"
     "    /ab/ cd\n"
     "        ^~~\n"
     "  a slash inside a pattern is written \\/\n"},
    {"not_utf8", "/ab\xff/\n", "l.txt:1:1: error: a pattern is UTF-8: bad byte\n"},
    {"control", "a\x01z\n", "l.txt:1:1: error: an entry holds no control characters\n"},
};

class BadList : public testing::TestWithParam<Bad> {};

TEST_P(BadList, SaysWhatAndWhereInItsFile) {
  const RuleSet::Compiled compiled = CompileText(kRules, Reading(GetParam().file));
  EXPECT_EQ(compiled.rules, nullptr);
  ASSERT_FALSE(compiled.diagnostics.empty());
  const std::string all = FormatAll(compiled.diagnostics);
  EXPECT_TRUE(all.starts_with(GetParam().want)) << all;
  // The same when the file is read again later.
  const ListContents later = ReadListText("l.txt", GetParam().file);
  EXPECT_EQ(later.entries, nullptr);
  EXPECT_EQ(FormatAll(later.diagnostics), all);
}

INSTANTIATE_TEST_SUITE_P(List, BadList, testing::ValuesIn(kBad),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(List, PatternsAreLimited) {
  std::string text;
  for (int i = 0; i < 1001; ++i) text += "/a" + std::to_string(i) + "/\n";
  EXPECT_EQ(CompileText(kRules, Reading(text)).diagnostics.at(0).message,
            "all lists together have at most 1000 patterns");
  EXPECT_EQ(ReadListText("l", text).diagnostics.at(0).message,
            "all lists together have at most 1000 patterns");
  EXPECT_EQ(ReadListText("l", "/" + std::string(17000, 'a') + "/\n").diagnostics.at(0).message,
            "a pattern has at most 16384 bytes");
  EXPECT_EQ(ReadListText("l", std::string(400, 'a') + "\n").diagnostics.at(0).message,
            "an entry has at most 320 bytes");
}

TEST(List, OtherContentsForTheSameRules) {
  const auto before = MustCompile(kRules, Reading("example.com\n"));
  ASSERT_NE(before, nullptr);
  std::vector<RuleSet::ListFile> lists = before->list_files();
  ASSERT_EQ(lists.size(), 1U);
  EXPECT_EQ(lists[0].name, "l");
  EXPECT_EQ(lists[0].path, "l.txt");
  lists[0].entries = ReadListText("l.txt", "example.net\n/^ex.*uk$/\n").entries;
  const auto after = before->WithLists(lists);
  facts::FactSet facts;
  const auto hits = [&](const auto& rules, const char* helo) {
    facts.Set(Id::kHelo, std::string(helo));
    return HitNames(Evaluate(*rules, "\n", facts));
  };
  EXPECT_EQ(hits(before, "example.com"), "DOMAIN");
  EXPECT_EQ(hits(before, "example.net"), "");
  EXPECT_EQ(hits(after, "example.com"), "");
  EXPECT_EQ(hits(after, "example.net"), "DOMAIN");
  EXPECT_EQ(hits(after, "example.co.uk"), "DOMAIN");
  EXPECT_EQ(after->rules(), before->rules()) << "what is compiled is shared";
  EXPECT_EQ(after->list_files()[0].entries->size(), 2U);
}

TEST(List, PatternsOverTheBodyAreBounded) {
  std::string text = "list l = /zzz0/";
  for (int i = 1; i < 900; ++i) text += ", /zzz" + std::to_string(i) + "/";
  text += "\n";
  for (const std::string source : {"body", "rawbody", "full"}) {
    text += "rule IN_" + source + " { about \"x\" score 1 when " + source +
            " in @l hit \"\\nzzz\" miss \"\\n\" }\n";
  }
  const auto rules = MustCompile(text);
  ASSERT_NE(rules, nullptr);
  EXPECT_FALSE(Evaluate(*rules, "\n" + std::string(1000, 'a')).limited);
  std::string large = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int part = 0; part < 4; ++part) large += "--b\n\n" + std::string(250'000, 'a') + "\n";
  EXPECT_TRUE(Evaluate(*rules, large + "--b--\n").limited);
}

}  // namespace
}  // namespace assay::rules
