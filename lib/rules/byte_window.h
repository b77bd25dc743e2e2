// SPDX-License-Identifier: Apache-2.0
// What a pattern cannot do without: short runs of byte sets of which every match holds one. The
// bytes are those of the text: UTF-8 for patterns over code points.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/rules/regex.h"

namespace assay::rules {

class ByteSet {
 public:
  void Add(std::uint32_t byte) { words_[byte / 64] |= std::uint64_t{1} << (byte % 64); }
  void Add(const ByteSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  [[nodiscard]] bool Has(std::uint32_t byte) const {
    return (words_[byte / 64] >> (byte % 64) & 1U) != 0;
  }
  [[nodiscard]] bool IsIn(const ByteSet& other) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if ((words_[i] & ~other.words_[i]) != 0) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t size() const {
    std::size_t count = 0;
    for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }
  // Calls `visit` for each byte, ascending.
  template <class Visit>
  void ForEach(const Visit& visit) const {
    for (std::uint32_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t rest = words_[i]; rest != 0; rest &= rest - 1) {
        visit(i * 64 + static_cast<std::uint32_t>(std::countr_zero(rest)));
      }
    }
  }
  // With small ASCII letters in the place of capital ones.
  [[nodiscard]] ByteSet Folded() const {
    constexpr std::uint64_t kCapitals = 0x7FFFFFEU;  // of words_[1], which begins at 0x40
    ByteSet folded = *this;
    const std::uint64_t capitals = words_[1] & kCapitals;
    folded.words_[1] = (words_[1] & ~kCapitals) | capitals << 32U;
    return folded;
  }

  auto operator<=>(const ByteSet&) const = default;

 private:
  std::array<std::uint64_t, 4> words_{};
};

// Bytes behind each other, each out of its set; at least one.
using ByteWindow = std::vector<ByteSet>;

inline constexpr std::size_t kMaxWindowBytes = 8;

// Every match of the pattern holds at least one of these, whatever stands around it. Nothing when
// there are none, or when they stand in so many texts that looking for them does not pay. Of a
// pattern with `rare_partners` this is true in texts without these code points only.
[[nodiscard]] std::optional<std::vector<ByteWindow>> MandatoryWindows(const Regex& regex,
                                                                      bool bytes);

// How often a byte of the set stands at a place of a mail's text, roughly: 0 to 1.
[[nodiscard]] double Frequency(const ByteSet& set);

// The texts that match the window, capital ASCII letters as small ones; nothing when there are more
// than kMaxLiterals.
inline constexpr std::size_t kMaxLiterals = 16;
[[nodiscard]] std::optional<std::vector<std::string>> FoldedLiterals(const ByteWindow& window);

}  // namespace assay::rules
