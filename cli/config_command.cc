// SPDX-License-Identifier: Apache-2.0
#include "cli/config_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "cli/input.h"
#include "cli/json.h"
#include "cli/visible.h"
#include "lib/base/text.h"
#include "lib/config/keys.h"

namespace assay::cli {
namespace {

std::string PrintKeys(const std::vector<config::KeyInfo>& keys) {
  std::string out;
  for (const config::KeyInfo& key : keys) {
    fmt::format_to(std::back_inserter(out), "{}  ({}, {})\n    {}\n", key.name, key.type,
                   key.default_value, key.meaning);
  }
  return out;
}

Outcome UnknownKey(std::string_view name, const std::vector<config::KeyInfo>& keys) {
  std::vector<std::string_view> names;
  names.reserve(keys.size());
  for (const config::KeyInfo& key : keys) names.push_back(key.name);
  std::string message = fmt::format("assay config: no key \"{}\"", Visible(name, 64));
  if (const auto near = NearestName(name.substr(0, 64), names)) {
    message += fmt::format("; did you mean \"{}\"?", *near);
  }
  Outcome outcome;
  outcome.Complain(kUsage, message);
  return outcome;
}

}  // namespace

Outcome RunConfig(const ConfigOptions& options) {
  std::vector<config::KeyInfo> keys = config::Keys();
  if (!options.key.empty()) {
    const auto found = std::ranges::find(keys, options.key, &config::KeyInfo::name);
    if (found == keys.end()) return UnknownKey(options.key, keys);
    keys = {*found};
  }
  Outcome outcome;
  if (options.keys) {
    outcome.out = options.json ? KeysAsJson(keys) : PrintKeys(keys);
    return outcome;
  }
  const auto config = LoadConfig(options.config, outcome);
  if (!config) return outcome;
  if (options.key.empty()) {
    outcome.out = options.json ? ConfigAsJson(*config) : config::PrintEffective(*config);
    return outcome;
  }
  const auto settings = config::Settings(*config);
  const auto setting = std::ranges::find(settings, options.key, &config::Setting::name);
  if (setting == settings.end()) {
    outcome.Complain(kUsage,
                     fmt::format("assay config: {} has one value for each tenant", options.key));
  } else {
    outcome.out = setting->value.value_or(options.json ? "null" : "unset") + "\n";
  }
  return outcome;
}

}  // namespace assay::cli
