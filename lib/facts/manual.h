// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "lib/facts/fact.h"

namespace assay::facts {

// "flag", "number", "word", "text", "texts", "address".
[[nodiscard]] std::string_view ToWord(Type type);

// The items of the section FACTS in assay-rules(5), as mdoc(7): what that page has to hold.
[[nodiscard]] std::string FactTableAsMdoc();

}  // namespace assay::facts
