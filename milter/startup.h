// SPDX-License-Identifier: Apache-2.0
// What has to be read and opened before the first session, and again at a reload.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/config/config.h"
#include "lib/engine/generation.h"
#include "milter/listener.h"
#include "milter/process.h"

namespace assay::milter {

struct LoadedGeneration {
  std::shared_ptr<const engine::Generation> generation;  // null: something must be mended first
  std::vector<std::string> messages;                     // ready to print
};

// Reads the configuration file and everything that it names. `previous`: the generation that this
// one is to replace, or null.
// `accept_shrink`: lists may have lost more than half of the entries that they have there.
[[nodiscard]] LoadedGeneration LoadEverything(const std::string& config_path,
                                              const engine::Generation* previous,
                                              bool accept_shrink = false);

// Keys that differ between the two and count only from the next start on.
[[nodiscard]] std::vector<std::string> KeysThatNeedRestart(const config::Config& running,
                                                           const config::Config& loaded);

// Whom to run as; nothing when the process is not root or nobody is named.
[[nodiscard]] Result<std::optional<User>> UserToBecome(const config::MilterConfig& config);
[[nodiscard]] Result<ListenOptions> SocketOptions(const config::MilterConfig& config,
                                                  const std::optional<User>& user);

// Files that a reload reads and the process, as the user that it is now, cannot: each with the
// reason.
[[nodiscard]] std::vector<std::string> UnreadableFiles(const std::string& config_path,
                                                       const config::Config& config);
// The same of the tables of [identity], which the start could read all the same.
[[nodiscard]] std::vector<std::string> UnreadableTables(const config::Config& config);

}  // namespace assay::milter
