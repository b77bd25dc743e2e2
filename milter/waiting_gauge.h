// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "lib/base/clock.h"

namespace assay::milter {

// How many callbacks are waiting for something that takes long, so that the pacer knows when it is
// needed. Thread-safe.
class WaitingGauge {
 public:
  // Counts one waiting callback while it lives.
  class Entry {
   public:
    explicit Entry(WaitingGauge& gauge);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    WaitingGauge& gauge_;
  };

  struct State {
    std::size_t waiting = 0;     // now
    std::uint64_t arrivals = 0;  // entries since the beginning
    bool closed = false;
  };

  [[nodiscard]] State Look() const;
  // Returns when there are other arrivals than `seen`, when `until` has passed or when the gauge
  // has been closed.
  State WaitForArrival(std::uint64_t seen, Deadline until) const;
  // Returns after `pause`, or at once when the gauge has been closed.
  State Pause(std::chrono::microseconds pause) const;
  // Wakes everybody: the process is about to end.
  void Close();

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  State state_;
};

}  // namespace assay::milter
