// SPDX-License-Identifier: Apache-2.0
// Text in the character sets that mail uses, to UTF-8.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace assay::mail {

// U+FFFD: stands for what could not be decoded.
inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// The length of the well-formed UTF-8 sequence (no surrogates, nothing overlong, at most U+10FFFF)
// that begins at `at`; 0 when there is none.
[[nodiscard]] std::size_t Utf8SequenceLength(std::string_view text, std::size_t at);
[[nodiscard]] bool IsValidUtf8(std::string_view text);
// At most `max` bytes from the front of valid UTF-8, cut between characters.
[[nodiscard]] std::string_view Utf8Prefix(std::string_view text, std::size_t max);

// `bytes`, which are in `charset` (a MIME name, any case), as valid UTF-8. Never fails: bytes that
// mean nothing there become U+FFFD; a character set that is unknown or empty is taken for UTF-8
// when the bytes are that, else for windows-1252. Each of these sets *defect, which is never reset.
// Linear; the result is at most four times as long.
[[nodiscard]] std::string ToUtf8(std::string_view bytes, std::string_view charset,
                                 bool* defect = nullptr);

// The same for many short texts: opening a converter costs far more than using it, so they are kept
// until this object goes. A value of one thread.
class CharsetDecoder {
 public:
  CharsetDecoder();
  ~CharsetDecoder();
  CharsetDecoder(const CharsetDecoder&) = delete;
  CharsetDecoder& operator=(const CharsetDecoder&) = delete;

  [[nodiscard]] std::string ToUtf8(std::string_view bytes, std::string_view charset,
                                   bool* defect = nullptr);

 private:
  struct Converter;
  [[nodiscard]] Converter* Find(std::string_view iconv_name);

  std::map<std::string, std::unique_ptr<Converter>, std::less<>> converters_;
};

}  // namespace assay::mail
