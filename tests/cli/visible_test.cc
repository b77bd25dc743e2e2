// SPDX-License-Identifier: Apache-2.0
#include "cli/visible.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::cli {
namespace {

struct Case {
  const char* name;
  std::string_view text;
  const char* want;
};

using namespace std::string_view_literals;

constexpr Case kCases[] = {
    {"ascii", "a \"b\" <c>"sv, "a \"b\" <c>"},
    {"utf8", "Gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x93\xa7"sv,
     "Gr\xc3\xbc\xc3\x9f \xe6\x97\xa5 \xf0\x9f\x93\xa7"},
    {"backslash", "a\\x1b"sv, "a\\\\x1b"},
    {"controls", "\0\x1b[2J\r\n\t\x7f"sv, "\\x00\\x1b[2J\\x0d\\x0a\\x09\\x7f"},
    {"c1_controls", "\xc2\x9b"sv, "\\xc2\\x9b"},
    {"direction", "a\xe2\x80\xae\x62"sv, "a\\xe2\\x80\\xaeb"},
    {"zero_width", "pay\xe2\x80\x8bpal"sv, "pay\\xe2\\x80\\x8bpal"},
    {"byte_order_mark", "\xef\xbb\xbf"sv, "\\xef\\xbb\\xbf"},
    {"tag_characters", "\xf3\xa0\x81\xa1"sv, "\\xf3\\xa0\\x81\\xa1"},
    {"stray_continuation", "\x80x"sv, "\\x80x"},
    {"cut_sequence", "\xe6\x97"sv, "\\xe6\\x97"},
    {"overlong", "\xc0\xaf\xe0\x80\xaf"sv, "\\xc0\\xaf\\xe0\\x80\\xaf"},
    {"surrogate", "\xed\xa0\x80"sv, "\\xed\\xa0\\x80"},
    {"beyond_unicode", "\xf4\x90\x80\x80\xff"sv, "\\xf4\\x90\\x80\\x80\\xff"},
};

class VisibleTable : public testing::TestWithParam<Case> {};

TEST_P(VisibleTable, LeavesOnlyWhatATerminalMayHave) {
  EXPECT_EQ(Visible(GetParam().text), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Visible, VisibleTable, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Visible, CutsBetweenCharacters) {
  EXPECT_EQ(Visible("abcdef", 3), "abc...");
  EXPECT_EQ(Visible("abc", 3), "abc");
  EXPECT_EQ(Visible("a\xc3\xbc\xc3\xbc", 2), "a\xc3\xbc...");
}

}  // namespace
}  // namespace assay::cli
