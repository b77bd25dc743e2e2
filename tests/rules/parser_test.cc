// SPDX-License-Identifier: Apache-2.0
// What cannot be read, with the exact words and the exact place.
#include "lib/rules/parser.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

struct Bad {
  const char* name;
  const char* text;
  const char* want;
};

constexpr Bad kBad[] = {
    {"unknown_keyword", "ruel X { }\n",
     "test.rules:1:1: error: unknown keyword 'ruel'\n"
     "    ruel X { }\n"
     "    ^~~~\n"
     "  did you mean 'rule'?\n"},
    {"later_keyword", "surbl zen zone \"x\"\n",
     "test.rules:1:1: error: unknown keyword 'surbl'\n"
     "    surbl zen zone \"x\"\n"
     "    ^~~~~\n"},
    {"name_missing", "rule { }\n",
     "test.rules:1:6: error: expected the name of the rule, found '{'\n"
     "    rule { }\n"
     "         ^\n"},
    {"and_or_mixed", "rule X {\n  when dkim is pass and spf.helo is pass or dmarc is pass\n}\n",
     "test.rules:2:42: error: 'and' and 'or' are mixed without parentheses\n"
     "      when dkim is pass and spf.helo is pass or dmarc is pass\n"
     "                                             ^~\n"
     "  put ( ) around what belongs together\n"},
    {"closing_quote", "list x = \"abc\n",
     "test.rules:1:10: error: this text has no closing quote\n"
     "    list x = \"abc\n"
     "             ^\n"
     "  a line break inside a text is written \\n\n"},
    {"closing_slash", "rule X {\n  when subject ~ /abc\n}\n",
     "test.rules:2:18: error: this pattern has no closing slash\n"
     "      when subject ~ /abc\n"
     "                     ^\n"
     "  a slash inside a pattern is written \\/, a line break \\n\n"},
    {"unknown_escape", "list x = \"a\\qb\"\n",
     "test.rules:1:12: error: unknown escape '\\q'\n"
     "    list x = \"a\\qb\"\n"
     "               ^~\n"
     "  a text knows \\n \\r \\t \\\" \\\\ and \\xHH\n"},
    {"hex_escape", "list x = \"\\xg0\"\n",
     "test.rules:1:11: error: \\x is followed by two hexadecimal digits\n"
     "    list x = \"\\xg0\"\n"
     "              ^~\n"},
    {"equals_in_condition", "rule X {\n  when dkim == pass\n}\n",
     "test.rules:2:13: error: expected a comparison, found '=='\n"
     "      when dkim == pass\n"
     "                ^~\n"
     "  write `is`\n"},
    {"perl_match", "rule X {\n  when subject =~ /a/\n}\n",
     "test.rules:2:16: error: expected a comparison, found '=~'\n"
     "      when subject =~ /a/\n"
     "                   ^~\n"
     "  write `~`\n"},
    {"c_not", "rule X {\n  when ! dkim.aligned\n}\n",
     "test.rules:2:8: error: expected a condition, found '!'\n"
     "      when ! dkim.aligned\n"
     "           ^\n"
     "  write `not`\n"},
    {"pattern_as_text", "rule X {\n  when subject ~ \"a\"\n}\n",
     "test.rules:2:18: error: expected a pattern behind ~, found a text\n"
     "      when subject ~ \"a\"\n"
     "                     ^~~\n"
     "  a pattern stands between slashes: /\xE2\x80\xA6/i\n"},
    {"in_without_parentheses", "rule X {\n  when dkim in pass\n}\n",
     "test.rules:2:16: error: expected a list behind 'in', found 'pass'\n"
     "      when dkim in pass\n"
     "                   ^~~~\n"
     "  write @name, or the values in parentheses: (\xE2\x80\xA6, \xE2\x80\xA6)\n"},
    {"parenthesis_open", "rule X {\n  when (dkim is pass\n  score 1\n}\n",
     "test.rules:3:3: error: expected ')' or 'and' or 'or', found 'score'\n"
     "      score 1\n"
     "      ^~~~~\n"},
    {"brace_open", "rule X {\n  when dkim is pass\n\nrule Y { about \"y\" when dkim is pass }\n",
     "test.rules:4:1: error: expected '}' at the end of rule X, found 'rule'\n"
     "    rule Y { about \"y\" when dkim is pass }\n"
     "    ^~~~\n"},
    {"unknown_line", "rule X {\n  scroe 1\n  when dkim is pass\n}\n",
     "test.rules:2:3: error: expected 'and', 'or', another line of the rule, or '}', found "
     "'scroe'\n"
     "      scroe 1\n"
     "      ^~~~~\n"
     "  did you mean 'score'?\n"},
    {"line_twice", "rule X {\n  about \"a\"\n  about \"b\"\n  when dkim is pass\n}\n",
     "test.rules:3:3: error: a rule has one 'about'\n"
     "      about \"b\"\n"
     "      ^~~~~\n"},
    {"with_behind_example",
     "rule X {\n  about \"a\"\n  when dkim is pass\n  hit with dkim = pass\n  score 1\n"
     "  with dmarc = pass\n  miss \"\\n\"\n}\n",
     "test.rules:6:3: error: this 'with' would belong to two examples\n"
     "      with dmarc = pass\n"
     "      ^~~~\n"
     "  what holds for all examples stands before the first hit or miss\n"},
    {"example_without_message", "rule X {\n  hit dkim = pass\n}\n",
     "test.rules:2:7: error: expected a message in quotes, or 'with', found 'dkim'\n"
     "      hit dkim = pass\n"
     "          ^~~~\n"},
    {"each_without_cap", "rule X {\n  score 1 each count(subject)\n  when dkim is pass\n}\n",
     "test.rules:3:3: error: expected 'cap' behind count(\xE2\x80\xA6): what all of them add at "
     "most, found "
     "'when'\n"
     "      when dkim is pass\n"
     "      ^~~~\n"},
    {"adjust_more", "adjust X { when dkim is pass }\n",
     "test.rules:1:12: error: expected one 'score', one 'action', one 'mode', or '}', found "
     "'when'\n"
     "    adjust X { when dkim is pass }\n"
     "               ^~~~\n"
     "  to change more, disable the rule and write your own\n"},
    {"disable_without_reason", "disable X\n",
     "test.rules:2:1: error: expected the reason in quotes, found the end of the file\n"},
    {"allow_without_from", "allow @partners\n",
     "test.rules:1:7: error: expected 'from' behind 'allow', found '@partners'\n"
     "    allow @partners\n"
     "          ^~~~~~~~~\n"},
    {"strange_byte", "rule X { when $y is pass }\n",
     "test.rules:1:15: error: unexpected '$'\n"
     "    rule X { when $y is pass }\n"
     "                  ^\n"},
    {"strange_word", "rule X { when client.ip in (192.0.2.0/33) }\n",
     "test.rules:1:29: error: '192.0.2.0/33' is neither a name nor a number nor an address\n"
     "    rule X { when client.ip in (192.0.2.0/33) }\n"
     "                                ^~~~~~~~~~~~\n"
     "  a text stands in double quotes, a pattern between slashes after ~\n"},
    {"not_utf8", "list x = \"\xFF\"\n",
     "test.rules:1:11: error: a rule file is UTF-8: bad byte\n"
     "    list x = \"\xFF\"\n"
     "              ^\n"
     "  write a byte of a test as \\xHH, one of a pattern as \\xHH with flag b\n"},
};

