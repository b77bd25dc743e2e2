// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>

#include "lib/base/clock.h"
#include "lib/dns/answer.h"

namespace assay::dns {

// How long an answer may be kept at most, whatever its TTL says.
inline constexpr std::chrono::seconds kMaxPositiveTtl = std::chrono::hours(24);
// RFC 2308, 5: one to three hours have been found to work well.
inline constexpr std::chrono::seconds kMaxNegativeTtl = std::chrono::hours(1);
// RFC 2308, 7: a failure may be kept for minutes; seconds are enough to spare a broken server the
// burst of questions about one message, and let the sender's retry see the repair.
inline constexpr std::chrono::seconds kFailureTtl{5};

struct CacheStatistics {
  std::size_t entries = 0;
  std::size_t bytes = 0;  // charged, at most the bound
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;     // expired ones included
  std::uint64_t evictions = 0;  // to stay within the bound
};

// Answers by question, each until its TTL has passed; the least recently used go first when the
// bound is reached. Thread-safe. The clock is the caller's. Time and memory of a call do not depend
// on what names were chosen.
class Cache {
 public:
  // `max_bytes` covers keys, answers and the bookkeeping around them; 0 keeps nothing.
  explicit Cache(std::size_t max_bytes) : max_bytes_(max_bytes) {}
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // Null when nothing is known or its time has passed. The answer's `ttl` is the one it came with.
  [[nodiscard]] AnswerPtr Find(const Question& question, Deadline now);
  // Replaces what was known. Not kept: TTL 0, kTimeout, kLimit, and an answer larger than an eighth
  // of the bound (one hostile name must not push out everything else).
  void Add(const Question& question, AnswerPtr answer, Deadline now);

  [[nodiscard]] CacheStatistics statistics() const;

 private:
  using Uses = std::list<const Question*>;  // keys of entries_, most recently used first
  struct Entry {
    AnswerPtr answer;
    Deadline expires;
    std::size_t bytes = 0;
    Uses::iterator use;
  };
  // A tree: names that collide in a hash can be made on purpose.
  using Entries = std::map<Question, Entry>;

  void Remove(Entries::iterator entry);

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  Entries entries_;
  Uses uses_;
  CacheStatistics statistics_;
};

}  // namespace assay::dns
