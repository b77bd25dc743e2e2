// SPDX-License-Identifier: Apache-2.0
// The listening socket. It is ours and not libmilter's: only so can a successor take the path over
// while old sessions go on, and can TCP_NODELAY be set (libmilter writes header edits and the reply
// one by one: 43 ms for every message otherwise).
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace assay::milter {

struct SocketSpec {
  enum class Kind { kUnix, kInet, kInet6, kFd };
  Kind kind = Kind::kUnix;
  std::string path;        // kUnix: absolute
  std::string host;        // kInet, kInet6: name or address; empty: all interfaces
  std::uint16_t port = 0;  // 0: the kernel chooses one
  int fd = -1;             // kFd: inherited, as from systemd

  // As in the configuration.
  [[nodiscard]] std::string ToString() const;
};

// "unix:PATH", "local:PATH", "inet:PORT[@HOST]", "inet6:PORT[@HOST]" (HOST with or without
// brackets), "fd:N".
[[nodiscard]] Result<SocketSpec> ParseSocketSpec(std::string_view text);

// sun_path holds 107 bytes and a NUL; the socket is made under the path with ".new" added and
// renamed afterwards.
inline constexpr std::size_t kMaxSocketPath = 107 - 4;

struct ListenOptions {
  unsigned mode = 0660;        // of a unix socket; connecting needs write permission
  std::optional<uid_t> owner;  // of a unix socket; unset: who runs this
  std::optional<gid_t> group;  // likewise
};

// Movable by pointer only. All functions are thread-safe after Publish().
class Listener {
 public:
  // Binds and listens. A unix socket is not yet found under its path: Publish() moves it there,
  // over a stale one or one of a process that is to be succeeded. Errors name the path or address
  // and the reason; anything but a socket at the path is left alone and refused.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> Open(const SocketSpec& spec,
                                                              const ListenOptions& options);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  // "unix:/run/assay/assay.sock", "inet:8891@127.0.0.1" with the port in use.
  [[nodiscard]] std::string Describe() const;

  // Makes the socket reachable. Nothing to do but for unix sockets.
  [[nodiscard]] Result<void> Publish();
  // A new connection to this very socket, not to that of a successor at the same path.
  [[nodiscard]] Result<UniqueFd> Dial() const;
  // No new sessions from now on: takes the path away unless a successor has it, lets libmilter
  // accept what the kernel has queued already, then puts a descriptor in the socket's place that
  // never becomes readable (the number stays valid: libmilter polls it). An inherited socket stays
  // alive in the process that holds it, with its queue. Needs <= 1 s.
  void Retire();

 private:
  struct Inode {
    dev_t device = 0;
    ino_t number = 0;
    bool operator==(const Inode&) const = default;
  };
  Listener(SocketSpec spec, UniqueFd fd) : spec_(std::move(spec)), fd_(std::move(fd)) {}
  [[nodiscard]] static std::optional<Inode> InodeAt(const std::string& path);
  [[nodiscard]] static Result<std::unique_ptr<Listener>> OpenUnix(const SocketSpec& spec,
                                                                  const ListenOptions& options);
  [[nodiscard]] static Result<std::unique_ptr<Listener>> OpenInet(const SocketSpec& spec);
  [[nodiscard]] static Result<std::unique_ptr<Listener>> OpenFd(const SocketSpec& spec);
  // Where a unix socket of ours can be found now.
  [[nodiscard]] std::string CurrentPath() const;
  [[nodiscard]] bool OwnsPath() const;

  SocketSpec spec_;
  UniqueFd fd_;
  Inode inode_;  // of a unix socket's file, which a successor's file does not share
  bool published_ = false;
  std::atomic<bool> retired_{false};
};

}  // namespace assay::milter
