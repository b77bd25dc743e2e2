// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/table_watcher.h"

#include <exception>
#include <utility>

namespace assay::identity {
namespace {

constexpr std::chrono::milliseconds kLookEvery{1000};  // half of kStillFor

}  // namespace

void TableWatcher::Watch(std::vector<std::shared_ptr<WatchedTable>> tables) {
  const std::lock_guard lock(mutex_);
  tables_ = std::move(tables);
  if (!tables_.empty() && !thread_.joinable() && !stopping_) {
    thread_ = std::thread([this] { Run(); });
  }
}

void TableWatcher::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TableWatcher::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kLookEvery, [this] { return stopping_; })) {
    const auto tables = tables_;
    lock.unlock();
    RefreshAll(tables);
    lock.lock();
  }
}

void TableWatcher::RefreshAll(const std::vector<std::shared_ptr<WatchedTable>>& tables) {
  for (const auto& table : tables) {
    try {
      const WatchedTable::News news = table->Refresh(SteadyClock::now());
      for (const std::string& line : news.warnings) tell_(true, line);
      for (const std::string& line : news.infos) tell_(false, line);
    } catch (const std::exception& fault) {  // no memory: what was read before stays
      tell_(true, fault.what());
    }
  }
}

}  // namespace assay::identity
