// SPDX-License-Identifier: Apache-2.0
// A zone that answers like the network: late where $DELAY says so, and never where it says TIMEOUT.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "lib/base/clock.h"
#include "lib/dns/resolver.h"
#include "lib/dns/zone.h"

namespace assay::dns {

struct ZoneOptions {
  // For one question; a TIMEOUT of the zone arrives after it.
  std::chrono::milliseconds timeout{5'000};
  // Keep every question asked. Grows without bound: for tests.
  bool record = false;
};

// Answers at once, in the thread that asks, when the zone has no delay; otherwise from a thread of
// its own.
class ZoneResolver final : public Resolver {
 public:
  explicit ZoneResolver(Zone zone, ZoneOptions options = {});
  // Answers that are still on their way arrive as kTimeout.
  ~ZoneResolver() override;
  ZoneResolver(const ZoneResolver&) = delete;
  ZoneResolver& operator=(const ZoneResolver&) = delete;

  void Ask(const Question& question, const std::shared_ptr<Inbox>& inbox) override;

  // With ZoneOptions::record: all questions in the order asked, and those that the zone does not
  // mention. A test that states its whole DNS expects the second to be empty.
  [[nodiscard]] std::vector<Question> asked() const;
  [[nodiscard]] std::vector<Question> unexpected() const;

 private:
  struct Pending {
    Question question;
    AnswerPtr answer;
    std::weak_ptr<Inbox> inbox;
  };

  void Deliver(const Pending& pending) const;
  void Run();

  const Zone zone_;
  const ZoneOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::multimap<Deadline, Pending> pending_;
  std::vector<Question> asked_;
  std::thread thread_;  // started by the first answer that is late
};

}  // namespace assay::dns
