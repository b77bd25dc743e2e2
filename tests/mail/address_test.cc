// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/text.h"

namespace assay::mail {
namespace {

constexpr std::string_view Word(AddressFieldProblem problem) {
  switch (problem) {
    case AddressFieldProblem::kNone:
      return "ok";
    case AddressFieldProblem::kEmpty:
      return "empty";
    case AddressFieldProblem::kSyntax:
      return "syntax";
    case AddressFieldProblem::kGroup:
      return "group";
    case AddressFieldProblem::kControlBytes:
      return "control";
    case AddressFieldProblem::kUtf8:
      return "utf8";
    case AddressFieldProblem::kTooMany:
      return "many";
  }
  return "?";
}

// "problem|name|address|name|address…"
std::string Dump(const AddressField& field) {
  std::string dump(Word(field.problem));
  for (const Mailbox& mailbox : field.mailboxes) {
    dump += "|" + mailbox.display_name + "|" + mailbox.address.ToString();
  }
  return dump;
}

struct Case {
  const char* name;
  std::string_view value;
  const char* want;
};

using std::string_view_literals::operator""sv;

constexpr Case kFields[] = {
    // RFC 5322, 3.4 and its appendix A.
    {"addr_spec", " a@example.com", "ok||a@example.com"},
    {"angle", "<a@example.com>", "ok||a@example.com"},
    {"name", "John Doe <jdoe@example.com>", "ok|John Doe|jdoe@example.com"},
    {"quoted_name", "\"Joe Q. Public\" <joe@example.com>", "ok|Joe Q. Public|joe@example.com"},
    {"quoted_pairs", "\"Giant; \\\"Big\\\" \\\\Box\" <s@example.com>",
     "ok|Giant; \"Big\" \\Box|s@example.com"},
    {"dots_in_name", "John Q. Public Jr. <j@example.com>", "ok|John Q. Public Jr.|j@example.com"},
    {"list", "a@example.com, B <b@example.org> , <c@example.net>",
     "ok||a@example.com|B|b@example.org||c@example.net"},
    {"comments", "(x) Pete(A nice \\) chap) <pete(his account)@example.com(his host)> (y)",
     "ok|Pete|pete@example.com"},
    {"nested_comments", "a@example.com (b (c (d) e) f)", "ok||a@example.com"},
    {"comment_parts_words", "a(x)b <c@example.com>", "ok|a b|c@example.com"},
    {"cfws_around_at", "a (x) @ (y) example.com", "ok||a@example.com"},
    {"folded", " John\n Doe\r\n\t<j@example.com>", "ok|John Doe|j@example.com"},
    {"quoted_local", "\"a b\"@example.com", "ok||\"a b\"@example.com"},
    {"quoted_local_with_at", "<\"admin@example.org\"@example.com>",
     "ok||\"admin@example.org\"@example.com"},
    {"quoted_local_needs_no_quotes", "\"a\"@example.com", "ok||a@example.com"},
    {"quoted_local_folded", "\"a\n b\"@example.com", "ok||\"a b\"@example.com"},
    {"atext", "!#$%&'*+-/=?^_`{|}~@example.com", "ok||!#$%&'*+-/=?^_`{|}~@example.com"},
    {"route", "<@example.net,@[192.0.2.1]:a@example.com>", "ok||a@example.com"},
    {"route_with_space", "A < @example.net , , @example.org : a@example.com >",
     "ok|A|a@example.com"},
    {"literal", "a@[192.0.2.1]", "ok||a@[192.0.2.1]"},
    {"ipv6_literal", "a@[IPv6: 2001:DB8::1]", "ok||a@[ipv6:2001:db8::1]"},
    {"case_and_final_dot", "John.Doe@Mail.EXAMPLE.com.", "ok||John.Doe@mail.example.com"},
    {"underscore_in_domain", "a@my_host.example.com", "ok||a@my_host.example.com"},
    {"verp", "bounces+u=example.org@lists.example.com",
     "ok||bounces+u=example.org@lists.example.com"},
    {"odd_dots", ".a..b.@example.com", "ok||\".a..b.\"@example.com"},
    {"empty_quoted_name", "\"\" <a@example.com>", "ok||a@example.com"},
    {"empty_quoted_local", "\"\"@example.com", "ok||\"\"@example.com"},

    // RFC 6532, IDN, RFC 2047.
    {"utf8_name", "J\xc3\xb6rg <j@example.com>", "ok|J\xc3\xb6rg|j@example.com"},
    {"utf8_local", "j\xc3\xb6rg@example.com", "ok||j\xc3\xb6rg@example.com"},
    {"u_label",
     "a@B\xc3\xbc"
     "cher.example",
     "ok||a@xn--bcher-kva.example"},
    {"a_label", "a@XN--BCHER-KVA.example", "ok||a@xn--bcher-kva.example"},
    {"emoji_a_label", "a@xn--i-7iq.example", "ok||a@xn--i-7iq.example"},
    {"ideographic_dot",
     "a@b\xe3\x80\x82"
     "example",
     "ok||a@b.example"},
    {"encoded_name", "=?utf-8?Q?J=C3=B6rg?= =?utf-8?Q?_M=2E?= <j@example.com>",
     "ok|J\xc3\xb6rg M.|j@example.com"},
    {"encoded_in_quotes", "\"=?utf-8?B?SsO2cmc=?=\" <j@example.com>",
     "ok|J\xc3\xb6rg|j@example.com"},
    {"encoded_line_end", "=?utf-8?Q?a=0D=0Ab=00?= <j@example.com>", "ok|a  b|j@example.com"},
    {"encoded_address_is_a_name", "=?utf-8?Q?=3Cadmin=40example=2Eorg=3E?= <a@example.com>",
     "ok|<admin@example.org>|a@example.com"},
    {"quoted_address_is_a_name", "\"admin@example.org\" <a@example.com>",
     "ok|admin@example.org|a@example.com"},

    // Nothing to read.
    {"nothing", "", "empty"},
    {"only_space", " \t", "empty"},
    {"only_comment", " (nobody)", "empty"},

    // Groups (RFC 6854).
    {"empty_group", "undisclosed-recipients:;", "group"},
    {"group_of_one", "Friends: a@example.com;", "group||a@example.com"},
    {"group_in_list", "x@example.com, Friends: A <a@example.com>, b@example.org ; , y@example.net",
     "group||x@example.com|A|a@example.com||b@example.org||y@example.net"},
    {"group_without_end", "Friends: a@example.com", "syntax"},
    {"group_without_name", ": a@example.com;", "syntax"},
    {"group_in_group", "A: B: a@example.com;;", "syntax"},
    {"group_final_comma", "A: a@example.com,;", "syntax"},
    {"text_after_group", "A: a@example.com; b", "syntax"},

    // What readers would not agree on. Mailboxes before the fault are kept.
    {"text_after_angle", "<any@example.net>admin@example.com", "syntax"},
    {"second_angle", "<any@example.net> <admin@example.com>", "syntax"},
    {"quoted_pair_after_angle", "<admin@example.com>\\,<second@example.net>", "syntax"},
    {"fault_in_second", "a@example.com, b@", "syntax||a@example.com"},
    {"open_angle", "A <a@example.com", "syntax"},
    {"extra_close", "A <a@example.com>>", "syntax"},
    {"double_open", "<<a@example.com>>", "syntax"},
    {"open_quote", "\"A <a@example.com>", "syntax"},
    {"open_comment", "a@example.com (b", "syntax"},
    {"stray_close", "a@example.com )", "syntax"},
    {"comment_in_name_only_opens", "A ( <a@example.com>", "syntax"},
    {"backslash_at_end", "a@example.com (\\", "syntax"},
    {"backslash_outside", "a\\b@example.com", "syntax"},
    {"no_domain", "root", "syntax"},
    {"no_domain_in_angle", "Root <root>", "syntax"},
    {"empty_domain", "a@", "syntax"},
    {"empty_angle", "<>", "syntax"},
    {"empty_local", "@example.com", "syntax"},
    {"two_at", "a@b@example.com", "syntax"},
    {"two_at_in_angle", "<a@example.net@example.com>", "syntax"},
    {"unquoted_at_in_name", "admin@example.org <a@example.com>", "syntax"},
    {"space_in_local", "a b@example.com", "syntax"},
    {"space_at_dot", "a@example .com", "syntax"},
    {"quoted_then_atom", "\"a\".b@example.com", "syntax"},
    {"words_in_angle", "<A a@example.com>", "syntax"},
    {"empty_label", "a@example..com", "syntax"},
    {"leading_dot_domain", "a@.example.com", "syntax"},
    {"quote_in_domain", "a@example.com'a.example.net", "syntax"},
    {"parenthesis_in_domain", "a@example.com(.example.net", "syntax"},
    {"fullwidth_at_in_domain",
     "a@b\xef\xbc\xa0"
     "example.com",
     "syntax"},
    {"empty_literal", "a@[]", "syntax"},
    {"nested_literal", "a@[[192.0.2.1]]", "syntax"},
    {"open_literal", "a@[192.0.2.1", "syntax"},
    {"semicolon", "a@example.com;", "syntax"},
    {"semicolon_list", "a@example.com; b@example.com", "syntax"},
    {"leading_comma", ", a@example.com", "syntax"},
    {"double_comma", "a@example.com,, b@example.com", "syntax||a@example.com"},
    {"final_comma", "a@example.com,", "syntax||a@example.com"},
    {"comma_in_name", "Doe, John <j@example.com>", "syntax"},
    {"route_without_colon", "<@example.net a@example.com>", "syntax"},
    {"route_only", "<@example.net:>", "syntax"},
    {"route_of_commas", "<,:a@example.com>", "syntax"},
    {"name_begins_with_dot", ". <a@example.com>", "syntax"},
    {"dots_only", "..@example.com", "syntax"},

    // Bytes that have no place in a field.
    {"nul", "a@example.com\0.example.net"sv, "control"},
    {"nul_after_angle", "<a@example.com>\0<b@example.net>"sv, "control"},
    {"bare_cr", "<a@example.com>\r<b@example.net>", "control"},
    {"bare_lf", "a@example.com\nb", "control"},
    {"lf_at_end", "a@example.com\n", "control"},
    {"escape", "\x1b[1mA <a@example.com>", "control"},
    {"delete", "A\x7f <a@example.com>", "control"},
    {"control_in_quotes", "\"A\x01\" <a@example.com>", "control"},
    {"control_in_second", "a@example.com, \x01<b@example.com>", "control||a@example.com"},
    {"latin1", "J\xf6rg <j@example.com>", "utf8"},
    {"overlong",
     "\xc0\xbc"
     "a@example.com",
     "utf8"},
    {"utf8_in_second", "a@example.com, J\xf6rg <j@example.com>", "utf8||a@example.com"},
};

class FieldTable : public testing::TestWithParam<Case> {};

TEST_P(FieldTable, Parse) { EXPECT_EQ(Dump(ParseAddressField(GetParam().value)), GetParam().want); }

TEST_P(FieldTable, WrittenAddressesReadBack) {
  for (const Mailbox& mailbox : ParseAddressField(GetParam().value).mailboxes) {
    const AddressField again = ParseAddressField(mailbox.address.ToString());
    ASSERT_EQ(again.mailboxes.size(), 1U);
    EXPECT_EQ(again.problem, AddressFieldProblem::kNone);
    EXPECT_EQ(again.mailboxes[0].address, mailbox.address);
    EXPECT_EQ(ParsePath("<" + mailbox.address.ToString() + ">"), mailbox.address);
  }
}

INSTANTIATE_TEST_SUITE_P(Rfc5322, FieldTable, testing::ValuesIn(kFields),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(AddressField, CommentsNestToALimit) {
  const auto nested = [](std::size_t depth) {
    return "a@example.com " + std::string(depth, '(') + std::string(depth, ')');
  };
  EXPECT_EQ(Dump(ParseAddressField(nested(32))), "ok||a@example.com");
  EXPECT_EQ(Dump(ParseAddressField(nested(33))), "syntax");
}

TEST(AddressField, HoldsAHundredMailboxes) {
  std::string list = "a@example.com";
  for (std::size_t i = 1; i < kMaxMailboxes; ++i) list += ", a@example.com";
  EXPECT_EQ(ParseAddressField(list).problem, AddressFieldProblem::kNone);
  for (const std::string& longer : {list + ", a@example.com", "g: " + list + ", a@example.com;"}) {
    const AddressField field = ParseAddressField(longer);
    EXPECT_EQ(field.problem, AddressFieldProblem::kTooMany);
    EXPECT_EQ(field.mailboxes.size(), kMaxMailboxes);
  }
}

TEST(AddressField, HostileValuesStayLinear) {
  const auto start = SteadyClock::now();
  for (const char* unit : {"(",
                           "()",
                           "((",
                           "\"",
                           "\"\"",
                           "\\",
                           "<",
                           "@",
                           ",",
                           "a",
                           "a ",
                           "a.",
                           "a:",
                           "[",
                           "a@b,",
                           "<@a,",
                           "=?",
                           "=?a?Q?",
                           "=?big5?Q?a?= ",
                           "\xc3\xa9",
                           "\n ",
                           "a:b@c;",
                           "\"\\\"",
                           "a@\xc3\xa9."}) {
    std::string value;
    while (value.size() < 256 * 1024) value += unit;
    (void)ParseAddressField(value);
    (void)ParseAddressField("<@a," + value);
    (void)ParseAddressField("\"x\" <a@" + value);
  }
  EXPECT_LT(SteadyClock::now() - start, std::chrono::seconds(20));
}

// The argument of MAIL FROM; "-" when it is none.
constexpr Case kPaths[] = {
    {"bracketed", "<a@Example.COM>", "a@example.com"},
    {"bare", "a@example.com", "a@example.com"},
    {"space_around", " <a@example.com> ", "a@example.com"},
    {"null", "<>", ""},
    {"postmaster", "<Postmaster>", "Postmaster"},
    {"bare_local", "root", "root"},
    {"route", "<@example.net,@example.org:a@example.com>", "a@example.com"},
    {"route_to_local", "<@example.net:a>", "a"},
    {"quoted", "<\"a b\"@example.com>", "\"a b\"@example.com"},
    {"quoted_at", "<\"a@example.net\"@example.com>", "\"a@example.net\"@example.com"},
    {"quoted_pair", "<\"a\\\"b\\\\\"@example.com>", "\"a\\\"b\\\\\"@example.com"},
    {"literal", "<a@[192.0.2.1]>", "a@[192.0.2.1]"},
    {"utf8",
     "<j\xc3\xb6rg@b\xc3\xbc"
     "cher.example>",
     "j\xc3\xb6rg@xn--bcher-kva.example"},
    {"srs", "<SRS0=ab=cd=example.net=u@example.com>", "SRS0=ab=cd=example.net=u@example.com"},
    {"batv", "<prvs=1234567890=u@example.com>", "prvs=1234567890=u@example.com"},
    {"slashes", "</C=US/A=x/@example.com>", "/C=US/A=x/@example.com"},
    {"odd_dots", "<a..b.@example.com>", "\"a..b.\"@example.com"},
    {"single_quotes", "<@example.com,@any.example:'any@example.net>", "'any@example.net"},
    {"empty", "", "-"},
    {"open", "<a@example.com", "-"},
    {"close_only", "a@example.com>", "-"},
    {"parameters", "<a@example.com> SIZE=1", "-"},
    {"comment", "<(any@example.com>", "-"},
    {"comment_in_domain", "<any@example.com(a.example.net>", "-"},
    {"two_at", "<any@example.com'@any.example.net>", "-"},
    {"empty_local", "<@example.com>", "-"},
    {"empty_domain", "<a@>", "-"},
    {"empty_quoted", "<\"\">", "-"},
    {"route_without_address", "<@example.com:>", "-"},
    {"route_without_colon", "<@example.com a@example.net>", "-"},
    {"nul", "<a@example.com\0>"sv, "-"},
    {"line_end", "<a@example.com>\r\nRCPT TO:<b>", "-"},
    {"line_end_in_quotes", "<\"a\r\nb\"@example.com>", "-"},
    {"latin1", "<j\xf6rg@example.com>", "-"},
    {"display_name", "A <a@example.com>", "-"},
};

class PathTable : public testing::TestWithParam<Case> {};

TEST_P(PathTable, Parse) {
  const auto path = ParsePath(GetParam().value);
  EXPECT_EQ(path ? path->ToString() : "-", GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Rfc5321, PathTable, testing::ValuesIn(kPaths),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Address, PartsAreUnquotedAndKept) {
  const auto path = ParsePath("<\"John \\\"X\\\" Doe\"@Example.com>");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->local, "John \"X\" Doe");
  EXPECT_EQ(path->domain, "example.com");
  EXPECT_FALSE(path->is_address_literal());
  EXPECT_TRUE(ParsePath("a@[192.0.2.1]")->is_address_literal());
  EXPECT_FALSE(ParsePath("<>")->has_domain());
}

TEST(NormalizeDomain, GivesLowerCaseALabels) {
  EXPECT_EQ(NormalizeDomain("WWW.Example.COM."), "www.example.com");
  EXPECT_EQ(NormalizeDomain("localhost"), "localhost");
  EXPECT_EQ(NormalizeDomain("\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.example"),
            "xn--e1afmkfd.example");
  EXPECT_EQ(NormalizeDomain("fa\xc3\x9f.example"), "xn--fa-hia.example");  // not fass (IDNA 2008)
  EXPECT_EQ(NormalizeDomain("\xef\xbc\xa5xample.com"), "example.com");     // fullwidth E
  EXPECT_EQ(NormalizeDomain(std::string(63, 'a') + ".com"), std::string(63, 'a') + ".com");
  for (const char* bad : {"", ".", "..", "a..b", ".a", "a b", "a/b", "a@b", "[192.0.2.1]",
                          "a\xff.com", "\xe2\x80\xae.com", "a\n.com"}) {
    EXPECT_FALSE(NormalizeDomain(bad)) << bad;
  }
  EXPECT_FALSE(NormalizeDomain(std::string(64, 'a') + ".com"));
  std::string longest;
  for (int i = 0; i < 126; ++i) longest += "a.";
  EXPECT_EQ(NormalizeDomain(longest + "a"), longest + "a");  // 253 bytes
  EXPECT_FALSE(NormalizeDomain(longest + "aa"));
  EXPECT_FALSE(NormalizeDomain(std::string("a.com\0.b", 8)));
  EXPECT_FALSE(NormalizeDomain(std::string("\xc3\xa9\0.b", 5)));
}

}  // namespace
}  // namespace assay::mail
