// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/transfer_encoding.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::mail {
namespace {

constexpr std::size_t kNoLimit = std::size_t{1} << 30;

struct WordCase {
  const char* name;
  const char* value;
  std::vector<TransferEncoding> want;
};

constexpr TransferEncoding kIdentity = TransferEncoding::kIdentity;
constexpr TransferEncoding kQuoted = TransferEncoding::kQuotedPrintable;
constexpr TransferEncoding kBase64 = TransferEncoding::kBase64;
constexpr TransferEncoding kUu = TransferEncoding::kUuencode;
constexpr TransferEncoding kUnknown = TransferEncoding::kUnknown;

class Word : public testing::TestWithParam<WordCase> {};
TEST_P(Word, Parses) { EXPECT_EQ(ParseTransferEncoding(GetParam().value), GetParam().want); }

const WordCase kWords[] = {
    {"absent", "", {kIdentity}},
    {"blank", " \t", {kIdentity}},
    {"seven_bit", "7bit", {kIdentity}},
    {"eight_bit", " 8BIT ", {kIdentity}},
    {"binary", "binary", {kIdentity}},
    {"quoted_printable", "Quoted-Printable", {kQuoted}},
    {"base64_folded", "\n base64", {kBase64}},
    {"uuencode", "x-uuencode", {kUu}},
    {"uue", "UUE", {kUu}},
    {"misspelt", "7-bit", {kUnknown}},
    {"longer", "base64x", {kUnknown}},
    {"identity_with_comment", "8bit (really)", {kIdentity}},
    // Some see the word, some do not.
    {"semicolon", "quoted-printable;", {kQuoted, kIdentity}},
    {"comment", "base64 (of course)", {kBase64, kIdentity}},
    {"comment_before", "(of (all) things)base64", {kBase64, kIdentity}},
    {"quotes", "\"base64\"", {kBase64, kIdentity}},
    {"encoded_word", "=?us-ascii?q?base64?=", {kBase64, kIdentity}},
    {"two_words", "7bit base64", {kBase64, kIdentity}},
    {"three_words", "quoted-printable, base64, x-uue", {kBase64, kUu, kQuoted, kIdentity}},
    {"junk", "\xa0 base64\x01", {kBase64, kIdentity}},
    {"unknown_words", "rot13, rot14", {kUnknown}},
};
INSTANTIATE_TEST_SUITE_P(Rfc2045, Word, testing::ValuesIn(kWords),
                         [](const auto& row) { return std::string(row.param.name); });

struct DecodeCase {
  const char* name;
  const char* text;
  const char* want;
  bool malformed;
};

class Base64 : public testing::TestWithParam<DecodeCase> {};
TEST_P(Base64, Decodes) {
  const DecodedBytes decoded = DecodeBase64(GetParam().text, kNoLimit);
  EXPECT_EQ(decoded.bytes, GetParam().want);
  EXPECT_EQ(decoded.malformed, GetParam().malformed);
  EXPECT_FALSE(decoded.cut);
}

constexpr DecodeCase kBase64Cases[] = {
    {"empty", "", "", false},
    {"one_byte", "YQ==", "a", false},
    {"two_bytes", "YWI=", "ab", false},
    {"three_bytes", "YWJj", "abc", false},
    {"lines", "YWJj\r\nZGVm\r\n", "abcdef", false},
    {"lines_that_split_groups", "YW\r\nJjZ\nGVm\r", "abcdef", false},
    {"no_padding", "YWI", "ab", false},
    {"blanks", " YWJj ZGVm\t", "abcdef", false},
    {"junk_is_skipped", "YW!Jj-Z*GVm", "abcdef", true},
    {"high_bytes_are_skipped", "YW\xc3\xa4Jj", "abc", true},
    {"data_after_padding", "YQ==\r\nYmNkZWY=", "abcdef", true},
    {"lone_sextet", "YWJjZ", "abc", true},
    {"padding_alone", "====", "", true},
    {"padding_too_early", "Y===", "", true},
    {"padding_missing_half", "YQ=", "a", false},
    {"alphabet_ends", "+/+/", "\xfb\xff\xbf", false},
};
INSTANTIATE_TEST_SUITE_P(Rfc2045, Base64, testing::ValuesIn(kBase64Cases),
                         [](const auto& row) { return std::string(row.param.name); });

class QuotedPrintable : public testing::TestWithParam<DecodeCase> {};
TEST_P(QuotedPrintable, Decodes) {
  const DecodedBytes decoded = DecodeQuotedPrintable(GetParam().text, kNoLimit);
  EXPECT_EQ(decoded.bytes, GetParam().want);
  EXPECT_EQ(decoded.malformed, GetParam().malformed);
}

constexpr DecodeCase kQuotedCases[] = {
    {"plain", "a b", "a b", false},
    {"escape", "a=3Db", "a=b", false},
    {"lower_case", "=c3=a4", "\xc3\xa4", false},
    {"soft_break", "vi=\r\nagra", "viagra", false},
    {"soft_break_lf", "vi=\nagra", "viagra", false},
    {"soft_break_cr", "vi=\ragra", "viagra", false},
    {"soft_break_and_blanks", "vi= \t\r\nagra", "viagra", false},
    {"soft_break_at_end", "vi=", "vi", false},
    {"line_ends_are_kept", "a\r\nb\nc\rd", "a\r\nb\nc\rd", false},
    {"trailing_blanks_go", "a \t\r\nb ", "a\r\nb", false},
    {"encoded_blank_stays", "a=20\r\n", "a \r\n", false},
    {"no_hex", "a=zzb", "a=zzb", true},
    {"half_hex", "a=4", "a=4", true},
    {"double_equals", "a==41", "a=A", true},
    {"url", "?x=1&y==", "?x=1&y=", true},
};
INSTANTIATE_TEST_SUITE_P(Rfc2045, QuotedPrintable, testing::ValuesIn(kQuotedCases),
                         [](const auto& row) { return std::string(row.param.name); });

class Uuencode : public testing::TestWithParam<DecodeCase> {};
TEST_P(Uuencode, Decodes) {
  const DecodedBytes decoded = DecodeUuencode(GetParam().text, kNoLimit);
  EXPECT_EQ(decoded.bytes, GetParam().want);
  EXPECT_EQ(decoded.malformed, GetParam().malformed);
  EXPECT_FALSE(decoded.cut);
}

constexpr DecodeCase kUuCases[] = {
    {"empty", "", "", false},
    {"whole", "begin 644 x\r\n%:&5L;&\\`\r\n`\r\nend\r\n", "hello", false},
    {"spaces_for_zeros", "begin 644 x\n\"86( \n \nend\n", "ab", false},
    {"zeros_cut_off", "begin 644 x\n%:&5L;&\\\n`\nend\n", "hello", false},
    {"text_before", "Here it is:\r\nbegin 644 x\r\n%:&5L;&\\`\r\n`\r\nend\r\n", "hello", false},
    {"no_begin", "%:&5L;&\\`\r\n)86)C9&5F9VAI\r\n", "helloabcdefghi", false},
    {"behind_the_end", "begin 644 x\n!80``\n`\nend\n\nbegin 644 y\n!80``\n", "aa", false},
    {"junk_line", "begin 644 x\n{junk}\n!80``\n`\nend\n", "a", true},
    {"line_too_long", "begin 644 x\n!80``..\n!80``.\nend\n", "a", true},
};
INSTANTIATE_TEST_SUITE_P(Common, Uuencode, testing::ValuesIn(kUuCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(TransferEncoding, ResultsAreCutExactlyAtTheLimit) {
  const std::string base64 = "YWJjZGVmZ2hp";  // abcdefghi
  const std::string quoted = "abc=64efghi";
  for (std::size_t max = 0; max <= 9; ++max) {
    const std::string want = std::string("abcdefghi").substr(0, max);
    for (const DecodedBytes& decoded :
         {DecodeBase64(base64, max), DecodeQuotedPrintable(quoted, max),
          DecodeUuencode(")86)C9&5F9VAI\n", max),
          DecodeTransfer(TransferEncoding::kUnknown, "abcdefghi", max)}) {
      EXPECT_EQ(decoded.bytes, want);
      EXPECT_EQ(decoded.cut, max < 9) << max;
      EXPECT_FALSE(decoded.malformed);
    }
  }
}

TEST(TransferEncoding, NulsAndAllBytesPass) {
  std::string bytes(256, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
  EXPECT_EQ(DecodeTransfer(TransferEncoding::kIdentity, bytes, kNoLimit).bytes, bytes);
  EXPECT_EQ(DecodeBase64(std::string("AA\0AA", 5), kNoLimit).bytes, std::string(3, '\0'));
}

}  // namespace
}  // namespace assay::mail
