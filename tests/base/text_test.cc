// SPDX-License-Identifier: Apache-2.0
#include "lib/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_THAT(Split("a,,b,", ','), testing::ElementsAre("a", "", "b", ""));
  EXPECT_THAT(Split("", ','), testing::ElementsAre(""));
}

TEST(Text, TrimTakesFoldsToo) { EXPECT_EQ(Trim(" \r\n\tx y\n "), "x y"); }

TEST(Text, CaseIsAsciiOnly) {
  EXPECT_TRUE(EqualsIgnoreCase("EXAMPLE.com", "example.COM"));
  EXPECT_FALSE(EqualsIgnoreCase("\xc3\x84", "\xc3\xa4"));
  EXPECT_TRUE(EndsWithIgnoreCase("mail.EXAMPLE.com", ".example.com"));
  EXPECT_FALSE(EndsWithIgnoreCase("com", "example.com"));
}

TEST(Text, ParseNumberTakesDigitsOnly) {
  EXPECT_EQ(ParseNumber("042"), 42U);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "99999999999999999999999"}) {
    EXPECT_FALSE(ParseNumber(bad)) << bad;
  }
}

TEST(Text, EscapeForLogLeavesNothingToForgeWith) {
  EXPECT_EQ(EscapeForLog("a b=c"), "a b=c");
  EXPECT_EQ(EscapeForLog("a\nref=1 <x> \"y\" \xff"), "a\\x0aref=1 \\x3cx\\x3e \\x22y\\x22 \\xff");
  EXPECT_EQ(EscapeForLog("abcdef", 3), "abc...");
}

TEST(Text, NearestNameSuggestsOnlyWhatIsNear) {
  constexpr std::string_view kNames[] = {"reject", "quarantine", "tag"};
  EXPECT_EQ(NearestName("rejekt", kNames), "reject");
  EXPECT_EQ(NearestName("QUARANTNE", kNames), "quarantine");
  EXPECT_EQ(NearestName("atg", kNames), "tag") << "swapped letters";
  EXPECT_FALSE(NearestName("banana", kNames));
}

}  // namespace
}  // namespace assay
