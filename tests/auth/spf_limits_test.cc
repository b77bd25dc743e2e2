// SPDX-License-Identifier: Apache-2.0
// Limits of RFC 7208 4.6.4, records of any length, and what trouble in DNS does.

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/auth/spf_support.h"

namespace assay::auth {
namespace {

constexpr SpfResult kNeutral = SpfResult::kNeutral;
constexpr SpfResult kPass = SpfResult::kPass;
constexpr SpfResult kFail = SpfResult::kFail;
constexpr SpfResult kTempError = SpfResult::kTempError;
constexpr SpfResult kPermError = SpfResult::kPermError;

// Beyond 511 compiled bytes libspf2 drops terms; ours are not counted in bytes.
TEST(SpfLimits, LongRecordsKeepTheirLastTerms) {
  for (const int count : {62, 63, 64, 70, 1000, 4500}) {
    SCOPED_TRACE(count);
    std::string record = "v=spf1";
    for (int i = 1; i < count; ++i) {
      record += " ip4:10." + std::to_string(i / 62500) + "." + std::to_string(i / 250 % 250) + "." +
                std::to_string(i % 250);
    }
    dns::Zone zone;
    zone.AddText("long.example.com", record + " ip4:192.0.2.1 -all");
    EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "u@long.example.com"), zone).outcome.result, kPass);
    EXPECT_EQ(RunSpf(MakeCheck("192.0.2.2", "u@long.example.com"), zone).outcome.result, kFail);
  }
}

// Many networks with qualifiers that matter, so that none may be skipped or reordered.
TEST(SpfLimits, LongRecordInOrder) {
  std::string record = "v=spf1";
  for (int i = 0; i < 300; ++i)
    record += " ?ip4:10.0.0.0/8 -ip6:2001:db8:" + std::to_string(i) + "::/48";
  dns::Zone zone;
  zone.AddText("long.example.com", record + " ~ip4:10.1.1.1 +all");
  EXPECT_EQ(RunSpf(MakeCheck("10.1.1.1", "u@long.example.com"), zone).outcome.result, kNeutral);
  EXPECT_EQ(RunSpf(MakeCheck("2001:db8:299::1", "u@long.example.com"), zone).outcome.result, kFail);
  EXPECT_EQ(RunSpf(MakeCheck("2001:db8:300::1", "u@long.example.com"), zone).outcome.result, kPass);
}

TEST(SpfLimits, TenIncludesWithTheLongestNames) {
  const std::string label(60, 'n');
  std::string record = "v=spf1";
  dns::Zone zone;
  for (int i = 0; i < 10; ++i) {
    const std::string name =
        std::to_string(i) + "." + label + "." + label + "." + label + ".example.com";
    record += " include:" + name;
    zone.AddText(name, i == 9 ? "v=spf1 ip4:192.0.2.1 -all" : "v=spf1 ip4:203.0.113.1 -all");
  }
  zone.AddText("long.example.com", record + " -all");
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "u@long.example.com"), zone).outcome.result, kPass);
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.2", "u@long.example.com"), zone).outcome.result, kFail);
}

// Six levels of ten includes are a million questions to an evaluator that counts per record.
TEST(SpfLimits, IncludeBombEndsAtTenTerms) {
  dns::Zone zone;
  for (int level = 0; level < 6; ++level) {
    std::string record = "v=spf1";
    for (int i = 0; i < 10; ++i)
      record +=
          " include:l" + std::to_string(level + 1) + ".n" + std::to_string(i) + ".example.com";
    for (int i = 0; i < 10; ++i)
      zone.AddText("l" + std::to_string(level) + ".n" + std::to_string(i) + ".example.com", record);
  }
  const SpfRun run = RunSpf(MakeCheck("192.0.2.1", "u@l0.n0.example.com"), zone);
  EXPECT_EQ(run.outcome.result, kPermError);
  EXPECT_LE(run.asked.size(), 1U + 10 + 20);
}

std::string Repeat(const std::string& text, int count) {
  std::string repeated;
  for (int i = 0; i < count; ++i) repeated += text;
  return repeated;
}

