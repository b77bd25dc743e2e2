// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/cache.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace assay::dns {
namespace {

constexpr std::size_t kMallocOverhead = 16;  // header and rounding of one block, glibc
constexpr std::size_t kTreeNode = 4 * sizeof(void*);
constexpr std::size_t kListNode = 3 * sizeof(void*);
constexpr std::size_t kSharedCount = 2 * sizeof(void*);
constexpr std::size_t kShareOfBound = 8;  // one answer takes at most this part of the bound

std::size_t HeapBytes(const std::string& text) {
  const bool inside = text.capacity() <= std::string().capacity();  // small strings need no block
  return inside ? 0 : text.capacity() + 1 + kMallocOverhead;
}

template <class T>
std::size_t HeapBytes(const std::vector<T>& values) {
  return values.capacity() == 0 ? 0 : values.capacity() * sizeof(T) + kMallocOverhead;
}

std::size_t HeapBytes(const Answer& answer) {
  std::size_t bytes = HeapBytes(answer.addresses) + HeapBytes(answer.texts) +
                      HeapBytes(answer.mail_exchanges) + HeapBytes(answer.hosts);
  for (const std::string& text : answer.texts) bytes += HeapBytes(text);
  for (const MailExchange& exchange : answer.mail_exchanges) bytes += HeapBytes(exchange.host);
  for (const std::string& host : answer.hosts) bytes += HeapBytes(host);
  return bytes;
}

std::chrono::seconds Lifetime(const Answer& answer) {
  switch (answer.status) {
    case Status::kSuccess:
      return std::min(answer.ttl, kMaxPositiveTtl);
    case Status::kNoData:
    case Status::kNxDomain:
      return std::min(answer.ttl, kMaxNegativeTtl);
    case Status::kServFail:
    case Status::kRefused:
    case Status::kMalformed:
      return kFailureTtl;
    case Status::kTimeout:
    case Status::kLimit:
      break;
  }
  return std::chrono::seconds(0);
}

}  // namespace

AnswerPtr Cache::Find(const Question& question, Deadline now) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(question);
  if (found == entries_.end() || found->second.expires <= now) {
    if (found != entries_.end()) Remove(found);
    ++statistics_.misses;
    return nullptr;
  }
  ++statistics_.hits;
  uses_.splice(uses_.begin(), uses_, found->second.use);
  return found->second.answer;
}

void Cache::Add(const Question& question, AnswerPtr answer, Deadline now) {
  const std::chrono::seconds lifetime = Lifetime(*answer);
  if (lifetime.count() <= 0) return;
  const std::size_t bytes = kTreeNode + sizeof(Entries::value_type) + HeapBytes(question.name) +
                            kListNode + kSharedCount + sizeof(Answer) + HeapBytes(*answer) +
                            3 * kMallocOverhead;
  if (bytes > max_bytes_ / kShareOfBound) return;

  const std::lock_guard lock(mutex_);
  if (const auto known = entries_.find(question); known != entries_.end()) Remove(known);
  while (statistics_.bytes + bytes > max_bytes_) {
    Remove(entries_.find(*uses_.back()));
    ++statistics_.evictions;
  }
  const auto entry =
      entries_.try_emplace(question, Entry{std::move(answer), now + lifetime, bytes, {}}).first;
  uses_.push_front(&entry->first);
  entry->second.use = uses_.begin();
  statistics_.bytes += bytes;
}

CacheStatistics Cache::statistics() const {
  const std::lock_guard lock(mutex_);
  CacheStatistics statistics = statistics_;
  statistics.entries = entries_.size();
  return statistics;
}

void Cache::Remove(Entries::iterator entry) {
  statistics_.bytes -= entry->second.bytes;
  uses_.erase(entry->second.use);
  entries_.erase(entry);
}

}  // namespace assay::dns
