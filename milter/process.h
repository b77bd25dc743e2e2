// SPDX-License-Identifier: Apache-2.0
// The process's user, limits and supervisor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace assay::milter {

struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

// Errors name the user or group.
[[nodiscard]] Result<User> FindUser(const std::string& name);
[[nodiscard]] Result<gid_t> FindGroup(const std::string& name);

// Becomes `user` for good: its groups, gid and uid. Only root can. To be called before the first
// thread starts.
[[nodiscard]] Result<void> BecomeUser(const User& user);
[[nodiscard]] bool RunsAsRoot();

// Raises the limit of open files as far as it goes and returns it: one is needed per session, and
// without any left libmilter's listener spins.
std::uint64_t RaiseFileLimit();
// Below this the log warns.
inline constexpr std::uint64_t kComfortableFiles = 4096;

// Tells systemd (sd_notify(3)) when it asked for it, else does nothing: "READY=1", "STOPPING=1".
void NotifySupervisor(std::string_view state);
// "RELOADING=1" needs the time with it.
void NotifyReloading();

}  // namespace assay::milter
