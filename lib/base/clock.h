// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace assay {

// Deadlines and durations: never jumps.
using SteadyClock = std::chrono::steady_clock;
using Deadline = SteadyClock::time_point;
// What signatures and logs speak of: seconds since 1970. Checks take it as an argument and never
// read it themselves.
using WallTime = std::chrono::sys_seconds;

[[nodiscard]] inline WallTime Now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace assay
