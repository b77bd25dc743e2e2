// SPDX-License-Identifier: Apache-2.0
// The list of messages to measure with. The format is described in assay(1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/ip_address.h"
#include "lib/base/result.h"

namespace assay::tuning {

// What a label says about a message.
enum class Side : std::uint8_t {
  kHam,
  kSpam,
  kOther,  // neither: bounces, test mail; reported, never fitted
};

struct ManifestEntry {
  std::string label;     // "ham", "spam", "phish", …
  std::string set;       // where it comes from
  std::string campaign;  // messages with the same key belong together; unique where none is given
  std::string file;      // relative to the folder
  std::size_t receiver_bytes = 0;        // of the receiver's own header fields
  std::optional<IpAddress> client_ip;    // nothing: not known
  std::optional<std::string> helo;       // nothing: not known
  std::optional<std::string> mail_from;  // without brackets, "" for <>; nothing: not known

  [[nodiscard]] Side side() const;
};

inline constexpr std::size_t kMaxManifestEntries = 10'000'000;

// Tab-separated lines below a line that names the columns; columns that are not known are left
// alone. Errors name the line.
[[nodiscard]] Result<std::vector<ManifestEntry>> ParseManifest(std::string_view text);

}  // namespace assay::tuning
