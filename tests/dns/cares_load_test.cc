// SPDX-License-Identifier: Apache-2.0
// Many questions and askers at once, and what the cache keeps for how long.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/dns/cares_testing.h"

namespace assay::dns {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(CaresResolver, ThousandQuestionsAtOnce) {
  const DnsServer server(
      [](const DnsQuery& query) { return Once(DnsReply(query).Text(query.name, query.name)); });
  const auto resolver = Start(server);
  const auto inbox = std::make_shared<Inbox>();
  for (int i = 0; i < 1000; ++i)
    resolver->Ask(Question("n" + std::to_string(i) + ".example", RrType::kTxt), inbox);
  const auto arrivals = Collect(*inbox, 1000);
  ASSERT_EQ(arrivals.size(), 1000U);
  for (const auto& [question, answer] : arrivals) {
    ASSERT_EQ(answer->status, Status::kSuccess) << question.name;
    EXPECT_EQ(answer->texts.front(), question.name);
  }
  EXPECT_TRUE(inbox->Take().empty());  // exactly one each
}

TEST(CaresResolver, HundredAskersOnePacket) {
  const DnsServer server([](const DnsQuery& query) {
    return Once(DnsReply(query).Text(query.name, "x"), milliseconds(50));
  });
  const auto resolver = Start(server);
  std::vector<std::shared_ptr<Inbox>> inboxes(100);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (auto& inbox : inboxes) inbox = std::make_shared<Inbox>();
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < inboxes.size(); i += 4) resolver->Ask(kText, inboxes[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& inbox : inboxes) {
    const auto arrivals = Collect(*inbox, 1);
    ASSERT_EQ(arrivals.size(), 1U);
    EXPECT_EQ(arrivals[0].second->status, Status::kSuccess);
  }
  EXPECT_EQ(server.queries().size(), 1U);
  const ResolverStatistics statistics = resolver->statistics();
  EXPECT_EQ(statistics.asked, 100U);
  EXPECT_EQ(statistics.queries, 1U);
  EXPECT_EQ(statistics.joined + statistics.cache.hits, 99U);
}

TEST(CaresResolver, CapQueuesAndTimesOutInTime) {
  const DnsServer server([](const DnsQuery& query) {
    return query.name.starts_with("silent") ? Packets{} : Hello(query);
  });
  CaresOptions options = OptionsFor({server.address()});
  options.timeout = milliseconds(500);
  options.max_in_flight = 4;
  const auto resolver = Start(options);
  const auto silent = std::make_shared<Inbox>();
  const Deadline begin = SteadyClock::now();
  for (int i = 0; i < 60; ++i) {
    resolver->Ask(Question("silent" + std::to_string(i), RrType::kTxt), silent);
  }
  const auto arrivals = Collect(*silent, 60);
  ASSERT_EQ(arrivals.size(), 60U);
  for (const auto& [question, answer] : arrivals) EXPECT_EQ(answer->status, Status::kTimeout);
  // One group of four after the other would take 7.5 s.
  EXPECT_LT(SteadyClock::now() - begin, seconds(4));
  EXPECT_LT(server.queries().size(), 60U);  // most never had their turn
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kSuccess);
  EXPECT_EQ(resolver->statistics().in_flight, 0U);
  EXPECT_EQ(resolver->statistics().waiting, 0U);
}

TEST(CaresResolver, QueuedQuestionsGetTheirTurn) {
  const DnsServer server([](const DnsQuery& query) {
    return Once(DnsReply(query).Text(query.name, "x"), milliseconds(2));
  });
  CaresOptions options = OptionsFor({server.address()});
  options.max_in_flight = 3;
  const auto resolver = Start(options);
  const auto inbox = std::make_shared<Inbox>();
  for (int i = 0; i < 60; ++i)
    resolver->Ask(Question('n' + std::to_string(i), RrType::kTxt), inbox);
  const auto arrivals = Collect(*inbox, 60);
  EXPECT_EQ(arrivals.size(), 60U);
  for (const auto& [question, answer] : arrivals) EXPECT_EQ(answer->status, Status::kSuccess);
}

// A clock that the test moves.
struct Clock {
  std::atomic<std::int64_t> seconds_passed = 0;
  [[nodiscard]] std::function<Deadline()> Function() {
    return [this] { return Deadline(seconds(100'000 + seconds_passed)); };
  }
};

struct ExpiryCase {
  const char* name;
  int ttl;  // seconds that the answer is kept
  DnsReply (*reply)(const DnsQuery&);
};

class CaresExpiry : public testing::TestWithParam<ExpiryCase> {};

TEST_P(CaresExpiry, AsksAgainWhenTheTimeHasPassed) {
  const DnsServer server([](const DnsQuery& query) { return Once(GetParam().reply(query)); });
  Clock clock;
  CaresOptions options = OptionsFor({server.address()});
  options.cache_clock = clock.Function();
  const auto resolver = Start(options);
  const Answer first = AskOne(*resolver, kText);
  clock.seconds_passed = GetParam().ttl - 1;
  EXPECT_EQ(AskOne(*resolver, kText), first);
  EXPECT_EQ(server.queries().size(), 1U);
  clock.seconds_passed = GetParam().ttl;
  EXPECT_EQ(AskOne(*resolver, kText), first);
  EXPECT_EQ(server.queries().size(), 2U);
  EXPECT_EQ(resolver->statistics().cache.hits, 1U);
}

constexpr ExpiryCase kExpiryCases[] = {
    {"positive", 60, [](const DnsQuery& q) { return DnsReply(q).Text(q.name, "x", 60); }},
    {"chain", 20,
     [](const DnsQuery& q) { return DnsReply(q).Cname(q.name, "b", 20).Text("b", "x", 60); }},
    {"nodata", 40, [](const DnsQuery& q) { return DnsReply(q).Soa(q.name, 900, 40); }},
    {"nxdomain", 30,
     [](const DnsQuery& q) { return DnsReply(q, test::kNxDomain).Soa(q.name, 30, 900); }},
    {"servfail", 5, [](const DnsQuery& q) { return DnsReply(q, test::kServFail); }},
};

INSTANTIATE_TEST_SUITE_P(Cares, CaresExpiry, testing::ValuesIn(kExpiryCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(CaresResolver, CachedAnswerArrivesWithoutAThreadChange) {
  const DnsServer server(Hello);
  const auto resolver = Start(server);
  AskOne(*resolver, kText);
  const auto inbox = std::make_shared<Inbox>();
  resolver->Ask(kText, inbox);
  EXPECT_EQ(inbox->Take().size(), 1U);  // there on return
}

TEST(CaresResolver, NamesThatCannotBeAsked) {
  const DnsServer server(Hello);
  const auto resolver = Start(server);
  for (const std::string& name : {std::string(), std::string("a..b"), std::string(64, 'a'),
                                  std::string("a\0b", 3), std::string("host.onion")}) {
    EXPECT_EQ(AskOne(*resolver, Question(name, RrType::kTxt)).status, Status::kNxDomain) << name;
  }
  EXPECT_TRUE(server.queries().empty());
}

TEST(CaresResolver, OddBytesInNamesArriveAsTheyAre) {
  const DnsServer server(Hello);
  const auto resolver = Start(server);
  const std::string odd = "back\\slash.sp ace.\xc3\xa4\x01.example";
  EXPECT_EQ(AskOne(*resolver, Question(odd, RrType::kTxt)).status, Status::kSuccess);
  ASSERT_EQ(server.queries().size(), 1U);
  EXPECT_EQ(server.queries()[0].name, odd);
}

}  // namespace
}  // namespace assay::dns
