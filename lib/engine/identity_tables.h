// SPDX-License-Identifier: Apache-2.0
// The tables of [identity] as one generation of the configuration names them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "lib/identity/ownership.h"
#include "lib/identity/watched_table.h"

namespace assay::engine {

using WatchedTables = std::vector<std::shared_ptr<identity::WatchedTable>>;

struct IdentityTables {
  identity::OwnershipRules rules;
  WatchedTables logins;
  WatchedTables aliases;

  // Whether senders are held against their logins at all.
  [[nodiscard]] bool configured() const {
    return rules.login_is_address || !logins.empty() || !aliases.empty();
  }
  // All of them, for the FileWatcher and for the next generation.
  [[nodiscard]] WatchedTables All() const;
  // What they hold at this moment. Waits for nothing.
  [[nodiscard]] identity::OwnershipTables Snapshot() const;
};

// Reads the tables; one that `previous` has already goes on with what it holds. What cannot be read
// is told in `messages` and tried again by the FileWatcher.
[[nodiscard]] IdentityTables LoadIdentityTables(const config::IdentityConfig& config,
                                                const WatchedTables& previous,
                                                std::vector<std::string>& messages);

}  // namespace assay::engine
