// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/spf_prefetch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/auth/spf_support.h"

namespace assay::auth::spf {
namespace {

// What would be asked early, as "TYPE name", when these questions of the zone have been answered.
std::vector<std::string> Wanted(std::string_view client_ip, std::string_view zone_text,
                                const std::vector<dns::Question>& answered) {
  const dns::Zone zone = MakeZone(zone_text);
  dns::Answers answers;
  for (const auto& question : answered) {
    answers.Add(question, std::make_shared<dns::Answer>(zone.Lookup(question)));
  }
  std::vector<std::string> wanted;
  for (const auto& question : Prefetch(MakeCheck(client_ip, "u@d.example.com"), answers)) {
    wanted.push_back(std::string(dns::ToWord(question.type)) + " " + question.name);
  }
  return wanted;
}

using Names = std::vector<std::string>;
const dns::Question kRoot("d.example.com", dns::RrType::kTxt);

TEST(SpfPrefetch, StartsWithTheRecord) {
  EXPECT_EQ(Wanted("192.0.2.1", "", {}), Names{"TXT d.example.com"});
}

TEST(SpfPrefetch, EveryKindOfTermWithoutMacros) {
  const char* zone =
      "d.example.com TXT \"v=spf1 a mx:m.example.com ptr exists:e.example.com "
      "include:i.example.com "
      "a:%{h} include:%{d}.x.example.com redirect=r.example.com\"\n";
  EXPECT_EQ(Wanted("192.0.2.1", zone, {kRoot}),
            (Names{"A d.example.com", "MX m.example.com", "PTR 1.2.0.192.in-addr.arpa",
                   "A e.example.com", "TXT i.example.com", "TXT r.example.com"}));
  EXPECT_EQ(Wanted("2001:db8::1", zone, {kRoot})[0], "AAAA d.example.com");
}

TEST(SpfPrefetch, NothingBehindTheTermThatDecides) {
  const char* zone =
      "d.example.com TXT \"v=spf1 a:a.example.com ip4:192.0.2.0/24 a:b.example.com -all\"\n";
  EXPECT_EQ(Wanted("192.0.2.1", zone, {kRoot}), Names{"A a.example.com"});
  EXPECT_EQ(Wanted("198.51.100.1", zone, {kRoot}), (Names{"A a.example.com", "A b.example.com"}));
}

TEST(SpfPrefetch, NothingBehindAnIncludeThatMatchesForSure) {
  const char* zone =
      "d.example.com TXT \"v=spf1 include:i.example.com a:b.example.com -all\"\n"
      "i.example.com TXT \"v=spf1 ip4:192.0.2.1 a:c.example.com -all\"\n";
  const std::vector<dns::Question> known = {kRoot, {"i.example.com", dns::RrType::kTxt}};
  EXPECT_EQ(Wanted("192.0.2.1", zone, known), Names{});
  EXPECT_EQ(Wanted("192.0.2.2", zone, known), (Names{"A c.example.com", "A b.example.com"}));
}

TEST(SpfPrefetch, HostsOfAKnownMx) {
  const char* zone =
      "d.example.com TXT \"v=spf1 mx -all\"\n"
      "d.example.com MX 20 b.example.com\nd.example.com MX 10 c.example.com\nd.example.com MX 10 "
      "a.example.com\n";
  EXPECT_EQ(Wanted("192.0.2.1", zone, {kRoot, {"d.example.com", dns::RrType::kMx}}),
            (Names{"A a.example.com", "A c.example.com", "A b.example.com"}));
}

TEST(SpfPrefetch, NoFurtherThanTenTerms) {
  std::string zone = "d.example.com TXT \"v=spf1";
  for (int i = 0; i < 15; ++i) zone += " a:h" + std::to_string(i) + ".example.com";
  EXPECT_EQ(Wanted("192.0.2.1", zone + " -all\"\n", {kRoot}).size(), 10U);
}

TEST(SpfPrefetch, LoopsEnd) {
  const char* zone = "d.example.com TXT \"v=spf1 include:d.example.com a:b.example.com -all\"\n";
  EXPECT_EQ(Wanted("192.0.2.1", zone, {kRoot}), Names{});
}

TEST(SpfPrefetch, NoMoreThanTheCap) {
  std::string zone = "d.example.com TXT \"v=spf1";
  std::vector<dns::Question> known = {kRoot};
  for (int i = 0; i < 5; ++i) {
    const std::string name = "m" + std::to_string(i) + ".example.com";
    zone += " mx:" + name;
    known.emplace_back(name, dns::RrType::kMx);
  }
  zone += "\"\n";
  for (int i = 0; i < 50; ++i) {
    zone +=
        "m" + std::to_string(i / 10) + ".example.com MX 1 h" + std::to_string(i) + ".example.com\n";
  }
  const auto wanted = Wanted("192.0.2.1", zone, known);
  EXPECT_FALSE(wanted.empty());
  EXPECT_LE(wanted.size(), kMaxPrefetch);
}

TEST(SpfPrefetch, NothingWhereTheEvaluationEnds) {
  for (const char* zone :
       {"", "d.example.com TXT \"v=spf1 a:b.example.com oops\"\n", "d.example.com SERVFAIL\n",
        "d.example.com TXT \"v=spf1 a\"\nd.example.com TXT \"v=spf1 mx\"\n"}) {
    EXPECT_EQ(Wanted("192.0.2.1", zone, {kRoot}), Names{}) << zone;
  }
}

TEST(SpfPrefetch, QueryNames) {
  for (const char* good : {"a", "a.b", "_x.a-b", "a b/c%d.e"})
    EXPECT_TRUE(IsQueryName(good)) << good;
  const std::string label(63, 'a');
  EXPECT_TRUE(IsQueryName(label));
  EXPECT_FALSE(IsQueryName(label + "a"));
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
  EXPECT_TRUE(IsQueryName(longest));
  EXPECT_FALSE(IsQueryName("a" + longest));
  for (const char* bad : {"", ".", ".a", "a.", "a..b", "a\n", "\xc3\xbc", "\x7f"})
    EXPECT_FALSE(IsQueryName(bad)) << bad;
}

}  // namespace
}  // namespace assay::auth::spf
