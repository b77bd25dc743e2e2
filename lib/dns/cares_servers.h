// SPDX-License-Identifier: Apache-2.0
// The servers a CaresResolver asks, their sockets, and the waiting for them. Used by CaresResolver
// only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/base/unique_fd.h"
#include "lib/dns/cares_channel.h"

namespace assay::dns {

// One thread makes all calls but Wake().
class CaresServers {
 public:
  struct Options {
    std::vector<std::string> addresses;  // as ServerAddress::Parse(); empty: SystemServers()
    std::string resolv_conf;
    std::chrono::milliseconds timeout{5'000};  // until a transmission is given up
  };

  // Permanent when an address cannot be read; Temporary when the system lacks something.
  [[nodiscard]] Result<void> Open(const Options& options);
  [[nodiscard]] std::size_t count() const { return servers_.size(); }

  // Sends once; the reply, if any, comes out of TakeReplies() with `token`.
  void Send(std::size_t server, Transport transport, const Question& question, std::uint64_t token);
  // Waits for packets, Wake() or `until`, and lets c-ares read what has come.
  void Wait(Deadline until);
  // From any thread: Wait() returns, now or next time.
  void Wake() const;

  struct Reply {
    std::size_t server;
    ChannelReply reply;
  };
  [[nodiscard]] std::vector<Reply> TakeReplies();

 private:
  // Over UDP, and over TCP for what does not fit.
  struct Server {
    std::unique_ptr<CaresChannel> udp;
    std::unique_ptr<CaresChannel> tcp;
  };

  Result<void> OpenServer(const ServerAddress& address, std::chrono::milliseconds timeout);
  [[nodiscard]] bool AnythingOut() const;
  void Sweep();

  UniqueFd epoll_;
  UniqueFd wake_;
  std::vector<Server> servers_;
  Deadline next_sweep_;
};

}  // namespace assay::dns
