// SPDX-License-Identifier: Apache-2.0
// One table of the configuration over time: what it holds now, and when its file is read again.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "lib/base/file_watch.h"
#include "lib/identity/table.h"
#include "lib/identity/table_spec.h"

namespace assay::identity {

// How long one attempt waits for postmap's lock: not long, the next one comes soon.
inline constexpr std::chrono::milliseconds kLockWait{3000};

// Get() may be called by any thread at any time and never waits for a reading; Load() and Refresh()
// belong to one thread at a time.
class WatchedTable : public WatchedFile {
 public:
  // Reads nothing yet.
  explicit WatchedTable(TableSpec spec) : spec_(std::move(spec)) {}

  [[nodiscard]] const TableSpec& spec() const { return spec_; }
  // The table as it was read last; null while it never could be.
  [[nodiscard]] TablePtr Get() const;

  using News = WatchNews;
  // First attempt. Without success Refresh() goes on trying.
  [[nodiscard]] News Load(SteadyClock::time_point now);
  // To be called about once a second: looks at the file and reads it when it has changed and is
  // still. What cannot be read, or has lost all its entries, leaves the table as it was.
  [[nodiscard]] News Refresh(SteadyClock::time_point now) override;

 private:
  [[nodiscard]] News Read(SteadyClock::time_point now);
  [[nodiscard]] News Failed(const std::string& why, SteadyClock::time_point now);
  void Set(TablePtr table);

  const TableSpec spec_;
  mutable std::mutex mutex_;
  TablePtr table_;

  // Of the reading thread alone.
  FileWatch watch_;
  std::string last_failure_;
};

}  // namespace assay::identity
