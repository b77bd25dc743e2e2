// SPDX-License-Identifier: Apache-2.0
// Input that breaks other milters, against the real assayd: it must answer, live on, and judge the
// next message.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <random>

#include "tests/milter/assayd_process.h"
#include "tests/support/milter_client.h"

namespace assay::test {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class HostileTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    assayd_.emplace(Assayd::Start(*folder_, {.milter = "idle_timeout = \"5s\""}));
  }
  static void TearDownTestSuite() {
    assayd_.reset();
    folder_.reset();
  }
  // Whatever was sent: assayd still judges.
  void TearDown() override {
    MilterClient mta = Open();
    const auto verdict =
        mta.SendMessage("<a@pass.example.com>", "<u@local.example>",
                        {{"From", " <a@pass.example.com>"}, {"Subject", " please reject"}});
    EXPECT_EQ(verdict.reply.action, 'y');
    EXPECT_THAT(assayd_->log(), Not(HasSubstr("internal error")));
  }

  static MilterClient Open() {
    MilterClient mta = assayd_->Connect();
    mta.Open();
    return mta;
  }
  static MilterClient OpenMessage() {
    MilterClient mta = Open();
    mta.Mail("<a@pass.example.com>");
    mta.Rcpt("<u@local.example>");
    return mta;
  }
  static MilterVerdict Finish(MilterClient& mta) {
    mta.EndOfHeaders();
    mta.Body("Hello\r\n");
    return mta.EndOfMessage();
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::optional<Assayd> assayd_;
};
std::unique_ptr<TemporaryFolder> HostileTest::folder_;
std::optional<Assayd> HostileTest::assayd_;

struct FieldCase {
  const char* name;
  std::string field;
  std::string value;
};
const FieldCase kFields[] = {
    {"nul_in_value", "X-A", std::string(" a\0b", 4)},
    {"nul_in_name", std::string("X\0A", 3), " a"},
    {"sixty_kilobytes", "X-A", " " + std::string(60000, 'x')},
    {"sixty_kilobytes_folded", "X-A",
     [] {
       std::string value;
       for (int i = 0; i < 12000; ++i) value += "\n abc";
       return value;
     }()},
    {"bare_cr", "Subject", " a\rb"},
    {"bare_lf", "Subject", " a\nb"},
    {"crlf", "Subject", " a\r\nX-Injected: b"},
    {"empty_value", "Subject", ""},
    {"only_spaces", "Subject", " \t \n \t "},
    {"eight_bit", "Subject", " caf\xe9 \xff\xfe"},
    {"bad_encoded_word", "Subject", " =?utf-8?B?=?= =?x?y?z?="},
    {"many_encoded_words", "Subject",
     [] {
       std::string value;
       for (int i = 0; i < 3000; ++i) value += " =?utf-8?Q?a?=";
       return value;
     }()},
    {"deep_comments", "From", " " + std::string(20000, '(')},
    {"many_authors", "From",
     [] {
       std::string value;
       for (int i = 0; i < 3000; ++i) value += " a@b.example,";
       return value;
     }()},
    {"endless_results", "Authentication-Results", " mx.example.net;" + std::string(50000, ';')},
    {"broken_signature", "DKIM-Signature", " v=1; a=rsa-sha256; b=" + std::string(50000, '=')},
};

class HostileField : public HostileTest, public testing::WithParamInterface<FieldCase> {};

TEST_P(HostileField, IsJudged) {
  MilterClient mta = OpenMessage();
  mta.Header(GetParam().field, GetParam().value);
  const MilterVerdict verdict = Finish(mta);
  EXPECT_NE(verdict.reply.action, 0);
}
INSTANTIATE_TEST_SUITE_P(Fields, HostileField, testing::ValuesIn(kFields),
                         [](const auto& i) { return std::string(i.param.name); });

TEST_F(HostileTest, TenThousandFields) {
  MilterClient mta = OpenMessage();
  for (int i = 0; i < 10000; ++i) mta.Header("X-" + std::to_string(i), " value");
  EXPECT_EQ(Finish(mta).reply.action, 'c');
  EXPECT_TRUE(assayd_->WaitForLog("limit.fields"));
}

