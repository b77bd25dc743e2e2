// SPDX-License-Identifier: Apache-2.0
// The c-ares adapter against real packets on loopback.
#include "lib/dns/cares_resolver.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/dns_server.h"

namespace assay::dns {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::DnsQuery;
using test::DnsReply;
using test::DnsServer;
using Packets = std::vector<DnsServer::Packet>;

constexpr seconds kPatience{30};  // for answers that must come; a slow machine is not a failure
const Question kText("example.com", RrType::kTxt);

CaresOptions OptionsFor(const std::vector<std::string>& servers) {
  CaresOptions options;
  options.servers = servers;
  options.timeout = milliseconds(5000);
  options.try_interval = milliseconds(1500);
  return options;
}

std::unique_ptr<CaresResolver> Start(CaresOptions options) {
  auto resolver = CaresResolver::Start(std::move(options));
  EXPECT_TRUE(resolver.has_value()) << resolver.error().what;
  return std::move(*resolver);
}

std::unique_ptr<CaresResolver> Start(const DnsServer& server) {
  return Start(OptionsFor({server.address()}));
}

std::vector<Inbox::Arrival> Collect(Inbox& inbox, std::size_t count) {
  std::vector<Inbox::Arrival> arrivals;
  const Deadline until = SteadyClock::now() + kPatience;
  while (arrivals.size() < count && inbox.Wait(until)) {
    for (Inbox::Arrival& arrival : inbox.Take()) arrivals.push_back(std::move(arrival));
  }
  return arrivals;
}

Answer AskOne(CaresResolver& resolver, const Question& question) {
  const auto inbox = std::make_shared<Inbox>();
  resolver.Ask(question, inbox);
  const auto arrivals = Collect(*inbox, 1);
  EXPECT_EQ(arrivals.size(), 1U);
  if (arrivals.empty()) return {};
  EXPECT_EQ(arrivals[0].first, question);
  return *arrivals[0].second;
}

Packets Once(const DnsReply& reply, milliseconds delay = milliseconds(0)) {
  return {{reply.Bytes(), delay}};
}

Packets Hello(const DnsQuery& query) { return Once(DnsReply(query).Text(query.name, "hello")); }

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

TEST(CaresResolver, AnswersEveryType) {
  Zone zone;
  zone.AddText("example.com", "v=spf1 -all", seconds(77));
  zone.AddAddress("example.com", *IpAddress::Parse("192.0.2.1"));
  zone.AddAddress("example.com", *IpAddress::Parse("2001:db8::1"));
  zone.AddMailExchange("example.com", {10, "mail.example.com"});
  zone.AddHost("1.2.0.192.in-addr.arpa", "mail.example.com");
  const DnsServer server(zone);
  const auto resolver = Start(server);
  for (const RrType type : {RrType::kTxt, RrType::kA, RrType::kAaaa, RrType::kMx}) {
    const Question question("example.com", type);
    EXPECT_EQ(AskOne(*resolver, question), zone.Lookup(question)) << ToWord(type);
  }
  const Question reverse("1.2.0.192.in-addr.arpa", RrType::kPtr);
  EXPECT_EQ(AskOne(*resolver, reverse), zone.Lookup(reverse));
}

TEST(CaresResolver, QueriesAreRecursiveWithEdns) {
  const DnsServer server(Hello);
  const auto resolver = Start(server);
  AskOne(*resolver, kText);
  const auto queries = server.queries();
  ASSERT_EQ(queries.size(), 1U);
  EXPECT_EQ(queries[0].name, "example.com");
  EXPECT_TRUE(queries[0].recursion_desired);
  EXPECT_EQ(queries[0].edns_bytes, 1232);
  EXPECT_FALSE(queries[0].tcp);
}

TEST(CaresResolver, QueryIdsAreNotInSequence) {
  const DnsServer server(Hello);
  const auto resolver = Start(server);
  const auto inbox = std::make_shared<Inbox>();
  for (int i = 0; i < 20; ++i)
    resolver->Ask(Question('n' + std::to_string(i), RrType::kTxt), inbox);
  EXPECT_EQ(Collect(*inbox, 20).size(), 20U);
  const auto queries = server.queries();
  int neighbours = 0;
  for (std::size_t i = 1; i < queries.size(); ++i) {
    neighbours += static_cast<std::uint16_t>(queries[i].id - queries[i - 1].id) == 1 ? 1 : 0;
  }
  EXPECT_LE(neighbours, 2);
}

struct StatusCase {
  const char* name;
  Status want;
  DnsReply (*reply)(const DnsQuery&);
};

class CaresStatus : public testing::TestWithParam<StatusCase> {};

TEST_P(CaresStatus, StaysWhatItIs) {
  const DnsServer server([](const DnsQuery& query) { return Once(GetParam().reply(query)); });
  const auto resolver = Start(server);
  EXPECT_EQ(AskOne(*resolver, kText).status, GetParam().want);
  EXPECT_EQ(server.queries().size(), 1U);  // with one server, no failure is worth a repetition
  EXPECT_EQ(resolver->statistics().Count(GetParam().want), 1U);
}

constexpr StatusCase kStatusCases[] = {
    {"success", Status::kSuccess, [](const DnsQuery& q) { return DnsReply(q).Text(q.name, "x"); }},
    {"nodata", Status::kNoData, [](const DnsQuery& q) { return DnsReply(q).Soa(q.name, 60, 60); }},
    {"nxdomain", Status::kNxDomain, [](const DnsQuery& q) { return DnsReply(q, test::kNxDomain); }},
    {"servfail", Status::kServFail, [](const DnsQuery& q) { return DnsReply(q, test::kServFail); }},
    {"refused", Status::kRefused, [](const DnsQuery& q) { return DnsReply(q, test::kRefused); }},
    {"malformed", Status::kMalformed, [](const DnsQuery& q) { return DnsReply(q).Raw("\xff"); }},
    {"chain", Status::kSuccess,
     [](const DnsQuery& q) {
       return DnsReply(q)
           .Cname(q.name, "b.example")
           .Cname("b.example", "c.example")
           .Text("c.example", "x");
     }},
    {"chain_to_nothing", Status::kNxDomain,
     [](const DnsQuery& q) { return DnsReply(q, test::kNxDomain).Cname(q.name, "b.example"); }},
    {"chain_without_end", Status::kNoData,
     [](const DnsQuery& q) { return DnsReply(q).Cname(q.name, "b.example"); }},
    {"chain_loop", Status::kServFail,
     [](const DnsQuery& q) {
       return DnsReply(q).Cname(q.name, "b.example").Cname("b.example", q.name);
     }},
};

INSTANTIATE_TEST_SUITE_P(Cares, CaresStatus, testing::ValuesIn(kStatusCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(CaresResolver, DroppedQueryIsRepeated) {
  const DnsServer server(
      [](const DnsQuery& query) { return query.repetition == 0 ? Packets{} : Hello(query); });
  CaresOptions options = OptionsFor({server.address()});
  options.try_interval = milliseconds(50);
  const auto resolver = Start(options);
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kSuccess);
  EXPECT_GE(resolver->statistics().queries, 2U);
}

TEST(CaresResolver, AnswerToTheFirstQueryCountsAfterARepetition) {
  const DnsServer server([](const DnsQuery& query) {
    return query.repetition == 0
               ? Once(DnsReply(query).Text(query.name, "hello"), milliseconds(150))
               : Packets{};
  });
  CaresOptions options = OptionsFor({server.address()});
  options.try_interval = milliseconds(50);
  const auto resolver = Start(options);
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kSuccess);
}

TEST(CaresResolver, SilenceIsATimeoutInTime) {
  const DnsServer server([](const DnsQuery&) { return Packets{}; });
  CaresOptions options = OptionsFor({server.address()});
  options.timeout = milliseconds(200);
  options.try_interval = milliseconds(60);
  const auto resolver = Start(options);
  const Deadline begin = SteadyClock::now();
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kTimeout);
  EXPECT_GE(SteadyClock::now() - begin, milliseconds(200));
  const std::size_t sent = server.queries().size();
  EXPECT_GE(sent, 2U);
  EXPECT_LE(sent, 4U);  // at 0, 60, 120 and 180 ms
  // A timeout says nothing about the name: the next one asks again.
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kTimeout);
  EXPECT_GT(server.queries().size(), sent);
}

