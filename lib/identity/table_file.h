// SPDX-License-Identifier: Apache-2.0
// Files that hold tables: opened, locked against postmap(1), read within limits.
#pragma once

#include <string>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/base/unique_fd.h"

namespace assay::identity {

inline constexpr std::size_t kMaxTableFile =
    512UL * 1024 * 1024;  // bytes; an indexed file has slack

// Only regular files, of at most kMaxTableFile bytes. Errors begin with the path.
[[nodiscard]] Result<UniqueFd> OpenTableFile(const std::string& path);
// The same with a shared fcntl lock, held as long as the descriptor; postmap(1) holds an exclusive
// one while it writes. Temporary when it is not to be had until `until`.
[[nodiscard]] Result<UniqueFd> OpenLockedTableFile(const std::string& path, Deadline until);
// All of it.
[[nodiscard]] Result<std::string> ReadTableFile(const std::string& path);
// An anonymous copy in memory, which nobody can cut short while it is mapped.
[[nodiscard]] Result<UniqueFd> CopyToMemory(const UniqueFd& file, const std::string& path);

}  // namespace assay::identity
