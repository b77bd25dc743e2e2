// SPDX-License-Identifier: Apache-2.0
// One table of the configuration over time: what it holds now, and when its file is read again.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/identity/table.h"
#include "lib/identity/table_spec.h"

namespace assay::identity {

// A changed file is read when nothing about it has moved for that long.
inline constexpr std::chrono::seconds kStillFor{2};
// After a failure the next attempt comes so much later.
inline constexpr std::chrono::seconds kRetryAfter{10};
// How long one attempt waits for postmap's lock: not long, the next one comes soon.
inline constexpr std::chrono::milliseconds kLockWait{3000};

// Get() may be called by any thread at any time and never waits for a reading; Load() and Refresh()
// belong to one thread at a time.
class WatchedTable {
 public:
  // Reads nothing yet.
  explicit WatchedTable(TableSpec spec) : spec_(std::move(spec)) {}

  [[nodiscard]] const TableSpec& spec() const { return spec_; }
  // The table as it was read last; null while it never could be.
  [[nodiscard]] TablePtr Get() const;

  // What there is to tell the operator, each a line without the program's name.
  struct News {
    std::vector<std::string> infos;
    std::vector<std::string> warnings;
  };
  // First attempt. Without success Refresh() goes on trying.
  [[nodiscard]] News Load(SteadyClock::time_point now);
  // To be called about once a second: looks at the file and reads it when it has changed and is
  // still. What cannot be read, or has lost all its entries, leaves the table as it was.
  [[nodiscard]] News Refresh(SteadyClock::time_point now);

 private:
  // What a change of the file changes.
  struct FileState {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    bool operator==(const FileState&) const = default;
  };
  [[nodiscard]] std::optional<FileState> Look() const;
  [[nodiscard]] News Read(SteadyClock::time_point now);
  [[nodiscard]] News Failed(const std::string& why, SteadyClock::time_point now);
  void Set(TablePtr table);

  const TableSpec spec_;
  mutable std::mutex mutex_;
  TablePtr table_;

  // Of the reading thread alone.
  std::optional<FileState> read_;  // the file that table_ came from
  std::optional<FileState> seen_;  // the file at the last look, and since when it is so
  SteadyClock::time_point seen_since_;
  SteadyClock::time_point retry_at_;
  std::string last_failure_;
};

}  // namespace assay::identity
