// SPDX-License-Identifier: Apache-2.0
// What the tests of CaresResolver share: a resolver that asks a server on loopback, and waiting for
// what arrives.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/dns/cares_resolver.h"
#include "tests/support/dns_server.h"

namespace assay::dns {

using test::DnsQuery;
using test::DnsReply;
using test::DnsServer;
using Packets = std::vector<DnsServer::Packet>;

// For answers that must come; a slow machine is not a failure.
inline constexpr std::chrono::seconds kPatience{30};
inline const Question kText("example.com", RrType::kTxt);

inline CaresOptions OptionsFor(const std::vector<std::string>& servers) {
  CaresOptions options;
  options.servers = servers;
  options.timeout = std::chrono::milliseconds(5000);
  options.try_interval = std::chrono::milliseconds(1500);
  return options;
}

inline std::unique_ptr<CaresResolver> Start(CaresOptions options) {
  auto resolver = CaresResolver::Start(std::move(options));
  EXPECT_TRUE(resolver.has_value()) << resolver.error().what;
  return std::move(*resolver);
}

inline std::unique_ptr<CaresResolver> Start(const DnsServer& server) {
  return Start(OptionsFor({server.address()}));
}

inline std::vector<Inbox::Arrival> Collect(Inbox& inbox, std::size_t count) {
  std::vector<Inbox::Arrival> arrivals;
  const Deadline until = SteadyClock::now() + kPatience;
  while (arrivals.size() < count && inbox.Wait(until)) {
    for (Inbox::Arrival& arrival : inbox.Take()) arrivals.push_back(std::move(arrival));
  }
  return arrivals;
}

inline Answer AskOne(CaresResolver& resolver, const Question& question) {
  const auto inbox = std::make_shared<Inbox>();
  resolver.Ask(question, inbox);
  const auto arrivals = Collect(*inbox, 1);
  EXPECT_EQ(arrivals.size(), 1U);
  if (arrivals.empty()) return {};
  EXPECT_EQ(arrivals[0].first, question);
  return *arrivals[0].second;
}

inline Packets Once(const DnsReply& reply,
                    std::chrono::milliseconds delay = std::chrono::milliseconds(0)) {
  return {{reply.Bytes(), delay}};
}

inline Packets Hello(const DnsQuery& query) {
  return Once(DnsReply(query).Text(query.name, "hello"));
}

}  // namespace assay::dns
