// SPDX-License-Identifier: Apache-2.0
// The Received-SPF field (RFC 7208, 9.1).
#pragma once

#include <string>

#include "lib/auth/spf.h"

namespace assay::auth {

enum class SpfIdentity { kMailFrom, kHelo };

// The value of the field with its leading space and folds as "\n\t", ASCII. Values that are no
// dot-atom are quoted; bytes that a quoted string must not hold become "?", and each value is cut
// to 255 bytes, so that no line passes 998 octets. Pure; safe from several threads.
[[nodiscard]] std::string WriteReceivedSpf(const SpfCheck& check, const SpfOutcome& outcome,
                                           SpfIdentity identity);

}  // namespace assay::auth
