// SPDX-License-Identifier: Apache-2.0
// The c-ares adapter against real packets on loopback: what one question and its answer may be.
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

}  // namespace
}  // namespace assay::dns
