// SPDX-License-Identifier: Apache-2.0
#include "milter/waiting_gauge.h"

namespace assay::milter {

WaitingGauge::Entry::Entry(WaitingGauge& gauge) : gauge_(gauge) {
  const std::lock_guard lock(gauge_.mutex_);
  ++gauge_.state_.waiting;
  ++gauge_.state_.arrivals;
  gauge_.changed_.notify_all();
}

WaitingGauge::Entry::~Entry() {
  const std::lock_guard lock(gauge_.mutex_);
  --gauge_.state_.waiting;
}

WaitingGauge::State WaitingGauge::Look() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

WaitingGauge::State WaitingGauge::WaitForArrival(std::uint64_t seen, Deadline until) const {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, until, [&] { return state_.arrivals != seen || state_.closed; });
  return state_;
}

WaitingGauge::State WaitingGauge::Pause(std::chrono::microseconds pause) const {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, SteadyClock::now() + pause, [this] { return state_.closed; });
  return state_;
}

void WaitingGauge::Close() {
  const std::lock_guard lock(mutex_);
  state_.closed = true;
  changed_.notify_all();
}

}  // namespace assay::milter
