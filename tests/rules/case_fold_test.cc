// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "lib/rules/regex.h"

namespace assay::rules {
namespace {

constexpr std::uint32_t kTop = 0x10FFFF;

std::string Escaped(std::uint32_t c) {
  char text[16];
  std::snprintf(text, sizeof text, "\\x{%x}", c);
  return text;
}

// One pass over all of Unicode.
std::vector<std::uint32_t> Matching(const std::string& pattern) {
  const re2::RE2 re(pattern);
  EXPECT_TRUE(re.ok()) << re.error();
  std::vector<std::uint32_t> found;
  for (std::uint32_t c = 0; c <= kTop; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    if (re2::RE2::FullMatch(ToUtf8(c), re)) found.push_back(c);
  }
  return found;
}

bool IsRare(std::uint32_t c) {
  return std::ranges::find(RarePartners(), c) != RarePartners().end();
}

// What (?i) adds to all that is known here is rare, and listed.
TEST(FoldUnicode, OnlyRarePartnersAreMissing) {
  CharSet known;
  for (std::uint32_t c = 0; c <= kTop; ++c) {
    CharSet set = {{c, c}};
    if (FoldUnicode(set)) known.push_back({c, c});
  }
  Normalize(known);
  std::string all;
  for (const CharRange& range : known) all += Escaped(range.low) + "-" + Escaped(range.high);
  std::size_t rare = 0;
  for (const std::uint32_t c : Matching("(?i)[" + all + "]")) {
    if (Contains(known, c)) continue;
    EXPECT_TRUE(IsRare(c)) << Escaped(c);
    ++rare;
  }
  EXPECT_EQ(rare, RarePartners().size());
}

// Letter by letter, where the alphabets with cases stand.
TEST(FoldUnicode, AgreesWithRe2) {
  constexpr std::uint32_t kEnd = 0x530;
  for (std::uint32_t c = 0; c < kEnd; ++c) {
    CharSet set = {{c, c}};
    if (!FoldUnicode(set)) continue;  // nothing is claimed
    const re2::RE2 re("(?i)" + Escaped(c));
    std::string others;
    for (std::uint32_t other = 0; other < kEnd; ++other) {
      if (Contains(set, other)) {
        EXPECT_TRUE(re2::RE2::FullMatch(ToUtf8(other), re)) << Escaped(c) << Escaped(other);
      } else if (!IsRare(other)) {
        others += ToUtf8(other);
      }
    }
    EXPECT_FALSE(re2::RE2::PartialMatch(others, re)) << Escaped(c);
  }
}

// Beyond these a known code point is its own only partner.
TEST(FoldUnicode, OtherScriptsHaveNoCases) {
  for (std::uint32_t c = 0x530; c <= kTop; ++c) {
    CharSet set = {{c, c}};
    if (!FoldUnicode(set)) continue;
    EXPECT_EQ(set, (CharSet{{c, c}})) << Escaped(c);
  }
}

struct Case {
  const char* name;
  CharSet set;
  CharSet want;
  bool known;
};
const Case kCases[] = {
    {"kelvin_is_left_out", {{'k', 'k'}}, {{'K', 'K'}, {'k', 'k'}}, true},
    {"ascii", {{'a', 'c'}}, {{'A', 'C'}, {'a', 'c'}}, true},
    {"digits", {{'0', '9'}}, {{'0', '9'}}, true},
    {"umlaut", {{0xE4, 0xE4}}, {{0xC4, 0xC4}, {0xE4, 0xE4}}, true},
    {"across", {{'Z', 'a'}}, {{'A', 'A'}, {'Z', 'a'}, {'z', 'z'}}, true},
    {"latin_a", {{0x105, 0x105}}, {{0x104, 0x105}}, true},
    {"odd_upper", {{0x17D, 0x17D}}, {{0x17D, 0x17E}}, true},
    {"sigma", {{0x3C2, 0x3C2}}, {{0x3A3, 0x3A3}, {0x3C2, 0x3C3}}, true},
    {"cyrillic", {{0x451, 0x451}}, {{0x401, 0x401}, {0x451, 0x451}}, true},
    {"han", {{0x4E00, 0x4E10}}, {{0x4E00, 0x4E10}}, true},
    {"cherokee", {{0x13A0, 0x13A0}}, {{0x13A0, 0x13A0}}, false},
    {"rare", {{0x212A, 0x212A}}, {{0x212A, 0x212A}}, false},
    {"half_known", {{0x2120, 0x2126}}, {{0x2120, 0x2126}}, false},
};

TEST(FoldUnicode, Table) {
  for (const Case& c : kCases) {
    CharSet set = c.set;
    EXPECT_EQ(FoldUnicode(set), c.known) << c.name;
    EXPECT_EQ(set, c.want) << c.name;
  }
}

TEST(ToUtf8, AllLengths) {
  EXPECT_EQ(ToUtf8('a'), "a");
  EXPECT_EQ(ToUtf8(0x7F), "\x7F");
  EXPECT_EQ(ToUtf8(0x80), "\xC2\x80");
  EXPECT_EQ(ToUtf8(0x7FF), "\xDF\xBF");
  EXPECT_EQ(ToUtf8(0x20AC), "\xE2\x82\xAC");
  EXPECT_EQ(ToUtf8(0x1F352), "\xF0\x9F\x8D\x92");
}

}  // namespace
}  // namespace assay::rules
