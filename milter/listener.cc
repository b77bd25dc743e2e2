// SPDX-License-Identifier: Apache-2.0
#include "milter/listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

#include "lib/base/c_ptr.h"
#include "lib/base/clock.h"

namespace assay::milter {
namespace {

constexpr int kBacklog = 4096;  // cut to net.core.somaxconn by the kernel
// How long libmilter may need to accept what is queued; it does so at once unless the machine is
// overloaded.
constexpr std::chrono::seconds kMaxBacklogWait{1};

std::string Reason(int error) { return std::generic_category().message(error); }

tl::unexpected<Error> SystemError(std::string_view what, std::string_view where, int error) {
  return Permanent(fmt::format("cannot {} {}: {}", what, where, Reason(error)));
}

sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

const sockaddr* Generic(const void* address) { return static_cast<const sockaddr*>(address); }

void SetOption(int fd, int level, int option) {
  const int on = 1;
  (void)::setsockopt(fd, level, option, &on, sizeof on);
}

// Removes a socket that a process left behind; anything else at that path is somebody's file.
Result<void> RemoveStaleSocket(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return SystemError("use socket path", path, errno);
  }
  if (!S_ISSOCK(status.st_mode))
    return Permanent(fmt::format("{} exists and is not a socket", path));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return SystemError("remove the stale socket", path, errno);
  return {};
}

Result<void> RefuseNonSocket(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) {
    return Permanent(fmt::format("{} exists and is not a socket", path));
  }
  return {};
}

using AddressList = CPtr<addrinfo, ::freeaddrinfo>;

Result<AddressList> ResolveLocal(const SocketSpec& spec) {
  addrinfo hints{};
  hints.ai_family = spec.kind == SocketSpec::Kind::kInet ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(spec.host.empty() ? nullptr : spec.host.c_str(),
                                  std::to_string(spec.port).c_str(), &hints, &found);
  if (error != 0) {
    return Permanent(
        fmt::format("cannot listen on {}: {}", spec.ToString(), ::gai_strerror(error)));
  }
  return AddressList(found);
}

sockaddr_storage LocalAddress(int fd, socklen_t& size) {
  sockaddr_storage address{};
  size = sizeof address;
  (void)::getsockname(fd, static_cast<sockaddr*>(static_cast<void*>(&address)), &size);
  return address;
}

std::uint16_t PortOf(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return ntohs(v4.sin_port);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return ntohs(v6.sin6_port);
}

// A listener on all interfaces is reached by the loopback address.
void ReplaceWildcard(sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    if (v4.sin_addr.s_addr == htonl(INADDR_ANY)) v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::memcpy(&address, &v4, sizeof v4);
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    if (IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr)) v6.sin6_addr = in6addr_loopback;
    std::memcpy(&address, &v6, sizeof v6);
  }
}

Result<UniqueFd> ConnectTo(const void* address, socklen_t size, int family,
                           const std::string& name) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return SystemError("make a socket for", name, errno);
  if (::connect(fd.get(), Generic(address), size) != 0)
    return SystemError("connect to", name, errno);
  if (family != AF_UNIX) SetOption(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  return fd;
}

bool HasQueuedConnection(int fd) {
  pollfd poll_fd{fd, POLLIN, 0};
  return ::poll(&poll_fd, 1, 0) > 0;
}

}  // namespace

Listener::~Listener() {
  if (spec_.kind == SocketSpec::Kind::kUnix && !retired_ && OwnsPath())
    ::unlink(CurrentPath().c_str());
}

Result<std::unique_ptr<Listener>> Listener::Open(const SocketSpec& spec,
                                                 const ListenOptions& options) {
  switch (spec.kind) {
    case SocketSpec::Kind::kUnix:
      return OpenUnix(spec, options);
    case SocketSpec::Kind::kFd:
      return OpenFd(spec);
    case SocketSpec::Kind::kInet:
    case SocketSpec::Kind::kInet6:
      break;
  }
  return OpenInet(spec);
}

