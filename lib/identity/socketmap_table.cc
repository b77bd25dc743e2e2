// SPDX-License-Identifier: Apache-2.0
// socketmap tables: one request at a time on a connection, a few connections kept open, and no wait
// beyond the caller's deadline.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <system_error>
#include <vector>

#include "lib/base/ip_address.h"
#include "lib/base/unique_fd.h"
#include "lib/identity/backends.h"
#include "lib/identity/socketmap.h"

namespace assay::identity {
namespace {

constexpr std::size_t kMaxIdleSockets = 8;  // connections kept open between lookups

tl::unexpected<Error> SystemError(int error) {
  return Temporary(std::generic_category().message(error));
}

// Whether the descriptor became ready for `events` in time.
Result<void> Await(int fd, short events, Deadline until) {
  while (true) {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now()).count();
    if (left <= 0) return Temporary("does not answer in time");
    pollfd entry{fd, events, 0};
    const int ready =
        ::poll(&entry, 1, static_cast<int>(std::min<milliseconds::rep>(left, 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return SystemError(errno);
  }
}

class SocketMapTable final : public Table {
 public:
  explicit SocketMapTable(TableSpec spec) : spec_(std::move(spec)) {}

  [[nodiscard]] Result<std::optional<std::string>> Lookup(std::string_view key,
                                                          Deadline until) const override;
  [[nodiscard]] bool takes_parts() const override { return false; }
  [[nodiscard]] bool may_wait() const override { return true; }

 private:
  // `silent`: the connection ended before the first byte of an answer, as one does that the server
  // has closed while it was idle.
  [[nodiscard]] static Result<std::string> Ask(int fd, const std::string& request, Deadline until,
                                               bool& silent);
  [[nodiscard]] Result<UniqueFd> Connect(Deadline until) const;
  [[nodiscard]] UniqueFd TakeIdle() const;
  void GiveBack(UniqueFd connection) const;

  TableSpec spec_;
  mutable std::mutex mutex_;
  mutable std::vector<UniqueFd> idle_;
};

union Address {
  sockaddr any;
  sockaddr_un local;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

socklen_t FillAddress(const TableSpec& spec, Address& address) {
  address = {};
  if (!spec.socket_path.empty()) {
    address.local.sun_family = AF_UNIX;
    std::memcpy(address.local.sun_path, spec.socket_path.data(), spec.socket_path.size());
    return sizeof address.local;
  }
  const auto port = htons(static_cast<std::uint16_t>(spec.port));
  if (::inet_pton(AF_INET, spec.host.c_str(), &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = port;
    return sizeof address.v4;
  }
  ::inet_pton(AF_INET6, spec.host.c_str(), &address.v6.sin6_addr);
  address.v6.sin6_family = AF_INET6;
  address.v6.sin6_port = port;
  return sizeof address.v6;
}

Result<UniqueFd> SocketMapTable::Connect(Deadline until) const {
  Address address;
  const socklen_t size = FillAddress(spec_, address);
  UniqueFd fd(::socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return SystemError(errno);
  if (address.any.sa_family != AF_UNIX) {
    const int on = 1;
    (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (::connect(fd.get(), &address.any, size) == 0) return fd;
  // A unix socket whose backlog is full says EAGAIN.
  if (errno != EINPROGRESS) return SystemError(errno);
  if (auto ready = Await(fd.get(), POLLOUT, until); !ready) return tl::unexpected(ready.error());
  int error = 0;
  socklen_t error_size = sizeof error;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &error_size) != 0) error = errno;
  if (error != 0) return SystemError(error);
  return fd;
}

UniqueFd SocketMapTable::TakeIdle() const {
  const std::lock_guard lock(mutex_);
  while (!idle_.empty()) {
    UniqueFd connection = std::move(idle_.back());
    idle_.pop_back();
    // Readable now means closed, or bytes that would be taken for the next answer.
    pollfd entry{connection.get(), POLLIN, 0};
    if (::poll(&entry, 1, 0) == 0) return connection;
  }
  return {};
}

void SocketMapTable::GiveBack(UniqueFd connection) const {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdleSockets) idle_.push_back(std::move(connection));
}

Result<void> Send(int fd, std::string_view request, Deadline until) {
  while (!request.empty()) {
    const ssize_t sent = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      request.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (auto ready = Await(fd, POLLOUT, until); !ready) return ready;
    } else if (errno != EINTR) {
      return SystemError(errno);
    }
  }
  return {};
}

Result<std::string> SocketMapTable::Ask(int fd, const std::string& request, Deadline until,
                                        bool& silent) {
  silent = true;
  if (auto sent = Send(fd, request, until); !sent) return tl::unexpected(sent.error());
  std::string bytes;
  std::array<char, 4096> buffer;
  while (true) {
    const Netstring reply = ReadNetstring(bytes);
    // What follows the reply belongs to nothing that was asked.
    const bool excess = reply.state == Netstring::State::kComplete && reply.size != bytes.size();
    if (reply.state == Netstring::State::kMalformed || excess) {
      return Temporary("gives no answer of the socketmap protocol");
    }
    if (reply.state == Netstring::State::kComplete) return std::string(reply.payload);
    if (auto ready = Await(fd, POLLIN, until); !ready) {
      silent = false;
      return tl::unexpected(ready.error());
    }
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return SystemError(errno);
    if (got == 0) return Temporary("closed the connection");
    silent = false;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

Result<std::optional<std::string>> SocketMapTable::Lookup(std::string_view key,
                                                          Deadline until) const {
  const auto trouble = [&](const Error& error) {
    return Temporary(fmt::format("{}: {}", spec_.text, error.what));
  };
  const std::string request = WriteNetstring(fmt::format("{} {}", spec_.map_name, key));
  UniqueFd connection = TakeIdle();
  while (true) {
    const bool fresh = !connection;
    if (fresh) {
      auto connected = Connect(until);
      if (!connected) return trouble(connected.error());
      connection = std::move(*connected);
    }
    bool silent = false;
    const auto reply = Ask(connection.get(), request, until, silent);
    if (!reply && silent && !fresh) {
      connection.Reset();  // the server has been restarted, perhaps: once more, on a new connection
      continue;
    }
    if (!reply) return trouble(reply.error());
    GiveBack(std::move(connection));
    auto value = ReadSocketMapReply(*reply);
    if (!value) return trouble(value.error());
    return value;
  }
}

}  // namespace

Result<OpenedTable> OpenSocketMap(const TableSpec& spec) {
  return OpenedTable{std::make_shared<const SocketMapTable>(spec), {}};
}

}  // namespace assay::identity
