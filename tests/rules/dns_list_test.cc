// SPDX-License-Identifier: Apache-2.0
// dnsbl and uribl: what may be declared, what answers mean, what conditions make of them.
#include "lib/rules/dns_list.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lib/base/text.h"
#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

using State = ListResult::State;

// A rule for each list, so that nothing is unused.
std::string Using(const std::string& lists, std::string_view name) {
  return lists + "\nrule R { about \"r\" when " + std::string(name) + " hit with " +
         std::string(name) + " = 127.0.0.2 miss \"\\nx\" }\n";
}

const DnsList& OnlyList(const RuleSet& rules) { return rules.dns_lists().front(); }

// ---- What answers mean.

struct ReadingCase {
  const char* name;
  const char* codes;
  const char* answers;  // separated by blanks
  const char* want;     // codes, or "refusal …", "stranger …"
};

std::string Describe(const DnsList& list, const ListReading& reading) {
  if (reading.refusal) return "refusal " + reading.refusal->ToString();
  if (reading.stranger) return "stranger " + reading.stranger->ToString();
  std::vector<std::string> words;
  for (const std::uint32_t code : reading.codes) words.push_back(list.codes[code].name);
  return Join(words, " ");
}

constexpr ReadingCase kReadings[] = {
    {"one", "sbl 127.0.0.2", "127.0.0.2", "sbl"},
    {"not_in_the_table", "sbl 127.0.0.2", "127.0.0.3", ""},
    {"several_of_a_code", "sbl 127.0.0.2, 127.0.0.9", "127.0.0.9", "sbl"},
    {"several_answers", "sbl 127.0.0.2 pbl 127.0.0.10 xbl 127.0.0.4", "127.0.0.10 127.0.0.2",
     "sbl pbl"},
    {"network_first", "xbl 127.0.0.4/30", "127.0.0.4", "xbl"},
    {"network_last", "xbl 127.0.0.4/30", "127.0.0.7", "xbl"},
    {"network_behind", "xbl 127.0.0.4/30", "127.0.0.8", ""},
    {"network_host_bits", "xbl 127.0.0.6/30", "127.0.0.4", "xbl"},
    {"network_single", "xbl 127.0.0.6/32", "127.0.0.7", ""},
    {"network_all", "any 127.0.0.0/8", "127.3.4.5", "any"},
    {"range_first", "r 127.0.0.250 to 127.0.1.3", "127.0.0.250", "r"},
    {"range_inside", "r 127.0.0.250 to 127.0.1.3", "127.0.0.255", "r"},
    {"range_last", "r 127.0.0.250 to 127.0.1.3", "127.0.1.3", "r"},
    {"range_before", "r 127.0.0.250 to 127.0.1.3", "127.0.0.249", ""},
    {"range_behind", "r 127.0.0.250 to 127.0.1.3", "127.0.1.4", ""},
    {"bits_alone", "black bits 127.0.0.2 red bits 127.0.0.8", "127.0.0.8", "red"},
    {"bits_together", "black bits 127.0.0.2 red bits 127.0.0.8", "127.0.0.14", "black red"},
    {"bits_two_needed", "both bits 127.0.0.10", "127.0.0.8", ""},
    {"bits_two", "both bits 127.0.0.10", "127.0.0.14", "both"},
    {"bits_higher", "flag bits 127.1.0.0", "127.1.0.7", "flag"},
    {"mask", "high 127.0.0.3 mask 255.0.0.255", "127.0.5.3", "high"},
    {"mask_other", "high 127.0.0.3 mask 255.0.0.255", "127.0.5.2", ""},
    {"overlap", "a 127.0.0.2 b 127.0.0.0/24", "127.0.0.2", "a b"},
    // Refusals, whatever the table says.
    {"refused_zone", "any 127.0.0.0/8", "127.255.255.252", "refusal 127.255.255.252"},
    {"refused_resolver", "any 127.0.0.0/8", "127.255.255.254", "refusal 127.255.255.254"},
    {"refused_first", "any 127.0.0.0/8", "127.255.255.0", "refusal 127.255.255.0"},
    {"next_to_refusals", "any 127.0.0.0/8", "127.255.254.255", "any"},
    {"refused_uribl", "grey bits 127.0.0.4", "127.0.0.1", "refusal 127.0.0.1"},
    {"refused_among_others", "sbl 127.0.0.2", "127.0.0.2 127.255.255.255",
     "refusal 127.255.255.255"},
    {"refused_own", "high 127.0.0.3 refused 127.0.0.255", "127.0.0.255", "refusal 127.0.0.255"},
    // Somebody who answers everything.
    {"stranger", "any 127.0.0.0/8", "203.0.113.9", "stranger 203.0.113.9"},
    {"stranger_among_others", "any 127.0.0.0/8", "127.0.0.2 203.0.113.9", "stranger 203.0.113.9"},
    {"stranger_v6", "any 127.0.0.0/8", "2001:db8::7f00:2", "stranger 2001:db8::7f00:2"},
    {"nothing", "any 127.0.0.0/8", "", ""},
};

