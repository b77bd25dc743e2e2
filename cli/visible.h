// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::cli {

// The text as a terminal may have it: printable UTF-8 stays; control characters, what is not UTF-8,
// and characters that are invisible or turn the direction of writing become \xHH, so that a message
// cannot speak to the terminal or look like something else. Backslashes are doubled. Cut after
// `max` bytes of input with "..." (0: never).
[[nodiscard]] std::string Visible(std::string_view text, std::size_t max = 0);

}  // namespace assay::cli
