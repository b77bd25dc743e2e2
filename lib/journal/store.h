// SPDX-License-Identifier: Apache-2.0
// The journal's file: rows go in at one end and fall out at the other, by age and by size.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/journal/database.h"

namespace assay::journal {

struct Limits {
  std::chrono::seconds max_age{7 * 24 * 3600};
  std::uint64_t max_bytes = 512UL * 1024 * 1024;
};

// One record on its way to the file.
struct Row {
  std::int64_t time = 0;
  std::string ref;
  std::string queue_id;
  std::string message_id;
  std::string action;
  std::string would;
  std::string data;  // Encode(record)

  [[nodiscard]] std::size_t bytes() const {
    return sizeof *this + ref.size() + queue_id.size() + message_id.size() + action.size() +
           would.size() + data.size();
  }
};

// Of the whole life of the format: what reads another number moves the file aside.
inline constexpr std::int64_t kSchemaVersion = 1;

// One thread. SQLite in WAL mode: readers do not stand in the way. Writing needs no fsync() but at
// checkpoints: a crash of the process loses nothing that was written, one of the machine the last
// moments at most, and never the file's consistency.
class Store {
 public:
  // Opens the file or makes it, with mode 0640; its directory must be there. A path that is no
  // regular file is left alone.
  [[nodiscard]] static DatabaseResult<Store> Open(const std::string& path, const Limits& limits);

  // All rows or none.
  [[nodiscard]] DatabaseResult<void> Append(std::span<const Row> rows);
  // Removes what is too old or too much, a limited number of rows each time: call it after each
  // Append(), and now and then. Whether there is more to remove.
  [[nodiscard]] DatabaseResult<bool> Prune(WallTime now);

 private:
  Store(Database database, Limits limits) : database_(std::move(database)), limits_(limits) {}
  [[nodiscard]] DatabaseResult<void> Prepare();
  [[nodiscard]] DatabaseResult<std::int64_t> LastExpired(WallTime now);
  [[nodiscard]] DatabaseResult<std::int64_t> LastBeyondSize();
  [[nodiscard]] DatabaseResult<void> RemoveUpTo(std::int64_t id);

  Database database_;
  Limits limits_;
  std::vector<Statement> statements_;
  std::string path_;
  std::size_t appended_ = 0;  // rows of the last Append()
  std::uint64_t appended_bytes_ = 0;
};

// Takes a file that cannot be used out of the way, over one that was put there before: PATH.SUFFIX,
// with its -wal file. Whether that worked.
[[nodiscard]] bool MoveAside(const std::string& path, const std::string& suffix);

}  // namespace assay::journal
