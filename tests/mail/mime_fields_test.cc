// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/mime_fields.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::mail {
namespace {

struct TypeCase {
  const char* name;
  const char* value;
  const char* want;
  bool malformed;
};

class ContentType : public testing::TestWithParam<TypeCase> {};
TEST_P(ContentType, Value) {
  const MimeField field = ParseContentType(GetParam().value);
  EXPECT_EQ(field.value, GetParam().want);
  EXPECT_EQ(field.malformed, GetParam().malformed);
}

constexpr TypeCase kTypes[] = {
    {"simple", " text/html", "text/html", false},
    {"case", "TEXT/Html; charset=x", "text/html", false},
    {"folded", "\n text/html;\n charset=x", "text/html", false},
    {"no_semicolon", "text/html charset=utf-8", "text/html", false},
    {"comma", "text/html, charset=utf-8", "text/html", false},
    {"comment", "text/html(why)", "text/html", false},
    {"quoted", "\"text/html\"; charset=x", "text/html", false},
    {"vendor", "application/vnd.ms-excel.sheet+xml", "application/vnd.ms-excel.sheet+xml", false},
    {"empty", "", "", true},
    {"no_subtype", "text", "", true},
    {"empty_subtype", "text/", "", true},
    {"empty_type", "/html", "", true},
    {"two_slashes", "text/html/x", "", true},
    {"parameters_only", "charset=utf-8", "", true},
    {"eight_bit", "text/h\xc3\xa4ml", "", true},
    {"blanks_around_slash", "text / html; charset=x", "text/html", true},
    {"blank_before_slash", "text\n /html", "text/html", true},
    {"blank_after_slash", "text/ html", "text/html", true},
    {"only_multipart", "multipart; boundary=b", "multipart/mixed", true},
    {"multipart_without_subtype", "multipart/; boundary=b", "multipart/mixed", true},
};
INSTANTIATE_TEST_SUITE_P(Rfc2045, ContentType, testing::ValuesIn(kTypes),
                         [](const auto& row) { return std::string(row.param.name); });

struct ParameterCase {
  const char* name;
  const char* value;      // of the field
  const char* parameter;  // asked for
  const char* want;       // nullptr: absent
  const char* charset = "";
  bool malformed = false;
};

class Parameter : public testing::TestWithParam<ParameterCase> {};
TEST_P(Parameter, Find) {
  const MimeField field = ParseContentDisposition(GetParam().value);
  const auto found = field.parameters.Find(GetParam().parameter);
  ASSERT_EQ(found.has_value(), GetParam().want != nullptr);
  if (found) {
    EXPECT_EQ(found->bytes, GetParam().want);
    EXPECT_EQ(found->charset, GetParam().charset);
  }
  EXPECT_EQ(field.malformed, GetParam().malformed);
}

constexpr ParameterCase kParameters[] = {
    {"token", "x; a=b", "a", "b"},
    {"absent", "x; a=b", "b", nullptr},
    {"case_of_name", "x; FileName=B", "filename", "B"},
    {"space_around", "x ; a = b ; c=d", "a", "b"},
    {"empty", "x; a=; c=d", "a", ""},
    {"after_empty", "x; a=; c=d", "c", "d"},
    {"no_value", "x; a; c=d", "c", "d"},
    {"trailing_semicolon", "x; a=b;", "a", "b"},
    {"quoted", "x; a=\"b c;d\"; e=f", "a", "b c;d"},
    {"after_quoted", "x; a=\"b c;d\"; e=f", "e", "f"},
    {"quoted_pair", R"(x; a="b\"c\\d")", "a", "b\"c\\d"},
    {"windows_path", R"(x; a="C:\temp\x.exe")", "a", "C:\\temp\\x.exe"},
    {"quoted_empty", "x; a=\"\"", "a", ""},
    {"unbalanced", "x; a=\"b; c=d", "a", "b; c=d", "", true},
    {"spaces_in_value", "x; a=my file (1).pdf; c=d", "a", "my file (1).pdf"},
    {"missing_semicolon", "x; a=b c=d", "a", "b"},
    {"missing_semicolon_next", "x; a=b c=d", "c", "d"},
    {"missing_semicolon_quoted", "x; a=\"b\" c=d", "c", "d"},
    {"missing_semicolon_folded", "x; a=b\n\tc=d", "c", "d"},
    {"comment_before", "x; (hello) a=b", "a", "b"},
    {"comment_after_quoted", "x; a=\"b\" (hello); c=d", "c", "d"},
    {"encoded_word", "x; a==?utf-8?Q?b=3Bc?=; d=e", "a", "=?utf-8?Q?b=3Bc?="},
    {"folded_in_quotes", "x; a=\"b\n c\"", "a", "b c"},
    {"no_type", "a=b; c=d", "a", "b", "", true},
    {"duplicate_first_counts", "x; a=b; a=c", "a", "b", "", true},
    {"extended", "x; a*=utf-8'en'b%20c%C3%A4", "a", "b c\xc3\xa4", "utf-8"},
    {"extended_without_charset", "x; a*=''b%20c", "a", "b c"},
    {"extended_without_quotes", "x; a*=b%20c", "a", "b c"},
    {"extended_in_quotes", "x; a*=\"utf-8''b%20c\"", "a", "b c", "utf-8"},
    {"extended_bad_percent", "x; a*=utf-8''b%zz%4", "a", "b%zz%4", "utf-8"},
    {"extended_before_plain", "x; a=plain; a*=utf-8''ext", "a", "ext", "utf-8"},
    {"sections", "x; a*0=b; a*1=\"c d\"; a*2=e", "a", "bc de"},
    {"sections_out_of_order", "x; a*2=e; a*0=b; a*1=c", "a", "bce"},
    {"sections_gap", "x; a*0=b; a*5=c", "a", "bc"},
    {"sections_extended", "x; a*0*=utf-8''b%20; a*1*=c%27d; a*2=%20", "a", "b c'd%20", "utf-8"},
    {"sections_before_plain", "x; a=plain; a*0=b; a*1=c", "a", "bc"},
    {"section_ten_after_nine", "x; a*10=k; a*9=j; a*0=a", "a", "ajk"},
    {"section_repeated", "x; a*0=b; a*0=c", "a", "b", "", true},
    {"section_huge", "x; a*99999999999999999999=b", "a", "b"},
};
INSTANTIATE_TEST_SUITE_P(Rfc2231, Parameter, testing::ValuesIn(kParameters),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(MimeFields, UnfoldKeepsTheWhiteSpace) {
  EXPECT_EQ(Unfold("a\n b\r\n\tc"), "a b\tc");
  EXPECT_EQ(Unfold(""), "");
}

TEST(MimeFields, CommentsBecomeSpaces) {
  EXPECT_EQ(WithoutComments("a(b)c"), "a c");
  EXPECT_EQ(WithoutComments("(a(b)\\)c)d"), " d");
  EXPECT_EQ(WithoutComments("x; a=\"b(c)\\\"(d)\"(e)"), "x; a=\"b(c)\\\"(d)\" ");
  EXPECT_EQ(WithoutComments("a (never closed"), "a  ");
  EXPECT_EQ(WithoutComments("a) b\\"), "a) b\\");
}

TEST(MimeFields, TooManyParametersAreLeftOut) {
  std::string value = "x";
  for (int i = 0; i < 300; ++i) value += ";p" + std::to_string(i) + "=v";
  const MimeField field = ParseContentDisposition(value);
  EXPECT_TRUE(field.parameters.Find("p199"));
  EXPECT_FALSE(field.parameters.Find("p200"));
  EXPECT_TRUE(field.malformed);
}

TEST(MimeFields, OnlyTheBeginningOfALongFieldIsRead) {
  const std::string value = "text/plain; a=" + std::string(kMaxFieldBytes, 'x') + "; charset=utf-8";
  const MimeField field = ParseContentType(value);
  EXPECT_EQ(field.value, "text/plain");
  EXPECT_FALSE(field.parameters.Find("charset"));
  EXPECT_TRUE(field.malformed);
}

}  // namespace
}  // namespace assay::mail
