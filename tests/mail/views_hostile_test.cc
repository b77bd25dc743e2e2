// SPDX-License-Identifier: Apache-2.0
// Shapes that senders use to make a parser slow or large. Work that is not linear in the message
// shows as a timeout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lib/mail/html_text.h"
#include "lib/mail/transfer_encoding.h"
#include "lib/mail/views.h"
#include "tests/mail/raw_message.h"
#include "tests/mail/view_properties.h"

namespace assay::mail {
namespace {

constexpr std::size_t kTenMegabytes = 10'000'000;
constexpr std::size_t kBody = std::size_t{2} * 1024 * 1024;

std::string Repeat(std::string_view unit, std::size_t bytes) {
  std::string out;
  out.reserve(bytes + unit.size());
  while (out.size() < bytes) out += unit;
  return out;
}

struct HtmlCase {
  const char* name;
  const char* begin;
  const char* unit;
};

class HostileHtml : public testing::TestWithParam<HtmlCase> {};
TEST_P(HostileHtml, TenMegabytes) {
  std::vector<std::string> out;
  std::vector<std::string> hidden;
  Paragraphs paragraphs(out, kMaxParagraphs);
  Paragraphs hidden_paragraphs(hidden, kMaxParagraphs);
  (void)AddHtmlText(GetParam().begin + Repeat(GetParam().unit, kTenMegabytes), paragraphs,
                    hidden_paragraphs);
  paragraphs.EndParagraph();
  hidden_paragraphs.EndParagraph();
  EXPECT_LE(out.size(), kMaxParagraphs);
  EXPECT_LE(hidden.size(), kMaxParagraphs);
}

constexpr HtmlCase kHtml[] = {
    {"div", "", "<div>"},
    {"div_never_closed", "", "<div "},
    {"less_than", "", "<"},
    {"less_than_slash", "", "</"},
    {"comment_open", "", "<!--"},
    {"comment_never_closed", "<!--", "-->x"},
    {"comment_dashes", "<!--x", "->"},
    {"comment_greater", "<!--", ">"},
    {"declaration", "", "<!"},
    {"quotes", "<a ", "=\"'"},
    {"attributes", "<a ", "b=c "},
    {"open_quotes", "", "<a b='<a c=\""},
    {"slashes", "<a", "/"},
    {"script_open", "", "<script>"},
    {"script_end_prefix", "<script>", "</scrip"},
    {"script_pairs", "", "<script></script>"},
    {"title_open", "", "<title>"},
    {"plaintext", "", "<plaintext>"},
    {"entities", "", "&amp;"},
    {"numbers", "", "&#65;"},
    {"long_number", "&#", "9"},
    {"ampersands", "", "&"},
    {"unknown_names", "", "&CloseCurlyDoubleQuot"},
    {"line_breaks", "", "<br>"},
    {"pre_open", "", "<pre>"},
    {"paragraphs", "", "<p>a"},
    {"spaces", "", " "},
    {"nbsp", "", "\xc2\xa0"},
    {"styled_div", "", "<div style='font-size:0;color:#fff'>"},
    {"end_tags_of_none", "<p><b><i><u><table><tr><td>", "</x>"},
    {"end_tags_in_depth", "<x><x><x>", "<b></y>"},
    {"cells", "<table>", "<td>"},
    {"tables", "", "<table><tr><td>"},
    {"paragraph_in_depth", "<p>", "<b><div>"},
    {"items", "<ul>", "<li>"},
    {"declarations", "<p style='", "color:#fff;"},
    {"semicolons", "<p style='", ";"},
    {"brackets", "<p style='", "("},
    {"zero_width", "", "a\xe2\x80\x8b"},
    {"hidden_text", "<p hidden>", "a b "},
};
INSTANTIATE_TEST_SUITE_P(Views, HostileHtml, testing::ValuesIn(kHtml),
                         [](const auto& row) { return std::string(row.param.name); });

std::string Nested(std::size_t levels) {
  std::string raw;
  for (std::size_t i = 0; i < levels; ++i) {
    if (i > 0) raw += "--" + std::string(i, 'b') + "\r\n";
    raw += "Content-Type: multipart/mixed; boundary=" + std::string(i + 1, 'b') + "\r\n\r\n";
  }
  return raw + "--" + std::string(levels, 'b') + "\r\n";
}

struct MessageCase {
  const char* name;
  std::function<std::string()> raw;
};

const MessageCase kMessages[] = {
    {"lines_end_with_cr",
     [] {
       return "Content-Type: multipart/mixed; boundary=b\r\r--b\r\r" + Repeat("text\r", kBody);
     }},
    {"only_cr", [] { return "\r\n" + Repeat("\r", kBody); }},
    {"only_lf", [] { return "\r\n" + Repeat("\n", kBody); }},
    {"only_nul", [] { return "\r\n" + std::string(kBody, '\0'); }},
    {"dashes", [] { return Nested(20) + Repeat("-", kBody); }},
    {"dash_lines", [] { return Nested(20) + Repeat("--\n", kBody); }},
    {"almost_boundaries", [] { return Nested(20) + Repeat("--bbbbbbbbbbbbbbbbbbbbx\n", kBody); }},
    {"boundary_and_blanks",
     [] { return Nested(20) + Repeat("--b" + std::string(900, ' '), kBody); }},
    {"headers_of_a_part", [] { return Nested(1) + Repeat("X-A: b\r\n", kBody); }},
    {"content_types", [] { return Nested(1) + Repeat("Content-Type: a/b\r\n", kBody); }},
    {"folded_forever",
     [] { return Nested(1) + "Content-Type: a/b;" + Repeat("\r\n c=d;", kBody); }},
    {"parts_without_cr", [] { return Nested(1) + Repeat("\n--b\n\nx", kBody); }},
    {"messages_in_a_row",
     [] { return Nested(1) + Repeat("Content-Type: message/rfc822\n\n--b\n", kBody); }},
    {"base64_junk",
     [] { return "Content-Transfer-Encoding: base64\r\n\r\n" + Repeat("A!=", kBody); }},
    {"quoted_equals",
     [] { return "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + Repeat("=", kBody); }},
    {"quoted_one_line",
     [] { return "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + Repeat("=20 ", kBody); }},
    {"many_paragraphs", [] { return "\r\n" + Repeat("a\n\n", kBody); }},
    {"div", [] { return "Content-Type: text/html\r\n\r\n" + Repeat("<div>", kTenMegabytes); }},
    {"entities", [] { return "Content-Type: text/html\r\n\r\n" + Repeat("&lt;", kTenMegabytes); }},
};

class HostileMessage : public testing::TestWithParam<MessageCase> {};
TEST_P(HostileMessage, KeepsAllProperties) {
  const Message message = ReadRawMessage(GetParam().raw());
  EXPECT_EQ(Summarize(message).broken, "");
}
INSTANTIATE_TEST_SUITE_P(Views, HostileMessage, testing::ValuesIn(kMessages),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ViewLimits, TextOfOnePartIsCutAtALine) {
  const Message message = ReadRawMessage("\r\n" + Repeat("some text\r\n", 300'000));
  Views views(message);
  ASSERT_EQ(views.RawBody().size(), 1U);
  EXPECT_TRUE(views.RawBody()[0].ends_with("some text\n"));
  // CRLF became LF only after the cut.
  EXPECT_GT(views.RawBody()[0].size(), kMaxPartText * 10 / 11 - 100);
  EXPECT_TRUE(views.defects().text_bytes);
  EXPECT_FALSE(views.defects().malformed);
}

TEST(ViewLimits, TextThatGrowsInUtf8IsCutAtACharacter) {
  const Message message = ReadRawMessage("Content-Type: text/plain; charset=iso-8859-1\r\n\r\n" +
                                         std::string("a") + std::string(kMaxPartText - 1, '\xe4'));
  Views views(message);
  EXPECT_EQ(views.RawBody()[0].size(), kMaxPartText - 1);
  EXPECT_TRUE(IsValidUtf8(views.RawBody()[0]));
  EXPECT_TRUE(views.defects().text_bytes);
}

TEST(ViewLimits, TextOfAllPartsIsCut) {
  std::string raw = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 9; ++i) raw += "--b\r\n\r\n" + Repeat("some text\n", 200'000) + "\r\n";
  const Message message = ReadRawMessage(raw + "--b--\r\n");
  Views views(message);
  EXPECT_LE(TotalSize(views.RawBody()), kMaxMessageText);
  EXPECT_GT(TotalSize(views.RawBody()), kMaxMessageText - 1024);
  EXPECT_TRUE(views.defects().text_bytes);
}

TEST(ViewLimits, TextUpToTheLimitIsWhole) {
  const std::string text(kMaxPartText, 'x');
  const Message message = ReadRawMessage("\r\n" + text);
  Views views(message);
  EXPECT_EQ(views.RawBody()[0], text);
  EXPECT_FALSE(views.defects().text_bytes);
}

// What stands last is what many programs show of alternatives.
TEST(ViewLimits, NoTextPartIsPushedOutByOthers) {
  std::string raw = "Content-Type: multipart/alternative; boundary=b\r\n\r\n";
  for (int i = 0; i < 6; ++i) raw += "--b\r\n\r\n" + Repeat("padding\r\n", 280'000) + "\r\n";
  raw += "--b\r\n\r\nPay here\r\n--b--\r\n";
  const Message message = ReadRawMessage(raw);
  Views views(message);
  EXPECT_THAT(views.Body(), testing::Contains("Pay here"));
  EXPECT_LE(TotalSize(views.RawBody()), kMaxMessageText);
  EXPECT_TRUE(views.defects().text_bytes);
}

// Two parts of files, each larger than what is held of a body; then a text in one of several forms.
std::string BehindFiles(std::string_view part) {
  const std::string lines = Repeat(std::string(76, 'A') + "\r\n", MessageLimits{}.body_bytes);
  std::string raw = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (const char* type : {"application/pdf", "image/png"}) {
    raw += std::string("--b\r\nContent-Type: ") + type +
           "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines;
  }
  return raw.append("\r\n--b\r\n").append(part).append("\r\n--b--\r\n");
}

TEST(ViewLimits, TextBehindFilesIsRead) {
  for (const char* part : {
           "\r\nPay here http://bad.example/",
           "Content-Type: text/plain\r\n\r\nPay here http://bad.example/",
           "Content-Type:\r\n\tTEXT/plain\r\n\r\nPay here http://bad.example/",
           "Content-Type: none that is known\r\n\r\nPay here http://bad.example/",
           "Content-Type: application/x; name=a.htm\r\n\r\n"
           "<p>Pay here<p><a href=http://bad.example/>x</a>",
           "Content-Type: multipart/related; boundary=c\r\n\r\n--c\r\n\r\n"
           "Pay here http://bad.example/\r\n--c--",
           "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n"
           "Pay here http://bad.example/",
       }) {
    for (const std::size_t chunk : {std::size_t{65535}, std::size_t{1009}}) {
      const Message message = ReadRawMessage(BehindFiles(part), chunk);
      Views views(message);
      EXPECT_THAT(views.Body(), testing::Contains(testing::StartsWith("Pay here"))) << part;
      EXPECT_THAT(views.LinkFacts().hosts, testing::ElementsAre("bad.example")) << part;
      EXPECT_EQ(views.attachment_facts().count,
                std::string_view(part).find("a.htm") > 99 ? 2U : 3U);
      EXPECT_EQ(views.defects().malformed, std::string_view(part).starts_with("Content-Type: none"))
          << part;
      EXPECT_TRUE(message.body_cut());
    }
  }
}

TEST(ViewLimits, UnheldBodyIsACut) {
  MessageLimits limits;
  limits.body_bytes = 30;
  Message message(limits);
  message.AddField("Content-Transfer-Encoding", " base64");
  message.AddBody("aGVsbG8gd29ybGQ=\r\naGVsbG8gd29ybGQ=\r\n");
  Views views(message);
  EXPECT_THAT(views.Body(), testing::ElementsAre("hello world"));
  EXPECT_TRUE(views.defects().text_bytes);
  EXPECT_FALSE(views.defects().malformed);
}

TEST(ViewLimits, DroppedBodyLeavesTheHeaders) {
  Message message;
  message.AddField("Subject", " x");
  message.AddBody("hello");
  message.DropBody();
  Views views(message);
  EXPECT_THAT(views.Header("Subject"), testing::ElementsAre("x"));
  EXPECT_THAT(views.Body(), testing::IsEmpty());
  EXPECT_TRUE(views.defects().text_bytes);
}

TEST(ViewLimits, ParagraphsBeyondTheLimitAreAFact) {
  const Message message = ReadRawMessage("\r\n" + Repeat("a\n\n", 200'000));
  Views views(message);
  EXPECT_EQ(views.Body().size(), kMaxParagraphs);
  EXPECT_TRUE(views.defects().text_bytes);
}

TEST(ViewLimits, PartsAndDepthAreFacts) {
  const Message many = ReadRawMessage("Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
                                      Repeat("--b\r\n\r\nx\r\n", 1'000'000) + "--b--\r\n");
  Views many_views(many);
  EXPECT_TRUE(many_views.defects().mime_parts);
  EXPECT_EQ(many_views.ContentTypes().size(), kMaxParts - 1);
  const Message deep = ReadRawMessage(Nested(2 * kMaxDepth));
  Views deep_views(deep);
  EXPECT_TRUE(deep_views.defects().mime_depth);
  EXPECT_THAT(deep_views.ContentTypes(), testing::ElementsAre("multipart/mixed"));
}

}  // namespace
}  // namespace assay::mail
