// SPDX-License-Identifier: Apache-2.0
// Several servers, servers that are not there, and the end of a resolver.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

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

// An address where nothing listens.
std::string ClosedPort() {
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  socklen_t size = sizeof address;
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

TEST(CaresResolver, NextServerAfterSilenceAndThenFirst) {
  const DnsServer silent([](const DnsQuery&) { return Packets{}; });
  const DnsServer good(Hello);
  CaresOptions options = OptionsFor({silent.address(), good.address()});
  options.try_interval = milliseconds(50);
  const auto resolver = Start(options);
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kSuccess);
  EXPECT_EQ(silent.queries().size(), 1U);
  // From now on the one that answers is asked first.
  EXPECT_EQ(AskOne(*resolver, Question("example.org", RrType::kTxt)).status, Status::kSuccess);
  EXPECT_EQ(silent.queries().size(), 1U);
}

TEST(CaresResolver, NextServerAfterAFailure) {
  for (const int rcode : {test::kServFail, test::kRefused}) {
    const DnsServer bad([rcode](const DnsQuery& query) { return Once(DnsReply(query, rcode)); });
    const DnsServer good(Hello);
    const auto resolver = Start(OptionsFor({bad.address(), good.address()}));
    EXPECT_EQ(AskOne(*resolver, kText).status, Status::kSuccess);
    EXPECT_EQ(bad.queries().size(), 1U);
  }
}

TEST(CaresResolver, FirstFailureStandsWhenAllFail) {
  const DnsServer first(
      [](const DnsQuery& query) { return Once(DnsReply(query, test::kServFail)); });
  const DnsServer second(
      [](const DnsQuery& query) { return Once(DnsReply(query, test::kRefused)); });
  const auto resolver = Start(OptionsFor({first.address(), second.address()}));
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kServFail);
}

TEST(CaresResolver, NobodyListens) {
  CaresOptions options = OptionsFor({ClosedPort()});
  options.timeout = milliseconds(350);
  const auto resolver = Start(options);
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kTimeout);
  EXPECT_LE(resolver->statistics().queries, 5U);  // every 100 ms, not in a spin
}

// A local resolver that restarts must not cost more than a moment.
TEST(CaresResolver, ClosedPortIsTriedAgainSoon) {
  const DnsServer good(Hello);
  const auto resolver = Start(OptionsFor({ClosedPort(), good.address()}));
  const Deadline begin = SteadyClock::now();
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kSuccess);
  EXPECT_LT(SteadyClock::now() - begin, milliseconds(1500));
}

TEST(CaresResolver, MissingResolvConfIsNoError) {
  CaresOptions options;
  options.resolv_conf = testing::TempDir() + "no-such-resolv.conf";
  options.timeout = milliseconds(50);
  const auto resolver = Start(options);
  // The server on this machine is asked; whether there is one, is not ours to say.
  AskOne(*resolver, Question("example.invalid", RrType::kTxt));
  EXPECT_EQ(resolver->statistics().asked, 1U);
}

TEST(CaresResolver, BadServerIsAnError) {
  for (const char* server : {"ns.example.com", "127.0.0.1:99999", ""}) {
    const auto resolver = CaresResolver::Start(OptionsFor({server}));
    ASSERT_FALSE(resolver.has_value()) << server;
    EXPECT_EQ(resolver.error().kind, ErrorKind::kPermanent);
    EXPECT_NE(resolver.error().what.find('"' + std::string(server) + '"'), std::string::npos);
  }
}

TEST(CaresResolver, ShutdownAnswersWhatIsOpen) {
  const DnsServer server([](const DnsQuery& query) {
    return query.name.starts_with("tcp") && !query.tcp ? Once(DnsReply(query).Truncated())
                                                       : Packets{};
  });
  const auto inbox = std::make_shared<Inbox>();
  const Deadline begin = SteadyClock::now();
  {
    CaresOptions options = OptionsFor({server.address()});
    options.max_in_flight = 30;
    const auto resolver = Start(options);
    for (int i = 0; i < 50; ++i) {
      resolver->Ask(Question((i % 2 == 0 ? "udp" : "tcp") + std::to_string(i), RrType::kTxt),
                    inbox);
    }
    std::this_thread::sleep_for(milliseconds(50));
  }
  EXPECT_LT(SteadyClock::now() - begin, seconds(4));  // does not wait for the time-out
  const auto arrivals = inbox->Take();
  EXPECT_EQ(arrivals.size(), 50U);
  for (const auto& [question, answer] : arrivals) EXPECT_EQ(answer->status, Status::kTimeout);
}

TEST(CaresResolver, StartsAndStopsWithoutQuestions) {
  const DnsServer server(Hello);
  for (int i = 0; i < 20; ++i) Start(server);
}

TEST(CaresResolver, DeadInboxIsLeftAlone) {
  const DnsServer server([](const DnsQuery& query) {
    return Once(DnsReply(query).Text(query.name, "x"), milliseconds(50));
  });
  const auto resolver = Start(server);
  auto gone = std::make_shared<Inbox>();
  const std::weak_ptr<Inbox> watch = gone;
  resolver->Ask(kText, gone);
  gone.reset();
  EXPECT_TRUE(watch.expired());  // the resolver holds it weakly
  // The answer is kept for the next one all the same.
  const auto inbox = std::make_shared<Inbox>();
  resolver->Ask(Question("example.org", RrType::kTxt), inbox);
  EXPECT_EQ(Collect(*inbox, 1).size(), 1U);
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kSuccess);
  EXPECT_EQ(server.queries().size(), 2U);
}

TEST(CaresResolver, NobodyLeftToWaitEndsTheRepetitions) {
  const DnsServer server([](const DnsQuery&) { return Packets{}; });
  CaresOptions options = OptionsFor({server.address()});
  options.try_interval = milliseconds(40);
  const auto resolver = Start(options);
  auto gone = std::make_shared<Inbox>();
  resolver->Ask(kText, gone);
  gone.reset();
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_LE(server.queries().size(), 1U);
  EXPECT_EQ(resolver->statistics().in_flight, 0U);
}

TEST(CaresResolver, ManyThreadsAskAndForget) {
  const DnsServer server(
      [](const DnsQuery& query) { return Once(DnsReply(query).Text(query.name, "x")); });
  CaresOptions options = OptionsFor({server.address()});
  options.cache_bytes = 1 << 13;  // small: evictions all the time
  const auto resolver = Start(options);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&resolver, t] {
      for (int round = 0; round < 20; ++round) {
        const auto inbox = std::make_shared<Inbox>();
        for (int i = 0; i < 10; ++i) {
          resolver->Ask(Question("n" + std::to_string((round * 7 + i + t) % 60), RrType::kTxt),
                        inbox);
        }
        if (round % 3 == 0) continue;
        EXPECT_EQ(Collect(*inbox, 10).size(), 10U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(resolver->statistics().asked, 800U);
}

}  // namespace
}  // namespace assay::dns
