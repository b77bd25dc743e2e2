// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "lib/base/text.h"

namespace assay::mail {
namespace {

using testing::ElementsAre;
using testing::Pointee;

TEST(Message, KeepsFieldsAsTheyCame) {
  Message message;
  message.AddField("Subject", " a\n  b");
  message.AddField("X-Empty", "");
  ASSERT_EQ(message.fields().size(), 2U);
  EXPECT_EQ(message.fields()[0].name, "Subject");
  EXPECT_EQ(message.fields()[0].value, " a\n  b");
  EXPECT_EQ(message.fields()[1].value, "");
  EXPECT_EQ(message.header_size(), std::string("Subject: a\n  b\r\nX-Empty:\r\n").size());
  EXPECT_FALSE(message.fields_cut());
}

TEST(Message, FindIgnoresCaseAndSpaceBeforeTheColon) {
  Message message;
  message.AddField("Received", " one");
  message.AddField("SUBJECT", " s");
  message.AddField("received ", " two");
  message.AddField("Received-SPF", " no");
  EXPECT_THAT(message.Find("Received"),
              ElementsAre(Pointee(testing::Field(&Field::value, " one")),
                          Pointee(testing::Field(&Field::value, " two"))));
  EXPECT_EQ(message.Find("subject").size(), 1U);
  EXPECT_TRUE(message.Find("To").empty());
}

TEST(Message, FieldsBeyondTheNumberAreCounted) {
  MessageLimits limits;
  limits.fields = 3;
  Message message(limits);
  for (int i = 0; i < 3; ++i) message.AddField("A", "1");
  EXPECT_FALSE(message.fields_cut());
  for (int i = 0; i < 7; ++i) message.AddField("A", "1");
  EXPECT_EQ(message.fields().size(), 3U);
  EXPECT_EQ(message.field_count(), 10U);
  EXPECT_EQ(message.header_size(), 50U);  // A, colon, 1, CRLF
  EXPECT_TRUE(message.fields_cut());
}

TEST(Message, TheFieldThatPassesTheByteLimitIsKeptCut) {
  MessageLimits limits;
  limits.header_bytes = 20;
  Message message(limits);
  message.AddField("Aa", "12345");      // 10 bytes
  message.AddField("B", "1234567890");  // 14 bytes, 10 are left
  message.AddField("Long-Name", "x");   // nothing is left
  ASSERT_EQ(message.fields().size(), 2U);
  EXPECT_EQ(message.fields()[1].value, "123456");
  EXPECT_TRUE(message.fields_cut());
  EXPECT_EQ(message.field_count(), 3U);
}

TEST(Message, ALargeFieldDoesNotPassTheLimit) {
  Message message;
  message.AddField("Subject", std::string(60'000, 'x'));
  EXPECT_FALSE(message.fields_cut());
  message.AddField("Subject", std::string(std::size_t{30} << 20, 'x'));
  EXPECT_TRUE(message.fields_cut());
  EXPECT_LE(message.held_bytes(), MessageLimits{}.header_bytes + 1024);
}

// 5 KB of padding must hide neither who claims to have written nor that the body is HTML.
TEST(Message, PaddingHidesNoFieldThatDecides) {
  constexpr std::string_view kNames[] = {"From",
                                         "Sender",
                                         "Reply-To",
                                         "Subject",
                                         "Content-Type",
                                         "Content-Disposition",
                                         "content-transfer-encoding "};
  for (const std::string_view padding : kNames) {
    Message message;
    for (std::size_t i = 0; i < 2 * MessageLimits{}.fields; ++i) {
      message.AddField(padding, " x");
      message.AddField("X-Padding", " x");
    }
    for (const std::string_view name : kNames) {
      message.AddField(name, " last");
      const bool kept = !message.Find(Trim(name)).empty();
      EXPECT_TRUE(kept) << name << " behind " << padding;
      if (name != padding && kept) {
        EXPECT_EQ(message.Find(Trim(name)).back()->value, " last") << name << " behind " << padding;
      }
    }
    EXPECT_TRUE(message.fields_cut());
    EXPECT_LE(message.fields().size(), MessageLimits{}.fields + std::size(kNames));
  }
}

TEST(Message, FieldsThatDecideTakeBoundedMemory) {
  Message message;
  for (int i = 0; i < 100; ++i) {
    for (const char* name : {"From", "Subject", "Content-Type"}) {
      message.AddField(name, std::string(std::size_t{1} << 20, 'x'));
    }
  }
  const MessageLimits limits;
  EXPECT_LE(message.held_bytes(),
            3 * limits.sure_fields * (limits.sure_bytes + 1024) + limits.header_bytes + 65536);
}

TEST(Message, BodyIsHeldUpToItsLimit) {
  Message message;
  const std::string chunk(65535, 'x');
  for (int i = 0; i < 480; ++i) message.AddBody(chunk);  // 30 MB
  EXPECT_EQ(message.body().size(), MessageLimits{}.body_bytes);
  EXPECT_EQ(message.body_size(), 480U * 65535U);
  EXPECT_TRUE(message.body_cut());
  EXPECT_LE(message.held_bytes(), MessageLimits{}.body_bytes + 1024);
}

TEST(Message, ABodyOfExactlyTheLimitIsNotCut) {
  MessageLimits limits;
  limits.body_bytes = 6;
  Message message(limits);
  message.AddBody("abc");
  message.AddBody(std::string_view("\0\r\n", 3));
  EXPECT_EQ(message.body(), std::string_view("abc\0\r\n", 6));
  EXPECT_FALSE(message.body_cut());
  message.AddBody("d");
  EXPECT_EQ(message.body().size(), 6U);
  EXPECT_TRUE(message.body_cut());
}

Message HoldTen(std::string_view body, std::size_t chunk, std::size_t tail = 1000) {
  MessageLimits limits;
  limits.body_bytes = 10;
  limits.tail_bytes = tail;
  Message message(limits);
  for (std::size_t at = 0; at < body.size(); at += chunk) message.AddBody(body.substr(at, chunk));
  return message;
}

struct TailCase {
  const char* name;
  const char* body;  // ten bytes of it are held
  const char* want;
};

class Tail : public testing::TestWithParam<TailCase> {};
TEST_P(Tail, KeepsWhatMayBeText) {
  const std::string_view body = GetParam().body;
  for (std::size_t chunk = 1; chunk <= body.size(); ++chunk) {
    const Message message = HoldTen(body, chunk);
    EXPECT_EQ(message.body(), GetParam().want) << chunk;
    EXPECT_LE(message.body_held(), 10U);
    EXPECT_EQ(message.body_size(), body.size());
    EXPECT_TRUE(message.body_cut());
  }
}

constexpr TailCase kTails[] = {
    {"nothing", "0123456789 and more\r\nlines\r\n- -\r\n", "0123456789"},
    {"no_header", "0123456789\r\n--b\r\n\r\ntext\r\n", "0123456789\r\n--b\r\n\r\ntext\r\n"},
    {"no_join_at_a_line_end", "01234567\r\nA\r\n--b\r\n\r\ntext\n",
     "01234567\r\n--b\r\n\r\ntext\n"},
    {"unfinished_line_before_the_gap", "0123\r\n67890\r\n--b\r\n\r\ntext\n",
     "0123\r\n--b\r\n\r\ntext\n"},
    {"bare_lf", "01234567\r\nA\n--b\n\ntext\n", "01234567\r\n--b\n\ntext\n"},
    {"bare_cr", "01234567\r\nA\r--b\r\rtext\r.", "01234567\r\n--b\r\rtext\r"},
    {"file", "01234567\r\nA\r\n--b\r\ncontent-type: a/b\r\n\r\nAAAA\r\n--b--\r\n",
     "01234567\r\n--b\r\ncontent-type: a/b\r\n\r\n--b--\r\n"},
    {"not_in_the_middle_of_a_line", "0123456789--b\r\n\r\ntext\r\n", "0123456789"},
    {"unfinished_line", "01234567\r\n--b\r\n\r\ntext\r\nmore", "01234567\r\n--b\r\n\r\ntext\r\n"},
};
INSTANTIATE_TEST_SUITE_P(Body, Tail, testing::ValuesIn(kTails),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Message, LongLinesOfTheTailAreWhole) {
  const std::string line(50'000, 'x');
  for (const std::size_t chunk : {std::size_t{100}, std::size_t{5000}, std::size_t{65535}}) {
    const Message message = HoldTen("0123456789\r\n--b\r\n\r\n" + line + "\r\n", chunk, 1 << 20);
    EXPECT_EQ(message.body(), "0123456789\r\n--b\r\n\r\n" + line + "\r\n") << chunk;
  }
}

TEST(Message, TheTailIsBounded) {
  const std::string text = "\r\n--b\r\n\r\n" + std::string(2 * kMaxTailPart, 'x');
  const Message one = HoldTen("0123456789" + text + "\r\n--b--\r\n", 1000, 1 << 20);
  EXPECT_GT(one.body().size(), kMaxTailPart - 10'000);
  EXPECT_LT(one.body().size(), kMaxTailPart + 100);
  EXPECT_TRUE(one.body().ends_with("--b--\r\n"));
  const std::string header = "\r\n--b\r\nContent-Type: a/b\r\n" + std::string(1 << 20, 'x');
  EXPECT_LT(HoldTen("0123456789" + header, 1000, 1 << 20).body().size(), 2 * kMaxTailHeader);
  std::string many = "0123456789";
  for (int i = 0; i < 100; ++i) many += "\r\n--b\r\n\r\ntext";
  EXPECT_LE(HoldTen(many, 7, 200).body().size(), 212U);
  EXPECT_GT(HoldTen(many, 7, 200).body().size(), 190U);
  Message large;
  for (int i = 0; i < 100; ++i) large.AddBody(text);
  EXPECT_LE(large.held_bytes(), MessageLimits{}.body_bytes + MessageLimits{}.tail_bytes + 1024);
}

TEST(Message, DroppedBodyFreesMemoryAndStillCounts) {
  Message message;
  message.AddBody(std::string(100000, 'x'));
  message.DropBody();
  message.AddBody("more");
  EXPECT_EQ(message.body(), "");
  EXPECT_EQ(message.body_size(), 100004U);
  EXPECT_TRUE(message.body_cut());
  EXPECT_LT(message.held_bytes(), 1000U);
}

}  // namespace
}  // namespace assay::mail
