// SPDX-License-Identifier: Apache-2.0
// A DNS server on loopback, UDP and TCP on one port, that says what a test wants it to say.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/unique_fd.h"
#include "lib/dns/zone.h"
#include "tests/support/dns_packet.h"

namespace assay::test {

class DnsServer {
 public:
  struct Packet {
    std::string bytes;
    std::chrono::milliseconds delay{0};
  };
  // Called on the server's thread for each query; what it returns is sent back. Nothing: the query
  // is dropped.
  using Handler = std::function<std::vector<Packet>(const DnsQuery&)>;

  explicit DnsServer(Handler handler);
  // Answers from a zone, after the zone's delay; TIMEOUT drops the query.
  explicit DnsServer(dns::Zone zone);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  [[nodiscard]] std::string address() const;  // "127.0.0.1:PORT"
  [[nodiscard]] std::vector<DnsQuery> queries() const;
  // Closes every TCP connection, as a server does with idle ones.
  void DropConnections() { drop_connections_ = true; }

 private:
  struct Peer {
    bool tcp = false;
    int fd = -1;            // of the connection
    sockaddr_in address{};  // of the client, for UDP
  };
  struct Connection {
    UniqueFd fd;
    std::string received;
  };

  void Open();
  void Run();
  void ReadDatagrams();
  void AcceptConnection();
  bool ReadConnection(Connection& connection);  // false: it is over
  void Handle(const std::string& packet, const Peer& peer);
  void SendDue();
  void Send(const std::string& bytes, const Peer& peer);

  const Handler handler_;
  std::uint16_t port_ = 0;
  UniqueFd udp_;
  UniqueFd listener_;
  std::map<int, Connection> connections_;
  std::multimap<Deadline, std::pair<std::string, Peer>> due_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> drop_connections_ = false;
  mutable std::mutex mutex_;
  std::vector<DnsQuery> queries_;                      // guarded by mutex_
  std::map<std::pair<std::string, int>, int> counts_;  // by name and type
  std::thread thread_;
};

}  // namespace assay::test
