// SPDX-License-Identifier: Apache-2.0
#include "cli/visible.h"

#include <algorithm>
#include <cstdint>

namespace assay::cli {
namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;  // bytes; 0 when there is no valid sequence
};

// One code point (RFC 3629): neither overlong nor a surrogate nor beyond U+10FFFF.
CodePoint Decode(std::string_view text) {
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return {};
  std::uint32_t value = first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80U) return {};
    value = value << 6U | (next & 0x3fU);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest[length] || surrogate || value > 0x10ffff) return {};
  return {value, length};
}

struct Range {
  std::uint32_t first, last;
};
// Controls, and format characters (Unicode category Cf) that hide text or change its direction.
constexpr Range kHidden[] = {{0x00, 0x1f},     {0x7f, 0x9f},      {0xad, 0xad},
                             {0x61c, 0x61c},   {0x180e, 0x180e},  {0x200b, 0x200f},
                             {0x2028, 0x202e}, {0x2060, 0x206f},  {0xfeff, 0xfeff},
                             {0xfff0, 0xffff}, {0xe0000, 0xe0fff}};

bool IsHidden(std::uint32_t value) {
  return std::ranges::any_of(
      kHidden, [value](const Range& range) { return value >= range.first && value <= range.last; });
}

void AppendHex(std::string_view bytes, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.append("\\x").append(1, kHex[byte >> 4U]).append(1, kHex[byte & 0xfU]);
  }
}

}  // namespace

std::string Visible(std::string_view text, std::size_t max) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    if (max != 0 && at >= max) return out + "...";
    const CodePoint point = Decode(text.substr(at));
    const std::size_t length = std::max<std::size_t>(point.length, 1);
    const std::string_view bytes = text.substr(at, length);
    if (point.length == 0 || IsHidden(point.value)) {
      AppendHex(bytes, out);
    } else {
      if (point.value == '\\') out += '\\';
      out += bytes;
    }
    at += length;
  }
  return out;
}

}  // namespace assay::cli
