// SPDX-License-Identifier: Apache-2.0
// The one thread that writes the journal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "lib/base/clock.h"
#include "lib/journal/sink.h"
#include "lib/journal/store.h"

namespace assay::journal {

struct WriterOptions {
  std::string path;
  Limits limits;
  std::size_t queue_rows = 10'000;
  std::size_t queue_bytes = 16UL * 1024 * 1024;
  // Rows that arrive within this time go into one transaction.
  std::chrono::milliseconds gather{100};
  // Until the next attempt, when the file cannot be written.
  std::chrono::milliseconds retry{2000};
  // Old records are removed when new ones come, and as often as this.
  std::chrono::milliseconds prune_every{60'000};
  // Between two warnings at least, whatever is wrong.
  std::chrono::milliseconds warn_every{60'000};
};

// Mail never waits for it and never fails by it: Add() puts the record into a queue, and where the
// queue is full, drops it and counts. A file that is locked, on a full disk, in a directory that is
// missing or not writable is tried again for as long as it takes; the queue holds what fits
// meanwhile. One line says that it begins, one that it is over. A file that is no database, or of
// another schema, is moved aside and a new one begun.
class Writer final : public Sink {
 public:
  // Takes a line for the log; runs on the writer's thread.
  using Tell = std::function<void(bool warning, std::string_view line)>;

  // The thread starts here.
  Writer(WriterOptions options, Tell tell);
  // Stop() with 5 s.
  ~Writer() override;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void Add(const Record& record) noexcept override;
  void CountLost() noexcept override;

  // Writes what is queued and ends the thread, by `until` at the latest: a disk that does not
  // answer is left to itself then. What is added later is dropped. Later calls do nothing.
  void Stop(Deadline until);

  struct Counters {
    std::uint64_t recorded = 0;  // in the file
    std::uint64_t dropped = 0;   // never will be
    std::uint64_t queued = 0;    // now
  };
  [[nodiscard]] Counters counters() const;

 private:
  class Thread;
  std::shared_ptr<Thread> state_;  // shared with the thread, which may be left to itself
  std::thread thread_;
};

}  // namespace assay::journal
