// SPDX-License-Identifier: Apache-2.0
#include "milter/startup.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "lib/config/load.h"
#include "lib/identity/table_spec.h"

namespace assay::milter {
namespace {

std::vector<std::string> Unreadable(const std::vector<std::string>& paths) {
  std::vector<std::string> unreadable;
  for (const std::string& path : paths) {
    if (path.empty() || ::access(path.c_str(), R_OK) == 0 || errno == ENOENT) continue;
    unreadable.push_back(fmt::format("{}: {}", path, std::generic_category().message(errno)));
  }
  return unreadable;
}

}  // namespace

LoadedGeneration LoadEverything(const std::string& config_path, const engine::Generation* previous,
                                bool accept_shrink) {
  auto loaded = config::Load(config_path);
  if (!loaded) return {nullptr, std::move(loaded.error().messages)};
  engine::LoadOptions options;
  if (previous != nullptr) {
    options.number = previous->number + 1;
    options.dkim = previous->dkim;
    options.identity_tables = previous->identity_tables.All();
    options.lists = previous->rules->list_files();
    options.accept_shrink = accept_shrink;
  }
  engine::LoadReport report = engine::LoadGeneration(loaded->config, options);
  std::vector<std::string> messages = std::move(loaded->warnings);
  for (std::string& message : report.messages) messages.push_back(std::move(message));
  return {std::move(report.generation), std::move(messages)};
}

std::vector<std::string> KeysThatNeedRestart(const config::Config& running,
                                             const config::Config& loaded) {
  std::vector<std::string> keys;
  const auto compare = [&](const char* key, const auto& before, const auto& after) {
    if (before != after) keys.emplace_back(key);
  };
  compare("milter.socket", running.milter.socket, loaded.milter.socket);
  compare("milter.socket_mode", running.milter.socket_mode, loaded.milter.socket_mode);
  compare("milter.socket_group", running.milter.socket_group, loaded.milter.socket_group);
  compare("milter.user", running.milter.user, loaded.milter.user);
  compare("milter.control", running.milter.control, loaded.milter.control);
  compare("milter.idle_timeout", running.milter.idle_timeout, loaded.milter.idle_timeout);
  compare("milter.memory", running.milter.memory_mib, loaded.milter.memory_mib);
  compare("dns.servers", running.dns.servers, loaded.dns.servers);
  compare("dns.timeout", running.dns.timeout, loaded.dns.timeout);
  compare("dns.cache", running.dns.cache_mib, loaded.dns.cache_mib);
  compare("dns.zone", running.dns.zone, loaded.dns.zone);
  compare("journal.enabled", running.journal.enabled, loaded.journal.enabled);
  compare("journal.path", running.journal.path, loaded.journal.path);
  compare("journal.max_age", running.journal.max_age, loaded.journal.max_age);
  compare("journal.max_size", running.journal.max_size_mib, loaded.journal.max_size_mib);
  return keys;
}

Result<std::optional<User>> UserToBecome(const config::MilterConfig& config) {
  if (config.user.empty() || !RunsAsRoot()) return std::optional<User>();
  auto user = FindUser(config.user);
  if (!user) return Permanent("milter.user: " + user.error().what);
  return std::optional<User>(std::move(*user));
}

Result<ListenOptions> SocketOptions(const config::MilterConfig& config,
                                    const std::optional<User>& user) {
  ListenOptions options;
  options.mode = config.socket_mode;
  if (user) {
    options.owner = user->uid;
    options.group = user->gid;
  }
  if (!config.socket_group.empty()) {
    auto group = FindGroup(config.socket_group);
    if (!group) return Permanent("milter.socket_group: " + group.error().what);
    options.group = *group;
  }
  return options;
}

std::vector<std::string> UnreadableFiles(const std::string& config_path,
                                         const config::Config& config) {
  return Unreadable({config_path, config.rules.directory, config.rules.local});
}

std::vector<std::string> UnreadableTables(const config::Config& config) {
  std::vector<std::string> paths;
  for (const auto* maps : {&config.identity.login_maps, &config.identity.alias_maps}) {
    for (const std::string& map : *maps) {
      if (const auto spec = identity::ParseTableSpec(map)) paths.push_back(spec->path);
    }
  }
  return Unreadable(paths);
}

}  // namespace assay::milter
