// SPDX-License-Identifier: Apache-2.0
// Files as the user names them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "cli/outcome.h"
#include "lib/base/result.h"
#include "lib/config/config.h"

namespace assay::cli {

inline constexpr std::size_t kMaxMessageBytes =
    256UL * 1024 * 1024;  // far beyond what an MTA takes

// All of a file, or of standard input for "-". "PATH: why" when it cannot be read or is larger than
// `max` bytes.
[[nodiscard]] Result<std::string> ReadInput(const std::string& path, std::size_t max);

// The configuration in `path`; when that is empty, the one in config::kDefaultPath, or the defaults
// where there is no such file. Nothing, with the reasons and the exit code in `outcome`, when it
// cannot be used. Warnings go to `outcome`.
[[nodiscard]] std::optional<config::Config> LoadConfig(const std::string& path, Outcome& outcome);

}  // namespace assay::cli
