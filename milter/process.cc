// SPDX-License-Identifier: Apache-2.0
#include "milter/process.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <system_error>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/unique_fd.h"

namespace assay::milter {
namespace {

// What getpwnam_r() and getgrnam_r() may need for one entry; a group with thousands of members is
// larger than any hint.
constexpr std::size_t kEntryBytes = std::size_t{256} * 1024;

std::string Reason(int error) { return std::generic_category().message(error); }

}  // namespace

Result<User> FindUser(const std::string& name) {
  std::vector<char> buffer(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  const int error = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) {
    return Permanent(fmt::format("no user '{}'{}", name, error == 0 ? "" : ": " + Reason(error)));
  }
  return User{name, entry.pw_uid, entry.pw_gid};
}

Result<gid_t> FindGroup(const std::string& name) {
  std::vector<char> buffer(kEntryBytes);
  group entry{};
  group* found = nullptr;
  const int error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) {
    return Permanent(fmt::format("no group '{}'{}", name, error == 0 ? "" : ": " + Reason(error)));
  }
  return entry.gr_gid;
}

Result<void> BecomeUser(const User& user) {
  if (::initgroups(user.name.c_str(), user.gid) != 0 || ::setgid(user.gid) != 0 ||
      ::setuid(user.uid) != 0) {
    return Permanent(fmt::format("cannot become user '{}': {}", user.name, Reason(errno)));
  }
  if (user.uid != 0 && ::setuid(0) == 0)
    return Permanent("root's rights came back after they were given up");
  return {};
}

bool RunsAsRoot() { return ::geteuid() == 0; }

std::uint64_t RaiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = raised.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

void NotifySupervisor(std::string_view state) {
  const char* path =
      std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe): nobody sets variables here
  if (path == nullptr) return;
  const std::string_view name = path;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.empty() || name.size() >= sizeof address.sun_path) return;
  name.copy(address.sun_path, name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';  // Linux's abstract names
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  const void* generic = &address;
  (void)::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
                 static_cast<const sockaddr*>(generic), size);
}

void NotifyReloading() {
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now().time_since_epoch());
  NotifySupervisor(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.count()));
}

}  // namespace assay::milter
