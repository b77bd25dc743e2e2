// SPDX-License-Identifier: Apache-2.0
// Every byte at every place, between neighbours that could spill over into it.
#include "lib/mail/eight_bytes.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/base/text.h"

namespace assay::mail {
namespace {

constexpr std::size_t kBytes = 8;

// Calls `check` with eight bytes: `c` at `place`, and around it a byte of each kind.
template <class Check>
void ForEachByte(const Check& check) {
  for (const char around : {'\0', '\x1f', ' ', '!', '.', '/', 'A', 'z', '\x7f', '\x80', '\xff'}) {
    for (unsigned c = 0; c < 256; ++c) {
      for (std::size_t place = 0; place < kBytes; ++place) {
        std::string text(kBytes, around);
        text[place] = static_cast<char>(c);
        check(text);
      }
    }
  }
}

bool IsMarked(std::uint64_t marks, std::size_t at) { return (marks >> (8 * at) & 0x80) != 0; }

TEST(EightBytesTest, MarksAreExact) {
  ForEachByte([](const std::string& text) {
    const std::uint64_t bytes = EightBytes(text, 0);
    std::size_t letters = 0;
    for (std::size_t i = 0; i < kBytes; ++i) {
      letters += IsAsciiAlpha(text[i]) ? 1 : 0;
      ASSERT_EQ(IsMarked(MarkLetters(bytes), i), IsAsciiAlpha(text[i]));
      ASSERT_EQ(IsMarked(MarkWide(bytes), i), static_cast<unsigned char>(text[i]) >= 0x80);
    }
    ASSERT_EQ(CountMarks(MarkLetters(bytes)), letters);
    ASSERT_EQ((MarkLetters(bytes) | MarkWide(bytes)) & ~kMarks, 0U);
  });
}

TEST(EightBytesTest, FirstMarkIsExact) {
  const auto first = [](const std::string& text, const auto& is) {
    std::size_t at = 0;
    while (at < kBytes && !is(text[at])) ++at;
    return at;
  };
  ForEachByte([&](const std::string& text) {
    const std::uint64_t bytes = EightBytes(text, 0);
    ASSERT_EQ(BytesBeforeMark(MarkControls(bytes)),
              first(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    for (const char wanted : {'.', ' ', '\0'}) {
      ASSERT_EQ(BytesBeforeMark(MarkLike(bytes, wanted)),
                first(text, [&](char c) { return c == wanted; }));
    }
  });
}

TEST(EightBytesTest, NulsStandBehindTheEnd) {
  const std::string text = "abcdefghij";
  EXPECT_EQ(EightBytes(text, 1) & 0xff, static_cast<unsigned char>('b'));
  EXPECT_EQ(EightBytes(text, 8), 0x6a69U);
  EXPECT_EQ(EightBytes(text, text.size()), 0U);
}

}  // namespace
}  // namespace assay::mail
