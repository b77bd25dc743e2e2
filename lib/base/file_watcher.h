// SPDX-License-Identifier: Apache-2.0
// The one thread that reads files again when they have changed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/file_watch.h"

namespace assay {

class FileWatcher {
 public:
  // Takes a line for the log; runs on the watcher's thread.
  using Tell = std::function<void(bool warning, std::string_view line)>;
  // Runs on the same thread after a look that found WatchNews::changed.
  using Changed = std::function<void()>;

  explicit FileWatcher(Tell tell, Changed changed = {})
      : tell_(std::move(tell)), changed_(std::move(changed)) {}
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;
  ~FileWatcher() { Stop(); }

  // From now on these, in place of those before. The thread starts with the first of them.
  void Watch(std::vector<std::shared_ptr<WatchedFile>> files);
  // Waits until the thread has ended: at most for one reading. May be called again.
  void Stop();

 private:
  void Run();
  void RefreshAll(const std::vector<std::shared_ptr<WatchedFile>>& files);

  Tell tell_;
  Changed changed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<std::shared_ptr<WatchedFile>> files_;
  std::thread thread_;
};

}  // namespace assay
