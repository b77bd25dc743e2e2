// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/conditional_comments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "lib/mail/views.h"
#include "tests/mail/raw_message.h"

namespace assay::mail {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

struct CommentCase {
  const char* name;
  const char* html;
  std::vector<std::string> want;
};

class Conditional : public testing::TestWithParam<CommentCase> {};
TEST_P(Conditional, Contents) { EXPECT_EQ(ConditionalComments(GetParam().html), GetParam().want); }

const CommentCase kComments[] = {
    {"none", "<p>a<!-- b --><!-- [if mso]>c<![endif]-->", {}},
    {"text", "a<!--[if mso]>b<![endif]-->c", {"b"}},
    {"two", "<!--[if gte mso 9]>b<![endif]-->c<!--[IF (mso)|(IE)]><p>d<![endif]-->", {"b", "<p>d"}},
    {"layout", "<!--[if mso]><table><tr><td width=\"600\"><![endif]-->", {}},
    {"blanks", "<!--[if mso]> \n <p> <![endif]-->", {}},
    {"settings",
     "<!--[if mso]><xml><o:PixelsPerInch>96</o:PixelsPerInch></xml><style>p{}</style><![endif]-->",
     {}},
    {"picture", "<!--[if mso]><img src=\"x.png\"><![endif]-->", {"<img src=\"x.png\">"}},
    {"shape",
     "<!--[if mso]><v:roundrect href=\"http://bad.example/\"><center>Pay</center></v:roundrect>"
     "<![endif]-->",
     {"<a href=\"http://bad.example/\"><center>Pay</center></a>"}},
    {"shown_elsewhere", "<!--[if !mso]><!-->a<!--<![endif]-->", {}},
    {"not_closed", "<!--[if mso]>b", {"b"}},
    {"no_condition", "<!--[if mso>b<![endif]-->", {}},
    {"comment_inside", "<!--[if mso]>b<!-- c -->d<![endif]-->", {"b"}},
};
INSTANTIATE_TEST_SUITE_P(Outlook, Conditional, testing::ValuesIn(kComments),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ConditionalComments, AreBounded) {
  std::string html;
  for (std::size_t i = 0; i < 10 * kMaxConditional; ++i) html += "<!--[if mso]>x<![endif]-->";
  const std::vector<std::string> all = ConditionalComments(html);
  ASSERT_EQ(all.size(), kMaxConditional);
  EXPECT_EQ(all.back(), std::string(9 * kMaxConditional + 1, 'x'));
}

TEST(ConditionalComments, TakeLinearTime) {
  for (const char* piece :
       {"<!--[if ", "<!--[if]>", "<!--[", "<!--[if mso]><a ", "<!--[if mso]>-"}) {
    std::string html;
    while (html.size() < 2'000'000) html += piece;
    const auto begin = std::chrono::steady_clock::now();
    std::size_t bytes = 0;
    for (const std::string& text : ConditionalComments(html)) bytes += text.size();
    EXPECT_LE(bytes, html.size());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10)) << piece;
  }
}

// What is opened in a comment hides nothing outside of it, and the other way round.
TEST(ConditionalComments, AreTextsOfTheirOwn) {
  const Message message = ReadRawMessage(
      "Content-Type: text/html\r\n\r\n"
      "<!--[if mso]>x<div style=\"display:none\"><![endif]--><p>Hello</p>"
      "<div style=\"display:none\"><!--[if mso]><a href=\"http://bad.example/\">Pay here</a>"
      "<![endif]-->");
  Views views(message);
  EXPECT_THAT(views.Body(), ElementsAre("Hello", "x", "Pay here"));
  EXPECT_THAT(views.LinkFacts().hosts, ElementsAre("bad.example"));
  EXPECT_THAT(views.HiddenText(), IsEmpty());
  EXPECT_THAT(views.MimeStructure(), ElementsAre("text/html"));
  EXPECT_THAT(views.RawBody(), Contains("<a href=\"http://bad.example/\">Pay here</a>"));
}

}  // namespace
}  // namespace assay::mail