TEST(SpfLimits, TermsAreCountedOverTheWholeEvaluation) {
  const std::string zone_text =
      "x.example.com A 203.0.113.1\n"
      "inc.example.com TXT \"v=spf1" +
      Repeat(" a:x.example.com", 4) +
      "\"\n"
      "ten.example.com TXT \"v=spf1 include:inc.example.com" +
      Repeat(" a:x.example.com", 5) +
      " ip4:192.0.2.1\"\n"
      "eleven.example.com TXT \"v=spf1 include:inc.example.com" +
      Repeat(" a:x.example.com", 6) +
      " ip4:192.0.2.1\"\n"
      "twice.example.com TXT \"v=spf1 include:inc.example.com include:inc.example.com "
      "ip4:192.0.2.1\"\n"
      "redir.example.com TXT \"v=spf1 include:inc.example.com" +
      Repeat(" a:x.example.com", 5) +
      " redirect=all.example.com\"\n"
      "all.example.com TXT \"v=spf1 +all\"\n"
      "early.example.com TXT \"v=spf1 ip4:192.0.2.1" +
      Repeat(" a:x.example.com", 20) + "\"\n";
  const dns::Zone zone = MakeZone(zone_text);
  const std::pair<const char*, SpfResult> cases[] = {{"u@ten.example.com", kPass},
                                                     {"u@eleven.example.com", kPermError},
                                                     {"u@twice.example.com", kPass},
                                                     {"u@redir.example.com", kPermError},
                                                     {"u@early.example.com", kPass}};
  for (const auto& [sender, want] : cases) {
    EXPECT_EQ(ToWord(RunSpf(MakeCheck("192.0.2.1", sender), zone).outcome.result), ToWord(want))
        << sender;
  }
}

TEST(SpfLimits, ValidatedNameCountsAsATerm) {
  const dns::Zone zone = MakeZone(
      "x.example.com A 203.0.113.1\n1.2.0.192.in-addr.arpa PTR x.example.com\n"
      "nine.example.com TXT \"v=spf1" +
      Repeat(" a:x.example.com", 8) +
      " exists:%{p}.example.com ip4:192.0.2.1\"\n"
      "ten.example.com TXT \"v=spf1" +
      Repeat(" a:x.example.com", 9) + " exists:%{p}.example.com ip4:192.0.2.1\"\n");
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "u@nine.example.com"), zone).outcome.result, kPass);
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "u@ten.example.com"), zone).outcome.result, kPermError);
}

TEST(SpfLimits, VoidTermsAreCountedOverTheWholeEvaluation) {
  const dns::Zone zone = MakeZone(R"(
two.example.com    TXT "v=spf1 a:no1.example.com mx:no2.example.com ip4:192.0.2.1"
three.example.com  TXT "v=spf1 a:no1.example.com mx:no2.example.com exists:no3.example.com ip4:192.0.2.1"
inc.example.com    TXT "v=spf1 a:no1.example.com a:no2.example.com -all"
outer.example.com  TXT "v=spf1 include:inc.example.com a:no3.example.com ip4:192.0.2.1"
nodata.example.com TXT "v=spf1 a:v6.example.com a:v6.example.com a:v6.example.com ip4:192.0.2.1"
v6.example.com     AAAA 2001:db8::1
; One term, however many of its hosts have nothing.
mx.example.com     TXT "v=spf1 mx ip4:192.0.2.1"
mx.example.com     MX 1 no1.example.com
mx.example.com     MX 2 no2.example.com
mx.example.com     MX 3 no3.example.com
; No question can be asked for these.
names.example.com  TXT "v=spf1 a:a..b.example.com a:a..c.example.com a:a..d.example.com ip4:192.0.2.1"
exp.example.com    TXT "v=spf1 a:no1.example.com a:no2.example.com -all exp=no3.example.com"
)");
  const std::pair<const char*, SpfResult> cases[] = {
      {"u@two.example.com", kPass},        {"u@three.example.com", kPermError},
      {"u@outer.example.com", kPermError}, {"u@nodata.example.com", kPermError},
      {"u@mx.example.com", kPass},         {"u@names.example.com", kPass},
      {"u@exp.example.com", kFail}};
  for (const auto& [sender, want] : cases) {
    EXPECT_EQ(ToWord(RunSpf(MakeCheck("192.0.2.1", sender), zone).outcome.result), ToWord(want))
        << sender;
  }
}

// `hosts` MX hosts, of which the last is the client.
dns::Zone MxZone(int hosts) {
  dns::Zone zone;
  zone.AddText("mx.example.com", "v=spf1 mx -all");
  for (int i = 1; i <= hosts; ++i) {
    const std::string host = "h" + std::to_string(i) + ".example.com";
    zone.AddMailExchange("mx.example.com", {static_cast<std::uint16_t>(i), host});
    zone.AddAddress(host, IpAddress::Parse(i == hosts ? "192.0.2.1" : "203.0.113.1").value());
  }
  return zone;
}

TEST(SpfLimits, AtMostTenMxHosts) {
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "u@mx.example.com"), MxZone(10)).outcome.result, kPass);
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "u@mx.example.com"), MxZone(11)).outcome.result,
            kPermError);
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.2", "u@mx.example.com"), MxZone(10)).outcome.result, kFail);
  // The first ten in order of preference count, in whatever order the answer has them.
  EXPECT_EQ(RunSpf(MakeCheck("203.0.113.1", "u@mx.example.com"), MxZone(300)).outcome.result,
            kPass);
}

