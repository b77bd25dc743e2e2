// SPDX-License-Identifier: Apache-2.0
// Every name of a character set that is known, and names that mail makes up. The bytes were made by
// Python's codecs.
#include "lib/mail/charset.h"

#include <gtest/gtest.h>

#include <string_view>

#include "lib/base/text.h"

namespace assay::mail {
namespace {

using namespace std::string_view_literals;

struct Case {
  std::string_view charset;
  std::string_view bytes;
  std::string_view text;
};

constexpr Case kKnown[] = {
    {"big5", "\xa4\xe9\xa5\xbb\xbby"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"big5-hkscs", "\xa4\xe9\xa5\xbb\xbby"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"cp1250",
     "\xa3\xf3"
     "d\x9f"sv,
     "\xc5\x81\xc3\xb3"
     "d\xc5\xba"},
    {"cp1251", "\xcf\xf0\xe8\xe2\xe5\xf2"sv, "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"cp1252",
     "Gr\xfc\xdf"
     "e \x80"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e \xe2\x82\xac"},
    {"cp437",
     "Gr\x81\xe1"
     "e"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e"},
    {"cp850",
     "Gr\x81\xe1"
     "e"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e"},
    {"cp852",
     "\x9d\xa2"
     "d\xab"sv,
     "\xc5\x81\xc3\xb3"
     "d\xc5\xba"},
    {"cp866", "\x8f\xe0\xa8\xa2\xa5\xe2"sv, "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"cp932", "\x93\xfa\x96{\x8c\xea"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"cp936", "\xc8\xd5\xb1\xbe\xd5Z"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"cp949", "\xec\xed\xdc\xe2\xe5\xde"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"euc-jp", "\xc6\xfc\xcb\xdc\xb8\xec"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"euc-kr", "\xec\xed\xdc\xe2\xe5\xde"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"gb18030", "\xc8\xd5\xb1\xbe\xd5Z"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"gb2312", "\xc8\xd5\xb1\xbe\xd5Z"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"gbk", "\xc8\xd5\xb1\xbe\xd5Z"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"ibm437",
     "Gr\x81\xe1"
     "e"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e"},
    {"ibm850",
     "Gr\x81\xe1"
     "e"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e"},
    {"ibm852",
     "\x9d\xa2"
     "d\xab"sv,
     "\xc5\x81\xc3\xb3"
     "d\xc5\xba"},
    {"ibm866", "\x8f\xe0\xa8\xa2\xa5\xe2"sv, "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"iso-2022-jp",
     "\x1b$BF|K\x5c"
     "8l\x1b(B"sv,
     "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"iso-2022-kr",
     "\x1b$)C\x0elm\x5c"
     "be^\x0f"sv,
     "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"iso-8859-1",
     "Gr\xfc\xdf"
     "e \x80"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e \xe2\x82\xac"},
    {"iso-8859-10", "\xc0\xb6is"sv, "\xc4\x80\xc4\xb7is"},
    {"iso-8859-11", "\xe4\xb7\xc2"sv, "\xe0\xb9\x84\xe0\xb8\x97\xe0\xb8\xa2"},
    {"iso-8859-13",
     "\xd9\xf3"
     "d\xea"sv,
     "\xc5\x81\xc3\xb3"
     "d\xc5\xba"},
    {"iso-8859-14", "\xb2or\xb3"sv, "\xc4\xa0or\xc4\xa1"},
    {"iso-8859-15",
     "Gr\xfc\xdf"
     "e \xa4"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e \xe2\x82\xac"},
    {"iso-8859-16",
     "\xa3\xf3"
     "d\xae"sv,
     "\xc5\x81\xc3\xb3"
     "d\xc5\xba"},
    {"iso-8859-2",
     "\xa3\xf3"
     "d\xbc"sv,
     "\xc5\x81\xc3\xb3"
     "d\xc5\xba"},
    {"iso-8859-3", "\xd5or\xf5"sv, "\xc4\xa0or\xc4\xa1"},
    {"iso-8859-4", "\xc0\xf3is"sv, "\xc4\x80\xc4\xb7is"},
    {"iso-8859-5", "\xbf\xe0\xd8\xd2\xd5\xe2"sv,
     "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"iso-8859-6", "\xe5\xd1\xcd\xc8\xc7"sv, "\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7"},
    {"iso-8859-7", "\xc5\xeb\xeb\xdc\xe4\xe1"sv,
     "\xce\x95\xce\xbb\xce\xbb\xce\xac\xce\xb4\xce\xb1"},
    {"iso-8859-8", "\xf9\xec\xe5\xed"sv, "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"},
    {"iso-8859-8-i", "\xf9\xec\xe5\xed"sv, "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"},
    {"iso-8859-9",
     "Gr\xfc\xdf"
     "e \x80"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e \xe2\x82\xac"},
    {"iso8859-1",
     "Gr\xfc\xdf"
     "e \x80"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e \xe2\x82\xac"},
    {"iso8859-15",
     "Gr\xfc\xdf"
     "e \xa4"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e \xe2\x82\xac"},
    {"koi8-r", "\xf0\xd2\xc9\xd7\xc5\xd4"sv, "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"koi8-u", "\xf0\xd2\xc9\xd7\xc5\xd4"sv, "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"ks_c_5601-1987", "\xec\xed\xdc\xe2\xe5\xde"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"latin1",
     "Gr\xfc\xdf"
     "e \x80"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e \xe2\x82\xac"},
    {"macintosh",
     "Gr\x9f\xa7"
     "e \xdb"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e \xe2\x82\xac"},
    {"shift-jis", "\x93\xfa\x96{\x8c\xea"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"shift_jis", "\x93\xfa\x96{\x8c\xea"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"sjis", "\x93\xfa\x96{\x8c\xea"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"tis-620", "\xe4\xb7\xc2"sv, "\xe0\xb9\x84\xe0\xb8\x97\xe0\xb8\xa2"},
    {"unicode-1-1-utf-7", "+ZeVnLIqe-"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"utf-16",
     "\xff\xfe\xe5"
     "e,g\x9e\x8a"sv,
     "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"utf-16be", "e\xe5g,\x8a\x9e"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"utf-16le",
     "\xe5"
     "e,g\x9e\x8a"sv,
     "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"utf-32",
     "\xff\xfe\x00\x00\xe5"
     "e\x00\x00,g\x00\x00\x9e\x8a\x00\x00"sv,
     "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"utf-32be",
     "\x00\x00"
     "e\xe5\x00\x00g,\x00\x00\x8a\x9e"sv,
     "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"utf-32le",
     "\xe5"
     "e\x00\x00,g\x00\x00\x9e\x8a\x00\x00"sv,
     "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"utf-7", "+ZeVnLIqe-"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"windows-1250",
     "\xa3\xf3"
     "d\x9f"sv,
     "\xc5\x81\xc3\xb3"
     "d\xc5\xba"},
    {"windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2"sv,
     "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"windows-1252",
     "Gr\xfc\xdf"
     "e \x80"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e \xe2\x82\xac"},
    {"windows-1253", "\xc5\xeb\xeb\xdc\xe4\xe1"sv,
     "\xce\x95\xce\xbb\xce\xbb\xce\xac\xce\xb4\xce\xb1"},
    {"windows-1254",
     "Gr\xfc\xdf"
     "e \x80"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e \xe2\x82\xac"},
    {"windows-1255", "\xf9\xec\xe5\xed"sv, "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"},
    {"windows-1256", "\xe3\xd1\xcd\xc8\xc7"sv, "\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7"},
    {"windows-1257",
     "\xd9\xf3"
     "d\xea"sv,
     "\xc5\x81\xc3\xb3"
     "d\xc5\xba"},
    {"windows-1258", "Ti\xea"sv, "Ti\xc3\xaa"},
    {"windows-31j", "\x93\xfa\x96{\x8c\xea"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"windows-874", "\xe4\xb7\xc2"sv, "\xe0\xb9\x84\xe0\xb8\x97\xe0\xb8\xa2"},
    {"x-mac-cyrillic", "\x8f\xf0\xe8\xe2\xe5\xf2"sv,
     "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
    {"x-mac-roman",
     "Gr\x9f\xa7"
     "e \xdb"sv,
     "Gr\xc3\xbc\xc3\x9f"
     "e \xe2\x82\xac"},
    {"x-sjis", "\x93\xfa\x96{\x8c\xea"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"utf-8", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"utf8", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"sv, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"us-ascii", "plain"sv, "plain"},
};

TEST(CharsetNames, EveryKnownOneDecodes) {
  for (const Case& row : kKnown) {
    bool defect = false;
    EXPECT_EQ(ToUtf8(row.bytes, row.charset, &defect), row.text) << row.charset;
    EXPECT_FALSE(defect) << row.charset;
    const std::string upper = " " + std::string(row.charset) + " ";
    EXPECT_EQ(ToUtf8(row.bytes, upper), row.text) << row.charset;
  }
}

// What mail says instead: UTF-8 where the bytes are that, else windows-1252, and a defect.
constexpr std::string_view kJunk[] = {"",
                                      "default",
                                      "default_charset",
                                      "unknown-8bit",
                                      "x-unknown",
                                      "uft-8",
                                      "utf-",
                                      "iso-",
                                      "unicode",
                                      "chinesebig5",
                                      "3dutf-8",
                                      "2.5,",
                                      "[charset",
                                      "gb2312_charset",
                                      "=3Dutf-8",
                                      "utf8,vers=1.0",
                                      "..",
                                      "//TRANSLIT",
                                      "utf-8//IGNORE",
                                      "iso-8859-1//TRANSLIT",
                                      "ISO-2022-CN-EXT",
                                      "UCS-4",
                                      "\xff",
                                      "\0"sv};

TEST(CharsetNames, JunkFallsBack) {
  for (const std::string_view charset : kJunk) {
    bool defect = false;
    EXPECT_EQ(ToUtf8("Gr\xc3\xbc\xc3\x9f"
                     "e",
                     charset, &defect),
              "Gr\xc3\xbc\xc3\x9f"
              "e")
        << charset;
    EXPECT_TRUE(defect) << charset;
    EXPECT_EQ(ToUtf8("Gr\xfc\xdf"
                     "e \x80",
                     charset),
              "Gr\xc3\xbc\xc3\x9f"
              "e \xe2\x82\xac")
        << charset;
  }
}

// Whatever the bytes are, the result is UTF-8 and at most four times as long.
TEST(CharsetNames, EveryLieGivesUtf8) {
  std::string all;
  for (int i = 0; i < 3 * 256; ++i) all += static_cast<char>(i * 7 + i / 256);
  all += "\x1b$B\x1b(J+AGE-~{";
  for (const Case& row : kKnown) {
    const std::string text = ToUtf8(all, row.charset);
    EXPECT_TRUE(IsValidUtf8(text)) << row.charset;
    EXPECT_LE(text.size(), 4 * all.size()) << row.charset;
    EXPECT_EQ(ToUtf8(all, row.charset), text) << row.charset;
  }
}

}  // namespace
}  // namespace assay::mail
