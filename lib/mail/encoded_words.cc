// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/encoded_words.h"

#include <cstdint>
#include <optional>

#include "lib/base/text.h"
#include "lib/mail/charset.h"

namespace assay::mail {

namespace {

constexpr std::size_t kMaxCharsetName = 64;  // with its language; longer is no encoded word

struct EncodedWord {
  std::string_view charset;  // without language
  char encoding = 'q';       // lower case
  std::string_view text;
  std::size_t length = 0;  // of the whole word
};

std::optional<unsigned> HexDigit(char c) {
  if (IsAsciiDigit(c)) return static_cast<unsigned>(c - '0');
  const char lower = AsciiLower(c);
  if (lower < 'a' || lower > 'f') return {};
  return static_cast<unsigned>(lower - 'a') + 10U;
}

std::string DecodeQ(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=' && i + 2 < text.size()) {
      const auto high = HexDigit(text[i + 1]);
      const auto low = HexDigit(text[i + 2]);
      if (high && low) {
        bytes += static_cast<char>(*high * 16 + *low);
        i += 2;
        continue;
      }
    }
    bytes += text[i] == '_' ? ' ' : text[i];
  }
  return bytes;
}

std::optional<std::uint32_t> Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a') + 26U;
  if (IsAsciiDigit(c)) return static_cast<std::uint32_t>(c - '0') + 52U;
  if (c == '+') return 62U;
  if (c == '/') return 63U;
  return {};
}

// Padding may be missing; anything that is no digit is passed over.
std::string DecodeB(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto digit = Base64Digit(c);
    if (!digit) continue;
    bits = ((bits << 6U) | *digit) & 0xffffU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>((bits >> count) & 0xffU);
  }
  return bytes;
}

// One pass over one text. Bytes of adjacent words of one character set are collected and converted
// together.
class Decoder {
 public:
  explicit Decoder(std::string_view text) : text_(text) {}

  std::string Run() {
    while (at_ < text_.size()) {
      const std::size_t start = text_.find("=?", at_);
      if (start == std::string_view::npos) break;
      const auto word = ReadWord(start);
      if (!word) {
        EndPlain(start + 1);
        continue;
      }
      TakeWord(start, *word);
    }
    EndPlain(text_.size());
    Flush();
    return std::move(decoded_);
  }

 private:
  [[nodiscard]] std::optional<EncodedWord> ReadWord(std::size_t start) {
    EncodedWord word;
    const std::size_t name = start + 2;
    const std::size_t name_length = text_.substr(name, kMaxCharsetName + 1).find('?');
    if (name_length == std::string_view::npos || name_length == 0) return {};
    word.charset = text_.substr(name, name_length);
    if (word.charset.find_first_of(" \t\r\n=") != std::string_view::npos) return {};
    word.charset = word.charset.substr(0, word.charset.find('*'));
    const std::size_t encoding = name + name_length + 1;
    if (encoding + 1 >= text_.size() || text_[encoding + 1] != '?') return {};
    word.encoding = AsciiLower(text_[encoding]);
    if (word.encoding != 'q' && word.encoding != 'b') return {};
    const std::size_t end = FindEnd(encoding + 2);
    if (end == std::string_view::npos) return {};
    word.text = text_.substr(encoding + 2, end - encoding - 2);
    word.length = end + 2 - start;
    return word;
  }

  // The next "?="; found only once each, so that many openings without an end stay linear.
  [[nodiscard]] std::size_t FindEnd(std::size_t from) {
    if (end_ != std::string_view::npos && end_ < from) end_ = text_.find("?=", from);
    return end_;
  }

  void TakeWord(std::size_t start, const EncodedWord& word) {
    const std::string_view between = text_.substr(at_, start - at_);
    const bool adjacent = after_word_ && Trim(between).empty();
    if (!adjacent) EndPlain(start);
    if (!EqualsIgnoreCase(word.charset, charset_)) Flush();
    charset_ = word.charset;
    bytes_ += word.encoding == 'q' ? DecodeQ(word.text) : DecodeB(word.text);
    at_ = start + word.length;
    after_word_ = true;
  }

  // Copies the plain text up to `end`.
  void EndPlain(std::size_t end) {
    if (end == at_) return;
    Flush();
    plain_ += text_.substr(at_, end - at_);
    at_ = end;
    after_word_ = false;
  }

  void Flush() {
    if (!plain_.empty()) decoded_ += charsets_.ToUtf8(plain_, "utf-8");
    if (!bytes_.empty()) decoded_ += charsets_.ToUtf8(bytes_, charset_);
    plain_.clear();
    bytes_.clear();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  bool after_word_ = false;
  std::string plain_;
  std::string_view charset_;
  std::string bytes_;
  CharsetDecoder charsets_;
  std::string decoded_;
};

}  // namespace

std::string DecodeEncodedWords(std::string_view text) { return Decoder(text).Run(); }

}  // namespace assay::mail
