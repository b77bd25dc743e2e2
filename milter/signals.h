// SPDX-License-Identifier: Apache-2.0
// SIGHUP, SIGTERM and SIGINT for the main thread, out of libmilter's hands: that library waits for
// the same signals in a thread of its own and takes each of them, SIGHUP too, as an order to stop
// at once.
#pragma once

#include "lib/base/result.h"

namespace assay::milter {

enum class Event {
  kReload,          // SIGHUP
  kWork,            // PostWork()
  kStop,            // SIGTERM, SIGINT
  kLibmilterEnded,  // PostLibmilterEnded()
  kNone,            // none: the time is over, or a signal that needs nothing interrupted the wait
};

// Blocks all signals in the calling thread; threads that it starts inherit that. To be called by
// the main thread before it starts any.
void BlockSignals();
// Installs the handlers and lets the signals through to the calling thread again: the main thread,
// before libmilter starts. Ignores SIGPIPE and SIGXFSZ. Once in a process.
[[nodiscard]] Result<void> CatchSignals();

// Main thread. Waits for the next event, at most `milliseconds` (-1: for ever). Events that come
// together are one: the end of libmilter before a stop before a reload before work.
[[nodiscard]] Event WaitForEvent(int milliseconds);
// From any thread.
void PostLibmilterEnded();
// Likewise: somebody waits for the main thread, which knows where to look.
void PostWork();

}  // namespace assay::milter
