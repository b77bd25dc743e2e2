// SPDX-License-Identifier: Apache-2.0
// Messages with labels, run through the rules.
#pragma once

#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/rules/rule_set.h"
#include "lib/tuning/manifest.h"
#include "lib/tuning/observations.h"

namespace assay::cli {

// Which rules hit which messages. Each message is taken for inbound mail as the SMTP client sent it
// (tuning::ClientView); what the manifest does not tell of the session, and all that authentication
// would find out, is unknown. `jobs` threads (0: one for each CPU). An error names the file that
// could not be read.
[[nodiscard]] Result<tuning::Observations> Observe(
    const std::vector<tuning::ManifestEntry>& entries, const std::string& folder,
    const rules::RuleSet& rules, unsigned jobs);

}  // namespace assay::cli
