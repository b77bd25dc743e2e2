// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/identity_tables.h"

#include <algorithm>
#include <utility>

namespace assay::engine {
namespace {

// Loads each table once, however often it is named.
class TableLoader {
 public:
  TableLoader(WatchedTables known, std::vector<std::string>& messages)
      : known_(std::move(known)), messages_(messages) {}

  WatchedTables Load(const std::vector<std::string>& names) {
    WatchedTables tables;
    for (const std::string& name : names) {
      auto spec = identity::ParseTableSpec(name);
      if (!spec) {  // the configuration has been checked
        messages_.push_back("error: " + name + " " + spec.error().what);
        continue;
      }
      tables.push_back(Find(std::move(*spec)));
    }
    return tables;
  }

 private:
  std::shared_ptr<identity::WatchedTable> Find(identity::TableSpec spec) {
    const auto same = [&](const auto& table) { return table->spec() == spec; };
    const auto found = std::ranges::find_if(known_, same);
    if (found != known_.end()) return *found;
    auto table = std::make_shared<identity::WatchedTable>(std::move(spec));
    for (std::string& warning : table->Load(SteadyClock::now()).warnings) {
      messages_.push_back("warning: " + std::move(warning));
    }
    known_.push_back(table);
    return table;
  }

  WatchedTables known_;
  std::vector<std::string>& messages_;
};

std::vector<identity::NamedTable> Held(const WatchedTables& tables) {
  std::vector<identity::NamedTable> held;
  held.reserve(tables.size());
  for (const auto& table : tables) {
    const identity::TableSpec& spec = table->spec();
    // An inline table's text is all of its entries.
    const bool is_inline = spec.type == identity::TableType::kInline;
    held.push_back({is_inline ? "inline" : spec.text, table->Get()});
  }
  return held;
}

}  // namespace

WatchedTables IdentityTables::All() const {
  WatchedTables all = logins;
  for (const auto& table : aliases) {
    if (std::ranges::find(all, table) == all.end()) all.push_back(table);
  }
  return all;
}

identity::OwnershipTables IdentityTables::Snapshot() const { return {Held(logins), Held(aliases)}; }

IdentityTables LoadIdentityTables(const config::IdentityConfig& config,
                                  const WatchedTables& previous,
                                  std::vector<std::string>& messages) {
  IdentityTables tables;
  tables.rules.delimiters = config.recipient_delimiter;
  tables.rules.bare_domains = identity::LocalDomains(config.bare_domains);
  tables.rules.login_is_address = config.login_is_address;
  tables.rules.any_address_logins = config.any_address_logins;
  TableLoader loader(previous, messages);
  tables.logins = loader.Load(config.login_maps);
  tables.aliases = loader.Load(config.alias_maps);
  return tables;
}

}  // namespace assay::engine