class ReadingTable : public testing::TestWithParam<ReadingCase> {};

TEST_P(ReadingTable, Codes) {
  const auto rules = MustCompile(
      Using("dnsbl x zone \"x.example\" { " + std::string(GetParam().codes) + " }", "dnsbl.x"));
  ASSERT_NE(rules, nullptr);
  std::vector<IpAddress> answers;
  for (const std::string_view text : Split(GetParam().answers, ' ')) {
    if (const auto address = IpAddress::Parse(text)) answers.push_back(*address);
  }
  const DnsList& list = OnlyList(*rules);
  EXPECT_EQ(Describe(list, list.Read(answers)), GetParam().want);
  std::ranges::reverse(answers);
  EXPECT_EQ(Describe(list, list.Read(answers)), GetParam().want) << "the order does not matter";
}

INSTANTIATE_TEST_SUITE_P(Rfc5782, ReadingTable, testing::ValuesIn(kReadings),
                         [](const auto& i) { return std::string(i.param.name); });

// ---- What is asked.

TEST(DnsList, QuestionsAreReversedAddressesAndNames) {
  DnsList list;
  list.zone = "x.example";
  EXPECT_EQ(list.QuestionFor(*IpAddress::Parse("192.0.2.99")), "99.2.0.192.x.example");
  EXPECT_EQ(list.QuestionFor(*IpAddress::Parse("2001:db8:1:2:3:4:567:89ab")),
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.x.example");
  EXPECT_EQ(list.QuestionFor(*IpAddress::Parse("::ffff:192.0.2.99")), "99.2.0.192.x.example");
  EXPECT_EQ(list.QuestionFor("evil.example.com"), "evil.example.com.x.example");
}

TEST(DnsList, DefaultsAreTheClientAndLinksOfInboundMail) {
  const auto rules = MustCompile(
      "dnsbl a zone \"A.Example.\" { x 127.0.0.2 }\nuribl b zone \"b.example\" { x 127.0.0.2 }\n" +
      RuleFile("dnsbl.a and uribl.b"));
  ASSERT_NE(rules, nullptr);
  const DnsList& a = rules->dns_lists()[0];
  EXPECT_EQ(a.FullName(), "dnsbl.a");
  EXPECT_EQ(a.zone, "a.example");
  EXPECT_TRUE(a.Asks(Asked::kClientIp));
  EXPECT_EQ(a.asks.count(), 1U);
  EXPECT_EQ(a.profiles, std::vector<std::string>{"inbound"});
  EXPECT_EQ(a.test, "2.0.0.127");
  EXPECT_EQ(a.no_test, "1.0.0.127");
  EXPECT_TRUE(a.used);
  const DnsList& b = rules->dns_lists()[1];
  EXPECT_EQ(b.FullName(), "uribl.b");
  EXPECT_TRUE(b.Asks(Asked::kLinks));
  EXPECT_EQ(b.asks.count(), 1U);
  EXPECT_FALSE(b.whole_names);
  EXPECT_EQ(b.test, "test");
  EXPECT_EQ(b.no_test, "invalid");
  EXPECT_TRUE(rules->reads_body()) << "links stand in the body";
}

TEST(DnsList, OptionsInAnyOrder) {
  const auto rules = MustCompile(
      "dnsbl a zone \"a.example\" test none for submission, local ask received, client.ip { x "
      "127.0.0.2 }\n"
      "uribl b zone \"b.example\" by host test \"Test.Example.COM\" ask helo, dkim.domain { x "
      "127.0.0.2 }\n"
      "dnsbl c zone \"c.example\" test 127.0.0.9 { x 127.0.0.2 }\n" +
      RuleFile("dnsbl.a and uribl.b and dnsbl.c"));
  ASSERT_NE(rules, nullptr);
  const auto lists = rules->dns_lists();
  EXPECT_TRUE(lists[0].Asks(Asked::kReceived) && lists[0].Asks(Asked::kClientIp));
  EXPECT_EQ(lists[0].profiles, (std::vector<std::string>{"submission", "local"}));
  EXPECT_EQ(lists[0].test, std::nullopt);
  EXPECT_EQ(lists[0].no_test, std::nullopt);
  EXPECT_TRUE(lists[1].whole_names);
  EXPECT_EQ(lists[1].test, "test.example.com");
  EXPECT_FALSE(lists[1].Asks(Asked::kLinks));
  EXPECT_EQ(lists[2].test, "9.0.0.127");
  EXPECT_FALSE(rules->reads_body());
}

TEST(DnsList, OnlyWhatALiveRuleReadsIsUsed) {
  const auto rules = MustCompile(
      "dnsbl a zone \"a.example\" { x 127.0.0.2 }\ndnsbl b zone \"b.example\" { x 127.0.0.2 }\n"
      "dnsbl c zone \"c.example\" { x 127.0.0.2 }\n"
      "rule A { about \"a\" when not dnsbl.a hit \"\\nx\" miss with dnsbl.a = x }\n"
      "rule B { about \"b\" when dnsbl.b hit with dnsbl.b = x miss \"\\nx\" }\n"
      "disable B \"a test\"\n"
      "allow unauthenticated from in (\"a@example.com\") when dnsbl.c\n");
  ASSERT_NE(rules, nullptr);
  EXPECT_TRUE(rules->dns_lists()[0].used);
  EXPECT_FALSE(rules->dns_lists()[1].used);
  EXPECT_TRUE(rules->dns_lists()[2].used);
}

TEST(DnsList, UriblSkipIsAListLikeAnother) {
  const auto rules = MustCompile(
      "list uribl_skip = \"example.com\"\nuribl b zone \"b.example\" { x 127.0.0.2 }\n" +
      RuleFile("uribl.b"));
  ASSERT_NE(rules, nullptr);
  EXPECT_TRUE(rules->SkipsName("example.com"));
  EXPECT_TRUE(rules->SkipsName("www.example.com"));
  EXPECT_FALSE(rules->SkipsName("example.org"));
  const auto without = MustCompile(RuleFile("helo is \"a\""));
  EXPECT_FALSE(without->SkipsName("example.com"));
}

// ---- Bad input.

struct BadCase {
  const char* name;
  const char* text;
  const char* want;  // of the first diagnostic: line:column message | suggestion
};

constexpr BadCase kBad[] = {
    {"no_zone", "dnsbl x { a 127.0.0.2 }", "1:9 expected 'zone' behind the list's name, found '{'"},
    {"zone_not_quoted", "dnsbl x zone x.example { a 127.0.0.2 }",
     "1:14 expected the zone in quotes, found 'x.example'"},
    {"zone_empty", "dnsbl x zone \"\" { a 127.0.0.2 }",
     "1:14 a zone is a domain of at most 180 bytes"},
    {"zone_odd", "dnsbl x zone \"x example\" { a 127.0.0.2 }",
     "1:14 a zone is a domain of at most 180 bytes"},
    {"no_codes", "dnsbl x zone \"x.example\" { }",
     "1:7 list 'x' has no codes | say which answers count, so that no other is taken for a "
     "listing: listed 127.0.0.2"},
    {"no_answers", "dnsbl x zone \"x.example\" { a }",
     "1:30 expected an answer: 127.0.0.2, 127.0.0.4/30 or bits 127.0.0.8, found '}'"},
    {"not_an_address", "dnsbl x zone \"x.example\" { a 2 }",
     "1:30 expected an answer: 127.0.0.2, 127.0.0.4/30 or bits 127.0.0.8, found '2'"},
    {"answer_outside", "dnsbl x zone \"x.example\" { a 192.0.2.1 }",
     "1:30 answers are addresses in 127.0.0.0/8 (RFC 5782, 2.1) | another answer comes from "
     "somebody who has taken over the list's name"},
    {"network_too_wide", "dnsbl x zone \"x.example\" { a 127.0.0.0/7 }",
     "1:30 answers are addresses in 127.0.0.0/8 (RFC 5782, 2.1) | another answer comes from "
     "somebody who has taken over the list's name"},
    {"answer_v6", "dnsbl x zone \"x.example\" { a 2001:db8::1 }",
     "1:30 answers are addresses in 127.0.0.0/8 (RFC 5782, 2.1) | another answer comes from "
     "somebody who has taken over the list's name"},
    {"refusal_as_listing", "dnsbl x zone \"x.example\" { a 127.255.255.254 }",
     "1:30 lists answer this when they refuse the question: it is never a listing | where this is "
     "another list's way to refuse, call the code 'refused'"},
    {"refusals_as_listing", "dnsbl x zone \"x.example\" { a 127.255.255.0/24 }",
     "1:30 lists answer this when they refuse the question: it is never a listing | where this is "
     "another list's way to refuse, call the code 'refused'"},
    {"never_listed", "dnsbl x zone \"x.example\" { a 127.0.0.1 }",
     "1:30 lists answer this when they refuse the question: it is never a listing | where this is "
     "another list's way to refuse, call the code 'refused'"},
    {"range_backwards", "dnsbl x zone \"x.example\" { a 127.0.0.5 to 127.0.0.2 }",
     "1:30 the range ends before it begins"},
    {"range_with_dash", "dnsbl x zone \"x.example\" { a 127.0.0.5-127.0.0.9 }",
     "1:30 '127.0.0.5-127.0.0.9' is neither a name nor a number nor an address | a text stands in "
     "double quotes, a pattern between slashes after ~"},
    {"no_bits", "dnsbl x zone \"x.example\" { a bits 127.0.0.0 }",
     "1:30 every answer has these bits | bits 127.0.0.8 asks for one of them"},
    {"mask_v6", "dnsbl x zone \"x.example\" { a 127.0.0.3 mask 2001:db8:: }",
     "1:30 a mask is an IPv4 address: 127.0.0.3 mask 255.0.0.255"},
    {"code_twice", "dnsbl x zone \"x.example\" { a 127.0.0.2 a 127.0.0.3 }",
     "1:40 code 'a' is there already | write all its answers behind each other with commas"},
    {"code_reserved", "dnsbl x zone \"x.example\" { none 127.0.0.2 }",
     "1:28 'none' is no name for a code | it says in examples and conditions that a list has no "
     "answer"},
    {"option_unknown", "dnsbl x zone \"x.example\" asks links { a 127.0.0.2 }",
     "1:26 expected 'ask', 'by', 'for', 'test' or '{', found 'asks' | did you mean 'ask'?"},
    {"option_twice", "dnsbl x zone \"x.example\" ask client.ip ask received { a 127.0.0.2 }",
     "1:40 a list has one 'ask'"},
    {"ask_unknown", "uribl x zone \"x.example\" ask link { a 127.0.0.2 }",
     "1:30 'link' is nothing that a list is asked about | did you mean 'links'?"},
    {"ask_names_of_dnsbl", "dnsbl x zone \"x.example\" ask links { a 127.0.0.2 }",
     "1:30 a dnsbl is not asked about 'links' | a dnsbl is asked about addresses, a uribl about "
     "names"},
    {"ask_address_of_uribl", "uribl x zone \"x.example\" ask client.ip { a 127.0.0.2 }",
     "1:30 a uribl is not asked about 'client.ip' | a dnsbl is asked about addresses, a uribl "
     "about names"},
    {"profile_unknown", "dnsbl x zone \"x.example\" for inbond { a 127.0.0.2 }",
     "1:30 unknown profile 'inbond' | did you mean 'inbound'?"},
    {"by_of_dnsbl", "dnsbl x zone \"x.example\" by host { a 127.0.0.2 }",
     "1:29 a dnsbl is asked about addresses, which have no hosts or domains"},
    {"by_unknown", "uribl x zone \"x.example\" by name { a 127.0.0.2 }",
     "1:29 expected 'host' or 'domain', found 'name'"},
    {"test_missing", "dnsbl x zone \"x.example\" test { a 127.0.0.2 }",
     "1:31 expected what must be listed, in quotes or as an address, or 'none', found '{'"},
    {"test_network", "dnsbl x zone \"x.example\" test 127.0.0.0/24 { a 127.0.0.2 }",
     "1:31 a test is one address or one name"},
    {"list_twice",
     "dnsbl x zone \"x.example\" { a 127.0.0.2 }\nuribl x zone \"y.example\" { a 127.0.0.2 }",
     "2:7 list 'x' is already defined at test.rules:1"},
    {"not_closed", "dnsbl x zone \"x.example\" { a 127.0.0.2",
     "1:39 expected the name of a code, or '}' at the end of the list, found the end of the file"},
    {"never_asked", "dnsbl x zone \"x.example\" { a 127.0.0.2 }",
     "1:7 no rule asks dnsbl.x: it is never looked up"},
};

std::string First(const std::vector<Diagnostic>& diagnostics) {
  if (diagnostics.empty()) return "nothing";
  const Diagnostic& first = diagnostics.front();
  return std::to_string(first.line) + ":" + std::to_string(first.column) + " " + first.message +
         (first.suggestion.empty() ? "" : " | " + first.suggestion);
}

class BadDnsList : public testing::TestWithParam<BadCase> {};

TEST_P(BadDnsList, IsSaid) {
  EXPECT_EQ(First(CompileText(GetParam().text).diagnostics), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Declarations, BadDnsList, testing::ValuesIn(kBad),
                         [](const auto& i) { return std::string(i.param.name); });

constexpr const char* kTwoLists =
    "dnsbl zen zone \"zen.example\" { sbl 127.0.0.2 xbl 127.0.0.4 pbl 127.0.0.10 }\n"
    "uribl dbl zone \"dbl.example\" { phish 127.0.1.4 }\n";

constexpr BadCase kBadConditions[] = {
    {"unknown_list", "dnsbl.zne is sbl",
     "6:8 unknown DNS list 'dnsbl.zne' | did you mean 'dnsbl.zen'?"},
    {"wrong_kind", "uribl.zen is sbl",
     "6:8 unknown DNS list 'uribl.zen' | did you mean 'dnsbl.zen'?"},
    {"unknown_code", "dnsbl.zen is sbll", "6:21 dnsbl.zen is never 'sbll' | did you mean 'sbl'?"},
    {"unknown_code_in", "dnsbl.zen in (sbl, phish)", "6:27 dnsbl.zen is never 'phish'"},
    {"code_quoted", "dnsbl.zen is \"sbl\"", "6:21 dnsbl.zen is never '\"sbl\"'"},
    {"answer_as_code", "dnsbl.zen is 127.0.0.2", "6:21 dnsbl.zen is never '127.0.0.2'"},
    {"temperror", "dnsbl.zen is temperror",
     "6:21 dnsbl.zen is never 'temperror' | while a list has no answer, the condition is unknown "
     "and no rule hits"},
    {"pattern", "dnsbl.zen ~ /sbl/",
     "6:8 a DNS list cannot be asked like this | write `dnsbl.zen`, `dnsbl.zen is sbl` or "
     "`dnsbl.zen in (\xE2\x80\xA6, \xE2\x80\xA6)`"},
    {"count", "count(uribl.dbl) > 1",
     "6:14 a DNS list cannot be asked like this | write `uribl.dbl`, or `uribl.dbl is CODE`"},
    {"exists", "exists(uribl.dbl)",
     "6:15 a DNS list cannot be asked like this | write `uribl.dbl`, or `uribl.dbl is CODE`"},
    {"call", "dnsbl(zen) is sbl",
     "6:8 expected a condition, found 'dnsbl' | write `dnsbl.NAME is CODE`"},
};

class BadListCondition : public testing::TestWithParam<BadCase> {};

TEST_P(BadListCondition, IsSaid) {
  const auto compiled = CompileText(std::string(kTwoLists) + RuleFile(GetParam().text));
  EXPECT_EQ(compiled.rules, nullptr);
  std::string all;
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    if (diagnostic.severity == Severity::kError) {
      all = First({diagnostic});
      break;
    }
  }
  EXPECT_EQ(all, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Conditions, BadListCondition, testing::ValuesIn(kBadConditions),
                         [](const auto& i) { return std::string(i.param.name); });

// ---- What conditions make of results.

struct TruthCase {
  const char* name;
  const char* condition;
  State state;
  std::vector<ListResult::Finding> findings;
  const char* want;  // "R": true, "N": false, "": unknown
};

const TruthCase kTruths[] = {
    {"is", "dnsbl.zen is sbl", State::kComplete, {{"192.0.2.1", 0}}, "R"},
    {"is_other", "dnsbl.zen is xbl", State::kComplete, {{"192.0.2.1", 0}}, "N"},
    {"in", "dnsbl.zen in (xbl, pbl)", State::kComplete, {{"192.0.2.1", 2}}, "R"},
    {"not_in", "dnsbl.zen not in (xbl, pbl)", State::kComplete, {{"192.0.2.1", 2}}, "N"},
    {"is_not", "dnsbl.zen is not sbl", State::kComplete, {{"192.0.2.1", 2}}, "R"},
    {"any", "dnsbl.zen", State::kComplete, {{"192.0.2.1", 1}}, "R"},
    {"none", "dnsbl.zen", State::kComplete, {}, "N"},
    {"incomplete", "dnsbl.zen", State::kIncomplete, {}, ""},
    {"incomplete_negated", "not dnsbl.zen", State::kIncomplete, {}, ""},
    {"found_though_incomplete", "dnsbl.zen", State::kIncomplete, {{"192.0.2.1", 1}}, "R"},
    {"other_found_though_incomplete",
     "dnsbl.zen is sbl",
     State::kIncomplete,
     {{"192.0.2.1", 1}},
     ""},
    {"off", "dnsbl.zen is not sbl", State::kOff, {}, ""},
    {"not_asked", "dnsbl.zen is not sbl", State::kNotAsked, {}, ""},
};

class ListTruth : public testing::TestWithParam<TruthCase> {};

TEST_P(ListTruth, Kleene) {
  const std::string condition = GetParam().condition;
  const auto rules = MustCompile(
      "dnsbl zen zone \"zen.example\" { sbl 127.0.0.2 xbl 127.0.0.4 pbl 127.0.0.10 }\n" +
      RuleFile(condition) + "rule N { about \"n\" when not (" + condition +
      ") hit \"\\n\" miss \"\\n\" }\n");
  ASSERT_NE(rules, nullptr);
  const mail::Message message;
  mail::Views views(message);
  const facts::FactSet facts;
  const ListResult result{GetParam().state, GetParam().findings};
  EXPECT_EQ(HitNames(rules->Evaluate({facts, views, {&result, 1}})), GetParam().want);
  EXPECT_EQ(HitNames(rules->Evaluate({facts, views})), "") << "nobody has asked";
}

INSTANTIATE_TEST_SUITE_P(Results, ListTruth, testing::ValuesIn(kTruths),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(DnsListHit, SaysWhatIsListedAndHow) {
  const auto rules =
      MustCompile(std::string(kTwoLists) + RuleFile("dnsbl.zen in (sbl, pbl) or uribl.dbl"));
  ASSERT_NE(rules, nullptr);
  const mail::Message message;
  mail::Views views(message);
  const facts::FactSet facts;
  const std::vector<ListResult> results = {
      {State::kComplete, {{"192.0.2.1", 0}, {"192.0.2.1", 1}, {"192.0.2.7", 2}}},
      {State::kComplete, {{"evil.example", 0}}}};
  const Hits hits = rules->Evaluate({facts, views, results});
  ASSERT_EQ(hits.hits.size(), 1U);
  std::vector<std::string> matches;
  for (const Match& match : hits.hits[0].matches)
    matches.push_back(match.source + "=" + match.text);
  EXPECT_EQ(matches,
            (std::vector<std::string>{"dnsbl.zen=192.0.2.1: sbl", "dnsbl.zen=192.0.2.7: pbl",
                                      "uribl.dbl=evil.example: phish"}));
}

// ---- Examples.

std::string TestsOf(const std::string& lines) {
  const auto compiled =
      CompileText(std::string(kTwoLists) +
                  "rule R {\n  about \"r\"\n  when dnsbl.zen in (sbl, xbl) and not "
                  "uribl.dbl\n" +
                  lines + "}\n");
  if (!compiled.rules) return FormatAll(compiled.diagnostics);
  return FormatAll(TestRunner::Run(*compiled.rules, nullptr).failures);
}

TEST(DnsListExample, SeesAnEmptyZone) {
  EXPECT_EQ(TestsOf("  hit with dnsbl.zen = sbl\n  miss \"\\nx\"\n"), "");
}

TEST(DnsListExample, StatesCodesAnswersNoneAndUnknown) {
  EXPECT_EQ(TestsOf("  hit with dnsbl.zen = (pbl, xbl)\n"
                    "  hit with dnsbl.zen = 127.0.0.4\n"
                    "  hit with dnsbl.zen = (127.0.0.10, 127.0.0.2), uribl.dbl = none\n"
                    "  miss with dnsbl.zen = 127.0.0.10\n"
                    "  miss with dnsbl.zen = 127.0.0.99\n"
                    "  miss with dnsbl.zen = 127.255.255.254\n"
                    "  miss with dnsbl.zen = unknown\n"
                    "  miss with dnsbl.zen = sbl, uribl.dbl = phish\n"
                    "  miss with dnsbl.zen = sbl, uribl.dbl = unknown\n"),
            "");
}

TEST(DnsListExample, WhatStandsInTheExampleComesFirst) {
  EXPECT_EQ(TestsOf("  with dnsbl.zen = sbl\n  hit \"\\nx\"\n  miss with dnsbl.zen = none\n"), "");
}

TEST(DnsListExample, ThatFailsSaysWhichCondition) {
  const std::string failures = TestsOf("  hit with dnsbl.zen = pbl\n  miss \"\\nx\"\n");
  EXPECT_NE(failures.find("rule R does not hit here"), std::string::npos) << failures;
  EXPECT_NE(failures.find("`dnsbl.zen in (sbl, xbl)` is false"), std::string::npos) << failures;
}

TEST(DnsListExample, MistakesAreSaid) {
  EXPECT_NE(
      TestsOf("  hit with dnsbl.zen = sbll\n  miss \"\\nx\"\n").find("dnsbl.zen is never 'sbll'\n"),
      std::string::npos);
  EXPECT_NE(
      TestsOf("  hit with dnsbl.zne = sbl\n  miss \"\\nx\"\n").find("did you mean 'dnsbl.zen'?"),
      std::string::npos);
  EXPECT_NE(TestsOf("  hit with dnsbl.zen = sbl, dnsbl.zen = xbl\n  miss \"\\nx\"\n")
                .find("'dnsbl.zen' is stated twice"),
            std::string::npos);
}

}  // namespace
}  // namespace assay::rules