class BadSyntax : public testing::TestWithParam<Bad> {};

TEST_P(BadSyntax, SaysWhatAndWhere) {
  const RuleSet::Compiled compiled = CompileText(GetParam().text);
  EXPECT_EQ(compiled.rules, nullptr);
  const auto error =
      std::ranges::find(compiled.diagnostics, Severity::kError, &Diagnostic::severity);
  ASSERT_NE(error, compiled.diagnostics.end());
  EXPECT_EQ(Format(*error), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Parser, BadSyntax, testing::ValuesIn(kBad),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Parser, OneMistakeDoesNotHideTheNext) {
  const RuleSet::Compiled compiled = CompileText(
      "rule A {\n  when\n  score 1\n}\n"
      "list x =\n"
      "group g cap\n"
      "rule B {\n  about\n  when dkim is pass\n}\n"
      "disable 7\n");
  std::vector<int> lines;
  for (const Diagnostic& diagnostic : compiled.diagnostics) lines.push_back(diagnostic.line);
  EXPECT_EQ(lines, (std::vector<int>{3, 6, 7, 9, 11})) << FormatAll(compiled.diagnostics);
}

TEST(Parser, ReadsEveryForm) {
  const char* text = R"(# a comment
list words = "a", "b"  # another
group g cap 2.5
rule A {
  about "first "
        "line"
  group g
  score -0.5
  when ( subject ~ /a\/b/i or subject !~ /c/ ) and not not dkim is not pass
    and client.ip in (192.0.2.0/24, 2001:db8::/32, "198.51.100.1")
    and count(header["Received"]) >= 2 and count(body ~ /x/) < 3
    and exists(header["X-A"]) and rcpt_to.count in (1, 2) and mail_from not in @words
    and header_from.domain is mail_from.domain and mail_from.null and spf.helo in (pass, "none")
  action quarantine "held"
  with client.ip = 192.0.2.1, list words = "a", "b", rcpt_to = "a@example.com", "b@example.com"
  with profile = submission
  hit "Subject: a/b\n" "\nbody" with spf.helo = pass,
      mail_from.null = yes
  miss with dkim = pass, header_from.domain = unknown
}
rule B { about "b" score 0.5 each count(body ~ /x/) cap 2 when rule A hit "\n" miss "\n" }
adjust A { score 1 action reject "no" }
disable B "why"
allow unauthenticated from in ("example.com")
allow from @words when dmarc is pass
)";
  const RuleSet::Compiled compiled = CompileText(text);
  EXPECT_EQ(FormatAll(compiled.diagnostics), "");
  ASSERT_NE(compiled.rules, nullptr);
  const auto rules = compiled.rules->rules();
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0]->about, "first line");
  EXPECT_EQ(rules[0]->score, 1);
  EXPECT_EQ(rules[0]->action, Action::kReject);
  EXPECT_EQ(rules[0]->action_text, "no");
  EXPECT_EQ(rules[0]->group, "g");
  EXPECT_EQ(rules[0]->line, 4);
  EXPECT_TRUE(compiled.rules->reads_body());
}

TEST(Parser, ByteOrderMarkAndCrlfAreFine) {
  std::string text = "\xEF\xBB\xBF" + RuleFile("dkim is pass");
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.insert(at, "\r");
  EXPECT_EQ(FormatAll(CompileText(text).diagnostics), "");
}

TEST(Parser, DeepNestingIsAnErrorAndNoCrash) {
  for (const char* opening : {"(", "not ", "( not "}) {
    std::string condition;
    for (int i = 0; i < 100000; ++i) condition += opening;
    const RuleSet::Compiled compiled = CompileText(RuleFile(condition + "dkim is pass"));
    ASSERT_FALSE(compiled.diagnostics.empty());
    EXPECT_EQ(compiled.diagnostics.front().message, "a condition is nested more than 50 deep");
  }
}

TEST(Parser, GarbageGivesABoundedNumberOfDiagnostics) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "disable 7\n";
  const RuleSet::Compiled compiled = CompileText(text);
  EXPECT_EQ(compiled.diagnostics.size(), 101U);
  EXPECT_EQ(compiled.diagnostics.back().message, "4900 more problems are not shown");
}

}  // namespace
}  // namespace assay::rules
