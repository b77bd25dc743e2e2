// SPDX-License-Identifier: Apache-2.0
#include "cli/reload_command.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "cli/input.h"
#include "lib/base/unique_fd.h"

namespace assay::cli {
namespace {

constexpr time_t kAnswerWait = 300;  // s: large rule sets with their tests, on a slow machine

Result<UniqueFd> ConnectTo(const std::string& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) return Permanent(path + ": the path is too long");
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (!fd || ::connect(fd.get(), generic, sizeof address) != 0) {
    return Permanent(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  const timeval wait{kAnswerWait, 0};
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  return fd;
}

// All that comes until the other side closes; nothing when it breaks off.
std::optional<std::string> Ask(int fd, std::string_view request) {
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
  std::string answer;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0) return {};
    if (got == 0) return answer;
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

Outcome RunReload(const ReloadOptions& options) {
  Outcome outcome;
  const auto config = LoadConfig(options.config, outcome);
  if (!config) return outcome;
  const std::string& path = config->milter.control;
  if (path.empty()) {
    outcome.Complain(kBadConfig, "assay reload: milter.control is empty: send assayd a SIGHUP");
    return outcome;
  }
  const auto connection = ConnectTo(path);
  if (!connection) {
    outcome.Complain(kUnavailable, "assay reload: " + connection.error().what);
    return outcome;
  }
  const auto answer =
      Ask(connection->get(), options.accept_shrink ? "reload accept-shrink\n" : "reload\n");
  const std::size_t line = answer ? answer->find('\n') : std::string::npos;
  if (line == std::string::npos) {
    outcome.Complain(kUnavailable, "assay reload: assayd has not answered");
    return outcome;
  }
  outcome.out = answer->substr(line + 1);
  if (answer->substr(0, line) != "ok") outcome.code = kBadConfig;
  return outcome;
}

}  // namespace assay::cli
