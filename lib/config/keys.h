// SPDX-License-Identifier: Apache-2.0
// The one table of every key of assay.toml. The loader, `assay config`, the tests of assay.toml(5)
// and of the installed file all read it; a key is declared nowhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/config/config.h"

namespace assay::config {

struct KeyInfo {
  std::string name;  // dotted: "mode", "spf.fail"; those of [[tenant]] are "tenant.name" and so on
  std::string
      type;  // "true|false", "duration", "list of network", or the allowed words: "monitor|enforce"
  std::string
      default_value;  // as assay.toml would have it; "unset" or "required" where there is none
  std::string_view meaning;  // one line
};

// Top-level keys first, then table by table.
[[nodiscard]] std::vector<KeyInfo> Keys();

// All effective values as TOML that loads again to an equal Config. A key that is unset stands
// there as a comment.
[[nodiscard]] std::string PrintEffective(const Config& config);

// The value of one key: a literal that is TOML and JSON at once, nothing when the key is unset.
struct Setting {
  std::string_view name;
  std::optional<std::string> value;
};
// In the order of Keys(), without those of [[tenant]].
[[nodiscard]] std::vector<Setting> Settings(const Config& config);
// The keys of one [[tenant]], without the prefix.
[[nodiscard]] std::vector<Setting> Settings(const TenantConfig& tenant);

}  // namespace assay::config
