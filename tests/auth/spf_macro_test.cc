// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/spf_macro.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace assay::auth::spf {
namespace {

SpfCheck Sender(std::string_view client_ip) {
  SpfCheck check;
  check.client_ip = IpAddress::Parse(client_ip).value();
  check.sender = "no-one+list@mail.example.com";
  check.domain = "mail.example.com";
  check.helo_domain = "helo.example.net";
  check.now = WallTime(std::chrono::seconds(1'700'000'000));
  return check;
}

struct ExpandCase {
  const char* name;
  const char* macro;
  const char* want;
  const char* client_ip = "192.0.2.3";
};

class Expand : public testing::TestWithParam<ExpandCase> {};

TEST_P(Expand, GivesTheValueOf7208Section7) {
  const SpfCheck check = Sender(GetParam().client_ip);
  const auto macro = ParseMacroString(GetParam().macro, MacroUse::kExplanation);
  ASSERT_TRUE(macro) << macro.error().what;
  EXPECT_EQ(ExpandText(*macro, {check, "record.example.com", "host.example.org"}, 1000),
            GetParam().want);
}

constexpr ExpandCase kExpandCases[] = {
    {"text", "plain text.", "plain text."},
    {"escapes", "%%|%_|%-", "%| |%20"},
    {"s", "%{s}", "no-one+list@mail.example.com"},
    {"l", "%{l}", "no-one+list"},
    {"o", "%{o}", "mail.example.com"},
    {"d", "%{d}", "record.example.com"},
    {"i_v4", "%{i}", "192.0.2.3"},
    {"i_v6", "%{i}", "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1",
     "2001:db8::cb01"},
    {"p", "%{p}", "host.example.org"},
    {"v_v4", "%{v}", "in-addr"},
    {"v_v6", "%{v}", "ip6", "2001:db8::1"},
    {"mapped_is_v4", "%{ir}.%{v}", "3.2.0.192.in-addr", "::ffff:192.0.2.3"},
    {"h", "%{h}", "helo.example.net"},
    {"c_v6", "%{c}", "2001:db8::cb01", "2001:db8::cb01"},
    {"r_unknown", "%{r}", "unknown"},
    {"t", "%{t}", "1700000000"},
    {"keep_4_of_3", "%{d4}", "record.example.com"},
    {"keep_2", "%{d2}", "example.com"},
    {"keep_1", "%{d1}", "com"},
    {"reverse", "%{dr}", "com.example.record"},
    {"reverse_then_keep", "%{d2r}", "example.record"},
    {"delimiter", "%{l-}", "no.one+list"},
    {"delimiters", "%{l-+}", "no.one.list"},
    {"delimiters_reverse_keep", "%{l2r-+}", "one.no"},
    {"dot_only_when_no_delimiter", "%{o-}", "mail.example.com"},
    {"comma_and_slash_are_delimiters", "%{l,/_=}", "no-one+list"},
    {"url_escape", "%{S}", "no-one%2Blist%40mail.example.com"},
    {"upper_r", "%{dR}", "com.example.record"},
};
INSTANTIATE_TEST_SUITE_P(Rfc7208, Expand, testing::ValuesIn(kExpandCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(SpfMacro, EmptyLocalPartIsPostmaster) {
  SpfCheck check = Sender("192.0.2.3");
  const auto macro = ParseMacroString("%{l} %{s} %{o}", MacroUse::kExplanation);
  for (const char* sender : {"@example.com", "example.com"}) {
    check.sender = sender;
    EXPECT_EQ(ExpandText(*macro, {check, "d"}, 1000),
              "postmaster postmaster@example.com example.com");
  }
  check.sender = "a@b@example.com";
  EXPECT_EQ(ExpandText(*macro, {check, "d"}, 1000), "a@b a@b@example.com example.com");
}

struct RefuseCase {
  const char* name;
  const char* text;
};

class Refuse : public testing::TestWithParam<RefuseCase> {};
TEST_P(Refuse, DomainSpec) { EXPECT_FALSE(ParseDomainSpec(GetParam().text)) << GetParam().text; }
constexpr RefuseCase kRefused[] = {{"empty", ""},
                                   {"one_label", "museum"},
                                   {"one_label_dot", "museum."},
                                   {"numeric_top", "abc.123"},
                                   {"address", "192.0.2.1"},
                                   {"dash_first", "example.-com"},
                                   {"dash_last", "example.com-"},
                                   {"colon_in_top", "example.com:8080"},
                                   {"underscore_in_top", "example.c_m"},
                                   {"empty_top", "example.."},
                                   {"dot_behind_macro", "%{d}."},
                                   {"text_behind_macro", "%{d}com"},
                                   {"stray_percent", "foo%.example.com"},
                                   {"percent_at_end", "example.com%"},
                                   {"unclosed", "%{d.example.com"},
                                   {"no_letter", "%{}.example.com"},
                                   {"unknown_letter", "%{a}.example.com"},
                                   {"explanation_letter_c", "%{c}.example.com"},
                                   {"explanation_letter_r", "%{r}.example.com"},
                                   {"explanation_letter_t", "%{t}.example.com"},
                                   {"zero", "%{d0}"},
                                   {"double_r", "%{drr}"},
                                   {"digits_behind_r", "%{dr2}"},
                                   {"pipe_is_no_delimiter", "%{l|}.example.com"},
                                   {"space", "a b.example.com"},
                                   {"eight_bit", "\xc3\xbc.example.com"}};
INSTANTIATE_TEST_SUITE_P(Rfc7208, Refuse, testing::ValuesIn(kRefused),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(SpfMacro, DomainSpecTakesWhatTheGrammarAllows) {
  for (const char* text :
       {"example.com", "example.com.", "_spf.example.com", "%{d}", "%{i}._spf.%{d2}", "foo%%",
        "foo:bar/baz.example.com", "a..b.example.com", "example.xn--zckzah", "example.1-a", ".com",
        "%{l2r.-+,/_=}.example.com", "%{h123456789012345678901234567890}"}) {
    const auto macro = ParseDomainSpec(text);
    ASSERT_TRUE(macro) << text << ": " << macro.error().what;
    const std::string printed = ToString(*macro);
    const auto again = ParseDomainSpec(printed);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *macro);
  }
}

std::string ExpandedName(const std::string& text) {
  static const SpfCheck check = Sender("192.0.2.3");
  const auto macro = ParseMacroString(text, MacroUse::kDomain);
  return macro ? ExpandName(*macro, {check, "record.example.com"}) : macro.error().what;
}

TEST(SpfMacro, NameLosesLabelsOnTheLeftWhenTooLong) {
  const std::string label63(63, 'a');
  // 3 * 64 + 61 = 253, the longest name.
  const std::string longest = label63 + "." + label63 + "." + label63 + "." + std::string(61, 'b');
  ASSERT_EQ(longest.size(), kMaxNameLength);
  EXPECT_EQ(ExpandedName(longest), longest);
  EXPECT_EQ(ExpandedName(longest + "."), longest);
  EXPECT_EQ(ExpandedName("x." + longest), longest);
  EXPECT_EQ(ExpandedName("x.y.z." + longest + "."), longest);
  EXPECT_EQ(ExpandedName("c" + longest), longest.substr(64));
  // No label boundary left: still no name.
  EXPECT_GT(ExpandedName(std::string(300, 'a')).size(), kMaxNameLength);
}

TEST(SpfMacro, LongNameIsCutFromTheRightHoweverManyMacros) {
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "%{s}.";
  const std::string name = ExpandedName(many + "example.com");
  EXPECT_LE(name.size(), kMaxNameLength);
  EXPECT_TRUE(name.ends_with("mail.example.com.example.com"));
}

TEST(SpfMacro, TextIsCut) {
  const SpfCheck check = Sender("192.0.2.3");
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "%{S}";
  const auto macro = ParseMacroString(many, MacroUse::kExplanation);
  EXPECT_EQ(ExpandText(*macro, {check, "d"}, 100).size(), 100U);
}

TEST(SpfMacro, KnowsWhatItNeeds) {
  EXPECT_TRUE(IsConstant(*ParseMacroString("a%%b%_c%-d", MacroUse::kDomain)));
  EXPECT_FALSE(IsConstant(*ParseMacroString("a.%{d}", MacroUse::kDomain)));
  EXPECT_TRUE(UsesValidatedName(*ParseMacroString("a.%{P1}.b", MacroUse::kDomain)));
  EXPECT_FALSE(UsesValidatedName(*ParseMacroString("p.%{d}", MacroUse::kDomain)));
}

}  // namespace
}  // namespace assay::auth::spf
