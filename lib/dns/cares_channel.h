// SPDX-License-Identifier: Apache-2.0
// c-ares behind a type of ours: one server, one transport. Used by CaresResolver only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/ip_address.h"
#include "lib/base/result.h"
#include "lib/dns/answer.h"

namespace assay::dns {

struct ServerAddress {
  IpAddress address;
  std::uint16_t port = 53;

  // "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353".
  [[nodiscard]] static std::optional<ServerAddress> Parse(std::string_view text);
  bool operator==(const ServerAddress&) const = default;
};

// The servers of a resolv.conf(5) file ("" for the system's). As resolv.conf(5) says, the server on
// this machine when the file is missing or names none.
[[nodiscard]] std::vector<ServerAddress> SystemServers(const std::string& resolv_conf);

// How a channel talks to its server.
enum class Transport { kUdp, kTcp };

// What became of one transmission.
struct ChannelReply {
  enum class Kind {
    kAnswer,     // the server answered: `answer`, whose status may still be SERVFAIL or MALFORMED
    kTruncated,  // it said that the answer needs TCP
    kNothing,    // it could not be sent, or its connection broke
  };
  std::uint64_t token = 0;
  Question question;
  Kind kind = Kind::kNothing;
  Answer answer;
};

// Sends each question exactly once: retries, other servers and the change to TCP are the caller's,
// because c-ares 1.18 would repeat a SERVFAIL to the same server, report it like a refused
// connection, and fail every UDP question when its TCP connection breaks. Query ids are random; a
// reply with another id or question is ignored. Queries carry EDNS with 1232 bytes until the server
// answers FORMERR. Not thread-safe: one thread makes all calls.
class CaresChannel {
 public:
  struct Options {
    ServerAddress server;
    Transport transport = Transport::kUdp;
    std::chrono::milliseconds timeout{5'000};  // until a transmission is given up
    int epoll_fd = -1;        // where its sockets are registered; outlives the channel
    std::uint32_t index = 0;  // upper half of epoll_event::data.u64; the lower is the socket
  };

  [[nodiscard]] static Result<std::unique_ptr<CaresChannel>> Open(const Options& options);
  // What is still out is dropped without a reply.
  ~CaresChannel();
  CaresChannel(const CaresChannel&) = delete;
  CaresChannel& operator=(const CaresChannel&) = delete;

  // The question's name must be encodable (wire.h). The reply carries `token`; it may be there at
  // once.
  void Send(const Question& question, std::uint64_t token);
  // A socket of this channel is ready.
  void Process(int fd, bool readable, bool writable);
  // Gives up what has been out for too long. Nobody waits for that, so a call every half second
  // will do, in place of ares_timeout(), which walks through all that is out.
  void Sweep();
  [[nodiscard]] std::size_t outstanding() const;
  [[nodiscard]] std::vector<ChannelReply> TakeReplies();

 private:
  class Impl;
  explicit CaresChannel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::dns
