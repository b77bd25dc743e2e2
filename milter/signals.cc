// SPDX-License-Identifier: Apache-2.0
#include "milter/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

// Stands in for the C library's function, which in this process only libmilter's signal thread
// calls: that thread takes SIGHUP, SIGTERM and SIGINT as an order to abandon all sessions. With
// handlers in the main thread alone the kernel still gives it a signal now and then (two different
// signals before the main thread has run: one session in ten was cut). Here it never gets any.
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
extern "C" int sigwait(const sigset_t* /*set*/, int* /*signal*/) {
  for (;;) ::pause();
}

namespace assay::milter {
namespace {

// A signal handler can reach nothing but what is global. Written once, before the handlers are
// installed.
int wake_read = -1;
int wake_write = -1;

constexpr char kReloadByte = 'r';
constexpr char kStopByte = 's';
constexpr char kEndedByte = 'e';
constexpr char kWorkByte = 'w';

void Post(char event) {
  const int saved = errno;
  // A full pipe holds the same events already.
  [[maybe_unused]] const ssize_t written = ::write(wake_write, &event, 1);
  errno = saved;
}

void OnSignal(int number) { Post(number == SIGHUP ? kReloadByte : kStopByte); }

bool Handle(int number) {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  return ::sigaction(number, &action, nullptr) == 0;
}

}  // namespace

void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

Result<void> CatchSignals() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return Permanent("cannot make a pipe for signals");
  wake_read = ends[0];
  wake_write = ends[1];
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a journal that reaches `ulimit -f` is an error like a full disk
  for (const int number : {SIGHUP, SIGTERM, SIGINT}) {
    if (!Handle(number)) return Permanent("cannot install a signal handler");
  }
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  return {};
}

Event WaitForEvent(int milliseconds) {
  pollfd poll_fd{wake_read, POLLIN, 0};
  if (::poll(&poll_fd, 1, milliseconds) <= 0) return Event::kNone;
  std::array<char, 512> bytes{};
  const ssize_t size = ::read(wake_read, bytes.data(), bytes.size());
  const std::string_view events(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  for (const auto& [byte, event] :
       {std::pair(kEndedByte, Event::kLibmilterEnded), std::pair(kStopByte, Event::kStop),
        std::pair(kReloadByte, Event::kReload), std::pair(kWorkByte, Event::kWork)}) {
    if (events.find(byte) != std::string_view::npos) return event;
  }
  return Event::kNone;
}

void PostLibmilterEnded() { Post(kEndedByte); }
void PostWork() { Post(kWorkByte); }

}  // namespace assay::milter
