// SPDX-License-Identifier: Apache-2.0
// The edge to libmilter: callbacks.cc and negotiation.cc alone include its header.
#pragma once

#include <chrono>

#include "lib/base/result.h"
#include "milter/connection.h"

namespace assay::milter {

struct LibmilterOptions {
  int listen_fd = -1;                       // listening socket, stays ours
  std::chrono::seconds idle_timeout{7210};  // a session without a command for that long is closed
};

// Registers the callbacks. Once in a process, before RunLibmilter(); `services` must outlive the
// process's last session (in practice: until _exit()).
[[nodiscard]] Result<void> RegisterCallbacks(const Services& services,
                                             const LibmilterOptions& options);

// Serves sessions; returns only after a fatal error, which libmilter has logged. To be called in a
// thread of its own that has all signals blocked. Nothing stops it: smfi_stop() would abandon open
// sessions without any callback and take up to 5 s, so the process ends with _exit() instead, once
// its sessions have ended.
void RunLibmilter();

}  // namespace assay::milter
