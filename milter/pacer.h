// SPDX-License-Identifier: Apache-2.0
// Keeps Debian's libmilter from serialising bursts.
//
// That library serves all sessions with a pool of threads. Its controller takes an idle worker for
// available until it has really woken up, so commands that become readable together are given to
// the same two workers and wait for one another: with callbacks that wait 2 s, the last of 20
// sessions is answered after 20 s. It starts a worker only when a descriptor becomes readable while
// no worker is idle, and a new worker takes queued commands before anything else. So as long as
// callbacks wait, a few connections of our own to our own socket send packets that need no answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/base/unique_fd.h"
#include "milter/listener.h"
#include "milter/log.h"
#include "milter/waiting_gauge.h"

namespace assay::milter {

class Pacer {
 public:
  struct Options {
    std::size_t connections = 16;             // as many workers can be started at a time
    std::chrono::seconds idle_timeout{7210};  // libmilter closes what is silent for that long
  };

  // `listener`, `gauge` and `log` must outlive this object.
  Pacer(const Listener& listener, WaitingGauge& gauge, Log& log, const Options& options);
  // Closes the gauge and joins.
  ~Pacer();
  Pacer(const Pacer&) = delete;
  Pacer& operator=(const Pacer&) = delete;

  // Opens the connections; libmilter need not run yet. Before Listener::Publish(): later the path
  // may be a successor's, and connections that come first stand first in libmilter's list, whose
  // order decides who is served first.
  [[nodiscard]] Result<void> Dial();
  // Waits until libmilter has answered on the first connection, which proves that it serves
  // sessions. False when `until` passed before. Between Dial() and Start().
  [[nodiscard]] bool WaitUntilServed(Deadline until) const;
  // Starts the thread that sends. It never sends while nobody waits, but for a packet per
  // connection every 10 minutes, or every third of a shorter idle_timeout, and dials anew what has
  // been closed.
  void Start();

 private:
  void Run();
  // On the connections whose turn it is.
  void SendSome(std::size_t packets);
  void Send(std::size_t index);
  // True when all connections are up.
  bool KeepAlive();

  const Listener& listener_;
  WaitingGauge& gauge_;
  Log& log_;
  Options options_;
  std::vector<UniqueFd> connections_;  // after Start() the thread's alone
  std::size_t turn_ = 0;
  bool loss_logged_ = false;
  std::thread thread_;
};

}  // namespace assay::milter
