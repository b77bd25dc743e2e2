// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/outcome.h"

namespace assay::cli {

// `assay facts`: what rules can ask about.
[[nodiscard]] Outcome RunFacts(bool json, bool mdoc);

}  // namespace assay::cli
