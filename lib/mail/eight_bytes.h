// SPDX-License-Identifier: Apache-2.0
// Eight bytes of a text looked at at once, in one register of any machine.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace assay::mail {

// The bytes from `at` on, the first one lowest; NULs behind the end of the text.
[[nodiscard]] inline std::uint64_t EightBytes(std::string_view text, std::size_t at) {
  std::uint64_t bytes = 0;
  if (text.size() - at >= sizeof(bytes)) {
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
  } else {
    std::memcpy(&bytes, text.data() + at, text.size() - at);
  }
  return std::endian::native == std::endian::little ? bytes : __builtin_bswap64(bytes);
}

// A byte is marked by its highest bit.
inline constexpr std::uint64_t kMarks = 0x8080808080808080U;

[[nodiscard]] constexpr std::uint64_t EightTimes(char c) {
  return 0x0101010101010101U * static_cast<unsigned char>(c);
}

// Marks all that is not ASCII.
[[nodiscard]] constexpr std::uint64_t MarkWide(std::uint64_t bytes) { return bytes & kMarks; }

// Marks the letters of ASCII.
[[nodiscard]] constexpr std::uint64_t MarkLetters(std::uint64_t bytes) {
  const std::uint64_t lower = (bytes | EightTimes(0x20)) & ~kMarks;
  const std::uint64_t from_a = lower + EightTimes(0x80 - 'a');
  const std::uint64_t beyond_z = lower + EightTimes(0x80 - 'z' - 1);
  return from_a & ~beyond_z & ~bytes & kMarks;
}

// Marks the bytes that are `c`. Some behind the first one may be marked that are not.
[[nodiscard]] constexpr std::uint64_t MarkLike(std::uint64_t bytes, char c) {
  const std::uint64_t others = bytes ^ EightTimes(c);
  return (others - EightTimes(1)) & ~others & kMarks;
}

// Marks the control characters of ASCII but for DEL, likewise.
[[nodiscard]] constexpr std::uint64_t MarkControls(std::uint64_t bytes) {
  return (bytes - EightTimes(0x20)) & ~bytes & kMarks;
}

// How many bytes are marked.
[[nodiscard]] constexpr std::size_t CountMarks(std::uint64_t marks) {
  return (marks >> 7) * EightTimes(1) >> 56;
}

// How many bytes stand before the first one that is marked; 8 when none is.
[[nodiscard]] constexpr std::size_t BytesBeforeMark(std::uint64_t marks) {
  return static_cast<std::size_t>(std::countr_zero(marks)) / 8;
}

}  // namespace assay::mail
