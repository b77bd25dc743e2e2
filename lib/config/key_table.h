// SPDX-License-Identifier: Apache-2.0
// The rows themselves, for the loader; everybody else reads keys.h.
#pragma once

#include <vector>

#include "lib/config/key.h"

namespace assay::config {

[[nodiscard]] std::vector<Key<Config>> SiteKeys();
// Names without the prefix: "name", "domains", …
[[nodiscard]] std::vector<Key<TenantConfig>> TenantKeys();

inline constexpr std::string_view kTenantTable = "tenant";

}  // namespace assay::config
