// SPDX-License-Identifier: Apache-2.0
// Whatever the words claim to be, the result is valid UTF-8 of bounded length, and text without
// words stays as it is.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/mail/charset.h"
#include "lib/mail/encoded_words.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::mail;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string decoded = DecodeEncodedWords(text);
  if (!IsValidUtf8(decoded) || decoded.size() > 4 * size + 4) std::abort();
  if (text.find("=?") == std::string_view::npos && IsValidUtf8(text) && decoded != text) {
    std::abort();
  }
  return 0;
}
