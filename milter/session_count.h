// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>

namespace assay::milter {

// How many sessions are open: from the negotiation to xxfi_close. Drain waits for none.
// Thread-safe.
class SessionCount {
 public:
  // Counts one session while it lives.
  class Ticket {
   public:
    explicit Ticket(SessionCount& count) : count_(count) { ++count_.open_; }
    ~Ticket() { --count_.open_; }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    SessionCount& count_;
  };

  [[nodiscard]] std::size_t open() const { return open_.load(); }

 private:
  std::atomic<std::size_t> open_{0};
};

}  // namespace assay::milter
