// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lib/rules/regex.h"

namespace assay::rules {

std::string ToUtf8(std::uint32_t c) {
  if (c < 0x80) return {static_cast<char>(c)};
  std::string out;
  const auto tail = [&](std::uint32_t shift) {
    out += static_cast<char>(0x80U | ((c >> shift) & 0x3FU));
  };
  if (c < 0x800) {
    out += static_cast<char>(0xC0U | (c >> 6U));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0U | (c >> 12U));
    tail(6);
  } else {
    out += static_cast<char>(0xF0U | (c >> 18U));
    tail(12);
    tail(6);
  }
  tail(0);
  return out;
}

void Normalize(CharSet& set) {
  std::ranges::sort(set, {}, &CharRange::low);
  CharSet merged;
  for (const CharRange& range : set) {
    if (!merged.empty() && range.low <= merged.back().high + 1) {
      merged.back().high = std::max(merged.back().high, range.high);
    } else {
      merged.push_back(range);
    }
  }
  set = std::move(merged);
}

CharSet Complement(const CharSet& set, std::uint32_t top) {
  CharSet result;
  std::uint32_t next = 0;
  for (const CharRange& range : set) {
    if (range.low > next) result.push_back({next, range.low - 1});
    next = range.high + 1;
  }
  if (next <= top) result.push_back({next, top});
  return result;
}

bool Contains(const CharSet& set, std::uint32_t c) {
  const auto after = std::ranges::upper_bound(set, c, {}, &CharRange::low);
  return after != set.begin() && std::prev(after)->high >= c;
}

void FoldAscii(CharSet& set) {
  constexpr std::uint32_t kCaseBit = 0x20;
  CharSet folded = set;
  const auto add_cut = [&](const CharRange& range, CharRange letters, bool lower) {
    const std::uint32_t low = std::max(range.low, letters.low);
    const std::uint32_t high = std::min(range.high, letters.high);
    if (low > high) return;
    folded.push_back(lower ? CharRange{low | kCaseBit, high | kCaseBit}
                           : CharRange{low & ~kCaseBit, high & ~kCaseBit});
  };
  for (const CharRange& range : set) {
    add_cut(range, {'A', 'Z'}, true);
    add_cut(range, {'a', 'z'}, false);
  }
  Normalize(folded);
  set = std::move(folded);
}

}  // namespace assay::rules
