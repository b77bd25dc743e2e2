// SPDX-License-Identifier: Apache-2.0
// SPF evaluated the plain way: one recursive function over a zone, without libspf2, tokens or
// replay. It shares the parser and the macros with the real one, and nothing of how records are
// followed, limits counted and terms matched.
#pragma once

#include "lib/auth/spf.h"
#include "lib/dns/zone.h"

namespace assay::auth {

// Result, mechanism and record_domain only.
[[nodiscard]] SpfOutcome EvaluatePlainly(const SpfCheck& check, const dns::Zone& zone);

}  // namespace assay::auth
