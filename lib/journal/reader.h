// SPDX-License-Identifier: Apache-2.0
// Looks records up, beside a daemon that writes or without one. Changes nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/journal/database.h"
#include "lib/journal/record.h"

namespace assay::journal {

struct Found {
  std::vector<Record> records;  // the newest first
  std::size_t unreadable = 0;   // records that match and are damaged
  bool more = false;            // than kMostFound
};

inline constexpr std::size_t kMostFound = 100;

// The messages with this reference, queue id or Message-ID. A reference may be written as people
// read it out ("7k3fq2a", O for 0, I or L for 1), with or without "[ref …]"; a Message-ID with or
// without angle brackets. No match is no error.
[[nodiscard]] DatabaseResult<Found> Find(const std::string& path, std::string_view name);

// What the file holds of a Message-ID: without angle brackets and the white space around them, cut.
[[nodiscard]] std::string BareMessageId(std::string_view value);

}  // namespace assay::journal
