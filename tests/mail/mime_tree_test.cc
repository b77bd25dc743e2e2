// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/mime_tree.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/mail/views.h"
#include "tests/mail/raw_message.h"

namespace assay::mail {
namespace {

std::string KindWord(PartKind kind) {
  switch (kind) {
    case PartKind::kMultipart:
      return "multi";
    case PartKind::kMessage:
      return "message";
    case PartKind::kPlainText:
      return "plain";
    case PartKind::kHtml:
      return "html";
    case PartKind::kOther:
      return "other";
  }
  return "?";
}

// "multi[plain=hello|html=<b>]": kinds with the bodies of leaves, depth as brackets.
std::string Outline(const MimeTree& tree) {
  std::string out;
  std::size_t depth = 0;
  for (const Part& part : tree.parts) {
    if (part.other_reading) continue;  // entity_header_test.cc
    if (part.depth > depth) out += '[';
    if (part.depth == depth && !out.empty()) out += '|';
    if (part.depth < depth) out += std::string(depth - part.depth, ']') + '|';
    depth = part.depth;
    out += KindWord(part.kind);
    if (IsLeaf(part.kind)) out.append("=").append(part.body);
  }
  return out + std::string(depth, ']');
}

struct Case {
  const char* name;
  const char* raw;
  const char* want;
  bool malformed = false;
};

class Tree : public testing::TestWithParam<Case> {};
TEST_P(Tree, Outline) {
  const Message message = ReadRawMessage(GetParam().raw);
  const MimeTree tree = ReadMimeTree(message);
  EXPECT_EQ(Outline(tree), GetParam().want);
  EXPECT_EQ(tree.malformed, GetParam().malformed);
  EXPECT_FALSE(tree.too_deep);
  EXPECT_FALSE(tree.too_many_parts);
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"

constexpr Case kShapes[] = {
    {"no_mime", "Subject: x\r\n\r\nhello\r\n", "plain=hello\r\n"},
    {"nothing", "", "plain="},
    {"header_only", "Subject: x\r\n", "plain="},
    {"html", "Content-Type: text/html\r\n\r\n<b>", "html=<b>"},
    {"xhtml", "Content-Type: application/xhtml+xml\r\n\r\n<b>", "html=<b>"},
    {"attachment", "Content-Type: image/png\r\n\r\nx", "other=x"},
    {"unknown_text", "Content-Type: text/x-diff\r\n\r\nx", "plain=x"},
    {"delivery_status", "Content-Type: message/delivery-status\r\n\r\nx", "plain=x"},
    {"unreadable_type", "Content-Type: nonsense\r\n\r\nx", "plain=x", true},
    {"type_twice", "Content-Type: text/html\r\nContent-Type: image/png\r\n\r\nx", "html=x", true},
    {"encoding_unknown", "Content-Transfer-Encoding: rot13\r\n\r\nx", "plain=x", true},
    {"two_parts", MIXED "--b\r\n\r\none\r\n--b\r\nContent-Type: text/html\r\n\r\ntwo\r\n--b--\r\n",
     "multi[plain=one|html=two]"},
    {"lf", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n",
     "multi[plain=one|plain=two]"},
    {"cr", "Content-Type: multipart/mixed; boundary=b\r\r--b\r\rone\r--b\r\rtwo\r--b--\r",
     "multi[plain=one|plain=two]"},
    {"mixed_line_ends", MIXED "--b\n\none\r--b\r\r\ntwo\n--b--", "multi[plain=one|plain=two]"},
    {"preamble_and_epilogue", MIXED "pre\r\n--b\r\n\r\none\r\n--b--\r\nepi\r\n--b\r\n\r\nlate",
     "multi[plain=one]"},
    {"trailing_blanks", MIXED "--b \t\r\n\r\none\r\n--b-- \r\n", "multi[plain=one]"},
    {"not_closed", MIXED "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n", "multi[plain=one|plain=two\r\n]",
     true},
    {"empty_part", MIXED "--b\r\n\r\n--b\r\n--b--", "multi[plain=|plain=]"},
    {"blank_line_belongs_to_boundary", MIXED "--b\r\n\r\none\r\n\r\n--b--", "multi[plain=one\r\n]"},
    {"header_without_blank_line", MIXED "--b\r\nContent-Type: text/html\r\n--b--", "multi[html=]"},
    {"text_after_part_header", MIXED "--b\r\nContent-Type: text/html\r\nno field\r\n--b--",
     "multi[html=no field]", true},
    {"no_part_header", MIXED "--b\r\nhello there\r\n--b--", "multi[plain=hello there]", true},
    {"boundary_in_the_middle_of_a_line", MIXED "--b\r\n\r\nx --b\r\n --b\r\n--b--",
     "multi[plain=x --b\r\n --b]"},
    {"longer_line_is_no_boundary", MIXED "--b\r\n\r\none\r\n--bb\r\n--b-\r\n--b--x\r\n--b--",
     "multi[plain=one\r\n--bb\r\n--b-\r\n--b--x]"},
    {"boundary_never_comes", MIXED "--c\r\n\r\nhello\r\n--c--\r\n",
     "plain=--c\r\n\r\nhello\r\n--c--\r\n", true},
    {"only_closing", MIXED "hello\r\n--b--\r\n", "plain=hello"},
    {"no_boundary", "Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx", "plain=--b\r\n\r\nx",
     true},
    {"empty_boundary",
     "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\nx\r\n----\r\n",
     "multi[plain=x]", true},
    {"boundary_with_space",
     "Content-Type: multipart/mixed; boundary=\"a b \"\r\n\r\n--a b\r\n\r\nx"
     "\r\n--a b--",
     "multi[plain=x]"},
    {"boundary_in_sections",
     "Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\r\n\r\n"
     "--ab\r\n\r\nx\r\n--ab--",
     "multi[plain=x]"},
    {"boundary_of_dashes",
     "Content-Type: multipart/mixed; boundary=\"----\"\r\n\r\n"
     "------\r\n\r\nx\r\n--------\r\n",
     "multi[plain=x]"},
    {"body_of_a_bounce_left_out", "Content-Type: message/rfc822\r\n\r\n" MIXED "\r\n",
     "message[plain=\r\n]"},
};
INSTANTIATE_TEST_SUITE_P(Rfc2046, Tree, testing::ValuesIn(kShapes),
                         [](const auto& row) { return std::string(row.param.name); });

#define INNER(boundary) "Content-Type: multipart/related; boundary=\"" boundary "\"\r\n\r\n"
#define EMBEDDED "Content-Type: message/rfc822\r\n\r\n"

constexpr Case kNested[] = {
    {"two_levels", MIXED "--b\r\n" INNER("c") "--c\r\n\r\n1\r\n--c--\r\n--b\r\n\r\n2\r\n--b--",
     "multi[multi[plain=1]|plain=2]"},
    {"inner_not_closed", MIXED "--b\r\n" INNER("c") "--c\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--",
     "multi[multi[plain=1]|plain=2]", true},
    {"outer_closes_all", MIXED "--b\r\n" INNER("c") "--c\r\n\r\n1\r\n--b--\r\n--c\r\n\r\nlate",
     "multi[multi[plain=1]]", true},
    {"inner_begins_with_outer", MIXED "--b\r\n" INNER("bb") "--bb\r\n\r\n1\r\n--bb--\r\n--b--",
     "multi[multi[plain=1]]"},
    {"outer_begins_with_inner",
     "Content-Type: multipart/mixed; boundary=bb\r\n\r\n"
     "--bb\r\n" INNER("b") "--b\r\n\r\n1\r\n--b--\r\n--bb\r\n\r\n2\r\n--bb--",
     "multi[multi[plain=1]|plain=2]"},
    {"inner_looks_like_outer_closed",
     MIXED "--b\r\n" INNER("b--") "--b--\r\n\r\n1\r\n--b----\r\n"
                                  "--b\r\n\r\n2\r\n--b--",
     "multi[multi[plain=1]|plain=2]"},
    {"same_boundary_twice", MIXED "--b\r\n" INNER("b") "--b\r\n\r\n1\r\n--b--\r\n",
     "multi[multi[plain=1]]", true},
    {"outer_boundary_in_inner_preamble", MIXED "--b\r\n" INNER("c") "pre\r\n--b\r\n\r\n2\r\n--b--",
     "multi[plain=pre|plain=2]", true},
    {"outer_boundary_in_inner_epilogue",
     MIXED "--b\r\n" INNER("c") "--c\r\n\r\n1\r\n--c--\r\nepi\r\n--c\r\n\r\n--b\r\n\r\n2\r\n--b--",
     "multi[multi[plain=1]|plain=2]"},
    {"message", MIXED "--b\r\n" EMBEDDED "Subject: x\r\n\r\nhello\r\n--b\r\n\r\n2\r\n--b--",
     "multi[message[plain=hello]|plain=2]"},
    {"message_with_parts", EMBEDDED MIXED "--b\r\n\r\n1\r\n--b--", "message[multi[plain=1]]"},
    {"message_in_message", EMBEDDED EMBEDDED "Content-Type: text/html\r\n\r\n<b>",
     "message[message[html=<b>]]"},
    {"message_without_body", MIXED "--b\r\n" EMBEDDED "Subject: x\r\n--b--",
     "multi[message[plain=]]"},
    {"message_empty", MIXED "--b\r\n" EMBEDDED "--b--", "multi[message[plain=]]"},
    {"message_with_mbox_line", EMBEDDED "From a@example.com\r\nSubject: x\r\n\r\nhello",
     "message[plain=hello]"},
    {"message_in_base64",
     MIXED "--b\r\nContent-Type: message/rfc822\r\n"
           "Content-Transfer-Encoding: base64\r\n\r\nQ29udGVudC1UeXBlOiB0ZXh0L2h0bWwNCg0KPGI+\r\n"
           "--b\r\n\r\n2\r\n--b--",
     "multi[message[html=<b>]|plain=2]"},
    {"message_quoted",
     "Content-Type: message/rfc822\r\n"
     "Content-Transfer-Encoding: quoted-printable\r\n\r\nContent-Type: text/=68tml\r\n\r\n<=62>",
     "message[html=<b>]"},
    {"digest",
     "Content-Type: multipart/digest; boundary=b\r\n\r\n"
     "--b\r\n\r\nSubject: x\r\n\r\n1\r\n--b\r\nContent-Type: text/plain\r\n\r\n2\r\n--b--",
     "multi[message[plain=1]|plain=2]"},
};
INSTANTIATE_TEST_SUITE_P(Nested, Tree, testing::ValuesIn(kNested),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(MimeTree, ReadsTheFieldsOfAPart) {
  const Message message =
      ReadRawMessage(MIXED
                     "--b\r\nContent-Type: TEXT/Plain;\r\n charset=\"ISO-8859-1\"; name=n.txt\r\n"
                     "X-Other: y\r\ncontent-transfer-encoding: Base64\r\n"
                     "Content-Disposition: attachment; filename=f.txt\r\n\r\nYQ==\r\n--b--");
  const MimeTree tree = ReadMimeTree(message);
  ASSERT_EQ(tree.parts.size(), 2U);
  const Part& part = tree.parts[1];
  EXPECT_EQ(part.content_type, "text/plain");
  EXPECT_EQ(part.charset, "iso-8859-1");
  EXPECT_EQ(part.encoding, TransferEncoding::kBase64);
  ASSERT_TRUE(part.file_name);
  EXPECT_EQ(part.file_name->bytes, "f.txt");
  EXPECT_TRUE(part.header.starts_with("Content-Type: TEXT"));
  EXPECT_TRUE(part.header.ends_with("filename=f.txt"));
  EXPECT_EQ(tree.parts[0].header, "");
}

std::string Nest(std::size_t levels) {
  std::string raw;
  for (std::size_t i = 0; i < levels; ++i) {
    if (i > 0) raw += "--b" + std::to_string(i - 1) + "x\r\n";
    raw += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "x\r\n\r\n";
  }
  raw += "--b" + std::to_string(levels - 1) + "x\r\n\r\ninnermost\r\n";
  for (std::size_t i = levels; i-- > 0;) raw += "--b" + std::to_string(i) + "x--\r\n";
  return raw;
}

TEST(MimeTree, ContainersAreOpenedDownToTheLimit) {
  const Message allowed = ReadRawMessage(Nest(kMaxDepth));
  const MimeTree whole = ReadMimeTree(allowed);
  EXPECT_FALSE(whole.too_deep);
  EXPECT_FALSE(whole.malformed);
  EXPECT_EQ(whole.parts.back().body, "innermost");
  for (const std::size_t levels : {kMaxDepth + 1, std::size_t{5000}}) {
    const Message message = ReadRawMessage(Nest(levels));
    const MimeTree tree = ReadMimeTree(message);
    EXPECT_TRUE(tree.too_deep);
    EXPECT_EQ(tree.parts.size(), kMaxDepth + 1);
    EXPECT_EQ(tree.parts.back().kind, PartKind::kPlainText);
    EXPECT_EQ(tree.parts.back().content_type, "multipart/mixed");
  }
}

TEST(MimeTree, EmbeddedMessagesAreOpenedDownToTheLimit) {
  std::string raw;
  for (int i = 0; i < 1000; ++i) raw += EMBEDDED;
  const Message message = ReadRawMessage(raw + "\r\nhello");
  const MimeTree tree = ReadMimeTree(message);
  EXPECT_TRUE(tree.too_deep);
  EXPECT_EQ(tree.parts.size(), kMaxDepth + 1);
}

std::string EncodeBase64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i + 3 <= text.size(); i += 3) {
    unsigned bits = 0;
    for (const char c : text.substr(i, 3)) bits = bits << 8 | static_cast<unsigned char>(c);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) out += kAlphabet[bits >> shift & 63];
  }
  return out;
}

// Nothing gets smaller by being quoted-printable.
TEST(MimeTree, MessagesEncodedAgainAndAgainEndAtTheLimit) {
  for (const std::size_t size : {std::size_t{10}, std::size_t{1'000'000}}) {
    std::string raw;
    for (std::size_t i = 0; i < 2 * kMaxDepth; ++i) {
      raw += "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
    }
    const Message message = ReadRawMessage(raw + "\r\n" + std::string(size, 'x'));
    const MimeTree tree = ReadMimeTree(message);
    EXPECT_TRUE(tree.too_deep);
    EXPECT_LE(tree.parts.size(), kMaxDepth + 1);
    EXPECT_LE(tree.decoded_bytes, kMaxDecodedMessages);
    EXPECT_EQ(tree.parts.back().kind, PartKind::kPlainText);
  }
}

// Mail programs do not agree which of them counts, so each one does.
TEST(MimeTree, EveryBoundaryThatMayBeMeantCounts) {
  for (const char* parameters :
       {"boundary=a; boundary*=utf-8''b", "boundary=b; boundary=a", "boundary*0=b; boundary=a"}) {
    for (const char* meant : {"a", "b"}) {
      const std::string line = std::string("--") + meant;
      const Message message =
          ReadRawMessage(std::string("Content-Type: multipart/mixed; ") + parameters + "\r\n\r\n" +
                         line + "\r\nContent-Type: text/html\r\n\r\n<b>\r\n" + line + "--\r\n");
      const MimeTree tree = ReadMimeTree(message);
      EXPECT_EQ(Outline(tree), "multi[html=<b>]") << parameters << " " << meant;
      EXPECT_TRUE(tree.malformed) << parameters;
    }
  }
  const Message message = ReadRawMessage(
      "Content-Type: multipart/mixed; boundary*0=a; "
      "boundary*1=b\r\n\r\n--ab\r\n\r\nx\r\n--ab--\r\n");
  EXPECT_FALSE(ReadMimeTree(message).malformed);
}

TEST(MimeTree, PartsBeyondTheLimitAreNotLookedAt) {
  const auto parts = [](std::size_t number) {
    std::string raw = MIXED;
    for (std::size_t i = 0; i < number; ++i) raw += "--b\r\n\r\n" + std::to_string(i) + "\r\n";
    return ReadRawMessage(raw + "--b--\r\n");
  };
  const Message allowed = parts(kMaxParts - 1);  // the multipart itself is one, too
  EXPECT_FALSE(ReadMimeTree(allowed).too_many_parts);
  const Message message = parts(100'000);
  const MimeTree tree = ReadMimeTree(message);
  EXPECT_TRUE(tree.too_many_parts);
  EXPECT_FALSE(tree.malformed);
  EXPECT_EQ(tree.parts.size(), kMaxParts);
  EXPECT_EQ(tree.parts.back().body, std::to_string(kMaxParts - 2));
}

TEST(MimeTree, PartsInsideEncodedMessagesCountToo) {
  std::string inner = MIXED;
  for (std::size_t i = 0; i < kMaxParts / 2; ++i) inner += "--b\r\n\r\nx\r\n";
  inner += "--b--\r\n ";
  inner += std::string(2 - (inner.size() + 2) % 3, ' ');
  std::string raw = "Content-Type: multipart/mixed; boundary=outer\r\n\r\n";
  for (int i = 0; i < 3; ++i) {
    raw += "--outer\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
           EncodeBase64(inner) + "\r\n";
  }
  const Message message = ReadRawMessage(raw + "--outer--\r\n");
  const MimeTree tree = ReadMimeTree(message);
  EXPECT_TRUE(tree.too_many_parts);
  EXPECT_EQ(tree.parts.size(), kMaxParts);
}

TEST(MimeTree, LongBoundariesWork) {
  const std::string boundary(1000, 'x');
  const Message message =
      ReadRawMessage("Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" +
                     boundary + "\r\n\r\none\r\n--" + boundary + "x\r\n--" + boundary + "--\r\n");
  EXPECT_EQ(Outline(ReadMimeTree(message)), "multi[plain=one\r\n--" + boundary + "x]");
}

TEST(MimeTree, ACutBodyIsNoDefect) {
  MessageLimits limits;
  limits.body_bytes = 30;
  Message message(limits);
  message.AddField("Content-Type", " multipart/mixed; boundary=b");
  message.AddBody("--b\r\n\r\none two\r\nthree four\r\nfive\r\n--b--\r\n");
  const MimeTree tree = ReadMimeTree(message);
  EXPECT_EQ(Outline(tree), "multi[plain=one two\r\nthree four]");  // whole lines
  EXPECT_FALSE(tree.malformed);
  EXPECT_TRUE(tree.parts[1].cut);
}

}  // namespace
}  // namespace assay::mail
