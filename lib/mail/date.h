// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::mail {

// Seconds since 1970 of a date and time as RFC 5322, 3.3 and 4.3 write it; comments behind it are
// skipped. Nothing when it is no date, when the month has no such day or the zone is unknown.
[[nodiscard]] std::optional<std::int64_t> ParseDate(std::string_view text);

}  // namespace assay::mail