TEST(SpfLimits, PtrNamesBeyondTenAreIgnored) {
  for (const int names : {10, 11}) {
    dns::Zone zone;
    zone.AddText("ptr.example.com", "v=spf1 ptr -all");
    for (int i = 1; i < names; ++i)
      zone.AddHost("1.2.0.192.in-addr.arpa", "h" + std::to_string(i) + ".example.net");
    zone.AddHost("1.2.0.192.in-addr.arpa", "last.ptr.example.com");
    zone.AddAddress("last.ptr.example.com", IpAddress::Parse("192.0.2.1").value());
    EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "u@ptr.example.com"), zone).outcome.result,
              names == 10 ? kPass : kFail);
  }
}

constexpr dns::Status kTemporary[] = {dns::Status::kServFail, dns::Status::kRefused,
                                      dns::Status::kTimeout, dns::Status::kMalformed};

TEST(SpfLimits, TroubleInDnsIsTempError) {
  const std::pair<const char*, const char*> records[] = {
      {"record", ""},
      {"include", "v=spf1 include:bad.example.com -all"},
      {"redirect", "v=spf1 redirect=bad.example.com"},
      {"a", "v=spf1 a:bad.example.com -all"},
      {"mx", "v=spf1 mx:bad.example.com -all"},
      {"mx_host", "v=spf1 mx:hosts.example.com -all"},
      {"exists", "v=spf1 exists:bad.example.com -all"},
      {"in_include", "v=spf1 include:inner.example.com +all"}};
  for (const dns::Status status : kTemporary) {
    for (const auto& [name, record] : records) {
      SCOPED_TRACE(std::string(name) + " " + std::string(dns::ToWord(status)));
      dns::Zone zone = MakeZone(
          "hosts.example.com MX 10 bad.example.com\n"
          "inner.example.com TXT \"v=spf1 a:bad.example.com\"\n");
      zone.Fail("bad.example.com", {}, status);
      const bool root = std::string_view(name) == "record";
      if (!root) zone.AddText("d.example.com", record);
      const auto outcome =
          RunSpf(MakeCheck("192.0.2.1", root ? "u@bad.example.com" : "u@d.example.com"), zone)
              .outcome;
      EXPECT_EQ(outcome.result, kTempError);
      EXPECT_NE(outcome.problem.find(dns::ToWord(status)), std::string::npos) << outcome.problem;
    }
  }
}

// RFC 7208, 5.5, 6.2 and 7.3: these go on as if there were nothing.
TEST(SpfLimits, TroubleInDnsThatDoesNotMatter) {
  for (const dns::Status status : kTemporary) {
    dns::Zone zone = MakeZone(R"(
ptr.example.com  TXT "v=spf1 ptr -all"
exp.example.com  TXT "v=spf1 -all exp=bad.example.com"
p.example.com    TXT "v=spf1 exists:%{p}.p.example.com -all"
unknown.p.example.com A 127.0.0.2
later.example.com TXT "v=spf1 +all"
first.example.com TXT "v=spf1 ip4:192.0.2.0/24 a:bad.example.com -all"
2.2.0.192.in-addr.arpa PTR bad.ptr.example.com
2.2.0.192.in-addr.arpa PTR good.ptr.example.com
good.ptr.example.com A 192.0.2.2
)");
    for (const char* name : {"bad.example.com", "1.2.0.192.in-addr.arpa", "bad.ptr.example.com"})
      zone.Fail(name, {}, status);
    EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "u@ptr.example.com"), zone).outcome.result, kFail);
    EXPECT_EQ(RunSpf(MakeCheck("192.0.2.2", "u@ptr.example.com"), zone).outcome.result, kPass);
    EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "u@exp.example.com"), zone).outcome.result, kFail);
    EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "u@p.example.com"), zone).outcome.result, kPass);
    EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "u@first.example.com"), zone).outcome.result, kPass);
  }
}

// RFC 8616, 4: what is not ASCII matches nothing, and nothing is asked for it.
TEST(SpfLimits, NonAsciiLocalPartMatchesNothing) {
  const dns::Zone zone = MakeZone(
      "d.example.com TXT \"v=spf1 exists:%{l}.x.example.com a:%{s} ip4:192.0.2.1 -all\"\n");
  const SpfRun run = RunSpf(MakeCheck("192.0.2.1", "m\xc3\xbcller@d.example.com"), zone);
  EXPECT_EQ(run.outcome.result, kPass);
  EXPECT_EQ(run.asked.size(), 1U);
}

}  // namespace
}  // namespace assay::auth
