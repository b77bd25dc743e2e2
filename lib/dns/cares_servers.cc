// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/cares_servers.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace assay::dns {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxServers = 8;                // resolv.conf allows 3
constexpr std::uint64_t kWakeUp = ~std::uint64_t{0};  // epoll data of the eventfd
constexpr int kEventsAtOnce = 16;
constexpr milliseconds kSweepInterval{500};
constexpr milliseconds kLongestWait{60'000};

Result<std::vector<ServerAddress>> Addresses(const CaresServers::Options& options) {
  if (options.addresses.empty()) return SystemServers(options.resolv_conf);
  std::vector<ServerAddress> addresses;
  for (const std::string& text : options.addresses) {
    const auto address = ServerAddress::Parse(text);
    if (!address) return Permanent("not the address of a DNS server: \"" + text + '"');
    addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace

Result<void> CaresServers::Open(const Options& options) {
  auto addresses = Addresses(options);
  if (!addresses) return tl::unexpected(std::move(addresses.error()));
  epoll_.Reset(epoll_create1(EPOLL_CLOEXEC));
  wake_.Reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeUp;
  if (!epoll_ || !wake_ || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    return Temporary(std::string("DNS event loop: ") + std::strerror(errno));
  }
  if (addresses->size() > kMaxServers) addresses->resize(kMaxServers);
  for (const ServerAddress& address : *addresses) {
    if (auto opened = OpenServer(address, options.timeout); !opened) return opened;
  }
  return {};
}

Result<void> CaresServers::OpenServer(const ServerAddress& address, milliseconds timeout) {
  CaresChannel::Options options;
  options.server = address;
  options.timeout = timeout;
  options.epoll_fd = epoll_.get();
  options.index = static_cast<std::uint32_t>(2 * servers_.size());
  auto udp = CaresChannel::Open(options);
  if (!udp) return tl::unexpected(std::move(udp.error()));
  ++options.index;
  options.transport = Transport::kTcp;
  auto tcp = CaresChannel::Open(options);
  if (!tcp) return tl::unexpected(std::move(tcp.error()));
  servers_.push_back({std::move(*udp), std::move(*tcp)});
  return {};
}

void CaresServers::Send(std::size_t server, Transport transport, const Question& question,
                        std::uint64_t token) {
  const Server& channels = servers_[server];
  (transport == Transport::kTcp ? channels.tcp : channels.udp)->Send(question, token);
}

void CaresServers::Wait(Deadline until) {
  const Deadline now = SteadyClock::now();
  if (AnythingOut()) until = std::min(until, next_sweep_);
  until = std::clamp(until, now, now + kLongestWait);
  const auto wait = std::chrono::ceil<milliseconds>(until - now).count();
  std::array<epoll_event, kEventsAtOnce> events{};
  const int count = epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, static_cast<int>(wait));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kWakeUp) {
      std::uint64_t wakes = 0;
      [[maybe_unused]] const auto bytes = read(wake_.get(), &wakes, sizeof wakes);
      continue;
    }
    const std::size_t index = event.data.u64 >> 32U;
    const int fd = static_cast<int>(event.data.u64 & 0xffffffffU);
    const bool error = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    // A socket that was closed earlier in this round is unknown to c-ares by now, and ignored.
    const Server& server = servers_[index / 2];
    (index % 2 == 0 ? server.udp : server.tcp)
        ->Process(fd, error || (event.events & EPOLLIN) != 0,
                  error || (event.events & EPOLLOUT) != 0);
  }
  Sweep();
}

void CaresServers::Wake() const {
  const std::uint64_t one = 1;
  // EAGAIN means that the counter is full: then the thread is awake anyway.
  while (write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

std::vector<CaresServers::Reply> CaresServers::TakeReplies() {
  std::vector<Reply> replies;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    for (CaresChannel* channel : {servers_[i].udp.get(), servers_[i].tcp.get()}) {
      for (ChannelReply& reply : channel->TakeReplies()) replies.push_back({i, std::move(reply)});
    }
  }
  return replies;
}

bool CaresServers::AnythingOut() const {
  return std::ranges::any_of(servers_, [](const Server& server) {
    return server.udp->outstanding() + server.tcp->outstanding() > 0;
  });
}

void CaresServers::Sweep() {
  const Deadline now = SteadyClock::now();
  if (now < next_sweep_) return;
  next_sweep_ = now + kSweepInterval;
  for (const Server& server : servers_) {
    server.udp->Sweep();
    server.tcp->Sweep();
  }
}

}  // namespace assay::dns
