// SPDX-License-Identifier: Apache-2.0
// Spellings that mail programs read differently: each row is one that Python's email package, GMime
// or both take for what it is meant to be, or show as it stands.
#include "lib/mail/entity_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "lib/mail/views.h"
#include "tests/mail/raw_message.h"

namespace assay::mail {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// <a href="http://bad.example/login">Pay here</a>
#define HTML "<a href=\"http://bad.example/login\">Pay here</a>"
#define BASE64 "PGEgaHJlZj0iaHR0cDovL2JhZC5leGFtcGxlL2xvZ2luIj5QYXkgaGVyZTwvYT4=\r\n"
#define PARTS "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n" BASE64
#define TYPE "Content-Type: text/html\r\n"
#define ENCODING "Content-Transfer-Encoding: "
#define MULTIPART "Content-Type: multipart/mixed"

struct Spelling {
  const char* name;
  const char* raw;
  bool malformed = true;
};

class Spellings : public testing::TestWithParam<Spelling> {};
TEST_P(Spellings, TextAndLinkAreSeen) {
  const Message message = ReadRawMessage(GetParam().raw);
  Views views(message);
  EXPECT_THAT(views.Body(), Contains(StartsWith("Pay here")));
  EXPECT_THAT(views.LinkFacts().hosts, ElementsAre("bad.example"));
  EXPECT_EQ(views.defects().malformed, GetParam().malformed);
}

constexpr Spelling kEncodings[] = {
    {"plain", TYPE ENCODING "base64\r\n\r\n" BASE64, false},
    {"comment_before", TYPE ENCODING "(c) base64\r\n\r\n" BASE64},
    {"comment_behind", TYPE ENCODING "base64 (c)\r\n\r\n" BASE64},
    {"comment_behind_shown_as_it_stands", TYPE ENCODING "base64 (c)\r\n\r\n" HTML},
    {"parameter_shown_as_it_stands", TYPE ENCODING "base64; x=y\r\n\r\n" HTML},
    {"encoded_word", TYPE ENCODING "=?us-ascii?q?base64?=\r\n\r\n" BASE64},
    {"uuencode",
     TYPE ENCODING "x-uuencode\r\n\r\nbegin 644 x\r\n"
                   "M/&$@:')E9CTB:'1T<#HO+V)A9\"YE>&%M<&QE+VQO9VEN(CY087D@:&5R93PO\r\n"
                   "\"83X`\r\n`\r\nend\r\n",
     false},
    {"last_of_two", TYPE ENCODING "7bit\r\n" ENCODING "base64\r\n\r\n" BASE64},
    {"first_of_two", TYPE ENCODING "base64\r\n" ENCODING "7bit\r\n\r\n" BASE64},
    {"last_of_two_as_it_stands", TYPE ENCODING "base64\r\n" ENCODING "7bit\r\n\r\n" HTML},
    {"empty_one_first", TYPE ENCODING "\r\n" ENCODING "base64\r\n\r\n" BASE64},
    {"unknown_one_first", TYPE ENCODING "x\r\n" ENCODING "base64\r\n\r\n" BASE64},
};
INSTANTIATE_TEST_SUITE_P(Encoding, Spellings, testing::ValuesIn(kEncodings),
                         [](const auto& row) { return std::string(row.param.name); });

constexpr Spelling kTypes[] = {
    {"first_of_two", TYPE "Content-Type: image/png\r\n\r\n" HTML},
    {"last_of_two", "Content-Type: image/png\r\n" TYPE "\r\n" HTML},
    {"comment", "Content-Type: text/(c)html\r\n\r\n" HTML},
    {"blanks", "Content-Type: text / html\r\n\r\n" HTML},
    {"svg", "Content-Type: image/svg+xml\r\n\r\n<svg>" HTML, false},
    {"file_that_a_browser_opens",
     "Content-Type: application/octet-stream; name=\"=?utf-8?q?a=2Ehtml?=\"\r\n\r\n" HTML, false},
    {"second_name_that_a_browser_opens",
     "Content-Type: application/x; name=a.svg\r\n"
     "Content-Disposition: attachment; filename=a.dat\r\n\r\n" HTML,
     false},
};
INSTANTIATE_TEST_SUITE_P(Type, Spellings, testing::ValuesIn(kTypes),
                         [](const auto& row) { return std::string(row.param.name); });

constexpr Spelling kMultiparts[] = {
    {"plain", MULTIPART "; boundary=b\r\n\r\n" PARTS "--b--", false},
    {"comment_before_boundary", MULTIPART "; boundary=(c)b\r\n\r\n" PARTS "--b--"},
    {"comment_behind_boundary", MULTIPART "; boundary=b(c)\r\n\r\n" PARTS "--b--"},
    {"comment_behind_name", MULTIPART "; boundary (c) = b\r\n\r\n" PARTS "--b--"},
    {"comment_in_type", "Content-Type: multipart/(c)mixed; boundary=b\r\n\r\n" PARTS "--b--"},
    {"blank_in_type", "Content-Type: multipart /mixed; boundary=b\r\n\r\n" PARTS "--b--"},
    {"no_subtype", "Content-Type: multipart/; boundary=b\r\n\r\n" PARTS "--b--"},
    {"quoted_pair", MULTIPART "; boundary=\"\\b\"\r\n\r\n" PARTS "--b--"},
    {"encoded_word", MULTIPART "; boundary=\"=?us-ascii?q?b?=\"\r\n\r\n" PARTS "--b--"},
    {"last_of_two", "Content-Type: text/plain\r\n" MULTIPART "; boundary=b\r\n\r\n" PARTS "--b--"},
    {"text_for_who_takes_the_first",
     TYPE MULTIPART "; boundary=b\r\n\r\n" HTML "\r\n--b\r\n\r\nHello\r\n--b--"},
    {"boundary_of_the_last",
     MULTIPART "; boundary=a\r\n" MULTIPART "; boundary=b\r\n\r\n" PARTS "--b--"},
};
INSTANTIATE_TEST_SUITE_P(Multipart, Spellings, testing::ValuesIn(kMultiparts),
                         [](const auto& row) { return std::string(row.param.name); });

#define PART MULTIPART "; boundary=b\r\n\r\n--b\r\n"
#define FIELDS TYPE ENCODING "base64\r\n"

constexpr Spelling kJunk[] = {
    {"line_first", PART "junk\r\n" FIELDS "\r\n" BASE64 "--b--"},
    {"line_between", PART TYPE "junk\r\n" ENCODING "base64\r\n\r\n" BASE64 "--b--"},
    {"many_lines",
     PART "junk\r\njunk\r\n" TYPE "junk\r\n" ENCODING "base64\r\n\r\n" BASE64 "--b--"},
    {"blank_before_the_first_name", PART " " FIELDS "\r\n" BASE64 "--b--", false},
    {"no_name", PART ": x\r\n" FIELDS "\r\n" BASE64 "--b--"},
    {"eight_bit_name", PART "X-\xe9: x\r\n" FIELDS "\r\n" BASE64 "--b--"},
    {"two_words_for_a_name", PART "X y: z\r\n" FIELDS "\r\n" BASE64 "--b--"},
};
INSTANTIATE_TEST_SUITE_P(JunkInHeader, Spellings, testing::ValuesIn(kJunk),
                         [](const auto& row) { return std::string(row.param.name); });

// Who takes the junk for the first line of the body sees what stands behind it.
TEST(EntityHeader, WhatStandsBehindJunkIsTextToo) {
  const Message message =
      ReadRawMessage(PART "Buy now\r\n" ENCODING "base64\r\n\r\nplain text\r\n--b--");
  Views views(message);
  EXPECT_THAT(views.RawBody(), Contains(HasSubstr("Buy now\n")));
  EXPECT_THAT(views.RawBody(), Contains(HasSubstr("\nplain text")));
}

TEST(EntityHeader, OtherReadingsAreNoPartsOfTheStructure) {
  const Message message =
      ReadRawMessage("Content-Type: text/plain\r\n" MULTIPART
                     "; boundary=b\r\n\r\n--b\r\njunk\r\n" FIELDS "\r\n" BASE64 "--b--");
  Views views(message);
  EXPECT_THAT(views.MimeStructure(), ElementsAre("multipart/mixed(text/html)"));
  EXPECT_THAT(views.ContentTypes(), ElementsAre("text/html"));
  EXPECT_EQ(views.attachment_facts().count, 0U);
}

TEST(EntityHeader, FieldsThatSayTheSameHaveOneReading) {
  EntityHeader header;
  for (const char* type : {" text/html; charset=utf-8", " text/html; charset=\"UTF-8\" (c)"}) {
    header.Add("Content-Type", type);
  }
  for (const char* encoding : {"8bit", "7bit"}) {
    header.Add("Content-Transfer-Encoding", encoding);
  }
  const EntityReadings readings = header.Read(false);
  EXPECT_THAT(readings.others, IsEmpty());
  EXPECT_EQ(readings.part.kind, PartKind::kHtml);
  EXPECT_TRUE(readings.malformed);
}

TEST(EntityHeader, ReadingsAreBounded) {
  EntityHeader header;
  for (int i = 0; i < 100; ++i) {
    header.Add("content-type", "text/html; charset=c" + std::to_string(i));
    header.Add("content-type", "multipart/mixed; boundary=b" + std::to_string(i));
    header.Add("content-transfer-encoding", "base64, quoted-printable, uue");
  }
  const EntityReadings readings = header.Read(false);
  EXPECT_EQ(readings.part.kind, PartKind::kMultipart);
  EXPECT_LE(readings.others.size(), kMaxOtherReadings);
  EXPECT_LE(readings.boundaries.size(), kMaxBoundaries);
  EXPECT_EQ(header.content_types.size(), kMaxRepeats);
}

TEST(EntityHeader, EveryNameThatAFileMayBeSavedUnderCounts) {
  const Message message = ReadRawMessage(
      "Content-Type: application/octet-stream; name=\"a.exe\"\r\n"
      "Content-Disposition: attachment; filename=\"a.pdf\"; filename*=utf-8''a.js\r\n\r\n%PDF-1.4");
  Views views(message);
  EXPECT_THAT(views.AttachmentNames(), ElementsAre("a.js", "a.pdf", "a.exe"));
  EXPECT_THAT(views.attachment_facts().extensions, ElementsAre("js", "pdf", "exe"));
  EXPECT_EQ(views.attachment_facts().count, 1U);
  EXPECT_TRUE(views.attachment_facts().contradicts);
}

TEST(EntityHeader, OneNameInSeveralFormsIsOneName) {
  const Message message = ReadRawMessage(
      "Content-Type: application/pdf; name=\"=?utf-8?q?caf=C3=A9.pdf?=\"\r\n"
      "Content-Disposition: attachment; filename*=iso-8859-1''caf%E9.pdf\r\n\r\n%PDF-1.4");
  Views views(message);
  EXPECT_THAT(views.AttachmentNames(), ElementsAre("caf\xc3\xa9.pdf"));
}

}  // namespace
}  // namespace assay::mail
