// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/login_counters.h"

#include <algorithm>
#include <functional>

#include "lib/base/text.h"

namespace assay::identity {
namespace {

constexpr std::size_t kNodeBytes = 128;  // list and hash nodes, about

}  // namespace

std::size_t LoginCounters::Cost(const Entry& entry) {
  return sizeof(Entry) + kNodeBytes + entry.login.capacity() +
         entry.authors.capacity() * sizeof(Author);
}

LoginCounters::Entries::iterator LoginCounters::Touch(const std::string& login) {
  if (const auto found = by_login_.find(login); found != by_login_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.begin();
  }
  entries_.push_front({login, {}, {}});
  by_login_.emplace(entries_.front().login, entries_.begin());
  bytes_ += Cost(entries_.front());
  return entries_.begin();
}

void LoginCounters::See(Entry& entry, std::span<const std::string> authors, std::int64_t slot) {
  const auto oldest = slot - static_cast<std::int64_t>(kCounterSlots) + 1;
  std::erase_if(entry.authors, [oldest](const Author& author) { return author.slot < oldest; });
  for (const std::string& author : authors) {
    const std::uint64_t hash = std::hash<std::string>()(ToLower(author));
    const auto known = std::ranges::find(entry.authors, hash, &Author::hash);
    if (known != entry.authors.end()) {
      known->slot = slot;
    } else if (entry.authors.size() < kMaxAuthorsCounted) {
      entry.authors.push_back({hash, slot});
    }
  }
}

void LoginCounters::Shrink() {
  while (bytes_ > max_bytes_ && entries_.size() > 1) {
    bytes_ -= Cost(entries_.back());
    by_login_.erase(entries_.back().login);
    entries_.pop_back();
  }
}

LoginCounts LoginCounters::Add(std::string_view login, std::size_t recipients,
                               std::span<const std::string> authors, WallTime now) {
  const std::int64_t number = now.time_since_epoch().count() / kSlotSeconds;
  const std::string name = ToLower(login.substr(0, kMaxLoginBytes));
  const std::lock_guard lock(mutex_);
  Entry& entry = *Touch(name);
  bytes_ -= Cost(entry);
  Slot& slot = entry.slots[static_cast<std::size_t>(number) % kCounterSlots];
  if (slot.number != number) slot = {number, 0, 0};
  ++slot.messages;
  slot.recipients += recipients;
  See(entry, authors, number);
  bytes_ += Cost(entry);
  LoginCounts counts;
  counts.authors = entry.authors.size();
  for (const Slot& each : entry.slots) {
    const std::int64_t age = number - each.number;
    if (each.number < 0 || age < 0 || age >= static_cast<std::int64_t>(kCounterSlots)) continue;
    counts.messages += each.messages;
    counts.recipients += each.recipients;
  }
  Shrink();
  return counts;
}

std::size_t LoginCounters::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace assay::identity
