// SPDX-License-Identifier: Apache-2.0
#include "lib/base/file_watcher.h"

#include <exception>
#include <utility>

namespace assay {
namespace {

constexpr std::chrono::milliseconds kLookEvery{1000};  // half of kStillFor

}  // namespace

void FileWatcher::Watch(std::vector<std::shared_ptr<WatchedFile>> files) {
  const std::lock_guard lock(mutex_);
  files_ = std::move(files);
  if (!files_.empty() && !thread_.joinable() && !stopping_) {
    thread_ = std::thread([this] { Run(); });
  }
}

void FileWatcher::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void FileWatcher::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kLookEvery, [this] { return stopping_; })) {
    const auto files = files_;
    lock.unlock();
    RefreshAll(files);
    lock.lock();
  }
}

void FileWatcher::RefreshAll(const std::vector<std::shared_ptr<WatchedFile>>& files) {
  bool changed = false;
  for (const auto& file : files) {
    try {
      const WatchNews news = file->Refresh(SteadyClock::now());
      for (const std::string& line : news.warnings) tell_(true, line);
      for (const std::string& line : news.infos) tell_(false, line);
      changed = changed || news.changed;
    } catch (const std::exception& fault) {  // no memory: what was read before stays
      tell_(true, fault.what());
    }
  }
  if (changed && changed_) changed_();
}

}  // namespace assay