Result<std::unique_ptr<Listener>> Listener::OpenUnix(const SocketSpec& spec,
                                                     const ListenOptions& options) {
  const std::string path = spec.path + ".new";
  if (auto usable = RefuseNonSocket(spec.path); !usable) return tl::unexpected(usable.error());
  if (auto removed = RemoveStaleSocket(path); !removed) return tl::unexpected(removed.error());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return SystemError("make a socket for", spec.path, errno);
  const sockaddr_un address = UnixAddress(path);
  // The mode comes with the file, so that nobody can connect in between. No other thread creates
  // files now.
  const mode_t old_mask = ::umask(~static_cast<mode_t>(options.mode) & 0777);
  const int bound = ::bind(fd.get(), Generic(&address), sizeof address);
  const int error = errno;
  ::umask(old_mask);
  if (bound != 0) return SystemError("create socket", path, error);
  std::unique_ptr<Listener> listener(new Listener(spec, std::move(fd)));
  listener->inode_ = InodeAt(path).value_or(Inode());
  constexpr unsigned kUnchanged = ~0U;
  if ((options.owner || options.group) && ::lchown(path.c_str(), options.owner.value_or(kUnchanged),
                                                   options.group.value_or(kUnchanged)) != 0) {
    return SystemError("set owner and group of socket", path, errno);
  }
  if (::listen(listener->fd(), kBacklog) != 0) return SystemError("listen on", path, errno);
  return listener;
}

Result<std::unique_ptr<Listener>> Listener::OpenInet(const SocketSpec& spec) {
  auto addresses = ResolveLocal(spec);
  if (!addresses) return tl::unexpected(addresses.error());
  const addrinfo& address = **addresses;
  UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return SystemError("make a socket for", spec.ToString(), errno);
  SetOption(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  SetOption(fd.get(), IPPROTO_TCP, TCP_NODELAY);  // what is accepted inherits it
  if (address.ai_family == AF_INET6) SetOption(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  if (::bind(fd.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    return SystemError("listen on", spec.ToString(), errno);
  }
  return std::unique_ptr<Listener>(new Listener(spec, std::move(fd)));
}

Result<std::unique_ptr<Listener>> Listener::OpenFd(const SocketSpec& spec) {
  int listening = 0;
  socklen_t size = sizeof listening;
  if (::getsockopt(spec.fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0) {
    return SystemError("use inherited socket", spec.ToString(), errno);
  }
  if (listening == 0)
    return Permanent(fmt::format("{} is not a listening socket", spec.ToString()));
  (void)::fcntl(spec.fd, F_SETFD, FD_CLOEXEC);
  socklen_t address_size = 0;
  if (LocalAddress(spec.fd, address_size).ss_family != AF_UNIX) {
    SetOption(spec.fd, IPPROTO_TCP, TCP_NODELAY);
  }
  return std::unique_ptr<Listener>(new Listener(spec, UniqueFd(spec.fd)));
}

std::string Listener::Describe() const {
  if (spec_.kind != SocketSpec::Kind::kInet && spec_.kind != SocketSpec::Kind::kInet6)
    return spec_.ToString();
  socklen_t size = 0;
  SocketSpec actual = spec_;
  actual.port = PortOf(LocalAddress(fd_.get(), size));
  return actual.ToString();
}

std::optional<Listener::Inode> Listener::InodeAt(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  return Inode{status.st_dev, status.st_ino};
}

std::string Listener::CurrentPath() const { return published_ ? spec_.path : spec_.path + ".new"; }

bool Listener::OwnsPath() const {
  const auto inode = InodeAt(CurrentPath());
  return inode && *inode == inode_;
}

Result<void> Listener::Publish() {
  if (spec_.kind != SocketSpec::Kind::kUnix || published_) return {};
  if (::rename(CurrentPath().c_str(), spec_.path.c_str()) != 0) {
    return SystemError("move the socket to", spec_.path, errno);
  }
  published_ = true;
  return {};
}

Result<UniqueFd> Listener::Dial() const {
  if (retired_) return Permanent("the socket takes no new connections");
  if (spec_.kind == SocketSpec::Kind::kUnix) {
    if (!OwnsPath())
      return Permanent(fmt::format("{} belongs to another process by now", CurrentPath()));
    const sockaddr_un address = UnixAddress(CurrentPath());
    return ConnectTo(&address, sizeof address, AF_UNIX, CurrentPath());
  }
  socklen_t size = 0;
  sockaddr_storage address = LocalAddress(fd_.get(), size);
  ReplaceWildcard(address);
  return ConnectTo(&address, size, address.ss_family, Describe());
}

void Listener::Retire() {
  if (retired_.exchange(true)) return;
  if (spec_.kind == SocketSpec::Kind::kUnix && OwnsPath()) ::unlink(CurrentPath().c_str());
  if (spec_.kind != SocketSpec::Kind::kFd) {
    const Deadline until = SteadyClock::now() + kMaxBacklogWait;
    while (HasQueuedConnection(fd_.get()) && SteadyClock::now() < until) ::usleep(2000);
  }
  const UniqueFd silent(::eventfd(0, EFD_CLOEXEC));
  if (silent) (void)::dup3(silent.get(), fd_.get(), O_CLOEXEC);
}

}  // namespace assay::milter
