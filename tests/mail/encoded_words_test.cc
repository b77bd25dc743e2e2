// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/encoded_words.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "lib/base/clock.h"
#include "lib/mail/charset.h"

namespace assay::mail {
namespace {

struct Case {
  const char* name;
  const char* text;
  const char* want;
};

constexpr Case kCases[] = {
    {"plain", "Hello, world", "Hello, world"},
    {"q", "=?utf-8?Q?caf=C3=A9_au_lait?=", "caf\xc3\xa9 au lait"},
    {"q_lower_case_hex", "=?UTF-8?q?caf=c3=a9?=", "caf\xc3\xa9"},
    {"q_stray_equals", "=?utf-8?Q?a=b=4?=", "a=b=4"},
    {"b", "=?utf-8?B?Y2Fmw6k=?=", "caf\xc3\xa9"},
    {"b_without_padding", "=?utf-8?b?Y2Fmw6k?=", "caf\xc3\xa9"},
    {"b_with_junk", "=?utf-8?b?Y2 Fm!w6k?=", "caf\xc3\xa9"},
    {"latin1_means_windows_1252", "=?iso-8859-1?Q?=80_=E9?=", "\xe2\x82\xac \xc3\xa9"},
    {"koi8", "=?koi8-r?B?8NLJ18XU?=", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"gb2312", "=?gb2312?B?xOO6ww==?=", "\xe4\xbd\xa0\xe5\xa5\xbd"},
    {"iso_2022_jp", "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "\xe6\x97\xa5\xe6\x9c\xac"},
    {"language", "=?utf-8*en-GB?Q?colour?=", "colour"},
    {"space_between_words_goes", "=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"},
    {"fold_between_words_goes", "=?utf-8?Q?a?=\n\t =?utf-8?B?Yg==?=", "ab"},
    {"space_between_charsets_goes", "=?utf-8?Q?a?= =?koi8-r?B?8A==?=", "a\xd0\x9f"},
    {"words_without_space", "=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"},
    {"space_before_text_stays", "=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"},
    {"inside_text", "x=?utf-8?Q?a?=y", "xay"},
    {"character_across_words", "=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?=", "caf\xc3\xa9"},
    {"character_across_b_and_q", "=?UTF-8?B?ww==?=\n =?utf-8*fr?Q?=A9?=", "\xc3\xa9"},
    {"utf16_across_words", "=?utf-16be?B?AGEA?= =?utf-16be?B?Yg==?=", "ab"},
    {"empty_word", "a =?utf-8?Q?\?= b", "a  b"},
    {"unknown_charset_is_utf8", "=?x-unknown?Q?caf=C3=A9?=", "caf\xc3\xa9"},
    {"unknown_charset_is_latin", "=?x-unknown?Q?caf=E9?=", "caf\xc3\xa9"},
    {"not_a_charset_name", "=?../../etc//TRANSLIT?Q?a?=", "a"},
    {"undecodable", "=?utf-8?Q?a=FFb?=",
     "a\xef\xbf\xbd"
     "b"},
    {"cut_character", "=?shift_jis?Q?a=83?=", "a\xef\xbf\xbd"},
    {"raw_bytes", "a\xff\xc3\xa9", "a\xef\xbf\xbd\xc3\xa9"},
    {"no_end", "=?utf-8?Q?abc", "=?utf-8?Q?abc"},
    {"no_charset", "=?\?Q?abc?=", "=?\?Q?abc?="},
    {"bad_encoding", "=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
    {"space_in_charset", "=?utf 8?Q?abc?=", "=?utf 8?Q?abc?="},
    {"cut_short", "=?utf-8?Q", "=?utf-8?Q"},
    {"opening_before_word", "=?=?utf-8?Q?abc?=", "=?abc"},
};

class EncodedWords : public testing::TestWithParam<Case> {};

TEST_P(EncodedWords, Decode) { EXPECT_EQ(DecodeEncodedWords(GetParam().text), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(Rfc2047, EncodedWords, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

std::string Repeat(std::string_view text, std::size_t bytes) {
  std::string repeated;
  while (repeated.size() < bytes) repeated += text;
  return repeated;
}

// Each of these was meant to make some step look at the rest of the text again and again.
TEST(EncodedWordsCost, HostileTextsStayLinear) {
  constexpr std::size_t kBytes = 256 * 1024;
  const auto start = SteadyClock::now();
  for (const char* unit : {"=?", "=?a", "=?a?Q?", "=?a?Q?b", "=?a?Q?b?= ", "=?gb2312?B?xOO6ww==?= ",
                           "=?gb2312?B?xOO6ww==?= =?koi8-r?B?8A==?= ", "=?utf-8?B?w?= "}) {
    EXPECT_TRUE(IsValidUtf8(DecodeEncodedWords(Repeat(unit, kBytes)))) << unit;
  }
  EXPECT_LT(SteadyClock::now() - start, std::chrono::seconds(10));
}

struct CharsetCase {
  const char* name;
  std::string_view bytes;
  const char* charset;
  std::string_view want;
  bool defect;
};

constexpr CharsetCase kCharsets[] = {
    {"ascii", "abc", "US-ASCII", "abc", false},
    {"ascii_label_on_utf8", "\xc3\xa9", "us-ascii", "\xc3\xa9", false},
    {"utf8_spelling", "\xc3\xa9", " UTF8 ", "\xc3\xa9", false},
    {"overlong", "\xc0\xaf", "utf-8", "\xef\xbf\xbd\xef\xbf\xbd", true},
    {"surrogate", "\xed\xa0\x80", "utf-8", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", true},
    {"beyond_unicode", "\xf4\x90\x80\x80", "utf-8",
     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", true},
    {"empty_name", "abc", "", "abc", true},
    {"unassigned", "a\x81z", "windows-1252", "a\xef\xbf\xbdz", true},
    {"utf16_with_mark",
     std::string_view("\xff\xfe"
                      "a\0b\0",
                      6),
     "utf-16", "ab", false},
    {"utf16_lone_surrogate",
     std::string_view("\xd8\x00\x00"
                      "a",
                      4),
     "utf-16be",
     "\xef\xbf\xbd"
     "a",
     true},
    {"utf7", "+AGE-b", "utf-7", "ab", false},
    {"thai", "\xa1", "tis-620", "\xe0\xb8\x81", false},
    {"korean", "\xb0\xa1", "ks_c_5601-1987", "\xea\xb0\x80", false},
    {"big5", "\xa4\xa4", "Big5", "\xe4\xb8\xad", false},
    // The C library knows it; we do not hand it strangers' bytes.
    {"exotic", "abc", "IBM1390", "abc", true},
};

class Charset : public testing::TestWithParam<CharsetCase> {};

TEST_P(Charset, ToUtf8) {
  bool defect = false;
  EXPECT_EQ(ToUtf8(GetParam().bytes, GetParam().charset, &defect), GetParam().want);
  EXPECT_EQ(defect, GetParam().defect);
}

INSTANTIATE_TEST_SUITE_P(Mime, Charset, testing::ValuesIn(kCharsets),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(CharsetDecoder, StateDoesNotLeakIntoTheNextText) {
  CharsetDecoder decoder;
  bool defect = false;
  // Shifted to kanji and never back.
  EXPECT_EQ(decoder.ToUtf8("\x1b$BF|", "iso-2022-jp", &defect), "\xe6\x97\xa5");
  EXPECT_EQ(decoder.ToUtf8("ab", "iso-2022-jp", &defect), "ab");
  EXPECT_FALSE(defect);
}

TEST(CharsetDecoder, AnyBytesInAnyCharsetGiveValidUtf8) {
  std::string all;
  for (int i = 0; i < 512; ++i) all += static_cast<char>(i * 7);
  for (const char* charset : {"utf-8", "utf-7", "utf-16", "utf-16le", "utf-32", "iso-2022-jp",
                              "iso-2022-kr", "euc-jp", "shift_jis", "gb18030", "big5", "euc-kr",
                              "koi8-u", "windows-1255", "tis-620", "nonsense"}) {
    EXPECT_TRUE(IsValidUtf8(ToUtf8(all, charset))) << charset;
  }
}

}  // namespace
}  // namespace assay::mail
