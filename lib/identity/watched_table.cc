// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/watched_table.h"

#include <fmt/format.h>

#include <utility>

#include "lib/identity/open_table.h"

namespace assay::identity {

TablePtr WatchedTable::Get() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

void WatchedTable::Set(TablePtr table) {
  const std::lock_guard lock(mutex_);
  table_.swap(table);
}

WatchedTable::News WatchedTable::Load(SteadyClock::time_point now) {
  if (Get() != nullptr) return {};
  return Read(now);
}

WatchedTable::News WatchedTable::Refresh(SteadyClock::time_point now) {
  if (spec_.path.empty() && Get() != nullptr) return {};
  const auto state = LookAt(spec_.path);
  const bool due = watch_.Due(state, now);
  if (watch_.IsAsRead(state)) last_failure_.clear();  // what it had become is gone again
  return due ? Read(now) : News();
}

WatchedTable::News WatchedTable::Failed(const std::string& why, SteadyClock::time_point now) {
  watch_.Failed(now);
  News news;
  if (why == std::exchange(last_failure_, why)) return news;
  news.warnings.push_back(
      fmt::format("{}: {}", why,
                  Get() != nullptr ? "what was read before stays in force"
                                   : "the checks that need it are off until it can be read"));
  return news;
}

WatchedTable::News WatchedTable::Read(SteadyClock::time_point now) {
  const auto before = LookAt(spec_.path);
  auto opened = OpenTable(spec_, SteadyClock::now() + kLockWait);
  if (!opened) return Failed(opened.error().what, now);
  if (LookAt(spec_.path) != before) {
    return Failed(fmt::format("{}: has changed while it was read", spec_.text), now);
  }
  const TablePtr previous = Get();
  const auto entries = opened->table->entries();
  if (previous != nullptr && entries == 0 && previous->entries().value_or(0) > 0) {
    return Failed(fmt::format("{}: has no entries any more", spec_.text), now);
  }
  News news;
  news.warnings = std::move(opened->warnings);
  if (entries && (previous != nullptr || !last_failure_.empty())) {
    news.infos.push_back(fmt::format("{}: read, {} entries", spec_.text, *entries));
  } else if (previous != nullptr || !last_failure_.empty()) {
    news.infos.push_back(fmt::format("{}: read", spec_.text));
  }
  Set(std::move(opened->table));
  watch_.Read(before, now);
  last_failure_.clear();
  return news;
}

}  // namespace assay::identity
