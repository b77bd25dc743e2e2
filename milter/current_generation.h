// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "lib/engine/generation.h"

namespace assay::milter {

// The generation that new transactions begin with. Thread-safe. A mutex and a copy:
// std::atomic<std::shared_ptr> of GCC 12 is reported by ThreadSanitizer as a race inside the
// library.
class CurrentGeneration {
 public:
  explicit CurrentGeneration(std::shared_ptr<const engine::Generation> generation)
      : generation_(std::move(generation)) {}

  [[nodiscard]] std::shared_ptr<const engine::Generation> Get() const {
    const std::lock_guard lock(mutex_);
    return generation_;
  }
  // What runs already keeps the generation it has.
  void Set(std::shared_ptr<const engine::Generation> generation) {
    const std::lock_guard lock(mutex_);
    generation_.swap(generation);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const engine::Generation> generation_;
};

}  // namespace assay::milter
