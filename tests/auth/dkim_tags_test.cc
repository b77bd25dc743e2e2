// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_tags.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "lib/auth/dkim_base64.h"

namespace assay::auth {
namespace {

constexpr auto kRowName = [](const auto& row) { return std::string(row.param.name); };

// "name=value|name=value", or "error".
std::string Dump(std::string_view text, TagBytes bytes) {
  const auto tags = DkimTagList::Parse(text, bytes);
  if (!tags) return "error";
  std::string dump;
  for (const DkimTag& tag : tags->all()) {
    if (!dump.empty()) dump += '|';
    dump += std::string(tag.name) + (tag.space_before_equals ? " =" : "=") + std::string(tag.value);
  }
  return dump;
}

struct TagCase {
  const char* name;
  std::string_view text;
  const char* want;
};

class DkimTags : public testing::TestWithParam<TagCase> {};

constexpr TagCase kTagCases[] = {
    {"one", "a=b", "a=b"},
    {"two", "a=b;c=d", "a=b|c=d"},
    {"semicolon_at_end", "a=b; c=d; ", "a=b|c=d"},
    {"space_around", " a = b ;\t c= d\t", "a =b|c=d"},
    {"empty_value", "a=;b=", "a=|b="},
    {"equals_in_value", "b=YQ==;a=x=y", "b=YQ==|a=x=y"},
    {"space_in_value", "h=from : to", "h=from : to"},
    {"fold_with_crlf", "a=b;\r\n c=d\r\n\te", "a=b|c=d\r\n\te"},
    {"fold_with_lf", "a=b;\n c=d", "a=b|c=d"},
    {"line_end_at_end", "a=b;\r\n", "a=b"},
    {"digits_and_underscore", "a_1=x", "a_1=x"},
    {"long_name", "selector=x", "selector=x"},
    {"nothing", "", "error"},
    {"only_space", " \t", "error"},
    {"only_semicolon", ";", "error"},
    {"no_equals", "a=b; c", "error"},
    {"empty_spec", "a=b;;c=d", "error"},
    {"empty_specs_at_end", "a=b;;", "error"},
    {"no_name", "=b", "error"},
    {"name_starts_with_digit", "1a=b", "error"},
    {"name_starts_with_underscore", "_a=b", "error"},
    {"space_in_name", "a b=c", "error"},
    {"hyphen_in_name", "a-b=c", "error"},
    {"twice", "a=b; c=d; a=e", "error"},
    {"twice_same_value", "a=b; a=b", "error"},
    {"twice_other_case", "a=b; A=c", "error"},
    {"nul", std::string_view("a=b\0c", 5), "error"},
    {"control", "a=b\x01", "error"},
    {"delete", "a=b\x7F", "error"},
    {"vertical_tab", "a=b\vc", "error"},
    {"bare_cr", "a=b\rc", "error"},
    {"bare_lf", "a=b\nc", "error"},
    {"bare_lf_between_tags", "a=b;\nc=d", "error"},
    {"utf8", "a=\xC3\xA4", "error"},
};

TEST_P(DkimTags, FollowTheGrammar) {
  EXPECT_EQ(Dump(GetParam().text, TagBytes::kAscii), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Rfc6376, DkimTags, testing::ValuesIn(kTagCases), kRowName);

TEST(DkimTagList, MayHoldHighBytesInValuesOnly) {
  EXPECT_EQ(Dump("n=\xC3\xA4", TagBytes::kAny), "n=\xC3\xA4");
  EXPECT_EQ(Dump("\xC3\xA4=n", TagBytes::kAny), "error");
}

TEST(DkimTagList, FindIsCaseSensitive) {
  const auto tags = DkimTagList::Parse("a=1; B=2", TagBytes::kAscii);
  ASSERT_TRUE(tags);
  ASSERT_NE(tags->Find("a"), nullptr);
  EXPECT_EQ(tags->Find("a")->value, "1");
  EXPECT_EQ(tags->Find("b"), nullptr);
}

TEST(DkimTagList, ReasonsHoldNoRawBytes) {
  const auto tags = DkimTagList::Parse("\xFF\"<x> y", TagBytes::kAny);
  ASSERT_FALSE(tags);
  EXPECT_EQ(tags.error(), "no = in tag '\\xff\\x22\\x3cx\\x3e y'");
}

struct Base64Case {
  const char* name;
  const char* text;
  const char* required;  // decoded, or "error"
  const char* optional;
};

class DkimBase64 : public testing::TestWithParam<Base64Case> {};

constexpr Base64Case kBase64Cases[] = {
    {"empty", "", "", ""},
    {"three_bytes", "YWJj", "abc", "abc"},
    {"two_bytes", "YWI=", "ab", "ab"},
    {"one_byte", "YQ==", "a", "a"},
    {"two_bytes_unpadded", "YWI", "error", "ab"},
    {"one_byte_unpadded", "YQ", "error", "a"},
    {"lone_character", "YWJjY", "error", "error"},
    {"lone_character_padded", "Y===", "error", "error"},
    {"padding_too_short", "YQ=", "error", "error"},
    {"padding_too_long", "YWI==", "error", "error"},
    {"padding_not_needed", "YWJj=", "error", "error"},
    {"padding_inside", "YQ==YWJj", "error", "error"},
    {"only_padding", "====", "error", "error"},
    {"bits_left_over", "YR==", "error", "error"},
    {"more_bits_left_over", "YWJ=", "error", "error"},
    {"url_alphabet", "-_-_", "error", "error"},
    {"space", "YW Jj", "error", "error"},
    {"high_byte", "YWJ\xC3", "error", "error"},
};

TEST_P(DkimBase64, IsStrict) {
  const Base64Case& row = GetParam();
  EXPECT_EQ(DecodeBase64(row.text, Base64Padding::kRequired).value_or("error"), row.required);
  EXPECT_EQ(DecodeBase64(row.text, Base64Padding::kOptional).value_or("error"), row.optional);
}

INSTANTIATE_TEST_SUITE_P(All, DkimBase64, testing::ValuesIn(kBase64Cases), kRowName);

TEST(DkimBase64, DecodesWhatItEncodes) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(DecodeBase64(EncodeBase64(bytes), Base64Padding::kRequired), bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

}  // namespace
}  // namespace assay::auth
