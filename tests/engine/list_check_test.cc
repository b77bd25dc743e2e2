// SPDX-License-Identifier: Apache-2.0
// What is asked of DNS lists, and what the answers come to.
#include "lib/engine/list_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "lib/dns/zone_resolver.h"

namespace assay::engine {
namespace {

using rules::Asked;
using rules::DnsList;
using rules::ListResult;
using State = rules::ListResult::State;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint32_t kLoopback = 0x7F000000;

DnsList MakeList(const std::string& name, std::initializer_list<Asked> asks) {
  DnsList list;
  list.name = name;
  list.zone = name + ".example";
  list.codes = {{"bad", {{kLoopback + 2, kLoopback + 2}}},
                {"worse", {{kLoopback + 3, kLoopback + 9}}}};
  for (const Asked what : asks) {
    list.asks.set(static_cast<std::size_t>(what));
    list.of_names = !IsAddress(what);
  }
  list.profiles = {"inbound"};
  list.used = true;
  return list;
}

class ListCheckTest : public testing::Test {
 protected:
  void Begin(const char* zone = "", std::string_view profile = "inbound") {
    dns::ZoneOptions options;
    options.record = true;
    options.timeout = std::chrono::seconds(30);
    resolver_.emplace(*dns::Zone::Parse(zone, "zone"), options);
    asker_.emplace(*resolver_);
    check_.emplace(
        lists_, health_, [](std::string_view name) { return name == "skip.example"; }, questions_);
    check_->Begin(profile);
  }
  void Client(const char* ip) {
    const IpAddress address = *IpAddress::Parse(ip);
    check_->Know(Asked::kClientIp, {&address, 1});
  }
  void Names(Asked what, std::vector<std::string> names, bool all = true) {
    check_->Know(what, names, all);
  }
  ListResult Result(std::size_t list = 0) {
    check_->Advance(*asker_);
    return check_->Results(asker_->answers())[list];
  }
  std::vector<std::string> Findings(std::size_t list = 0) {
    std::vector<std::string> found;
    for (const ListResult::Finding& finding : Result(list).findings) {
      found.push_back(finding.asked + " " + lists_[list].codes[finding.code].name);
    }
    return found;
  }
  std::vector<std::string> Questions() {
    std::vector<std::string> names;
    for (const dns::Question& question : resolver_->asked()) names.push_back(question.name);
    return names;
  }

