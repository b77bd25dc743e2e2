// SPDX-License-Identifier: Apache-2.0
// When a file that somebody may be writing is read again.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"

namespace assay {

// A changed file is read when nothing about it has moved for that long.
inline constexpr std::chrono::seconds kStillFor{2};
// After a failure the next attempt comes so much later.
inline constexpr std::chrono::seconds kRetryAfter{10};

// What a change of a file changes.
struct FileState {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t seconds = 0;  // of the last modification
  std::int64_t nanoseconds = 0;
  bool operator==(const FileState&) const = default;
};

// The file behind `path` now; nothing when there is none.
[[nodiscard]] std::optional<FileState> LookAt(const std::string& path);

// One file over time, for one thread. Looks at nothing itself.
class FileWatch {
 public:
  // What LookAt() says, about once a second. True when the file is another than the one read last,
  // has been as it is for kStillFor, and no failure is too recent.
  [[nodiscard]] bool Due(const std::optional<FileState>& state, SteadyClock::time_point now);
  // It was read as `state`, which it had before and after.
  void Read(const std::optional<FileState>& state, SteadyClock::time_point now);
  // It could not be read. Until it changes it is due again only after kRetryAfter.
  void Failed(SteadyClock::time_point now) { retry_at_ = now + kRetryAfter; }

  // Whether `state` is that of the last reading.
  [[nodiscard]] bool IsAsRead(const std::optional<FileState>& state) const {
    return has_read_ && state == read_;
  }

 private:
  bool has_read_ = false;
  std::optional<FileState> read_;
  std::optional<FileState> seen_;  // at the last look, and since when it is so
  SteadyClock::time_point seen_since_;
  SteadyClock::time_point retry_at_;
};

// What there is to tell the operator, each a line without the program's name.
struct WatchNews {
  std::vector<std::string> infos;
  std::vector<std::string> warnings;
  bool changed = false;  // who uses the contents has to be told
};

// Something read from a file, which knows when to read it again.
class WatchedFile {
 public:
  WatchedFile() = default;
  WatchedFile(const WatchedFile&) = delete;
  WatchedFile& operator=(const WatchedFile&) = delete;
  virtual ~WatchedFile() = default;

  // To be called about once a second, by one thread at a time. What cannot be read leaves the
  // contents as they were.
  [[nodiscard]] virtual WatchNews Refresh(SteadyClock::time_point now) = 0;
};

}  // namespace assay
