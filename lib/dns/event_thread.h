// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>

namespace assay::dns {

// A thread with every signal blocked: a daemon handles its signals elsewhere, and a SIGPIPE, which
// c-ares' writes to a closed TCP connection raise, stays without effect.
[[nodiscard]] std::thread StartQuietThread(std::function<void()> body);

}  // namespace assay::dns
