// SPDX-License-Identifier: Apache-2.0
// Text helpers that know nothing of locales: protocols are ASCII, and everything else passes
// through as bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

[[nodiscard]] constexpr char AsciiLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool IsAsciiAlpha(char c) {
  return AsciiLower(c) >= 'a' && AsciiLower(c) <= 'z';
}
[[nodiscard]] constexpr bool IsAsciiAlnum(char c) { return IsAsciiDigit(c) || IsAsciiAlpha(c); }
// Space, tab, CR and LF: what may stand between tokens of a header field.
[[nodiscard]] constexpr bool IsFoldingSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

[[nodiscard]] std::string ToLower(std::string_view text);
// `size` bytes of each.
[[nodiscard]] constexpr bool EqualBytesIgnoringCase(const char* a, const char* b,
                                                    std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    if (AsciiLower(a[i]) != AsciiLower(b[i])) return false;
  }
  return true;
}
// Most calls end with a comparison of two lengths.
[[nodiscard]] constexpr bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && EqualBytesIgnoringCase(a.data(), b.data(), a.size());
}
[[nodiscard]] constexpr bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}
[[nodiscard]] constexpr bool EndsWithIgnoreCase(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         EqualsIgnoreCase(text.substr(text.size() - suffix.size()), suffix);
}
// Without leading and trailing IsFoldingSpace().
[[nodiscard]] constexpr std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsFoldingSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsFoldingSpace(text.back())) text.remove_suffix(1);
  return text;
}
// Parts between `separator`, empty ones included; "" gives one empty part. Views into `text`.
[[nodiscard]] std::vector<std::string_view> Split(std::string_view text, char separator);
[[nodiscard]] std::string Join(std::span<const std::string> parts, std::string_view separator);

// A whole number in decimal digits and nothing else; nothing when it does not fit.
[[nodiscard]] std::optional<std::uint64_t> ParseNumber(std::string_view digits);

// Printable ASCII for a log line: control characters, quotes, backslash, angle brackets and bytes
// >= 0x80 become \xHH, so that a sender cannot forge fields or lines. Cut to `max` bytes with "..."
// (no cut when 0).
[[nodiscard]] std::string EscapeForLog(std::string_view text, std::size_t max = 256);

// The candidate nearest to `word` (edit distance at most a third of its length), for "did you mean
// …?".
[[nodiscard]] std::optional<std::string_view> NearestName(
    std::string_view word, std::span<const std::string_view> candidates);

}  // namespace assay
