// SPDX-License-Identifier: Apache-2.0
#include "milter/pacer.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include "milter/negotiation.h"

namespace assay::milter {
namespace {

using std::chrono::milliseconds;

// libmilter never has fewer workers. While one of them is free it works off what is queued.
constexpr std::size_t kMinWorkers = 2;
// Arrivals within this time are answered together.
constexpr milliseconds kGather{1};
// A command can be queued without any callback beginning to wait after it: as long as all known
// workers may be waiting, one packet at this pace brings it up.
constexpr milliseconds kTick{5};
constexpr milliseconds kLoneTick{20};
constexpr std::chrono::seconds kKeepAlive{600};
constexpr milliseconds kMinKeepAlive{100};
constexpr std::chrono::seconds kRedial{10};  // after a connection was lost

std::string BigEndian(unsigned long value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

// The milter protocol's packet: length (of all that follows), command, data.
std::string Packet(char command, std::string_view data) {
  std::string packet = BigEndian(data.size() + 1);
  packet += command;
  packet += data;
  return packet;
}

// Version 6 with every action and step of today's MTAs, and the mark by which our edge knows us.
std::string NegotiationPacket() {
  return Packet('O', BigEndian(6) + BigEndian(0x1ff | kInternalOffer) + BigEndian(0x1fffff));
}

// A macro for the connect stage: libmilter keeps it and answers nothing.
std::string MacroPacket() { return Packet('D', std::string_view("Cj\0-\0", 5)); }

// False when the connection is gone. A full buffer is not a fault: the packets before do the same.
bool SendPacket(int fd, std::string_view packet) {
  const ssize_t sent = ::send(fd, packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent == static_cast<ssize_t>(packet.size())) return true;
  return sent < 0 && (errno == EAGAIN || errno == EINTR);
}

// Throws libmilter's negotiation reply away. False when libmilter has closed the connection.
bool DropInput(int fd) {
  std::array<char, 512> buffer{};
  ssize_t size = 0;
  do {
    size = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  } while (size > 0);
  return size < 0 && (errno == EAGAIN || errno == EINTR);
}

Result<UniqueFd> DialAndNegotiate(const Listener& listener) {
  auto fd = listener.Dial();
  if (fd && !SendPacket(fd->get(), NegotiationPacket())) {
    return Temporary("the listening socket does not take an internal connection");
  }
  return fd;
}

// Each packet starts one worker when all others wait. Callbacks that begin to wait together are the
// sign of a burst: then twice as many, so that the workers grow as fast as the machine allows; what
// is too much ends idle.
std::size_t PacketsOwed(const WaitingGauge::State& state, std::uint64_t arrived) {
  if (state.waiting < kMinWorkers) return arrived > 0 ? 0 : 1;
  return arrived > 1 ? static_cast<std::size_t>(2 * arrived) : 1;
}

}  // namespace

Pacer::Pacer(const Listener& listener, WaitingGauge& gauge, Log& log, const Options& options)
    : listener_(listener),
      gauge_(gauge),
      log_(log),
      options_(options),
      connections_(options.connections) {}

Pacer::~Pacer() {
  gauge_.Close();
  if (thread_.joinable()) thread_.join();
}

Result<void> Pacer::Dial() {
  for (UniqueFd& connection : connections_) {
    auto fd = DialAndNegotiate(listener_);
    if (!fd) return tl::unexpected(fd.error());
    connection = std::move(*fd);
  }
  return {};
}

void Pacer::Start() { thread_ = std::thread(&Pacer::Run, this); }

bool Pacer::WaitUntilServed(Deadline until) const {
  pollfd poll_fd{connections_.front().get(), POLLIN, 0};
  while (SteadyClock::now() < until) {
    if (::poll(&poll_fd, 1, 10) > 0) return (poll_fd.revents & POLLIN) != 0;
  }
  return false;
}

void Pacer::Run() {
  const SteadyClock::duration interval = std::clamp<SteadyClock::duration>(
      std::chrono::duration_cast<milliseconds>(options_.idle_timeout) / 3, kMinKeepAlive,
      kKeepAlive);
  Deadline keep_alive = SteadyClock::now() + interval;
  Deadline tick = keep_alive;
  WaitingGauge::State state;
  while (!state.closed) {
    const std::uint64_t seen = state.arrivals;
    state =
        gauge_.WaitForArrival(seen, state.waiting > 0 ? std::min(tick, keep_alive) : keep_alive);
    const Deadline now = SteadyClock::now();
    const bool arrived = state.arrivals != seen;
    if (state.waiting > 0 && (arrived || now >= tick)) {
      SendSome(PacketsOwed(state, state.arrivals - seen));
      tick = now + (state.waiting < kMinWorkers ? kLoneTick : kTick);
      gauge_.Pause(kGather);
    }
    if (now >= keep_alive) {
      const bool complete = KeepAlive();
      keep_alive = now + (complete ? interval : std::min<SteadyClock::duration>(interval, kRedial));
    }
  }
}

void Pacer::SendSome(std::size_t packets) {
  for (std::size_t i = 0; i < std::min(packets, connections_.size()); ++i)
    Send(turn_++ % connections_.size());
}

void Pacer::Send(std::size_t index) {
  static const std::string packet = MacroPacket();
  UniqueFd& connection = connections_[index];
  if (connection && !(DropInput(connection.get()) && SendPacket(connection.get(), packet)))
    connection.Reset();
}

bool Pacer::KeepAlive() {
  std::string lost;
  for (std::size_t index = 0; index < connections_.size(); ++index) {
    Send(index);
    if (connections_[index]) continue;
    if (auto fd = DialAndNegotiate(listener_)) {
      connections_[index] = std::move(*fd);
    } else {
      lost = fd.error().what;
    }
  }
  if (!lost.empty() && !loss_logged_) log_.Warning("internal connection lost: " + lost);
  loss_logged_ = !lost.empty();
  return lost.empty();
}

}  // namespace assay::milter