TEST(CaresResolver, TimeRunsFromWhenEachAskerAsked) {
  const DnsServer server([](const DnsQuery&) { return Packets{}; });
  CaresOptions options = OptionsFor({server.address()});
  options.timeout = milliseconds(300);
  const auto resolver = Start(options);
  const auto first = std::make_shared<Inbox>();
  const auto second = std::make_shared<Inbox>();
  const Deadline begin = SteadyClock::now();
  resolver->Ask(kText, first);
  std::this_thread::sleep_for(milliseconds(150));
  resolver->Ask(kText, second);
  EXPECT_EQ(Collect(*first, 1).size(), 1U);
  EXPECT_GE(SteadyClock::now() - begin, milliseconds(300));
  EXPECT_EQ(Collect(*second, 1).size(), 1U);
  EXPECT_GE(SteadyClock::now() - begin, milliseconds(450));
  EXPECT_EQ(resolver->statistics().joined, 1U);
}

TEST(CaresResolver, LateAnswerIsKeptForTheNextTime) {
  const DnsServer server([](const DnsQuery& query) {
    return Once(DnsReply(query).Text(query.name, "late"), milliseconds(150));
  });
  CaresOptions options = OptionsFor({server.address()});
  options.timeout = milliseconds(100);
  const auto resolver = Start(options);
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kTimeout);
  // No answer is ever in time: only what came too late can be what succeeds.
  Status status = Status::kTimeout;
  for (int i = 0; i < 100 && status == Status::kTimeout; ++i)
    status = AskOne(*resolver, kText).status;
  EXPECT_EQ(status, Status::kSuccess);
}

