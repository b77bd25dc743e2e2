// SPDX-License-Identifier: Apache-2.0
// Rule file text to tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/rules/source.h"

namespace assay::rules {

enum class TokenKind : std::uint8_t {
  kEnd,
  kInvalid,   // already reported
  kName,      // spf.mail_from, FAKE_INVOICE, reject
  kNumber,    // 2.5, -1
  kRange,     // 0..4, -2..-0.5
  kAddress,   // 192.0.2.0/24, 2001:db8::1
  kString,    // "…"; value is decoded
  kPattern,   // /…/flags, only after ~, !~, = and the comma
  kListName,  // @freemail; value is the name
  kSymbol,    // { } ( ) [ ] : , = ~ !~ < <= > >= and what other languages have
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Place place;
  std::string_view text;  // as written
  std::string
      value;  // kString decoded, kListName without @, kPattern what stands between the slashes
  bool first_on_line = false;  // nothing but blanks stands before it
  bool flush_left = false;     // nothing at all stands before it

  [[nodiscard]] bool Is(std::string_view symbol_or_name) const {
    return (kind == TokenKind::kSymbol || kind == TokenKind::kName) && text == symbol_or_name;
  }
};

class Lexer {
 public:
  // The file must be valid UTF-8 without NUL (CheckEncoding).
  Lexer(const Sources& sources, std::uint32_t file, DiagnosticLog& log);

  [[nodiscard]] Token Next();

 private:
  void SkipBlank();
  [[nodiscard]] Place From(std::size_t begin) const;
  [[nodiscard]] Token Finish(TokenKind kind, std::size_t begin) const;
  [[nodiscard]] Token Invalid(const Place& place, std::string message, std::string hint = {});
  [[nodiscard]] Token Bare();
  [[nodiscard]] Token String();
  [[nodiscard]] bool Escape(std::string& value);
  [[nodiscard]] bool HexEscape(std::string& value, std::size_t begin);
  [[nodiscard]] Token Pattern();
  [[nodiscard]] Token ListName();
  [[nodiscard]] Token Symbol();

  std::string_view text_;
  std::uint32_t file_;
  DiagnosticLog& log_;
  std::size_t at_ = 0;
  bool first_on_line_ = true;
  bool pattern_next_ = false;  // the last token was ~, !~, = or a comma
};

// Reports the first byte that is not UTF-8, or a NUL. False when there is one.
[[nodiscard]] bool CheckEncoding(const Sources& sources, std::uint32_t file, DiagnosticLog& log);

}  // namespace assay::rules
