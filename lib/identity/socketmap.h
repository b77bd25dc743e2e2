// SPDX-License-Identifier: Apache-2.0
// The socketmap protocol of Sendmail and Postfix (socketmap_table(5)): requests and replies are
// netstrings.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace assay::identity {

inline constexpr std::size_t kMaxSocketMapReply = 100'000;  // bytes, as in Postfix

// "5:hello,"
[[nodiscard]] std::string WriteNetstring(std::string_view payload);

struct Netstring {
  enum class State { kIncomplete, kComplete, kMalformed };
  State state = State::kIncomplete;
  std::string_view payload;  // of kComplete, a view into the input
  std::size_t size = 0;      // of all of it, in the input
};
// Reads the netstring at the beginning of `bytes`. Strict: no leading zeros, no more than
// kMaxSocketMapReply bytes.
[[nodiscard]] Netstring ReadNetstring(std::string_view bytes);

// What "OK value", "NOTFOUND ", "TEMP why", "TIMEOUT why" and "PERM why" mean; anything else is a
// temporary Error too.
[[nodiscard]] Result<std::optional<std::string>> ReadSocketMapReply(std::string_view payload);

}  // namespace assay::identity
