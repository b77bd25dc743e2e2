// SPDX-License-Identifier: Apache-2.0
// The one thread that reads tables again when their files change.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/identity/watched_table.h"

namespace assay::identity {

class TableWatcher {
 public:
  // Takes a line for the log; runs on the watcher's thread.
  using Tell = std::function<void(bool warning, std::string_view line)>;

  explicit TableWatcher(Tell tell) : tell_(std::move(tell)) {}
  TableWatcher(const TableWatcher&) = delete;
  TableWatcher& operator=(const TableWatcher&) = delete;
  ~TableWatcher() { Stop(); }

  // From now on these tables, in place of those before. The thread starts with the first table.
  void Watch(std::vector<std::shared_ptr<WatchedTable>> tables);
  // Waits until the thread has ended: at most for one reading. May be called again.
  void Stop();

 private:
  void Run();
  void RefreshAll(const std::vector<std::shared_ptr<WatchedTable>>& tables);

  Tell tell_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<std::shared_ptr<WatchedTable>> tables_;
  std::thread thread_;
};

}  // namespace assay::identity
