// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lib/journal/record.h"

namespace assay::journal {

// Where records of judged messages go. Thread-safe; never waits for a disk, never throws.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void Add(const Record& record) noexcept = 0;
  // A record could not even be made.
  virtual void CountLost() noexcept = 0;
};

}  // namespace assay::journal
