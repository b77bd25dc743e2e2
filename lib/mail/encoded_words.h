// SPDX-License-Identifier: Apache-2.0
// Encoded words in header fields (RFC 2047, with the language suffix of RFC 2231, 5).
#pragma once

#include <string>
#include <string_view>

namespace assay::mail {

// `text` with its encoded words decoded; white space between two of them goes, everything else
// stays. The result is valid UTF-8: other bytes become U+FFFD. Read as mail readers do, not as the
// RFC demands: words may touch other text, hold spaces or be longer than 75 characters, and a
// character may be split across adjacent words of one character set. What is no encoded word stays
// as written. The result may hold any character, line breaks included. Linear.
[[nodiscard]] std::string DecodeEncodedWords(std::string_view text);

}  // namespace assay::mail
