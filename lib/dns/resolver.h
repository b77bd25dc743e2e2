// SPDX-License-Identifier: Apache-2.0
// Who answers questions, and where the answers arrive.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/dns/answer.h"

namespace assay::dns {

// The mailbox of one transaction: the resolver's thread puts answers in, the thread that holds the
// session takes them out. Thread-safe. The resolver holds it weakly: after ABORT or CLOSE late
// answers are dropped.
class Inbox {
 public:
  using Arrival = std::pair<Question, AnswerPtr>;

  void Put(const Question& question, AnswerPtr answer);
  // Everything that has arrived, without waiting; empty when nothing has.
  [[nodiscard]] std::vector<Arrival> Take();
  // Waits until something has arrived or `until` has passed. True when there is something to take.
  bool Wait(Deadline until);

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Arrival> arrivals_;
};

// Asks the network, or something that stands in for it. Implementations are thread-safe and never
// block in Ask().
class Resolver {
 public:
  virtual ~Resolver() = default;
  // Puts exactly one answer into `inbox`, now (cached) or later (at the latest with kTimeout after
  // the per-question time-out), unless the inbox is gone by then. Asking the same question twice at
  // once costs one query.
  virtual void Ask(const Question& question, const std::shared_ptr<Inbox>& inbox) = 0;
};

}  // namespace assay::dns
