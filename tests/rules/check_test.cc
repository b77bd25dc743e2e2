// SPDX-License-Identifier: Apache-2.0
// Types, names and what else lint finds in rules that read well.
#include <gtest/gtest.h>

#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

std::string FirstLine(const std::vector<Diagnostic>& diagnostics) {
  if (diagnostics.empty()) return "";
  const Diagnostic& first = diagnostics.front();
  return std::to_string(first.line) + ":" + std::to_string(first.column) + " " + first.message +
         (first.suggestion.empty() ? "" : " | " + first.suggestion);
}

struct Case {
  const char* name;
  const char* condition;  // "  when " stands before it: its first column in line 4 is 8
  const char* want;
};

constexpr Case kConditions[] = {
    {"unknown_fact", "spf.mailfrom is pass",
     "4:8 unknown fact 'spf.mailfrom' | did you mean 'spf.mail_from'?"},
    {"unknown_word", "spf.mail_from is fial",
     "4:25 spf.mail_from is never 'fial' | did you mean 'fail'?"},
    {"unknown_word_quoted", "spf.mail_from is \"foo\"", "4:25 spf.mail_from is never '\"foo\"'"},
    {"unknown_word_in", "dmarc in (pass, softfail)", "4:24 dmarc is never 'softfail'"},
    {"word_match", "dmarc ~ /pass/",
     "4:8 'dmarc' is one of a few words and cannot be asked like this | "
     "write `dmarc is none` or `dmarc in (\xE2\x80\xA6, \xE2\x80\xA6)`"},
    {"word_alone", "dmarc",
     "4:8 'dmarc' is one of a few words and cannot be asked like this | "
     "write `dmarc is none` or `dmarc in (\xE2\x80\xA6, \xE2\x80\xA6)`"},
    {"number_match", "message.size ~ /1/",
     "4:8 'message.size' is a number and cannot be asked like this | write `message.size >= 2`"},
    {"number_word", "message.size is big", "4:24 a number is compared with a number"},
    {"number_alone", "message.size",
     "4:8 'message.size' is a number and cannot be asked like this | write `message.size >= 2`"},
    {"text_less", "subject < 3",
     "4:8 'subject' is any number of texts and cannot be asked like this | only numbers are less "
     "or greater"},
    {"text_alone", "helo",
     "4:8 'helo' is a text and cannot be asked like this | "
     "write `helo ~ /\xE2\x80\xA6/`, `helo is \"\xE2\x80\xA6\"`, `helo in (\xE2\x80\xA6)` or "
     "`exists(helo)`"},
    {"text_is_word", "helo is localhost",
     "4:16 'localhost' is not the name of a fact | write a text in quotes: \"localhost\""},
    {"text_is_number", "helo is 3", "4:16 expected a text in quotes"},
    {"text_is_flag", "helo is dkim.aligned", "4:16 'dkim.aligned' is not a text"},
    {"text_in_address", "helo in (192.0.2.1)", "4:17 expected a text in quotes"},
    {"flag_is", "dkim.aligned is yes",
     "4:8 'dkim.aligned' is yes or no and cannot be asked like this | "
     "write `dkim.aligned` or `not dkim.aligned`"},
    {"address_text", "client.ip is \"localhost\"",
     "4:21 expected an IP address or a network: 192.0.2.0/24"},
    {"address_match", "client.ip ~ /^192/",
     "4:8 'client.ip' is an IP address and cannot be asked like this | "
     "write `client.ip in (192.0.2.0/24, \xE2\x80\xA6)` or `client.ip in @list`"},
    {"unknown_list", "helo in @freemial",
     "4:16 unknown list 'freemial' | did you mean 'freemail'?"},
    {"list_without_addresses", "client.ip in @freemail",
     "4:21 list 'freemail' holds no IP address"},
    {"list_among_values", "helo in (\"a\", @freemail)",
     "4:22 a list does not stand among values | write `helo in @freemail` as a condition of its "
     "own"},
    {"unknown_rule", "rule OHTER", "4:13 unknown rule 'OHTER' | did you mean 'OTHER'?"},
    {"rule_is", "rule OTHER is pass",
     "4:8 a rule is a condition of its own | write `rule OTHER` or `not rule OTHER`"},
    {"header_alone", "header ~ /a/",
     "4:8 'header' needs the name of a field | write header[\"Name\"]"},
    {"subject_index", "subject[\"a\"] ~ /a/", "4:8 'subject' has no fields to choose from"},
    {"exists_word", "exists(dmarc)",
     "4:8 'dmarc' is one of a few words and cannot be asked like this | "
     "exists(\xE2\x80\xA6) asks for a text or an address"},
    {"exists_is", "exists(helo) is \"a\"", "4:8 exists(\xE2\x80\xA6) is a condition of its own"},
    {"count_alone", "count(subject)",
     "4:8 count(\xE2\x80\xA6) is a number and cannot be asked like this | write "
     "`count(\xE2\x80\xA6) >= 2`"},
    {"count_number", "count(message.size) > 1",
     "4:14 'message.size' has nothing to count | "
     "count(\xE2\x80\xA6) counts texts, or matches in them: count(body ~ /\xE2\x80\xA6/)"},
    {"count_beyond", "count(subject) > 101", "4:25 count(\xE2\x80\xA6) counts up to 100"},
};

