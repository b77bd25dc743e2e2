// SPDX-License-Identifier: Apache-2.0
// What must hold between several values of a configuration.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lib/config/config.h"
#include "lib/config/document.h"
#include "lib/config/problems.h"

namespace assay::config {

// Where a value stands, and whether it could be read.
struct Origin {
  Place place;
  bool good = true;
};
using Origins =
    std::map<std::string, Origin, std::less<>>;  // by key name; only keys that the file sets

struct Sources {
  Origins site;
  struct Tenant {
    Place place;      // of its [[tenant]]
    Origins origins;  // names without the prefix
  };
  std::vector<Tenant> tenants;  // as in Config::tenants
};

// Reports contradictions. A check whose values could not all be read is left out: its result would
// be a guess.
void CheckConfig(const Config& config, const Sources& sources, Problems& problems);

}  // namespace assay::config
