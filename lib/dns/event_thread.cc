// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/event_thread.h"

#include <csignal>
#include <utility>

namespace assay::dns {

std::thread StartQuietThread(std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // inherited by the new thread
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace assay::dns
