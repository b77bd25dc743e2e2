// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/zone.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace assay::dns {
namespace {

using std::chrono::seconds;

Zone Parsed(std::string_view text) {
  auto zone = Zone::Parse(text, "test.zone");
  EXPECT_TRUE(zone.has_value()) << zone.error().what;
  return zone ? *zone : Zone();
}

Answer Ask(std::string_view text, std::string_view name, RrType type) {
  return Parsed(text).Lookup(Question(name, type));
}

TEST(Zone, EmptyZoneKnowsNoName) {
  EXPECT_EQ(Zone().Lookup(Question("example.com", RrType::kTxt)).status, Status::kNxDomain);
}

TEST(Zone, EveryType) {
  const Zone zone = Parsed(R"(
; records of one host
Example.COM.         600 IN TXT "v=spf1 mx" " -all"
example.com          MX   10 Mail.example.com.
example.com          MX   20 backup.example.com
mail.example.com     a    192.0.2.1      ; a comment
mail.example.com  60 A    192.0.2.2
mail.example.com     AAAA 2001:db8::1
1.2.0.192.in-addr.arpa PTR mail.example.com
null.example.com     MX   0 .
)");
  const Answer text = zone.Lookup(Question("example.com", RrType::kTxt));
  EXPECT_EQ(text.status, Status::kSuccess);
  EXPECT_EQ(text.texts, std::vector<std::string>{"v=spf1 mx -all"});
  EXPECT_EQ(text.ttl, seconds(600));
  const Answer mx = zone.Lookup(Question("EXAMPLE.com.", RrType::kMx));
  EXPECT_EQ(mx.mail_exchanges,
            (std::vector<MailExchange>{{10, "mail.example.com"}, {20, "backup.example.com"}}));
  EXPECT_EQ(mx.ttl, kZoneTtl);
  const Answer a = zone.Lookup(Question("mail.example.com", RrType::kA));
  EXPECT_EQ(a.addresses, (std::vector<IpAddress>{*IpAddress::Parse("192.0.2.1"),
                                                 *IpAddress::Parse("192.0.2.2")}));
  EXPECT_EQ(a.ttl, seconds(60));
  const Answer aaaa = zone.Lookup(Question("mail.example.com", RrType::kAaaa));
  EXPECT_EQ(aaaa.addresses, std::vector<IpAddress>{*IpAddress::Parse("2001:db8::1")});
  const Answer ptr = zone.Lookup(Question("1.2.0.192.in-addr.arpa", RrType::kPtr));
  EXPECT_EQ(ptr.hosts, std::vector<std::string>{"mail.example.com"});
  const Answer null_mx = zone.Lookup(Question("null.example.com", RrType::kMx));
  EXPECT_EQ(null_mx.mail_exchanges, (std::vector<MailExchange>{{0, ""}}));
}

struct StatusCase {
  const char* name;
  const char* zone;
  const char* asked;
  Status want;
};

class ZoneStatus : public testing::TestWithParam<StatusCase> {};

TEST_P(ZoneStatus, TxtLookup) {
  EXPECT_EQ(Ask(GetParam().zone, GetParam().asked, RrType::kTxt).status, GetParam().want);
}

constexpr StatusCase kStatusCases[] = {
    {"found", "a.example TXT \"x\"", "a.example", Status::kSuccess},
    {"other_type_only", "a.example A 192.0.2.1", "a.example", Status::kNoData},
    {"empty_non_terminal", "a.b.c.example A 192.0.2.1", "c.example", Status::kNoData},
    {"top_of_everything", "a.b.c.example A 192.0.2.1", "example", Status::kNoData},
    {"absent", "a.example TXT \"x\"", "b.example", Status::kNxDomain},
    {"below_a_name", "a.example TXT \"x\"", "b.a.example", Status::kNxDomain},
    {"suffix_is_not_ancestor", "xa.example TXT \"x\"", "a.example", Status::kNxDomain},
    {"servfail", "a.example SERVFAIL", "a.example", Status::kServFail},
    {"refused", "a.example REFUSED", "a.example", Status::kRefused},
    {"timeout", "a.example TIMEOUT", "a.example", Status::kTimeout},
    {"malformed", "a.example MALFORMED", "a.example", Status::kMalformed},
    {"nxdomain", "a.example NXDOMAIN", "a.example", Status::kNxDomain},
    {"nodata", "a.example NODATA", "a.example", Status::kNoData},
    {"failure_of_type", "a.example TXT TIMEOUT\na.example A 192.0.2.1", "a.example",
     Status::kTimeout},
    {"failure_of_other_type", "a.example A TIMEOUT", "a.example", Status::kNoData},
    {"record_before_failure_of_name", "a.example TXT \"x\"\na.example SERVFAIL", "a.example",
     Status::kSuccess},
    {"failure_of_the_other_types", "a.example A 192.0.2.1\na.example SERVFAIL", "a.example",
     Status::kServFail},
    {"alias", "a.example CNAME b.example\nb.example TXT \"x\"", "a.example", Status::kSuccess},
    {"alias_to_nothing", "a.example CNAME b.example", "a.example", Status::kNxDomain},
    {"alias_to_other_type", "a.example CNAME b.example\nb.example A 192.0.2.1", "a.example",
     Status::kNoData},
    {"alias_to_failure", "a.example CNAME b.example\nb.example TIMEOUT", "a.example",
     Status::kTimeout},
    {"alias_of_itself", "a.example CNAME a.example", "a.example", Status::kServFail},
    {"alias_loop", "a.example CNAME b.example\nb.example CNAME a.example", "a.example",
     Status::kServFail},
    {"empty_name", "a.example TXT \"x\"", "", Status::kNxDomain},
    {"empty_label", "a.example TXT \"x\"", "a..example", Status::kNxDomain},
};

INSTANTIATE_TEST_SUITE_P(Zone, ZoneStatus, testing::ValuesIn(kStatusCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Zone, LongestChainThatIsFollowed) {
  Zone zone;
  for (int i = 0; i < 20; ++i) {
    zone.AddAlias("n" + std::to_string(i), "n" + std::to_string(i + 1));
  }
  zone.AddText("n20", "end");
  EXPECT_EQ(zone.Lookup(Question("n4", RrType::kTxt)).status, Status::kSuccess);  // 16 aliases
  EXPECT_EQ(zone.Lookup(Question("n3", RrType::kTxt)).status, Status::kServFail);
}

TEST(Zone, ChainHasTheLeastTtl) {
  const char* text = "a.example 20 CNAME b.example\nb.example 700 TXT \"x\"\n";
  EXPECT_EQ(Ask(text, "a.example", RrType::kTxt).ttl, seconds(20));
  EXPECT_EQ(Ask(text, "b.example", RrType::kTxt).ttl, seconds(700));
  EXPECT_EQ(Ask(text, "a.example", RrType::kA).ttl, seconds(20));  // NODATA at the end
  EXPECT_EQ(Ask(text, "c.example", RrType::kA).ttl, kZoneTtl);
}

struct TextCase {
  const char* name;
  const char* data;
  std::string want;
};

class ZoneText : public testing::TestWithParam<TextCase> {};

TEST_P(ZoneText, Escapes) {
  const std::string zone = std::string("a.example TXT ") + GetParam().data;
  EXPECT_EQ(Ask(zone, "a.example", RrType::kTxt).texts, std::vector<std::string>{GetParam().want});
}

INSTANTIATE_TEST_SUITE_P(
    Zone, ZoneText,
    testing::Values(TextCase{"joined", R"("one" "two")", "onetwo"},
                    TextCase{"touching", R"("one""two")", "onetwo"}, TextCase{"empty", R"("")", ""},
                    TextCase{"semicolon", R"("v=DKIM1; k=rsa")", "v=DKIM1; k=rsa"},
                    TextCase{"quote", R"("say \"hi\"")", "say \"hi\""},
                    TextCase{"backslash", R"("a\\b")", "a\\b"},
                    TextCase{"decimal", R"("\065\255")", "A\xff"},
                    TextCase{"nul", R"("a\000b")", std::string("a\0b", 3)},
                    TextCase{"bytes", "\"\xc3\xa4\"", "\xc3\xa4"}),
    [](const auto& i) { return std::string(i.param.name); });

TEST(Zone, FourKilobytesOfText) {
  const std::string long_text(4096, 'p');
  EXPECT_EQ(Ask("a.example TXT \"" + long_text + '"', "a.example", RrType::kTxt).texts.front(),
            long_text);
}

TEST(Zone, EscapesInNames) {
  EXPECT_EQ(Ask(R"(odd\032name\;.example TXT "x")", "odd name;.example", RrType::kTxt).status,
            Status::kSuccess);
  EXPECT_EQ(Ask(R"(\$delay.example TXT "x")", "$delay.example", RrType::kTxt).status,
            Status::kSuccess);
}

struct ErrorCase {
  const char* name;
  const char* text;
  const char* want;  // part of the message
};

class ZoneError : public testing::TestWithParam<ErrorCase> {};

TEST_P(ZoneError, NamesFileAndLine) {
  const auto zone =
      Zone::Parse(std::string("ok.example A 192.0.2.1\n") + GetParam().text, "my.zone");
  ASSERT_FALSE(zone.has_value());
  EXPECT_EQ(zone.error().kind, ErrorKind::kPermanent);
  EXPECT_TRUE(zone.error().what.starts_with("my.zone:2: error: ")) << zone.error().what;
  EXPECT_NE(zone.error().what.find(GetParam().want), std::string::npos) << zone.error().what;
}

constexpr ErrorCase kErrorCases[] = {
    {"name_alone", "a.example", "missing"},
    {"name_and_ttl", "a.example 300", "missing"},
    {"unknown_type", "a.example TXTT \"x\"", "did you mean TXT?"},
    {"lower_case_failure", "a.example servfail", "did you mean SERVFAIL?"},
    {"bad_ttl", "a.example 3x TXT \"x\"", "bad TTL"},
    {"huge_ttl", "a.example 2147483648 TXT \"x\"", "bad TTL"},
    {"unquoted_text", "a.example TXT v=spf1 -all", "double quotes"},
    {"no_text", "a.example TXT", "double quotes"},
    {"open_string", "a.example TXT \"x", "unfinished"},
    {"bad_escape", "a.example TXT \"\\256\"", "bad escape"},
    {"short_escape", "a.example TXT \"\\25\"", "bad escape"},
    {"v6_in_a", "a.example A 2001:db8::1", "IPv4"},
    {"v4_in_aaaa", "a.example AAAA 192.0.2.1", "IPv6"},
    {"two_addresses", "a.example A 192.0.2.1 192.0.2.2", "IPv4"},
    {"mx_without_preference", "a.example MX mail.example", "preference"},
    {"mx_preference_too_great", "a.example MX 65536 mail.example", "preference"},
    {"ptr_of_two", "a.example PTR b.example c.example", "PTR"},
    {"alias_beside_records", "ok.example CNAME b.example", "records"},
    {"failure_after_records", "ok.example A TIMEOUT", "above"},
    {"data_after_failure", "a.example SERVFAIL \"x\"", "follow"},
    {"long_label",
     "a234567890123456789012345678901234567890123456789012345678901234.example NODATA", "bad name"},
    {"empty_label", "a..example NODATA", "bad name"},
    {"wildcard", "*.example NODATA", "wildcard"},
    {"unknown_directive", "$ORIGIN example", "$DELAY only"},
    {"delay_of_words", "$DELAY soon", "milliseconds"},
    {"delay_too_long", "$DELAY 60001", "60000"},
};

TEST(Zone, ContradictionsAreErrorsOfTheSecondLine) {
  const auto zone = Zone::Parse("a.example TXT TIMEOUT\na.example TXT \"x\"", "my.zone");
  ASSERT_FALSE(zone.has_value());
  EXPECT_EQ(zone.error().what, "my.zone:2: error: a failure is stated for a.example TXT above");
  EXPECT_FALSE(Zone::Parse("a.example CNAME b.example\na.example A 192.0.2.1", "z").has_value());
  EXPECT_FALSE(
      Zone::Parse("a.example CNAME b.example\na.example CNAME c.example", "z").has_value());
}

INSTANTIATE_TEST_SUITE_P(Zone, ZoneError, testing::ValuesIn(kErrorCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Zone, CommentsBlankLinesAndCarriageReturns) {
  const Zone zone = Parsed("\r\n ; nothing\n\na.example A 192.0.2.1\r\n\t \n");
  EXPECT_EQ(zone.Lookup(Question("a.example", RrType::kA)).addresses.size(), 1U);
}

TEST(Zone, Mentions) {
  const Zone zone = Parsed("a.b.example A 192.0.2.1\nno.example NXDOMAIN\n");
  EXPECT_TRUE(zone.Mentions(Question("a.b.example", RrType::kTxt)));
  EXPECT_TRUE(zone.Mentions(Question("b.example", RrType::kTxt)));
  EXPECT_TRUE(zone.Mentions(Question("no.example", RrType::kTxt)));
  EXPECT_FALSE(zone.Mentions(Question("c.example", RrType::kTxt)));
}

TEST(Zone, TextAndBack) {
  const Zone zone = Parsed(R"($DELAY 20
a.example 60 TXT "say \"hi\"; \200" "x"
a.example MX 10 m.example
a.example SERVFAIL
b\;b.example CNAME a.example
c.example A TIMEOUT
c.example AAAA 2001:db8::1
null.example MX 0 .
r.example PTR \$x.example
)");
  EXPECT_EQ(Parsed(zone.ToText()), zone) << zone.ToText();
  EXPECT_EQ(zone.delay(), std::chrono::milliseconds(20));
}

TEST(LoadZone, ReadsAFileAndNamesIt) {
  const std::string path = testing::TempDir() + "load_zone_test." + std::to_string(getpid());
  std::ofstream(path) << "a.example A 192.0.2.1\nb.example B\n";
  const auto bad = LoadZone(path);
  ASSERT_FALSE(bad.has_value());
  EXPECT_TRUE(bad.error().what.starts_with(path + ":2: error: ")) << bad.error().what;
  std::ofstream(path) << "a.example A 192.0.2.1\n";
  EXPECT_TRUE(LoadZone(path).has_value());
  std::remove(path.c_str());
  EXPECT_FALSE(LoadZone(path).has_value());
}

}  // namespace
}  // namespace assay::dns