// A thousand are removed; with more the message is refused, because Postfix cannot remove them all.
TEST_F(HostileTest, ForgedResultsByTheThousand) {
  MilterClient mta = OpenMessage();
  for (int i = 0; i < 1000; ++i) mta.Header("Authentication-Results", " mx.example.net; spf=pass");
  const MilterVerdict removed = Finish(mta);
  EXPECT_EQ(removed.reply.action, 'c');
  std::size_t deleted = 0;
  for (const MilterChange& change : removed.changes) deleted += change.kind == 'm' ? 1U : 0U;
  EXPECT_EQ(deleted, 1000U) << "not one of them may be believed";

  MilterClient flood = OpenMessage();
  for (int i = 0; i < 10000; ++i) {
    flood.Header("Authentication-Results", " mx.example.net; spf=pass");
  }
  const MilterVerdict refused = Finish(flood);
  EXPECT_EQ(refused.reply.action, 'y');
  EXPECT_EQ(refused.reply.enhanced_code, "5.6.0");
}

TEST_F(HostileTest, NoFieldsAndNoBody) {
  MilterClient bare = OpenMessage();
  bare.EndOfHeaders();
  EXPECT_EQ(bare.EndOfMessage().reply.action, 'c');
  MilterClient not_even_that = OpenMessage();
  EXPECT_EQ(not_even_that.EndOfMessage().reply.action, 'c')
      << "end of message without end of headers";
}

TEST_F(HostileTest, BodySplitAnywhere) {
  using std::string_literals::operator""s;
  const std::string body = "line one\r\n.\r\nNUL \0 and CR \r and LF \n\r\n\r\n"s;
  for (const std::size_t size : {1U, 2U, 3U, 7U, 100U}) {
    MilterClient mta = OpenMessage();
    mta.EndOfHeaders();
    for (std::size_t at = 0; at < body.size(); at += size) mta.BodyChunk(body.substr(at, size));
    EXPECT_EQ(mta.EndOfMessage().reply.action, 'c');
  }
}

TEST_F(HostileTest, ThirtyMebibytes) {
  MilterClient mta = OpenMessage();
  mta.Header("Subject", " please reject");
  mta.EndOfHeaders();
  const std::string chunk(65535, 'x');
  for (int i = 0; i < 480; ++i) mta.BodyChunk(chunk);
  EXPECT_EQ(mta.EndOfMessage().reply.action, 'y') << "size is no way past the rules";
}

TEST_F(HostileTest, ClientGoneAtEveryStep) {
  const std::vector<std::function<void(MilterClient&)>> steps = {
      [](MilterClient& m) { m.Negotiate(); },
      [](MilterClient& m) { m.Connect("client.example.com"); },
      [](MilterClient& m) { m.Helo("client.example.com"); },
      [](MilterClient& m) { m.Mail("<a@pass.example.com>"); },
      [](MilterClient& m) { m.Rcpt("<u@local.example>"); },
      [](MilterClient& m) { m.Header("Subject", " x"); },
      [](MilterClient& m) { m.EndOfHeaders(); },
      [](MilterClient& m) { m.BodyChunk("x"); },
      [](MilterClient& m) { m.Send('E', {}); },
  };
  for (std::size_t last = 0; last <= steps.size(); ++last) {
    MilterClient mta = assayd_->Connect();
    for (std::size_t i = 0; i < last; ++i) steps[i](mta);
    mta.Close();
  }
}

TEST_F(HostileTest, ClientGoneInTheMiddleOfAPacket) {
  const std::string packet = MilterClient::Packet('L', std::string("Subject\0 hello\0", 15));
  for (std::size_t size = 1; size < packet.size(); ++size) {
    MilterClient mta = OpenMessage();
    mta.SendRaw(std::string_view(packet).substr(0, size));
    mta.Close();
  }
}