class BadCondition : public testing::TestWithParam<Case> {};

TEST_P(BadCondition, SaysWhatAndWhere) {
  const std::string extra =
      "list freemail = \"gmail.com\"\nrule OTHER {\n about \"o\"\n when rcpt_to.domain in "
      "@freemail\n"
      " hit \"\\n\"\n miss \"\\n\"\n}\n";
  const RuleSet::Compiled compiled = CompileText(RuleFile(GetParam().condition) + extra);
  EXPECT_EQ(compiled.rules, nullptr);
  EXPECT_EQ(FirstLine(compiled.diagnostics), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Check, BadCondition, testing::ValuesIn(kConditions),
                         [](const auto& i) { return std::string(i.param.name); });

constexpr Case kFiles[] = {
    {"no_about", "rule X {\n  when dkim is pass\n  hit \"\\n\"\n  miss \"\\n\"\n}\n",
     "1:6 rule X has no 'about' | say in one line what a postmaster is to read: about "
     "\"\xE2\x80\xA6\""},
    {"no_when", "rule X {\n  about \"x\"\n  hit \"\\n\"\n  miss \"\\n\"\n}\n",
     "1:6 rule X has no 'when' | say when it fires: when subject ~ /\xE2\x80\xA6/i"},
    {"score_range",
     "rule X {\n  about \"x\"\n  score 100.5\n  when dkim is pass\n  hit \"\\n\"\n  miss "
     "\"\\n\"\n}\n",
     "3:9 a score lies between -100 and 100 and has at most 3 decimals"},
    {"score_decimals",
     "rule X {\n  about \"x\"\n  score 0.0001\n  when dkim is pass\n  hit \"\\n\"\n  miss "
     "\"\\n\"\n}\n",
     "3:9 a score lies between -100 and 100 and has at most 3 decimals"},
    {"cap_sign",
     "rule X {\n  about \"x\"\n  score 1 each count(subject) cap -2\n  when dkim is pass\n  hit "
     "\"\\n\"\n  miss \"\\n\"\n}\n",
     "3:35 the cap has the sign of the score and is not 0"},
    {"unknown_group",
     "rule X {\n  about \"x\"\n  group scma\n  when dkim is pass\n  hit \"\\n\"\n  miss "
     "\"\\n\"\n}\ngroup scam cap 1\n",
     "3:9 unknown group 'scma' | did you mean 'scam'?"},
    {"group_cap", "group scam cap 0\n", "1:16 a group's cap is greater than 0"},
    {"unknown_action",
     "rule X {\n  about \"x\"\n  action rejekt\n  when dkim is pass\n  hit \"\\n\"\n  miss "
     "\"\\n\"\n}\n",
     "3:10 unknown action 'rejekt' | did you mean 'reject'?"},
    {"action_text",
     "rule X {\n  about \"x\"\n  action reject \"a\\nb\"\n  when dkim is pass\n  hit \"\\n\"\n  "
     "miss \"\\n\"\n}\n",
     "3:17 the text of an action is one line of ASCII, at most 200 bytes | it stands in an SMTP "
     "reply"},
    {"name_characters",
     "rule A.B {\n  about \"x\"\n  when dkim is pass\n  hit \"\\n\"\n  miss \"\\n\"\n}\n",
     "1:6 a name has letters, digits and _ only"},
    {"rule_twice",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit \"\\n\"\n  miss \"\\n\"\n}\nrule X { "
     "about \"y\" when dkim is fail }\n",
     "7:6 rule 'X' is already defined at test.rules:1"},
    {"list_twice", "list a = \"b\"\nlist a = \"c\"\n",
     "2:6 list 'a' is already defined at test.rules:1"},
    {"group_twice", "group a cap 1\ngroup a cap 2\n",
     "2:7 group 'a' is already defined at test.rules:1"},
    {"list_wildcard", "list a = \"*.example.com\"\n",
     "1:10 entries have no wildcards | example.com also means all names below it"},
    {"list_empty_entry", "list a = \"\"\n", "1:10 an empty entry"},
    {"list_file", "list a from \"x.txt\"\n", "1:13 lists from files cannot be read here"},
    {"reject_temperror",
     "rule X {\n  about \"x\"\n  action reject\n  when spf.mail_from in (fail, temperror)\n  hit "
     "\"\\n\"\n  miss \"\\n\"\n}\n",
     "4:32 temperror makes rule X reject: trouble in the DNS would bounce good mail | "
     "leave temperror out, or let a rule with `action tempfail` ask for it"},
    {"reject_temperror_double_negation",
     "rule X {\n  about \"x\"\n  action reject\n  when not (dmarc is not temperror)\n  hit "
     "\"\\n\"\n  miss \"\\n\"\n}\n",
     "4:26 temperror makes rule X reject: trouble in the DNS would bounce good mail | "
     "leave temperror out, or let a rule with `action tempfail` ask for it"},
    {"circle",
     "rule X {\n  about \"x\"\n  when rule Y\n  hit \"\\n\"\n  miss \"\\n\"\n}\n"
     "rule Y {\n  about \"y\"\n  when not rule X\n  hit \"\\n\"\n  miss \"\\n\"\n}\n",
     "3:13 this rule hangs on itself: the rules it names lead back to it"},
    {"adjust_unknown", "adjust X { score 1 }\n", "1:8 unknown rule 'X'"},
    {"adjust_nothing", "adjust X { }\n",
     "1:1 this 'adjust' changes nothing | write a score, an action or a mode: { score 1 }"},
    {"allow_bare", "allow from in (\"example.com\")\n",
     "1:1 anybody can write these names: nothing here asks for authentication | "
     "add `when dmarc is pass or spf.mail_from is pass`, or write `allow unauthenticated from`"},
    {"allow_other_condition", "allow from in (\"example.com\") when client.ip in (192.0.2.1)\n",
     "1:1 anybody can write these names: nothing here asks for authentication | "
     "add `when dmarc is pass or spf.mail_from is pass`, or write `allow unauthenticated from`"},
    {"example_view",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit with subject = \"a\"\n  miss "
     "\"\\n\"\n}\n",
     "4:12 'subject' is read from the message | write it into the example's text"},
    {"example_no_message",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit \"hello there\"\n  miss \"\\n\"\n}\n",
     "4:7 this is not a message: it begins with neither a field nor an empty line | "
     "write \"Subject: \xE2\x80\xA6\\n\\nbody\", or \"\\nbody\" for a body alone"},
    {"example_word",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit with dkim = psas\n  miss \"\\n\"\n}\n",
     "4:19 dkim is never 'psas' | did you mean 'pass'?"},
    {"example_flag",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit with dkim.aligned = true\n  miss "
     "\"\\n\"\n}\n",
     "4:27 expected yes or no"},
    {"example_two_values",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit with helo = \"a\", \"b\"\n  miss "
     "\"\\n\"\n}\n",
     "4:24 expected one value: this fact has no more"},
    {"example_twice",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit with helo = \"a\", helo = \"b\"\n  miss "
     "\"\\n\"\n}\n",
     "4:24 'helo' is stated twice"},
    {"example_list",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit with list a = \"b\"\n  miss \"\\n\"\n}\n",
     "4:17 unknown list 'a'"},
    {"contradiction_from",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit \"From: a@example.com\\n\\n\" with "
     "header_from.domain = \"example.org\"\n  miss \"\\n\"\n}\n",
     "4:38 'header_from.domain' follows from the example's From field | change the message, or "
     "leave that field out"},
    {"contradiction_envelope",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit with mail_from = \"a@example.com\", "
     "mail_from.null = yes\n  miss \"\\n\"\n}\n",
     "4:41 'mail_from.null' follows from 'mail_from' | state one of the two"},
    {"contradiction_dkim",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit with dkim = fail, dkim.domain = "
     "\"example.com\"\n  miss \"\\n\"\n}\n",
     "4:12 a signature that passes is stated too | say dkim = pass, or leave it out"},
    {"contradiction_dmarc",
     "rule X {\n  about \"x\"\n  when dkim is pass\n  hit with dmarc = none, dmarc.policy = "
     "reject\n  miss \"\\n\"\n}\n",
     "4:12 dmarc is none where there is no policy | leave dmarc.policy out"},
};

class BadFile : public testing::TestWithParam<Case> {};

TEST_P(BadFile, SaysWhatAndWhere) {
  const RuleSet::Compiled compiled = CompileText(GetParam().condition);
  EXPECT_EQ(compiled.rules, nullptr);
  EXPECT_EQ(FirstLine(compiled.diagnostics), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Check, BadFile, testing::ValuesIn(kFiles),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Check, RejectMayAskForOtherThanTempError) {
  for (const char* condition :
       {"spf.mail_from is fail", "spf.mail_from is fail and dmarc is not temperror",
        "not spf.mail_from in (pass, temperror)", "spf.mail_from not in (pass, none)"}) {
    EXPECT_NE(CompileText(RuleFile(condition, "action reject")).rules, nullptr) << condition;
  }
}

TEST(Check, RejectBehindANamedRuleOrAnAdjustIsFound) {
  const std::string rule = RuleFile("dmarc is temperror");
  EXPECT_EQ(CompileText(rule + "adjust R { action reject }\n").rules, nullptr);
  EXPECT_EQ(CompileText(rule + "rule S { about \"s\" action reject when rule R }\n").rules,
            nullptr);
  EXPECT_NE(CompileText(rule + "rule S { about \"s\" action reject when not rule R }\n").rules,
            nullptr);
  EXPECT_NE(CompileText(rule + "adjust R { action tempfail }\n").rules, nullptr);
}

TEST(Check, AdjustAndDisableOnceEach) {
  const std::string rule = RuleFile("dkim is pass");
  EXPECT_EQ(
      FirstLine(CompileText(rule + "adjust R { score 1 }\nadjust R { score 2 }\n").diagnostics),
      "9:8 rule 'R' is already adjusted at test.rules:8");
  EXPECT_EQ(FirstLine(CompileText(rule + "disable R \"a\"\ndisable R \"b\"\n").diagnostics),
            "9:9 rule 'R' is already disabled at test.rules:8");
}

TEST(Check, MissingExamplesWarnAtASiteAndFailInTheShippedSet) {
  const std::string text =
      "rule X {\n  about \"x\"\n  score 1\n  when dkim is pass\n  hit with dkim = pass\n}\n";
  const RuleSet::Compiled site = CompileText(text);
  EXPECT_NE(site.rules, nullptr);
  ASSERT_EQ(site.diagnostics.size(), 1U);
  EXPECT_EQ(site.diagnostics[0].severity, Severity::kWarning);
  EXPECT_EQ(site.diagnostics[0].message, "rule X has no 'miss' example");
  const std::vector<SourceFile> files = {{"s.rules", text, true}};
  EXPECT_EQ(RuleSet::Compile(files, {}).rules, nullptr);
}

TEST(Check, UnusedListsAndGroupsWarn) {
  const RuleSet::Compiled compiled =
      CompileText("list a = \"b\"\ngroup g cap 1\n" + RuleFile("dkim is pass"));
  EXPECT_NE(compiled.rules, nullptr);
  ASSERT_EQ(compiled.diagnostics.size(), 2U);
  EXPECT_EQ(compiled.diagnostics[0].message, "list 'a' is never used");
  EXPECT_EQ(compiled.diagnostics[1].message, "group 'g' has no rule");
}

TEST(Check, LongChainsOfRulesAreAnError) {
  std::string text = RuleFile("dkim is pass");
  std::string before = "R";
  for (int i = 0; i < 40; ++i) {
    const std::string name = "C" + std::to_string(i);
    text += "rule " + name + " { about \"c\" when rule " + before + " hit \"\\n\" miss \"\\n\" }\n";
    before = name;
  }
  EXPECT_EQ(FirstLine(CompileText(text).diagnostics), "39:32 rules name rules at most 32 deep");
}

TEST(Check, ConfiguredListsAreKnownAndMayNotBeRedefined) {
  CompileOptions options;
  options.lists["local_domains"] = {"example.com"};
  EXPECT_NE(CompileText(RuleFile("mail_from.domain in @local_domains"), options).rules, nullptr);
  EXPECT_EQ(FirstLine(CompileText("list local_domains = \"a\"\n", options).diagnostics),
            "1:6 list 'local_domains' is already defined in the configuration");
}

TEST(Check, ListFilesAreReadWithComments) {
  CompileOptions options;
  options.read_file = [](std::string_view path, std::string_view source) -> Result<std::string> {
    EXPECT_EQ(source, "test.rules");
    if (path != "free.txt") return Permanent("no such file");
    return "# comment\nexample.com  # another\n\n 192.0.2.0/24\r\nuser@example.org\n";
  };
  const auto rules = MustCompile(
      "list free from \"free.txt\"\n" + RuleFile("helo in @free or client.ip in @free"), options);
  ASSERT_NE(rules, nullptr);
  facts::FactSet facts;
  facts.Set(facts::Id::kClientIp, *IpAddress::Parse("192.0.2.77"));
  EXPECT_EQ(Evaluate(*rules, "\n", facts).hits.size(), 1U);
  facts.Set(facts::Id::kClientIp, *IpAddress::Parse("192.0.3.77"));
  EXPECT_EQ(Evaluate(*rules, "\n", facts).hits.size(), 0U);
  facts.Set(facts::Id::kHelo, std::string("Mail.Example.COM"));
  EXPECT_EQ(Evaluate(*rules, "\n", facts).hits.size(), 1U);
  EXPECT_EQ(FirstLine(CompileText("list a from \"b.txt\"\n", options).diagnostics),
            "1:13 cannot read list 'a': no such file");
}

TEST(Check, ListFileMistakesCarryTheirOwnPlace) {
  CompileOptions options;
  options.read_file = [](std::string_view, std::string_view) -> Result<std::string> {
    return "example.com\n  *.example.org\n";
  };
  const RuleSet::Compiled compiled = CompileText("list a from \"b.txt\"\n", options);
  EXPECT_EQ(FormatAll(compiled.diagnostics),
            "b.txt:2:3: error: entries have no wildcards\n"
            "      *.example.org\n"
            "      ^~~~~~~~~~~~~\n"
            "  example.com also means all names below it\n");
}

TEST(Check, LimitsAreErrors) {
  EXPECT_EQ(FirstLine(CompileText(std::string(std::size_t{5} * 1024 * 1024, '\n')).diagnostics),
            "1:1 a rule file has at most 4194304 bytes | put a part of it into another file");
  CompileOptions options;
  options.pattern_memory = 1000;
  EXPECT_EQ(FirstLine(CompileText(RuleFile("subject ~ /abc/"), options).diagnostics),
            "4:18 1 patterns share 1000 bytes of memory: fewer than 65536 for each | "
            "raise rules.memory, or use fewer patterns");
  std::string entries;
  for (int i = 0; i < 1000002; ++i) entries += "e" + std::to_string(i) + "\n";
  options.read_file = [&](std::string_view, std::string_view) -> Result<std::string> {
    return entries;
  };
  EXPECT_EQ(FirstLine(CompileText("list a from \"b\"\n", options).diagnostics),
            "1000001:1 all lists together have at most 1000000 entries");
}

}  // namespace
}  // namespace assay::rules
