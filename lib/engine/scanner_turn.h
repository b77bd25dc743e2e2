// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <semaphore>

namespace assay::engine {

// For a turn on a busy machine, then on_error.
inline constexpr std::chrono::seconds kScannerWait{5};

// Takes a turn of the CPU-bound work, if one comes up in time.
class ScannerTurn {
 public:
  explicit ScannerTurn(std::counting_semaphore<>& scanners)
      : scanners_(scanners), taken_(scanners.try_acquire_for(kScannerWait)) {}
  ~ScannerTurn() {
    if (taken_) scanners_.release();
  }
  ScannerTurn(const ScannerTurn&) = delete;
  ScannerTurn& operator=(const ScannerTurn&) = delete;
  [[nodiscard]] bool taken() const { return taken_; }

 private:
  std::counting_semaphore<>& scanners_;
  bool taken_;
};

}  // namespace assay::engine