TEST(CaresResolver, WrongIdIsIgnored) {
  const DnsServer server([](const DnsQuery& query) {
    Packets packets = Once(
        DnsReply(query).Text(query.name, "forged").Id(static_cast<std::uint16_t>(query.id + 1)));
    packets.push_back({DnsReply(query).Text(query.name, "true").Bytes(), milliseconds(30)});
    return packets;
  });
  const auto resolver = Start(server);
  EXPECT_EQ(AskOne(*resolver, kText).texts, std::vector<std::string>{"true"});
}

TEST(CaresResolver, WrongQuestionAndRubbishAreIgnored) {
  const DnsServer server([](const DnsQuery& query) {
    DnsQuery other = query;
    other.name = "example.org";
    return Packets{{"", milliseconds(0)},
                   {"short", milliseconds(0)},
                   {DnsReply(other).Text("example.org", "forged").Bytes(), milliseconds(0)},
                   {DnsReply(query).Text(query.name, "true").Bytes(), milliseconds(20)}};
  });
  const auto resolver = Start(server);
  EXPECT_EQ(AskOne(*resolver, kText).texts, std::vector<std::string>{"true"});
}

TEST(CaresResolver, TruncatedAnswerComesOverTcp) {
  Zone zone;
  const std::string long_text(4096, 'k');
  zone.AddText("example.com", long_text);
  const DnsServer server(zone);
  const auto resolver = Start(server);
  EXPECT_EQ(AskOne(*resolver, kText).texts, std::vector<std::string>{long_text});
  const auto queries = server.queries();
  ASSERT_EQ(queries.size(), 2U);
  EXPECT_FALSE(queries[0].tcp);
  EXPECT_TRUE(queries[1].tcp);
}

TEST(CaresResolver, LargestAnswerThatFitsNeedsNoTcp) {
  Zone zone;
  zone.AddText("example.com", std::string(1150, 'k'));
  const DnsServer server(zone);
  const auto resolver = Start(server);
  EXPECT_EQ(AskOne(*resolver, kText).texts.front().size(), 1150U);
  EXPECT_EQ(server.queries().size(), 1U);
}

TEST(CaresResolver, TruncatedOverTcpTooIsMalformed) {
  const DnsServer server([](const DnsQuery& query) { return Once(DnsReply(query).Truncated()); });
  const auto resolver = Start(server);
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kMalformed);
}

// A server closes idle connections; what is out over UDP must not suffer, and TCP must be set up
// anew.
TEST(CaresResolver, BrokenTcpConnection) {
  DnsServer server([](const DnsQuery& query) -> Packets {
    if (query.name == "silent.example") return {};
    if (!query.tcp) return Once(DnsReply(query).Truncated());
    if (query.name == "slow.example")
      return Once(DnsReply(query).Text(query.name, "x"), milliseconds(400));
    return Hello(query);
  });
  const auto resolver = Start(server);
  const auto inbox = std::make_shared<Inbox>();
  resolver->Ask(Question("silent.example", RrType::kTxt), inbox);
  EXPECT_EQ(AskOne(*resolver, kText).status, Status::kSuccess);
  resolver->Ask(Question("slow.example", RrType::kTxt), inbox);
  std::this_thread::sleep_for(milliseconds(100));
  server.DropConnections();
  const auto arrivals = Collect(*inbox, 1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].first.name, "slow.example");
  EXPECT_EQ(arrivals[0].second->status, Status::kSuccess);
}

TEST(CaresResolver, ServerWithoutEdns) {
  const DnsServer server([](const DnsQuery& query) {
    return query.edns_bytes > 0 ? Once(DnsReply(query, test::kFormErr)) : Hello(query);
  });
  const auto resolver = Start(server);
  const auto inbox = std::make_shared<Inbox>();
  for (int i = 0; i < 10; ++i)
    resolver->Ask(Question('n' + std::to_string(i), RrType::kTxt), inbox);
  for (const auto& [question, answer] : Collect(*inbox, 10)) {
    EXPECT_EQ(answer->status, Status::kSuccess) << question.name;
  }
}

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
