// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/spf_record.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::auth::spf {
namespace {

struct PrintCase {
  const char* name;
  const char* record;
  const char* want;  // as the parser understood it
};

class Print : public testing::TestWithParam<PrintCase> {};

TEST_P(Print, ShowsWhatWasRead) {
  const auto record = ParseRecord(GetParam().record);
  ASSERT_TRUE(record) << record.error().what;
  const std::string printed = ToString(*record);
  EXPECT_EQ(printed, GetParam().want);
  const auto again = ParseRecord(printed);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(ToString(*again), printed);
}

constexpr PrintCase kPrinted[] = {
    {"empty", "v=spf1", "v=spf1"},
    {"spaces", "v=spf1   a   -all  ", "v=spf1 +a -all"},
    {"case", "V=SPF1 A:Example.COM IP4:192.0.2.1 -ALL",
     "v=spf1 +a:Example.COM +ip4:192.0.2.1/32 -all"},
    {"qualifiers", "v=spf1 +a ?mx ~ptr -all", "v=spf1 +a ?mx ~ptr -all"},
    {"dual_cidr", "v=spf1 a/24//64 mx:h.example.com//0", "v=spf1 +a/24//64 +mx:h.example.com//0"},
    {"zero_prefix", "v=spf1 a/0 ip4:192.0.2.1/0", "v=spf1 +a/0 +ip4:192.0.2.1/0"},
    {"slash_in_domain", "v=spf1 a:foo:bar/baz.example.com/24",
     "v=spf1 +a:foo:bar/baz.example.com/24"},
    {"slash_in_macro", "v=spf1 exists:%{l/}.example.com", "v=spf1 +exists:%{l/}.example.com"},
    {"ip6_loses_host_bits", "v=spf1 ip6:2001:DB8:1:2::3/32", "v=spf1 +ip6:2001:db8::/32"},
    {"ip6_longest", "v=spf1 ip6:2001:db8:1111:2222:3333:4444:5555:6666",
     "v=spf1 +ip6:2001:db8:1111:2222:3333:4444:5555:6666/128"},
    {"mapped_matches_nobody", "v=spf1 ip6:::ffff:192.0.2.1", "v=spf1 +ip6:::ffff:0.0.0.0/128"},
    {"shorter_than_mapped", "v=spf1 ip6:::ffff:192.0.2.1/64", "v=spf1 +ip6:::/64"},
    {"modifiers_anywhere", "v=spf1 redirect=a.example.com a exp=b.example.com",
     "v=spf1 +a redirect=a.example.com exp=b.example.com"},
    {"unknown_modifiers_dropped", "v=spf1 moo.cow-far_out=man:dog/cat x=%{c} y= a", "v=spf1 +a"},
    {"nothing_behind_all", "v=spf1 a -all mx ip4:192.0.2.1", "v=spf1 +a -all"},
    {"eleven_dns_terms", "v=spf1 a a a a a a a a a a a a a -all",
     "v=spf1 +a +a +a +a +a +a +a +a +a +a +a"},
};
INSTANTIATE_TEST_SUITE_P(Rfc7208, Print, testing::ValuesIn(kPrinted),
                         [](const auto& i) { return std::string(i.param.name); });

struct RefuseCase {
  const char* name;
  const char* record;
};

class RefuseRecord : public testing::TestWithParam<RefuseCase> {};

TEST_P(RefuseRecord, WithAReason) {
  const auto record = ParseRecord(GetParam().record);
  ASSERT_FALSE(record) << ToString(*record);
  EXPECT_FALSE(record.error().what.empty());
  EXPECT_EQ(record.error().what.find('\n'), std::string::npos);
}

constexpr RefuseCase kRefused[] = {
    {"no_version", "v=spf10 -all"},
    {"error_behind_all", "v=spf1 -all moo"},
    {"mechanism_unknown", "v=spf1 foo"},
    {"all_with_domain", "v=spf1 all:example.com"},
    {"all_with_dot", "v=spf1 -all."},
    {"all_with_cidr", "v=spf1 all/8"},
    {"include_bare", "v=spf1 include"},
    {"include_empty", "v=spf1 include:"},
    {"include_cidr", "v=spf1 include:example.com/24"},
    {"exists_bare", "v=spf1 exists"},
    {"exists_cidr", "v=spf1 exists:example.com/24"},
    {"ptr_cidr", "v=spf1 ptr/0"},
    {"ptr_empty", "v=spf1 ptr:"},
    {"a_empty", "v=spf1 a:"},
    {"a_empty_cidr", "v=spf1 a:/24"},
    {"a_junk", "v=spf1 a.example.com"},
    {"a_slash", "v=spf1 a/"},
    {"a_cidr_33", "v=spf1 a/33"},
    {"a_cidr_129", "v=spf1 a//129"},
    {"a_single_slash_twice", "v=spf1 a/24/64"},
    {"a_cidr_wrong_order", "v=spf1 a//64/24"},
    {"a_cidr_leading_zero", "v=spf1 a/032"},
    {"a_cidr_overflow_32", "v=spf1 a:h.example.com/4294967297"},
    {"a_cidr_overflow_64", "v=spf1 a:h.example.com/18446744073709551617"},
    {"mx_cidr_overflow", "v=spf1 mx//4294967297"},
    {"ip4_bare", "v=spf1 ip4"},
    {"ip4_empty", "v=spf1 ip4:"},
    {"ip4_short", "v=spf1 ip4:192.0.2"},
    {"ip4_leading_zero", "v=spf1 ip4:192.0.02.1"},
    {"ip4_port", "v=spf1 ip4:192.0.2.1:8080"},
    {"ip4_cidr_33", "v=spf1 ip4:192.0.2.1/33"},
    {"ip4_cidr_032", "v=spf1 ip4:192.0.2.1/032"},
    {"ip4_cidr_empty", "v=spf1 ip4:192.0.2.1/"},
    {"ip4_dual", "v=spf1 ip4:192.0.2.1//32"},
    {"ip4_is_ip6", "v=spf1 ip4:2001:db8::1"},
    {"ip4_mapped", "v=spf1 ip4:::ffff:192.0.2.1"},
    {"ip6_is_ip4", "v=spf1 ip6:192.0.2.1"},
    {"ip6_cidr_129", "v=spf1 ip6:2001:db8::1/129"},
    {"ip6_dual", "v=spf1 ip6:2001:db8::1//64"},
    {"ip6_double_colon_twice", "v=spf1 ip6:2001::db8::1"},
    {"ip6_zone", "v=spf1 ip6:fe80::1%eth0"},
    {"redirect_twice", "v=spf1 redirect=a.example.com redirect=a.example.com"},
    {"redirect_empty", "v=spf1 redirect="},
    {"redirect_bad_domain", "v=spf1 redirect=-all"},
    {"redirect_as_mechanism", "v=spf1 redirect:a.example.com"},
    {"redirect_qualified", "v=spf1 -redirect=a.example.com"},
    {"exp_twice", "v=spf1 exp=a.example.com EXP=a.example.com"},
    {"exp_empty", "v=spf1 exp="},
    {"modifier_digit_first", "v=spf1 1up=foo"},
    {"modifier_without_name", "v=spf1 =all"},
    {"modifier_bad_macro", "v=spf1 -all foo=%abc"},
    {"tab", "v=spf1\ta -all"},
    {"tab_between", "v=spf1 a\t-all"},
    {"carriage_return", "v=spf1 a\r -all"},
    {"eight_bit", "v=spf1 a:\xef\xbb\xbf.example.com -all"},
    {"two_qualifiers", "v=spf1 --all"},
    {"qualifier_alone", "v=spf1 - all"},
};
INSTANTIATE_TEST_SUITE_P(Rfc7208, RefuseRecord, testing::ValuesIn(kRefused),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(SpfRecord, ControlCharactersAndNulAreErrors) {
  using std::string_literals::operator""s;
  for (const std::string& text :
       {"v=spf1 a:foo.example.com\0"s, "v=spf1 a\x7f"s, "v=spf1 \x1b[1m"s}) {
    EXPECT_FALSE(ParseRecord(text));
  }
}

TEST(SpfRecord, ProblemTextIsShortAndPrintable) {
  const auto record = ParseRecord("v=spf1 " + std::string(60'000, '!'));
  ASSERT_FALSE(record);
  EXPECT_LT(record.error().what.size(), 300U);
}

TEST(SpfRecord, LongRecordIsReadToItsEnd) {
  std::string text = "v=spf1";
  for (int i = 0; i < 4000; ++i)
    text += " ip4:198.51." + std::to_string(i / 250) + "." + std::to_string(i % 250);
  const auto record = ParseRecord(text + " -all");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->directives.size(), 4001U);
  EXPECT_FALSE(ParseRecord(text + " foo"));
}

dns::Answer Texts(std::vector<std::string> texts) {
  dns::Answer answer;
  answer.status = dns::Status::kSuccess;
  answer.texts = std::move(texts);
  return answer;
}

TEST(SpfRecord, SelectsTheOneSpfRecord) {
  const dns::Answer one = Texts({"v=spf10", "\x96", "v=SpF1", "v=spf2.0/pra"});
  EXPECT_EQ(SelectRecord(one).kind, Selection::Kind::kRecord);
  EXPECT_EQ(SelectRecord(one).text, "v=SpF1");
  EXPECT_EQ(SelectRecord(Texts({"v=spf1 -all", "v=spf1 -all"})).kind, Selection::Kind::kSeveral);
  EXPECT_EQ(SelectRecord(Texts({"v=spf1mx", " v=spf1", "v=spf1\tmx"})).kind,
            Selection::Kind::kNone);
}

TEST(SpfRecord, SelectionTellsNoFromNotNow) {
  const std::pair<dns::Status, Selection::Kind> cases[] = {
      {dns::Status::kNoData, Selection::Kind::kNone},
      {dns::Status::kNxDomain, Selection::Kind::kNone},
      {dns::Status::kServFail, Selection::Kind::kTemporary},
      {dns::Status::kRefused, Selection::Kind::kTemporary},
      {dns::Status::kTimeout, Selection::Kind::kTemporary},
      {dns::Status::kMalformed, Selection::Kind::kTemporary},
      {dns::Status::kLimit, Selection::Kind::kTemporary}};
  for (const auto& [status, want] : cases) {
    dns::Answer answer;
    answer.status = status;
    EXPECT_EQ(SelectRecord(answer).kind, want) << dns::ToWord(status);
  }
}

}  // namespace
}  // namespace assay::auth::spf
