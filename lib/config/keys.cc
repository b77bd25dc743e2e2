// SPDX-License-Identifier: Apache-2.0
#include "lib/config/keys.h"

#include <fmt/format.h>

#include <iterator>

#include "lib/config/key_table.h"

namespace assay::config {
namespace {

template <class Owner>
std::string DefaultValue(const Key<Owner>& key) {
  if (key.presence == Presence::kRequired) return "required";
  const std::string value = key.print(Owner());
  return value.empty() ? "unset" : value;
}

template <class Owner>
std::vector<Setting> SettingsOf(const std::vector<Key<Owner>>& keys, const Owner& owner) {
  std::vector<Setting> settings;
  for (const Key<Owner>& key : keys) {
    std::string value = key.print(owner);
    settings.push_back({key.name, value.empty() ? std::nullopt : std::optional(std::move(value))});
  }
  return settings;
}

void PrintLine(const Setting& setting, std::string_view name, std::string& out) {
  if (setting.value) {
    fmt::format_to(std::back_inserter(out), "{} = {}\n", name, *setting.value);
  } else {
    fmt::format_to(std::back_inserter(out), "# {} is unset\n", name);
  }
}

}  // namespace

std::vector<KeyInfo> Keys() {
  std::vector<KeyInfo> infos;
  for (const auto& key : SiteKeys()) {
    infos.push_back({std::string(key.name), key.type, DefaultValue(key), key.meaning});
  }
  for (const auto& key : TenantKeys()) {
    infos.push_back(
        {fmt::format("{}.{}", kTenantTable, key.name), key.type, DefaultValue(key), key.meaning});
  }
  return infos;
}

std::vector<Setting> Settings(const Config& config) { return SettingsOf(SiteKeys(), config); }

std::vector<Setting> Settings(const TenantConfig& tenant) {
  return SettingsOf(TenantKeys(), tenant);
}

std::string PrintEffective(const Config& config) {
  std::string out;
  std::string_view table;
  for (const Setting& setting : Settings(config)) {
    const std::size_t dot = setting.name.find('.');
    const std::string_view in = dot == std::string_view::npos ? "" : setting.name.substr(0, dot);
    if (in != table) fmt::format_to(std::back_inserter(out), "\n[{}]\n", in);
    table = in;
    PrintLine(setting, in.empty() ? setting.name : setting.name.substr(dot + 1), out);
  }
  for (const TenantConfig& tenant : config.tenants) {
    fmt::format_to(std::back_inserter(out), "\n[[{}]]\n", kTenantTable);
    for (const Setting& setting : Settings(tenant)) PrintLine(setting, setting.name, out);
  }
  return out;
}

}  // namespace assay::config
