// SPDX-License-Identifier: Apache-2.0
// Records as bytes: CBOR maps whose keys are the names of the members; facts are pairs. What has
// its default value is left out; keys that are not known are skipped. So a member may come or go
// without a new schema.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/journal/record.h"

namespace assay::journal {

[[nodiscard]] std::string Encode(const Record& record);
// Decode(Encode(r)) == r. Nothing when `data` is damaged, of whatever size.
[[nodiscard]] std::optional<Record> Decode(std::string_view data);

}  // namespace assay::journal
