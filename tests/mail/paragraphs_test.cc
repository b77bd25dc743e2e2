// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/paragraphs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay::mail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> out;
  Paragraphs paragraphs(out, 1000);
  paragraphs.AddLines(text);
  paragraphs.EndParagraph();
  return out;
}

TEST(Paragraphs, BlankLinesEndThem) {
  EXPECT_THAT(Lines("a\nb\n\nc\r\n \t\r\nd\r\re"), ElementsAre("a b", "c", "d", "e"));
  EXPECT_THAT(Lines("\n\n\na\n\n\n\n\nb\n\n"), ElementsAre("a", "b"));
}

TEST(Paragraphs, WhiteSpaceIsFolded) {
  EXPECT_THAT(Lines("  a \t b\v\fc  d \n e "), ElementsAre("a b c d e"));
  EXPECT_THAT(Lines(" \t\n \r\n"), IsEmpty());
  EXPECT_THAT(Lines(""), IsEmpty());
}

// Plain text is passed over eight bytes at a time.
TEST(Paragraphs, AtEveryPlace) {
  for (std::size_t size = 1; size < 20; ++size) {
    const std::string word(size, 'x');
    EXPECT_THAT(Lines(word + " "), ElementsAre(word));
    for (const char* space : {" ", "  ", "\t", " \n", "\u3000", " \u00a0"}) {
      EXPECT_THAT(Lines(word + space + "y " + word), ElementsAre(word + " y " + word));
    }
    EXPECT_THAT(Lines(word + "\u200b" + word), ElementsAre(word + word));
    EXPECT_THAT(Lines(word + " \u00e4\u00e4"), ElementsAre(word + " \u00e4\u00e4"));
    EXPECT_THAT(Lines(word + "\n\n" + word), ElementsAre(word, word));
  }
}

TEST(Paragraphs, UnicodeWhiteSpaceIsFolded) {
  for (const char* space : {"\u00a0", "\u0085", "\u1680", "\u2000", "\u200a", "\u2028", "\u2029",
                            "\u202f", "\u205f", "\u3000", " \u00a0\u3000 "}) {
    EXPECT_THAT(Lines(std::string("a") + space + "b"), ElementsAre("a b"));
    EXPECT_THAT(Lines(std::string(space) + "a" + space), ElementsAre("a"));
  }
}

TEST(Paragraphs, OtherCharactersStay) {
  for (const char* text : {"\u00a1\u00c2", "\u2010\u2027\u2030", "\u3001", "\u1681", "\u0350",
                           "\u061b", "\u2070", "\ufefc", "\U000E0100", "\U0001F4B0"}) {
    EXPECT_THAT(Lines(text), ElementsAre(text));
  }
}

TEST(Paragraphs, NulsAreLeftOut) {
  EXPECT_THAT(Lines(std::string_view("\0a\0b \0 c\0", 9)), ElementsAre("ab c"));
}

TEST(Paragraphs, FlowingTextHasNoLines) {
  std::vector<std::string> out;
  Paragraphs paragraphs(out, 1000);
  paragraphs.AddFlowing("a\n\nb");
  paragraphs.AddSpace();
  paragraphs.AddFlowing("c");
  paragraphs.EndLine();
  paragraphs.AddFlowing(" d");
  paragraphs.EndLine();
  paragraphs.AddFlowing(" \n");
  paragraphs.EndLine();
  paragraphs.AddFlowing("e");
  paragraphs.EndParagraph();
  paragraphs.EndParagraph();
  EXPECT_THAT(out, ElementsAre("a b c d", "e"));
  EXPECT_FALSE(paragraphs.joined());
}

TEST(Paragraphs, TooManyAreJoined) {
  std::vector<std::string> out;
  Paragraphs paragraphs(out, 2);
  paragraphs.AddLines("a\n\nb\n\nc\n\nd");
  paragraphs.EndParagraph();
  EXPECT_THAT(out, ElementsAre("a", "b c d"));
  EXPECT_TRUE(paragraphs.joined());
}

}  // namespace
}  // namespace assay::mail
