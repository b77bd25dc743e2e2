// SPDX-License-Identifier: Apache-2.0
// The facts of the table that are read from mail::Views.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "lib/facts/fact.h"
#include "lib/mail/views.h"

namespace assay::rules {

// Each makes the view that the fact belongs to, and no other. Nothing when the fact has another
// type, is not read from views, or is unknown.
[[nodiscard]] std::optional<bool> ViewFlag(facts::Id fact, mail::Views& views);
[[nodiscard]] std::optional<double> ViewNumber(facts::Id fact, mail::Views& views);
// The texts live as long as the views. header["Name"] has more than one value: not here.
[[nodiscard]] std::optional<std::span<const std::string>> ViewTexts(facts::Id fact,
                                                                    mail::Views& views);

// The same for a report: any type; nothing for what is too long to be shown (header, body,
// rawbody).
[[nodiscard]] std::optional<facts::Value> ViewValue(facts::Id fact, mail::Views& views);

}  // namespace assay::rules
