// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "lib/dns/resolver.h"

namespace assay::dns {

void Inbox::Put(const Question& question, AnswerPtr answer) {
  {
    const std::lock_guard lock(mutex_);
    arrivals_.emplace_back(question, std::move(answer));
  }
  arrived_.notify_all();
}

std::vector<Inbox::Arrival> Inbox::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(arrivals_, {});
}

bool Inbox::Wait(Deadline until) {
  std::unique_lock lock(mutex_);
  return arrived_.wait_until(lock, until, [this] { return !arrivals_.empty(); });
}

}  // namespace assay::dns
