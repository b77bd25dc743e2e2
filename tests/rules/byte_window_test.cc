// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/byte_window.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lib/base/text.h"

namespace assay::rules {
namespace {

// One byte of each set; {n} for a set of more than two bytes that are not one letter.
std::string Show(const ByteWindow& window) {
  std::string out;
  for (const ByteSet& set : window) {
    const std::size_t size = set.Folded().size();
    if (size > 1) {
      out += "{" + std::to_string(size) + "}";
      continue;
    }
    set.Folded().ForEach([&](std::uint32_t byte) { out += static_cast<char>(byte); });
  }
  return out;
}

// All windows, sorted; "-" when there are none.
std::string WindowsOf(const std::string& pattern, const std::string& flags) {
  RegexFlags set;
  set.ignore_case = flags.find('i') != std::string::npos;
  set.bytes = flags.find('b') != std::string::npos;
  set.dot_all = flags.find('s') != std::string::npos;
  const auto regex = ParseRegex(pattern, set);
  if (!regex) return regex.error().message;
  const auto windows = MandatoryWindows(*regex, set.bytes);
  if (!windows) return "-";
  std::vector<std::string> shown;
  for (const ByteWindow& window : *windows) shown.push_back(Show(window));
  std::ranges::sort(shown);
  return Join(shown, " ");
}

struct Case {
  const char* name;
  const char* pattern;
  const char* flags;
  const char* want;
};
constexpr Case kCases[] = {
    {"literal", "viagra", "", "viagra"},
    {"literal_of_either_case", "ViAgRa", "i", "viagra"},
    {"the_rarest_of_a_long_one", "there is a quick zzyx of the", "", " zzyx of"},
    {"word_boundary_is_nothing", R"(\bpills\b)", "", "pills"},
    {"anchor_is_nothing", "^Re: pills$", "", "re: pill"},
    {"alternatives_need_all", "(?:pills|drugs)", "i", "drugs pills"},
    {"alternative_without", "(?:pills|.*)e", "", "-"},
    {"optional_is_both", "colou?red", "", "colored coloured"},
    {"group_before_and_behind", "buy (?:pills|drugs) now", "", "buy drug buy pill"},
    {"wildcard_breaks", "^.{0,30}lottery", "", "lottery"},
    {"star_breaks", "win.*lottery", "", "lottery"},
    {"plus_counts_once", "a+zebra", "", "azebra"},
    {"small_class", "v[i1!]agra", "", "v{3}agra"},
    {"large_class", R"(\d{4}-\d{4})", "", "{10}{10}{10}{10}-{10}{10}{10}"},
    {"counted", R"(q{3}\d{0,2}z)", "", "qqq"},
    {"nothing_rare", "[a-z]+", "", "-"},
    {"one_common_letter", "e", "", "-"},
    {"two_common_letters", "en", "", "en"},
    {"any", ".", "s", "-"},
    {"unicode_class_breaks", R"(\pLzebra)", "", "zebra"},
    {"unicode_class_in_class_breaks", R"([\pL1]zebra)", "i", "zebra"},
    {"letters_of_two_lengths", R"(q[\x{430}-\x{43F}\x{13A0}-\x{13AF}])", "", "q\xD0{16} q\xE1\x8E"},
    {"letters_and_ascii_break", R"(q[a\x{430}-\x{43F}])", "", "q"},
    {"umlaut_of_either_case", "\xC3\xA4rger", "i", "\xC3{2}rger"},
    {"umlaut", "\xC3\xA4rger", "", "\xC3\xA4rger"},
    {"quotes_of_two_lengths", "don['\xE2\x80\x99]t", "", "don't don\xE2\x80\x99t"},
    {"unknown_letters_break", "\xE1\x8E\xA0zebra", "i", "zebra"},
    {"unknown_letters_stand", "\xE1\x8E\xA0", "", "\xE1\x8E\xA0"},
    {"bytes", R"(\xf0\x9fx)", "b", "\xF0\x9Fx"},
    {"bytes_wildcard", "q.z", "b", "q{229}z"},
    {"bytes_of_either_case", R"(\xc3\xa4x)", "bi", "\xC3\xA4x"},
};

class WindowTable : public testing::TestWithParam<Case> {};

TEST_P(WindowTable, IsWhatEveryMatchHolds) {
  EXPECT_EQ(WindowsOf(GetParam().pattern, GetParam().flags), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Windows, WindowTable, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(MandatoryWindows, ManyWordsAreManyWindows) {
  std::string pattern = "(?:";
  for (int i = 0; i < 300; ++i) pattern += "zebra" + std::to_string(100 + i) + "|";
  const auto regex = ParseRegex(pattern + "quagga)", {});
  ASSERT_TRUE(regex.has_value());
  const auto windows = MandatoryWindows(*regex, false);
  ASSERT_TRUE(windows.has_value());
  EXPECT_EQ(windows->size(), 301U);
}

// What costs exponential work when it is put together naively.
TEST(MandatoryWindows, NestedAlternativesStaySmall) {
  std::string pattern = "(?:a|b|c)";
  for (int i = 0; i < 90; ++i) pattern = "(?:" + pattern + "(?:x|y|zebra)?){1,3}";
  const auto regex = ParseRegex(pattern + "quagga", {});
  ASSERT_TRUE(regex.has_value());
  const auto windows = MandatoryWindows(*regex, false);
  ASSERT_TRUE(windows.has_value());
  EXPECT_LE(windows->size(), 64U);
}

TEST(FoldedLiterals, AreAllCombinations) {
  ByteSet vowels;
  for (const char c : std::string_view("aAo")) vowels.Add(static_cast<unsigned char>(c));
  ByteSet x;
  x.Add('X');
  EXPECT_EQ(FoldedLiterals({x, vowels}), (std::vector<std::string>{"xa", "xo"}));
  ByteSet many;
  for (std::uint32_t byte = 0; byte < 17; ++byte) many.Add(byte);
  EXPECT_FALSE(FoldedLiterals({x, many}).has_value());
}

TEST(ByteSet, FoldsCapitalsOnly) {
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    ByteSet set;
    set.Add(byte);
    const auto small = static_cast<unsigned char>(AsciiLower(static_cast<char>(byte)));
    EXPECT_TRUE(set.Folded().Has(small)) << byte;
    EXPECT_EQ(set.Folded().size(), 1U) << byte;
  }
}

}  // namespace
}  // namespace assay::rules
