// SPDX-License-Identifier: Apache-2.0
#include "cli/message_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace assay::cli {
namespace {

using namespace std::string_view_literals;

struct Case {
  const char* name;
  std::string_view text;
  const char* fields;  // "name|value;" one after the other, LF in values as "\n"
  std::string_view body;
};

constexpr Case kCases[] = {
    {"crlf", "A: 1\r\nB: 2\r\n\r\nbody\r\n", "A| 1;B| 2;", "body\r\n"},
    {"lf", "A: 1\nB: 2\n\nbody\n", "A| 1;B| 2;", "body\n"},
    {"folded", "A: 1\r\n 2\r\n\t3\r\nB:4\r\n\r\n", "A| 1\n 2\n\t3;B|4;", ""},
    {"mbox_line", "From a@example.com Sat Nov 21\nA: 1\n\nFrom x\n", "A| 1;", "From x\n"},
    {"from_field_is_no_mbox_line", "From: a\n\n", "From| a;", ""},
    {"nor_is_one_with_space_before_the_colon", "From : a\n\n", "From| a;", ""},
    {"no_body", "A: 1\n", "A| 1;", ""},
    {"no_line_end", "A: 1", "A| 1;", ""},
    {"no_header", "\nbody", "", "body"},
    {"body_at_once", "not a header\nA: 1\n", "", "not a header\nA: 1\n"},
    {"header_ends_at_junk", "A: 1\njunk\nB: 2\n", "A| 1;", "junk\nB: 2\n"},
    {"continuation_without_field", " x\nA: 1\n", "", " x\nA: 1\n"},
    {"space_before_colon", "A : 1\n\n", "A| 1;", ""},
    {"empty_name", ": 1\n", "", ": 1\n"},
    {"space_in_name", "A b: 1\n", "", "A b: 1\n"},
    {"bytes", "A: \xff\0x\n\n\0"sv, "A| \xff?x;", "\0"sv},
    {"nothing", "", "", ""},
};

class SplitTable : public testing::TestWithParam<Case> {};

TEST_P(SplitTable, SeparatesHeaderAndBody) {
  const MessageFile message = SplitMessage(GetParam().text);
  std::string fields;
  for (const FileField& field : message.fields) fields += field.name + "|" + field.value + ";";
  std::ranges::replace(fields, '\0', '?');
  EXPECT_EQ(fields, GetParam().fields);
  EXPECT_EQ(message.body, GetParam().body);
}

INSTANTIATE_TEST_SUITE_P(MessageFile, SplitTable, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(MessageFile, ReturnPathIsTheFirst) {
  EXPECT_EQ(ReturnPath(SplitMessage(
                "A: 1\nreturn-path: <a@example.com> \nReturn-Path: <b@example.com>\n\n")),
            "<a@example.com>");
  EXPECT_EQ(ReturnPath(SplitMessage("A: 1\n\nReturn-Path: <a@example.com>\n")), "");
}

std::string Sent(std::string_view body) {
  std::string sent;
  SendBody(body, [&sent](std::string_view chunk) {
    EXPECT_FALSE(chunk.empty());
    EXPECT_LE(chunk.size(), 65535U);
    sent += chunk;
  });
  return sent;
}

TEST(MessageFile, BodyGoesOutWithCrlf) {
  EXPECT_EQ(Sent("a\nb\r\nc\rd\n\n"), "a\r\nb\r\nc\rd\r\n\r\n");
  EXPECT_EQ(Sent(""), "");
  std::string lines;
  std::string want;
  for (int i = 0; i < 60'000; ++i) {
    lines += "x\n";
    want += "x\r\n";
  }
  EXPECT_EQ(Sent(lines), want);
  EXPECT_EQ(Sent(want), want) << "a CRLF across two chunks stays one";
}

}  // namespace
}  // namespace assay::cli
