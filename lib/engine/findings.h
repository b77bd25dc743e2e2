// SPDX-License-Identifier: Apache-2.0
// What the configuration makes of the evidence.
#pragma once

#include <optional>
#include <vector>

#include "lib/config/config.h"
#include "lib/engine/dmarc_action.h"
#include "lib/engine/evidence.h"
#include "lib/identity/local_domains.h"
#include "lib/policy/verdict.h"

namespace assay::engine {

// What spf.* asks for with this outcome; nothing for "none". `evidence` has SPF done. At end of
// message an aligned pass of DKIM or DMARC rescues fail, softfail and neutral; where DMARC is not
// known yet nothing does.
[[nodiscard]] std::optional<policy::Finding> SpfFinding(const config::Config& config,
                                                        const Evidence& evidence);

// Everything that checks ask for at end of message, in the order in which equals decide. `claim` is
// the verdict on local domains, `path` what FindTrustedPath() says.
[[nodiscard]] std::vector<policy::Finding> CollectFindings(const config::Config& config,
                                                           const Evidence& evidence,
                                                           identity::LocalClaim claim,
                                                           const TrustedPath& path);

// The same mode in the policy's terms.
[[nodiscard]] std::optional<policy::Mode> ModeOf(const std::optional<config::Mode>& own);

}  // namespace assay::engine
