// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dns_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace assay::test {
namespace {

constexpr int kPortAttempts = 20;  // a free UDP port may be taken for TCP
constexpr int kPollMilliseconds = 10;

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool Bind(int fd, std::uint16_t port) {
  const sockaddr_in address = Loopback(port);
  return bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::uint16_t PortOf(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

DnsServer::Handler FromZone(dns::Zone zone) {
  return [zone = std::move(zone)](const DnsQuery& query) -> std::vector<DnsServer::Packet> {
    const dns::Question question(query.name, static_cast<dns::RrType>(query.type));
    const dns::Answer answer = zone.Lookup(question);
    if (answer.status == dns::Status::kTimeout) return {};
    std::string bytes = DnsReply(query, answer).Bytes();
    const std::size_t fits = query.tcp ? 65535 : std::max<std::size_t>(query.edns_bytes, 512);
    if (bytes.size() > fits) bytes = DnsReply(query).Truncated().Bytes();
    return {{std::move(bytes), zone.delay()}};
  };
}

}  // namespace

DnsServer::DnsServer(Handler handler) : handler_(std::move(handler)) {
  Open();
  thread_ = std::thread([this] { Run(); });
}

DnsServer::DnsServer(dns::Zone zone) : DnsServer(FromZone(std::move(zone))) {}

DnsServer::~DnsServer() {
  stopping_ = true;
  thread_.join();
}

void DnsServer::Open() {
  for (int i = 0; i < kPortAttempts; ++i) {
    udp_.Reset(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    listener_.Reset(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int bytes = 4 << 20;  // bursts of queries; the kernel may grant less
    setsockopt(udp_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (!Bind(udp_.get(), 0)) continue;
    port_ = PortOf(udp_.get());
    if (Bind(listener_.get(), port_) && listen(listener_.get(), SOMAXCONN) == 0) return;
  }
  throw std::runtime_error("no free port on loopback");
}

std::string DnsServer::address() const { return "127.0.0.1:" + std::to_string(port_); }

std::vector<DnsQuery> DnsServer::queries() const {
  const std::lock_guard lock(mutex_);
  return queries_;
}

void DnsServer::Run() {
  while (!stopping_) {
    if (drop_connections_.exchange(false)) connections_.clear();
    std::vector<pollfd> fds = {{udp_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& [fd, connection] : connections_) fds.push_back({fd, POLLIN, 0});
    poll(fds.data(), fds.size(), due_.empty() ? kPollMilliseconds : 1);
    if (fds[0].revents != 0) ReadDatagrams();
    if (fds[1].revents != 0) AcceptConnection();
    for (std::size_t i = 2; i < fds.size(); ++i) {
      if (fds[i].revents == 0) continue;
      const auto at = connections_.find(fds[i].fd);
      if (at != connections_.end() && !ReadConnection(at->second)) connections_.erase(at);
    }
    SendDue();
  }
}

void DnsServer::ReadDatagrams() {
  while (true) {
    std::array<char, 4096> buffer{};
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto count = recvfrom(udp_.get(), buffer.data(), buffer.size(), 0,
                                reinterpret_cast<sockaddr*>(&from), &size);
    if (count < 0) return;
    Handle(std::string(buffer.data(), static_cast<std::size_t>(count)), Peer{false, -1, from});
  }
}

void DnsServer::AcceptConnection() {
  UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return;
  const int number = fd.get();
  connections_.insert_or_assign(number, Connection{std::move(fd), {}});
}

bool DnsServer::ReadConnection(Connection& connection) {
  std::array<char, 4096> buffer{};
  const auto count = read(connection.fd.get(), buffer.data(), buffer.size());
  if (count == 0 || (count < 0 && errno != EAGAIN)) return false;
  if (count > 0) connection.received.append(buffer.data(), static_cast<std::size_t>(count));
  while (connection.received.size() >= 2) {
    const auto byte = [&](std::size_t at) {
      return static_cast<unsigned char>(connection.received[at]);
    };
    const std::size_t length = static_cast<std::size_t>(byte(0) << 8U | byte(1));
    if (connection.received.size() < 2 + length) break;
    Handle(connection.received.substr(2, length), Peer{true, connection.fd.get(), {}});
    connection.received.erase(0, 2 + length);
  }
  return true;
}

void DnsServer::Handle(const std::string& packet, const Peer& peer) {
  auto query = DnsQuery::Parse(AsBytes(packet));
  if (!query) return;
  query->tcp = peer.tcp;
  query->repetition = counts_[{query->name, query->type}]++;
  {
    const std::lock_guard lock(mutex_);
    queries_.push_back(*query);
  }
  for (Packet& reply : handler_(*query)) {
    due_.emplace(SteadyClock::now() + reply.delay, std::pair(std::move(reply.bytes), peer));
  }
}

void DnsServer::SendDue() {
  while (!due_.empty() && due_.begin()->first <= SteadyClock::now()) {
    const auto [bytes, peer] = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    Send(bytes, peer);
  }
}

void DnsServer::Send(const std::string& bytes, const Peer& peer) {
  if (!peer.tcp) {
    sendto(udp_.get(), bytes.data(), bytes.size(), 0,
           reinterpret_cast<const sockaddr*>(&peer.address), sizeof peer.address);
    return;
  }
  if (!connections_.contains(peer.fd)) return;
  const std::string framed = WireNumber16(static_cast<unsigned>(bytes.size())) + bytes;
  // Loopback takes 64 KiB at once; a test that needs more would see a timeout.
  [[maybe_unused]] const auto sent = send(peer.fd, framed.data(), framed.size(), MSG_NOSIGNAL);
}

}  // namespace assay::test
