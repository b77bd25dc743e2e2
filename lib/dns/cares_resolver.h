// SPDX-License-Identifier: Apache-2.0
// The resolver that asks the network.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/dns/cache.h"
#include "lib/dns/resolver.h"

namespace assay::dns {

struct CaresOptions {
  // Recursive servers in order of preference: "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53".
  // Empty: those of resolv.conf, read once; the server on this machine when it names none. Queries
  // to one server may leave from one port for as long as the resolver is busy, so the path to it
  // should be trusted: this machine or its own network.
  std::vector<std::string> servers;
  // Read instead of the system's, for tests.
  std::string resolv_conf;
  // Of one question, from when it was asked.
  std::chrono::milliseconds timeout{5'000};
  // After it, an unanswered question goes to the next server; both run at least 10 ms.
  std::chrono::milliseconds try_interval{1'500};
  // Different questions that are out; more wait for their turn while their time runs. Bounds what a
  // burst puts into the socket's buffer; names that nobody answers hold their place for `timeout`.
  std::size_t max_in_flight = 2'000;
  // 16 MiB hold about 40,000 answers; 0: no cache.
  std::size_t cache_bytes = std::size_t{16} << 20;
  // What TTLs are measured with; called from several threads.
  std::function<Deadline()> cache_clock = [] { return SteadyClock::now(); };
};

// Counters only grow; the rest is the state of the moment.
struct ResolverStatistics {
  std::uint64_t asked = 0;    // calls of Ask()
  std::uint64_t joined = 0;   // of these, answered by a query that was already out
  std::uint64_t queries = 0;  // sent, repetitions and TCP included
  // By Status: one for each Ask() that is over, whether from the cache or for an inbox gone since.
  std::array<std::uint64_t, 8> answers{};
  std::size_t in_flight = 0;  // questions out now
  std::size_t waiting = 0;    // questions beyond max_in_flight
  CacheStatistics cache;

  [[nodiscard]] std::uint64_t Count(Status status) const {
    return answers[static_cast<std::size_t>(status)];
  }
};

// Asks recursive servers through c-ares from one thread of its own, with a cache in front.
// Thread-safe; Ask() never blocks and hands a cached answer over without changing threads. Repeated
// questions go round the servers; SERVFAIL, REFUSED and unreadable answers move on to the next
// server at once, and stand when every server has been asked. A truncated answer is asked for again
// over TCP. No search domains, no /etc/hosts.
class CaresResolver final : public Resolver {
 public:
  // Permanent when a server is not an address; Temporary when the system lacks something.
  // Unreachable servers and a missing resolv.conf are not errors: answers are kTimeout then. Start
  // it after the process has forked.
  [[nodiscard]] static Result<std::unique_ptr<CaresResolver>> Start(CaresOptions options);
  // Everything still open arrives as kTimeout; the thread has ended on return. No Ask() may be
  // running.
  ~CaresResolver() override;
  CaresResolver(const CaresResolver&) = delete;
  CaresResolver& operator=(const CaresResolver&) = delete;

  void Ask(const Question& question, const std::shared_ptr<Inbox>& inbox) override;
  [[nodiscard]] ResolverStatistics statistics() const;

 private:
  class Impl;
  explicit CaresResolver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::dns
