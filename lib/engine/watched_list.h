// SPDX-License-Identifier: Apache-2.0
// One list file of the rules over time: what it holds now, and when it is read again.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

#include "lib/base/file_watch.h"
#include "lib/base/result.h"
#include "lib/rules/rule_set.h"

namespace assay::engine {

// Get() may be called by any thread; Refresh() belongs to one thread at a time.
class WatchedList : public WatchedFile {
 public:
  // `list` is what holds, `read` how its file was when it was read last, be it that what it held
  // then was refused.
  WatchedList(rules::RuleSet::ListFile list, const std::optional<FileState>& read);

  [[nodiscard]] rules::RuleSet::ListFile Get() const;
  // Reads the file when it has changed and is still. What cannot be read, has a mistake in it or
  // has lost more than half of its entries leaves the list as it was.
  [[nodiscard]] WatchNews Refresh(SteadyClock::time_point now) override;

 private:
  [[nodiscard]] WatchNews Read(SteadyClock::time_point now);
  [[nodiscard]] WatchNews Unreadable(const std::string& why, SteadyClock::time_point now);
  [[nodiscard]] WatchNews Use(rules::RuleSet::ListFile list);

  mutable std::mutex mutex_;
  rules::RuleSet::ListFile list_;

  // Of the reading thread alone.
  FileWatch watch_;
  std::string last_failure_;
};

// A file and how it was when it was read.
struct FileText {
  std::string text;
  std::optional<FileState> state;
};
// All of a regular file. "PATH: why" when it cannot be read, is larger than `max` bytes or changes
// meanwhile.
[[nodiscard]] Result<FileText> ReadFileText(const std::string& path, std::size_t max);

// "list NAME: PATH has lost more than half of its entries (1000 before, 3 now): …"; empty when it
// has not.
[[nodiscard]] std::string Shrunk(const rules::RuleSet::ListFile& before,
                                 const rules::RuleSet::ListFile& now);

}  // namespace assay::engine