struct RawCase {
  const char* name;
  std::string bytes;
};
const RawCase kRaw[] = {
    {"no_length", std::string("\0\0\0\0", 4)},
    {"huge_length", "\x7f\xff\xff\xffX"},
    {"negative_length", "\xff\xff\xff\xffX"},
    {"http", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"smtp", "EHLO client.example.com\r\n"},
    {"unknown_command", MilterClient::Packet('!', "x")},
    {"short_negotiation", MilterClient::Packet('O', "xx")},
    {"old_version", MilterClient::Packet('O', std::string("\0\0\0\1\0\0\0\0\0\0\0\0", 12))},
    {"mail_first", MilterClient::Packet('M', std::string("<a@b.example>\0", 14))},
    {"end_of_message_first", MilterClient::Packet('E', "")},
    {"mail_without_nul", MilterClient::Packet('M', "<a@b.example>")},
};

class HostileBytes : public HostileTest, public testing::WithParamInterface<RawCase> {};

TEST_P(HostileBytes, EndThatConnectionAtMost) {
  MilterClient mta = assayd_->Connect();
  mta.SendRaw(GetParam().bytes);
  (void)mta.Closed(milliseconds(50));
  MilterClient negotiated = assayd_->Connect();
  negotiated.Negotiate();
  negotiated.SendRaw(GetParam().bytes);
  (void)negotiated.Closed(milliseconds(50));
}
INSTANTIATE_TEST_SUITE_P(Bytes, HostileBytes, testing::ValuesIn(kRaw),
                         [](const auto& i) { return std::string(i.param.name); });

TEST_F(HostileTest, MalformedArgumentsEndTheSessionAtMost) {
  for (const char command : {'C', 'H', 'M', 'R', 'L', 'B', 'D', 'N', 'E', 'U', 'T'}) {
    for (const std::string& data : {std::string(), std::string("x"), std::string("\0", 1),
                                    std::string("a\0b", 3), std::string("host\0007\0\1x\0", 10)}) {
      MilterClient mta = Open();
      mta.Send(command, data);
      (void)mta.Closed(milliseconds(1));
    }
  }
}

TEST_F(HostileTest, RandomPacketsInRandomOrder) {
  std::mt19937 random(20240607);  // fixed: a failure must come again
  constexpr std::string_view kCommands = "ABCDEHLMNORTU";
  for (int session = 0; session < 60; ++session) {
    MilterClient mta = assayd_->Connect();
    mta.Negotiate();
    try {
      for (int i = 0; i < 30; ++i) {
        std::string data(random() % 64, '\0');
        for (char& c : data) c = static_cast<char>(random() % 8 == 0 ? 0 : random() % 256);
        mta.Send(kCommands[random() % kCommands.size()], data);
      }
    } catch (const MilterClosed&) {
      continue;  // assayd may end such a session, never more
    }
  }
}

TEST(MemoryTest, SixtyFourMessagesOfThirtyMebibytesAtOnce) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's memory is not ours";
#endif
  constexpr std::size_t kMaxKib = 400 * 1024;
  TemporaryFolder folder;
  const Assayd assayd = Assayd::Start(folder);
  std::vector<MilterClient> sessions;
  for (int i = 0; i < 64; ++i) {
    MilterClient& mta = sessions.emplace_back(assayd.Connect());
    mta.Open();
    mta.Mail("<a@pass.example.com>");
    mta.Rcpt("<u@local.example>");
    mta.Header("Subject", " please reject");
    mta.EndOfHeaders();
  }
  const std::string chunk(65535, 'x');
  std::size_t peak = 0;
  for (int i = 0; i < 480; ++i) {
    for (MilterClient& mta : sessions) mta.BodyChunk(chunk);
    if (i % 16 == 0) peak = std::max(peak, assayd.ResidentKib());
  }
  for (MilterClient& mta : sessions) mta.Send('E', {});
  for (MilterClient& mta : sessions) EXPECT_EQ(mta.Receive().command, 'y');
  peak = std::max(peak, assayd.ResidentKib());
  RecordProperty("peak_kib", std::to_string(peak));
  EXPECT_LE(peak, kMaxKib);
}

}  // namespace
}  // namespace assay::test
