// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

// Tells contents apart, by FNV-1a with 64 bits: enough to see that a file has changed, no proof
// against somebody who wants two of them to look alike.
class Fingerprint {
 public:
  // Texts are told apart one by one: "ab", "c" is not "a", "bc".
  void Add(std::string_view text) {
    for (const char c : text) Mix(static_cast<unsigned char>(c));
    for (std::size_t size = text.size(), i = 0; i < sizeof size; ++i, size >>= 8U) {
      Mix(static_cast<unsigned char>(size & 0xffU));
    }
  }
  // 16 hexadecimal digits.
  [[nodiscard]] std::string ToString() const {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4)
      text += kHex[hash_ >> static_cast<unsigned>(shift) & 0xfU];
    return text;
  }

 private:
  void Mix(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100000001b3ULL; }
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace assay