  std::vector<DnsList> lists_;
  ListHealth health_;
  std::size_t questions_ = 60;
  std::optional<dns::ZoneResolver> resolver_;
  std::optional<Asker> asker_;
  std::optional<ListCheck> check_;
};

TEST_F(ListCheckTest, AListedClient) {
  lists_ = {MakeList("a", {Asked::kClientIp})};
  Begin("1.2.0.192.a.example A 127.0.0.2\n1.2.0.192.a.example A 127.0.0.3\n");
  Client("192.0.2.1");
  EXPECT_THAT(Findings(), ElementsAre("192.0.2.1 bad", "192.0.2.1 worse"));
  EXPECT_EQ(Result().state, State::kComplete);
  EXPECT_TRUE(check_->Done());
  EXPECT_FALSE(check_->limited());
}

TEST_F(ListCheckTest, AListedClientOfIpv6) {
  lists_ = {MakeList("a", {Asked::kClientIp})};
  Begin("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.a.example A 127.0.0.2\n");
  Client("2001:db8::1");
  EXPECT_THAT(Findings(), ElementsAre("2001:db8::1 bad"));
}

TEST_F(ListCheckTest, NotListed) {
  lists_ = {MakeList("a", {Asked::kClientIp})};
  Begin();
  Client("192.0.2.1");
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_EQ(Result().state, State::kComplete);
}

TEST_F(ListCheckTest, UnusedListsAndOtherProfilesAreNotAsked) {
  lists_ = {MakeList("a", {Asked::kClientIp}), MakeList("b", {Asked::kClientIp}),
            MakeList("c", {Asked::kClientIp})};
  lists_[0].used = false;
  lists_[1].profiles = {"submission", "local"};
  Begin();
  Client("192.0.2.1");
  EXPECT_EQ(Result(0).state, State::kNotAsked);
  EXPECT_EQ(Result(1).state, State::kNotAsked);
  EXPECT_EQ(Result(2).state, State::kComplete);
  EXPECT_THAT(Questions(), ElementsAre("1.2.0.192.c.example"));
}

TEST_F(ListCheckTest, SubmissionOnlyWhenTold) {
  lists_ = {MakeList("a", {Asked::kClientIp})};
  Begin("", "submission");
  Client("192.0.2.1");
  EXPECT_EQ(Result().state, State::kNotAsked);
  EXPECT_THAT(Questions(), IsEmpty());
  lists_[0].profiles = {"submission"};
  Begin("", "submission");
  Client("192.0.2.1");
  EXPECT_EQ(Result().state, State::kComplete);
  EXPECT_THAT(Questions(), SizeIs(1));
}

TEST_F(ListCheckTest, WithoutABudgetNothingIsAsked) {
  questions_ = 0;
  lists_ = {MakeList("a", {Asked::kClientIp})};
  Begin();
  Client("192.0.2.1");
  EXPECT_EQ(Result().state, State::kNotAsked);
}

TEST_F(ListCheckTest, PrivateAddressesAreListedNowhere) {
  for (const char* ip : {"10.1.2.3", "127.0.0.1", "192.168.1.1", "172.16.0.1", "172.31.255.255",
                         "169.254.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
                         "::1", "::", "fe80::1", "fd00::1", "ff02::1"}) {
    EXPECT_FALSE(IsAskedAbout(*IpAddress::Parse(ip))) << ip;
  }
  for (const char* ip : {"192.0.2.1", "172.32.0.1", "100.128.0.1", "11.0.0.1", "223.255.255.255",
                         "2001:db8::1", "::2", "fe00::1"}) {
    EXPECT_TRUE(IsAskedAbout(*IpAddress::Parse(ip))) << ip;
  }
  lists_ = {MakeList("a", {Asked::kClientIp})};
  Begin();
  Client("10.1.2.3");
  EXPECT_EQ(Result().state, State::kComplete);
  EXPECT_THAT(Questions(), IsEmpty());
}

TEST_F(ListCheckTest, UnknownUntilEverythingIsKnownThatIsAsked) {
  lists_ = {MakeList("a", {Asked::kHelo, Asked::kHeaderFromDomain})};
  Begin("evil.example.a.example A 127.0.0.2\n");
  Names(Asked::kHelo, {"mx.evil.example"});
  EXPECT_EQ(Result().state, State::kIncomplete);
  EXPECT_THAT(Findings(), ElementsAre("evil.example bad")) << "what is found counts at once";
  EXPECT_TRUE(check_->Wants(Asked::kHeaderFromDomain));
  EXPECT_FALSE(check_->Wants(Asked::kHelo));
  EXPECT_FALSE(check_->Wants(Asked::kLinks));
  Names(Asked::kHeaderFromDomain, {});
  EXPECT_EQ(Result().state, State::kComplete);
}

TEST_F(ListCheckTest, NamesThatMayStandThereTwice) {
  lists_ = {MakeList("a", {Asked::kHelo, Asked::kMailFromDomain, Asked::kHeaderFromDomain})};
  Begin();
  Names(Asked::kHelo, {"a.site.example", "b.site.example"});
  Names(Asked::kMailFromDomain, {"site.example"});
  Names(Asked::kMailFromDomain, {"late.example"});  // the first call counts
  Names(Asked::kHeaderFromDomain, {"site.example", "other.example"});
  EXPECT_EQ(Result().state, State::kComplete);
  EXPECT_THAT(Questions(), ElementsAre("site.example.a.example", "other.example.a.example"));
}

TEST_F(ListCheckTest, WholeNamesOrWhatIsRegistered) {
  lists_ = {MakeList("a", {Asked::kHelo}), MakeList("b", {Asked::kHelo})};
  lists_[1].whole_names = true;
  Begin();
  Names(Asked::kHelo, {"www.shop.example.com"});
  (void)Result();
  EXPECT_THAT(Questions(), ElementsAre("example.com.a.example", "www.shop.example.com.b.example"));
}

TEST_F(ListCheckTest, WhatIsNoHostAndWhatIsSkippedIsNotAsked) {
  lists_ = {MakeList("a", {Asked::kHelo})};
  lists_[0].whole_names = true;
  Begin();
  Names(Asked::kHelo, {"localhost", "192.0.2.1", "[192.0.2.1]", "a..example", "a b.example",
                       "skip.example", "", ".", "x.example.", "1.2.3", "a.0x7f"});
  EXPECT_EQ(Result().state, State::kComplete);
  EXPECT_THAT(Questions(), IsEmpty());
}

TEST_F(ListCheckTest, OfTooManyNamesTheFirstAndTheLast) {
  lists_ = {MakeList("a", {Asked::kLinks})};
  Begin();
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("n" + std::to_string(i) + ".example");
  Names(Asked::kLinks, names);
  EXPECT_EQ(Result().state, State::kIncomplete);
  EXPECT_TRUE(check_->limited());
  const auto asked = Questions();
  ASSERT_THAT(asked, SizeIs(kMaxListNames));
  EXPECT_EQ(asked.front(), "n0.example.a.example");
  EXPECT_EQ(asked[9], "n9.example.a.example");
  EXPECT_EQ(asked[10], "n990.example.a.example");
  EXPECT_EQ(asked.back(), "n999.example.a.example");
}

TEST_F(ListCheckTest, RepeatedNamesAreNotTooMany) {
  lists_ = {MakeList("a", {Asked::kLinks})};
  Begin();
  Names(Asked::kLinks, std::vector<std::string>(1000, "www.site.example"));
  EXPECT_EQ(Result().state, State::kComplete);
  EXPECT_FALSE(check_->limited());
}

TEST_F(ListCheckTest, TheBudgetIsOneForAllLists) {
  questions_ = 3;
  lists_ = {MakeList("a", {Asked::kClientIp}), MakeList("b", {Asked::kLinks})};
  Begin("1.2.0.192.a.example A 127.0.0.2\nn1.example.b.example A 127.0.0.2\n");
  Client("192.0.2.1");
  Names(Asked::kLinks, {"n0.example", "n1.example", "n2.example"});
  EXPECT_EQ(Result(0).state, State::kComplete);
  EXPECT_EQ(Result(1).state, State::kIncomplete);
  EXPECT_THAT(Findings(1), ElementsAre("n1.example bad"));
  EXPECT_TRUE(check_->limited());
  EXPECT_FALSE(asker_->over_budget()) << "limit.dns is about SPF";
  EXPECT_THAT(Questions(), SizeIs(3));
}

TEST_F(ListCheckTest, WhatNobodyKnowsAllOfIsUnknown) {
  lists_ = {MakeList("a", {Asked::kLinks})};
  Begin();
  Names(Asked::kLinks, {"n0.example"}, false);
  EXPECT_EQ(Result().state, State::kIncomplete);
}

struct TroubleCase {
  const char* name;
  const char* zone;
  bool off;  // for the next message
};

class ListCheckTrouble : public ListCheckTest, public testing::WithParamInterface<TroubleCase> {};

constexpr TroubleCase kTroubles[] = {
    {"servfail", "1.2.0.192.a.example SERVFAIL\n", false},
    {"refused", "1.2.0.192.a.example REFUSED\n", false},
    {"malformed", "1.2.0.192.a.example MALFORMED\n", false},
    {"blocked", "1.2.0.192.a.example A 127.255.255.254\n", true},
    {"blocked_and_listed",
     "1.2.0.192.a.example A 127.0.0.2\n1.2.0.192.a.example A 127.255.255.254\n", true},
    {"blocked_127_0_0_1", "1.2.0.192.a.example A 127.0.0.1\n", true},
    {"wildcard", "1.2.0.192.a.example A 203.0.113.1\n", true},
};

TEST_P(ListCheckTrouble, IsNeverAHitAndNeverAnAllClear) {
  lists_ = {MakeList("a", {Asked::kClientIp})};
  Begin(GetParam().zone);
  Client("192.0.2.1");
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_EQ(Result().state, State::kIncomplete);
  EXPECT_TRUE(check_->Done());
  EXPECT_EQ(health_.InUse(lists_[0]), !GetParam().off);
  Begin(GetParam().zone);
  Client("192.0.2.1");
  EXPECT_EQ(Result().state, GetParam().off ? State::kOff : State::kIncomplete);
  EXPECT_THAT(Questions(), SizeIs(GetParam().off ? 0 : 1));
}

INSTANTIATE_TEST_SUITE_P(Answers, ListCheckTrouble, testing::ValuesIn(kTroubles),
                         [](const auto& i) { return std::string(i.param.name); });

TEST_F(ListCheckTest, ASilentListIsSwitchedOffInTheEnd) {
  lists_ = {MakeList("a", {Asked::kClientIp})};
  for (int i = 0; i < kMaxListFailures; ++i) {
    EXPECT_TRUE(health_.InUse(lists_[0])) << i;
    Begin("1.2.0.192.a.example SERVFAIL\n");
    Client("192.0.2.1");
    (void)Result();
  }
  EXPECT_FALSE(health_.InUse(lists_[0]));
}

TEST_F(ListCheckTest, TheDeadlineMakesWhatIsMissingATimeOut) {
  lists_ = {MakeList("a", {Asked::kClientIp}), MakeList("b", {Asked::kClientIp})};
  Begin("1.2.0.192.a.example TIMEOUT\n1.2.0.192.b.example A 127.0.0.2\n");
  Client("192.0.2.1");
  check_->Advance(*asker_);
  EXPECT_FALSE(check_->Done());
  asker_->GiveUp();  // at MAIL, say: the answer may still come
  check_->Advance(*asker_);
  EXPECT_FALSE(check_->Done());
  EXPECT_FALSE(asker_->missed_deadline());
  asker_->Resume();
  check_->EndOfMessage();
  asker_->GiveUp();
  check_->Advance(*asker_);
  EXPECT_TRUE(check_->Done());
  EXPECT_TRUE(asker_->missed_deadline());
  EXPECT_EQ(Result(0).state, State::kIncomplete);
  EXPECT_EQ(Result(1).state, State::kComplete);
  EXPECT_THAT(Findings(1), ElementsAre("192.0.2.1 bad"));
}

}  // namespace
}  // namespace assay::engine
