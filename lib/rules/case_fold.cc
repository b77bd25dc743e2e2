// SPDX-License-Identifier: Apache-2.0
// Which code points /i takes for the same, as RE2 sees it (Unicode's simple case folding). Only
// what the letters of living alphabets need is known here; the test compares all of it with RE2.
#include <algorithm>
#include <iterator>
#include <span>

#include "lib/rules/regex.h"

namespace assay::rules {
namespace {

enum class Pairing : std::uint8_t {
  kNone,       // neither upper nor lower case
  kUpperFar,   // the lower case letter stands `distance` further on
  kLowerFar,   // the upper case letter stands `distance` before
  kUpperEven,  // neighbours: even is upper case, odd lower
  kUpperOdd,
  kSigma,  // one upper case letter, two lower ones
};

struct PairedRange {
  CharRange range;
  Pairing pairing = Pairing::kNone;
  std::uint32_t distance = 0;
};

// Ascending. What stands in no range is unknown, and so are letters whose only partners are rare.
constexpr PairedRange kRanges[] = {
    {{0x00, 0x40}},
    {{'A', 'Z'}, Pairing::kUpperFar, 0x20},
    {{'[', '`'}},
    {{'a', 'z'}, Pairing::kLowerFar, 0x20},
    {{'{', 0xB4}},
    {{0xB6, 0xBF}},
    {{0xC0, 0xD6}, Pairing::kUpperFar, 0x20},
    {{0xD7, 0xD7}},
    {{0xD8, 0xDE}, Pairing::kUpperFar, 0x20},
    {{0xDF, 0xDF}},
    {{0xE0, 0xF6}, Pairing::kLowerFar, 0x20},
    {{0xF7, 0xF7}},
    {{0xF8, 0xFE}, Pairing::kLowerFar, 0x20},
    {{0xFF, 0xFF}, Pairing::kUpperFar, 0x79},
    {{0x100, 0x12F}, Pairing::kUpperEven},
    {{0x130, 0x131}},
    {{0x132, 0x137}, Pairing::kUpperEven},
    {{0x138, 0x138}},
    {{0x139, 0x148}, Pairing::kUpperOdd},
    {{0x149, 0x149}},
    {{0x14A, 0x177}, Pairing::kUpperEven},
    {{0x178, 0x178}, Pairing::kLowerFar, 0x79},
    {{0x179, 0x17E}, Pairing::kUpperOdd},
    {{0x386, 0x386}, Pairing::kUpperFar, 0x26},
    {{0x387, 0x387}},
    {{0x388, 0x38A}, Pairing::kUpperFar, 0x25},
    {{0x38C, 0x38C}, Pairing::kUpperFar, 0x40},
    {{0x38E, 0x38F}, Pairing::kUpperFar, 0x3F},
    {{0x391, 0x3A1}, Pairing::kUpperFar, 0x20},
    {{0x3A3, 0x3A3}, Pairing::kSigma},
    {{0x3A4, 0x3AB}, Pairing::kUpperFar, 0x20},
    {{0x3AC, 0x3AC}, Pairing::kLowerFar, 0x26},
    {{0x3AD, 0x3AF}, Pairing::kLowerFar, 0x25},
    {{0x3B1, 0x3C1}, Pairing::kLowerFar, 0x20},
    {{0x3C2, 0x3C3}, Pairing::kSigma},
    {{0x3C4, 0x3CB}, Pairing::kLowerFar, 0x20},
    {{0x3CC, 0x3CC}, Pairing::kLowerFar, 0x40},
    {{0x3CD, 0x3CE}, Pairing::kLowerFar, 0x3F},
    {{0x400, 0x40F}, Pairing::kUpperFar, 0x50},
    {{0x410, 0x42F}, Pairing::kUpperFar, 0x20},
    {{0x430, 0x44F}, Pairing::kLowerFar, 0x20},
    {{0x450, 0x45F}, Pairing::kLowerFar, 0x50},
    {{0x460, 0x481}, Pairing::kUpperEven},
    {{0x482, 0x489}},
    {{0x48A, 0x4BF}, Pairing::kUpperEven},
    {{0x4C1, 0x4CE}, Pairing::kUpperOdd},
    {{0x4D0, 0x52F}, Pairing::kUpperEven},
    {{0x591, 0x109F}},     // Hebrew, Arabic, the scripts of India, Thai, Tibetan, Burmese
    {{0x1100, 0x1399}},    // Hangul letters, Ethiopic
    {{0x2000, 0x2125}},    // punctuation, currency
    {{0x2190, 0x245F}},    // arrows, mathematics, box drawing
    {{0x2500, 0x2BFF}},    // shapes, dingbats
    {{0x3000, 0xA63F}},    // kana, Han
    {{0xAC00, 0xFAFF}},    // Hangul, compatibility Han
    {{0xFE00, 0xFEFF}},    // variation selectors, Arabic forms
    {{0x1F000, 0x1FAFF}},  // emoji
    {{0x20000, 0x3FFFF}},  // more Han
};

// Partners of letters above that nobody writes, or that take another number of bytes: with them in
// a set its letters would not be of equal length.
constexpr std::uint32_t kRare[] = {
    0x00B5, 0x017F, 0x0345, 0x03D0, 0x03D1, 0x03D5, 0x03D6, 0x03F0, 0x03F1, 0x03F4, 0x03F5, 0x1C80,
    0x1C81, 0x1C82, 0x1C83, 0x1C84, 0x1C85, 0x1C86, 0x1C87, 0x1E9E, 0x1FBE, 0x2126, 0x212A, 0x212B,
};

void AddPartners(const PairedRange& known, CharRange range, CharSet& folded) {
  switch (known.pairing) {
    case Pairing::kNone:
      return;
    case Pairing::kUpperFar:
      folded.push_back({range.low + known.distance, range.high + known.distance});
      return;
    case Pairing::kLowerFar:
      folded.push_back({range.low - known.distance, range.high - known.distance});
      return;
    case Pairing::kUpperEven:
      folded.push_back({range.low & ~1U, range.high | 1U});
      return;
    case Pairing::kUpperOdd:
      folded.push_back({range.low - (range.low + 1) % 2, range.high + range.high % 2});
      return;
    case Pairing::kSigma:
      folded.push_back({0x3A3, 0x3A3});
      folded.push_back({0x3C2, 0x3C3});
      return;
  }
}

}  // namespace

std::span<const std::uint32_t> RarePartners() { return kRare; }

bool FoldUnicode(CharSet& set) {
  CharSet folded = set;
  bool known = true;
  for (const CharRange& range : set) {
    std::uint32_t next = range.low;  // what has been looked at ends here
    const auto* at = std::ranges::lower_bound(kRanges, range.low, {},
                                              [](const PairedRange& r) { return r.range.high; });
    for (; at != std::end(kRanges) && at->range.low <= range.high && known; ++at) {
      known = at->range.low <= next;
      const CharRange cut = {std::max(range.low, at->range.low),
                             std::min(range.high, at->range.high)};
      AddPartners(*at, cut, folded);
      next = cut.high + 1;
    }
    known = known && next > range.high;
  }
  Normalize(folded);
  set = std::move(folded);
  return known;
}

}  // namespace assay::rules
