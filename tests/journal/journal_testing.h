// SPDX-License-Identifier: Apache-2.0
// What the tests of the journal share.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/clock.h"
#include "lib/journal/record.h"

namespace assay::journal {

inline constexpr const char* kFileName = "journal.db";

// A record with this reference and nothing else but what a search needs.
inline Record MakeRecord(std::string ref, std::string queue_id = "4XyZ1w",
                         std::string message_id = "1@mail.example.com") {
  Record record;
  record.time = Now().time_since_epoch().count();
  record.ref = std::move(ref);
  record.queue_id = std::move(queue_id);
  record.message_id = std::move(message_id);
  record.verdict.action = record.verdict.would = "none";
  return record;
}

// Bytes of all kinds.
inline std::string RandomText(std::mt19937& random, std::size_t most = 30) {
  std::string text(random() % (most + 1), '\0');
  const bool ascii = random() % 2 == 0;
  for (char& c : text) c = static_cast<char>(ascii ? 32 + random() % 95 : random());
  return text;
}

}  // namespace assay::journal
