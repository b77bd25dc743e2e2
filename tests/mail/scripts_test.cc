// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/scripts.h"

#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "lib/mail/paragraphs.h"

namespace assay::mail {
namespace {

struct Case {
  const char* text;
  const char* scripts;
  std::size_t mixed_words;
  std::size_t styled;
};

TEST(Scripts, OfTexts) {
  constexpr Case kRows[] = {
      {"", "", 0, 0},
      {"123 !? \xe2\x82\xac \xf0\x9f\x98\x80", "", 0, 0},
      {"hello", "latin", 0, 0},
      {"Z\xc3\xbcrich", "latin", 0, 0},
      {"\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 hello", "latin cyrillic", 0, 0},
      // "paypal" with a Cyrillic a
      {"p\xd0\xb0ypal", "latin cyrillic", 1, 0},
      {"payp\xd0\xb0l, and p\xd0\xb0ypal.", "latin cyrillic", 2, 0},
      // Greek Omicron
      {"\xce\x9f"
       "ffice",
       "latin greek", 1, 0},
      {"10\xce\xbcm k\xce\xa9", "latin greek", 0, 0},
      {"\xe6\x9d\xb1\xe4\xba\xac\xe3\x81\xa7"
       "SALE",
       "latin han hiragana", 0, 0},
      {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "hebrew", 0, 0},
      {"\xea\xb0\x80 \xe0\xb8\x81 \xe0\xa4\x85", "hangul thai devanagari", 0, 0},
      // mathematical bold "Win"
      {"\xf0\x9d\x90\x96\xf0\x9d\x90\xa2\xf0\x9d\x90\xa7", "", 0, 3},
      {"\xe1\x9a\xa0", "other", 0, 0},
  };
  for (const Case& row : kRows) {
    ScriptUse use;
    use.Add(row.text);
    EXPECT_EQ(Join(use.names(), " "), row.scripts) << row.text;
    EXPECT_EQ(use.mixed_words(), row.mixed_words) << row.text;
    EXPECT_EQ(use.styled(), row.styled) << row.text;
  }
}

TEST(Scripts, TableHasTheEdges) {
  EXPECT_EQ(ScriptOf(U'A'), Script::kLatin);
  EXPECT_EQ(ScriptOf(U'@'), Script::kCommon);
  EXPECT_EQ(ScriptOf(0x400), Script::kCyrillic);
  EXPECT_EQ(ScriptOf(0x3ff), Script::kGreek);
  EXPECT_EQ(ScriptOf(0x3042), Script::kHiragana);
  EXPECT_EQ(ScriptOf(0x3001), Script::kCommon);
  EXPECT_EQ(ScriptOf(0x4e00), Script::kHan);
  EXPECT_EQ(ScriptOf(0x10ffff), Script::kCommon);
  EXPECT_EQ(ScriptOf(0), Script::kCommon);
}

struct InvisibleCase {
  const char* text;
  const char* shown;
  std::size_t zero_width;
  std::size_t soft_hyphens;
  std::size_t bidi;
  std::size_t tags;
  std::size_t split_words;
};

TEST(Invisible, CharactersAreLeftOutAndCounted) {
  constexpr InvisibleCase kRows[] = {
      {"pay\xe2\x80\x8bpal", "paypal", 1, 0, 0, 0, 1},
      {"p\xe2\x80\x8b\xe2\x81\xa0y \xef\xbb\xbfz", "py z", 3, 0, 0, 0, 1},
      {"hy\xc2\xadphen", "hyphen", 0, 1, 0, 0, 0},
      {"a\xe2\x80\x8f"
       "b",
       "ab", 0, 0, 0, 0, 1},
      {"\xe2\x80\xae"
       "cba\xe2\x81\xa9",
       "cba", 0, 0, 2, 0, 0},
      {"a \xf3\xa0\x81\x81 b", "a b", 0, 0, 0, 1, 0},
      // Preheaders are filled up with these.
      {"hi \xe2\x80\x8c \xe2\x80\x8c", "hi", 2, 0, 0, 0, 0},
      // A joiner in a word of Persian, and in an emoji.
      {"\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", "\xd9\x85\xdb\x8c\xd8\xae", 0, 0, 0, 0, 0},
      {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", "\xf0\x9f\x91\xa9\xf0\x9f\x92\xbb", 0, 0, 0,
       0, 0},
      {"\xd0\xbf\xe2\x80\x8b\xd1\x80", "\xd0\xbf\xd1\x80", 1, 0, 0, 0, 1},
      {"\xe2\x80\x8b", "", 1, 0, 0, 0, 0},
  };
  for (const InvisibleCase& row : kRows) {
    std::vector<std::string> out;
    Paragraphs paragraphs(out, 10);
    paragraphs.AddFlowing(row.text);
    paragraphs.EndParagraph();
    const Invisibles& found = paragraphs.invisibles();
    EXPECT_EQ(Join(out, "|"), row.shown);
    EXPECT_EQ(found.zero_width, row.zero_width) << row.shown;
    EXPECT_EQ(found.soft_hyphens, row.soft_hyphens) << row.shown;
    EXPECT_EQ(found.bidi, row.bidi) << row.shown;
    EXPECT_EQ(found.tags, row.tags) << row.shown;
    EXPECT_EQ(found.split_words, row.split_words) << row.shown;
  }
}

}  // namespace
}  // namespace assay::mail
