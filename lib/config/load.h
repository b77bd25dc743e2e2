// SPDX-License-Identifier: Apache-2.0
// Reads assay.toml. Strict: what is not understood is an error, and all errors of a file are
// reported at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "lib/config/config.h"

namespace assay::config {

inline constexpr std::string_view kDefaultPath = "/etc/assay/assay.toml";
inline constexpr std::size_t kMaxFileBytes =
    1024UL * 1024;  // room for 20,000 domains; a larger file is not this one

struct Loaded {
  Config config;
  std::vector<std::string>
      warnings;  // ready to print: file:line:col: warning: …, with the source line and a caret
};

struct LoadFailure {
  bool unreadable = false;  // the file could not be read at all
  std::vector<std::string>
      messages;  // ready to print, in the order of the file; never empty; warnings after errors
};

using LoadResult = tl::expected<Loaded, LoadFailure>;

// Unknown keys and tables, wrong types, values out of range, keys set twice, and values that
// contradict each other are errors. Among these: mode = "enforce", anywhere, while
// identity.local_domains is empty. `file` is only printed.
[[nodiscard]] LoadResult Parse(std::string_view text, std::string_view file);

// The same for a file; more than kMaxFileBytes is refused.
[[nodiscard]] LoadResult Load(const std::string& path);

}  // namespace assay::config
