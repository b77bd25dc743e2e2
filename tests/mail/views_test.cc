// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/mail/raw_message.h"

namespace assay::mail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Views, HeadersAreUnfoldedAndDecoded) {
  Message message;
  message.AddField("Subject", " =?utf-8?Q?B=C3=A4r?=\n =?iso-8859-1?Q?=20=E4?= x ");
  message.AddField("SUBJECT", "two");
  message.AddField("X-Raw", " B\xc3\xa4r");
  message.AddField("X-Latin", " B\xe4r");
  message.AddField("X-Empty", "  ");
  Views views(message);
  EXPECT_THAT(views.Header("subject"), ElementsAre("B\u00e4r \u00e4 x", "two"));
  EXPECT_THAT(views.Header("Subject", HeaderForm::kRaw),
              ElementsAre("=?utf-8?Q?B=C3=A4r?=\n =?iso-8859-1?Q?=20=E4?= x", "two"));
  EXPECT_THAT(views.Header("X-Raw"), ElementsAre("B\u00e4r"));
  EXPECT_THAT(views.Header("X-Latin"), ElementsAre("B\u00e4r"));
  EXPECT_THAT(views.Header("X-Latin", HeaderForm::kRaw), ElementsAre("B\ufffdr"));
  EXPECT_THAT(views.Header("X-Empty"), ElementsAre(""));
  EXPECT_THAT(views.Header("X-None"), IsEmpty());
  EXPECT_EQ(&views.Header("Subject"), &views.Header("SUBJECT"));
}

TEST(Views, BodyAndRawBodyOfAnAlternative) {
  const Message message = ReadRawMessage(
      "Subject: not in the body\r\n"
      "Content-Type: multipart/alternative; boundary=b\r\n\r\n"
      "This is a message in MIME format.\r\n"
      "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
      "Ein B=E4r.\r\n\r\nZwei  B=E4=\r\nren\r\n"
      "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
      "<p>Ein B\xc3\xa4r&excl;</p>\r\n\r\n"
      "--b--\r\n");
  Views views(message);
  EXPECT_THAT(views.Body(), ElementsAre("Ein B\u00e4r.", "Zwei B\u00e4ren", "Ein B\u00e4r!"));
  EXPECT_THAT(views.RawBody(),
              ElementsAre("Ein B\u00e4r.\n\nZwei  B\u00e4ren", "<p>Ein B\u00e4r&excl;</p>\n"));
  EXPECT_THAT(views.ContentTypes(), ElementsAre("text/plain", "text/html"));
  EXPECT_THAT(views.AttachmentNames(), IsEmpty());
  EXPECT_FALSE(views.defects().malformed);
  EXPECT_FALSE(views.defects().text_bytes);
}

struct CharsetCase {
  const char* name;
  const char* type;
  const char* body;
  const char* want;
  bool malformed = false;
};

class Charset : public testing::TestWithParam<CharsetCase> {};
TEST_P(Charset, OfAPart) {
  const Message message = ReadRawMessage(std::string("Content-Type: ") + GetParam().type +
                                         "\r\n\r\n" + GetParam().body);
  Views views(message);
  EXPECT_THAT(views.RawBody(), ElementsAre(GetParam().want));
  EXPECT_EQ(views.defects().malformed, GetParam().malformed);
}

constexpr CharsetCase kCharsets[] = {
    {"utf8", "text/plain; charset=utf-8", "\xc3\xa4", "\u00e4"},
    {"utf8_broken", "text/plain; charset=utf-8", "a\xe4z", "a\ufffdz", true},
    {"latin1", "text/plain; charset=iso-8859-1", "\xe4", "\u00e4"},
    {"none_but_utf8", "text/plain", "\xc3\xa4", "\u00e4"},
    {"none_and_not_utf8", "text/plain", "\x93\xe4\x94", "\u201c\u00e4\u201d"},
    {"ascii_but_utf8", "text/plain; charset=us-ascii", "\xc3\xa4", "\u00e4"},
    {"ascii_but_latin1", "text/plain; charset=US-ASCII", "\xe4", "\u00e4"},
    {"single_quotes", "text/plain; charset='iso-8859-1'", "\xe4", "\u00e4"},
    {"comment", "text/plain; charset=iso-8859-1 (Latin)", "\xe4", "\u00e4"},
    {"no_semicolon", "text/plain; charset=iso-8859-1 format=flowed", "\xe4", "\u00e4"},
    {"unknown", "text/plain; charset=no-such-thing", "\xc3\xa4", "\u00e4", true},
    {"japanese", "text/plain; charset=iso-2022-jp", "\x1b$B$\"\x1b(B", "\u3042"},
};
INSTANTIATE_TEST_SUITE_P(Views, Charset, testing::ValuesIn(kCharsets),
                         [](const auto& row) { return std::string(row.param.name); });

struct NameCase {
  const char* name;
  const char* fields;
  const char* want;
};

class FileName : public testing::TestWithParam<NameCase> {};
TEST_P(FileName, Decoded) {
  const Message message = ReadRawMessage(std::string(GetParam().fields) + "\r\n\r\nx");
  Views views(message);
  ASSERT_FALSE(views.AttachmentNames().empty());
  EXPECT_EQ(views.AttachmentNames().front(), GetParam().want);
}

constexpr NameCase kNames[] = {
    {"disposition", "Content-Disposition: attachment; filename=\"a b.exe\"", "a b.exe"},
    {"type", "Content-Type: image/png; name=a.png", "a.png"},
    {"disposition_first",
     "Content-Type: image/png; name=a.png\r\nContent-Disposition: inline; filename=b.png", "b.png"},
    {"rfc2231", "Content-Disposition: attachment; filename*=iso-8859-1''B%E4r.exe", "B\u00e4r.exe"},
    {"rfc2231_sections",
     "Content-Disposition: attachment; filename*0*=utf-8''B%C3; filename*1*=%A4r.exe",
     "B\u00e4r.exe"},
    {"encoded_word", "Content-Type: a/b; name=\"=?utf-8?B?QsOkci5leGU=?=\"", "B\u00e4r.exe"},
    {"raw_utf8", "Content-Type: a/b; name=\"B\xc3\xa4r.exe\"", "B\u00e4r.exe"},
    {"raw_latin1", "Content-Type: a/b; name=\"B\xe4r.exe\"", "B\u00e4r.exe"},
    {"only_parameters", "Content-Disposition: filename=a.exe", "a.exe"},
};
INSTANTIATE_TEST_SUITE_P(Views, FileName, testing::ValuesIn(kNames),
                         [](const auto& row) { return std::string(row.param.name); });

struct DefectCase {
  const char* name;
  const char* raw;
  bool malformed;
};

class Defect : public testing::TestWithParam<DefectCase> {};
TEST_P(Defect, Malformed) {
  const Message message = ReadRawMessage(GetParam().raw);
  Views views(message);
  EXPECT_EQ(views.defects().malformed, GetParam().malformed);
  EXPECT_FALSE(views.defects().mime_parts);
  EXPECT_FALSE(views.defects().mime_depth);
  EXPECT_FALSE(views.defects().text_bytes);
}

constexpr DefectCase kDefects[] = {
    {"nothing", "", false},
    {"no_header", "\r\nhello", false},
    {"no_body", "Subject: x\r\n\r\n", false},
    {"bare_line_ends", "Subject: x\r\n\r\na\nb\rc", false},
    {"base64_junk", "Content-Transfer-Encoding: base64\r\n\r\n!!!!", true},
    {"base64_junk_in_attachment",
     "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!", false},
    {"quoted_junk", "Content-Transfer-Encoding: quoted-printable\r\n\r\n=xx", true},
    {"unknown_encoding", "Content-Transfer-Encoding: 9bit\r\n\r\nx", true},
    {"nul_by_reference", "Content-Type: text/html\r\n\r\n&#0;", false},
};
INSTANTIATE_TEST_SUITE_P(Views, Defect, testing::ValuesIn(kDefects),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Views, NulsInTextAreADefect) {
  const Message message = ReadRawMessage(std::string_view("Subject: x\r\n\r\nv\0iagra", 21));
  Views views(message);
  EXPECT_TRUE(views.defects().malformed);
  EXPECT_THAT(views.Body(), ElementsAre("viagra"));
}

TEST(Views, DefectsDoNotDependOnWhatWasAskedBefore) {
  const std::string raw = "Content-Transfer-Encoding: base64\r\n\r\n!!!!";
  const Message message = ReadRawMessage(raw);
  Views fresh(message);
  Views used(message);
  (void)used.ContentTypes();
  EXPECT_EQ(fresh.defects().malformed, used.defects().malformed);
  EXPECT_TRUE(used.defects().malformed);
}

TEST(Views, TextPartsThatAreAttachedCount) {
  const Message message = ReadRawMessage(
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n"
      "--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=x.html\r\n\r\n"
      "<p>two</p>\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\nthree\r\n--b--");
  Views views(message);
  EXPECT_THAT(views.Body(), ElementsAre("one", "two", "three"));
  EXPECT_THAT(views.ContentTypes(), ElementsAre("text/plain", "text/html", "text/plain"));
  EXPECT_THAT(views.AttachmentNames(), ElementsAre("x.html"));
}

}  // namespace
}  // namespace assay::mail
