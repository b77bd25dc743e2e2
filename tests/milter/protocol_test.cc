// SPDX-License-Identifier: Apache-2.0
// Every order of callbacks that the two MTAs are known to produce, and some that none does, against
// the real assayd.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>

#include "tests/milter/assayd_process.h"
#include "tests/support/milter_client.h"

namespace assay::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Eq;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

const Macros kPlain = {{"From", " <a@pass.example.com>"}, {"Subject", " hello"}};

Macros WithSubject(const std::string& subject) {
  return {{"From", " <a@pass.example.com>"}, {"Subject", " " + subject}};
}

// One assayd for all tests of a suite.
template <int kVariant>
class SharedAssayd : public testing::Test {
 protected:
  static void StartWith(const AssaydSettings& settings) {
    folder_ = std::make_unique<TemporaryFolder>();
    assayd_.emplace(Assayd::Start(*folder_, settings));
  }
  static void TearDownTestSuite() {
    assayd_.reset();
    folder_.reset();
  }
  // A fault in a step shows in the log, whatever was answered.
  void TearDown() override {
    const std::string log = assayd_->log();
    for (const char* fault : {"internal error", "private data not NULL", "claimed not to reply",
                              "error=", "Sanitizer", "runtime error"}) {
      EXPECT_THAT(log, Not(HasSubstr(fault)));
    }
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::optional<Assayd> assayd_;
};
template <int kVariant>
std::unique_ptr<TemporaryFolder> SharedAssayd<kVariant>::folder_;
template <int kVariant>
std::optional<Assayd> SharedAssayd<kVariant>::assayd_;

class ProtocolTest : public SharedAssayd<0> {
 protected:
  static void SetUpTestSuite() { StartWith({}); }

  MilterClient Open() {
    MilterClient mta = assayd_->Connect();
    mta.Open();
    return mta;
  }
  static void ExpectAccepts(MilterClient& mta) {
    EXPECT_EQ(mta.SendMessage("<a@pass.example.com>", "<u@local.example>", kPlain).reply.action,
              'c');
  }
};

TEST_F(ProtocolTest, AsksForExactlyWhatItNeeds) {
  MilterClient mta = assayd_->Connect();
  const MilterAgreement agreement = mta.Negotiate();
  EXPECT_EQ(agreement.version, 6U);
  EXPECT_EQ(agreement.actions, kActAddHeaders | kActChangeHeaders | kActQuarantine | kActSetMacros);
  EXPECT_EQ(agreement.steps, kStepNoReplyConnect | kStepNoReplyHelo | kStepNoReplyHeaders |
                                 kStepNoReplyEndOfHeaders | kStepNoReplyBody | kStepNoData |
                                 kStepNoUnknown | kStepLeadingSpace);
  // Stages as libmilter numbers them: connect, mail, rcpt, end of message, end of headers.
  EXPECT_THAT(agreement.macros,
              ElementsAre(Pair(0, "j v {daemon_name} {daemon_port} {client_addr}"),
                          Pair(2,
                               "i {auth_type} {auth_authen} {mail_addr} {verify} {cert_subject} "
                               "{cert_issuer}"),
                          Pair(3, "i {rcpt_addr}"), Pair(5, "i"), Pair(6, "i")));
}

TEST_F(ProtocolTest, AnswersWhereAnOldMtaInsistsOnIt) {
  MilterClient mta = assayd_->Connect();
  const std::uint32_t steps = kStepNoUnknown | kStepNoData | kStepLeadingSpace;
  EXPECT_EQ(mta.Negotiate({6, kAllActions, steps}).steps, steps);
  EXPECT_EQ(mta.Connect("client.example.com").action, 'c');
  EXPECT_EQ(mta.Helo("client.example.com").action, 'c');
  EXPECT_EQ(mta.Mail("<a@pass.example.com>").action, 'c');
  EXPECT_EQ(mta.Rcpt("<u@local.example>").action, 'c');
  EXPECT_EQ(mta.Header("Subject", " hello").action, 'c');
  EXPECT_EQ(mta.EndOfHeaders().action, 'c');
  EXPECT_EQ(mta.BodyChunk("x\r\n").action, 'c');
  EXPECT_EQ(mta.EndOfMessage().reply.action, 'c');
}

TEST_F(ProtocolTest, WorksWithProtocolVersionTwo) {
  MilterClient mta = assayd_->Connect();
  const MilterAgreement agreement = mta.Negotiate({2, 0x3f, 0x7f});
  EXPECT_EQ(agreement.version, 2U);
  EXPECT_EQ(agreement.steps & ~0x7fU, 0U);
  EXPECT_THAT(agreement.macros, IsEmpty());
  mta.Connect("client.example.com");
  mta.Helo("client.example.com");
  const MilterVerdict verdict =
      mta.SendMessage("<a@pass.example.com>", "<u@local.example>",
                      {{"From", "<a@pass.example.com>"}, {"Subject", "please hold"}});
  EXPECT_EQ(verdict.reply.action, 'c');
  EXPECT_TRUE(verdict.Quarantined());
  EXPECT_THAT(verdict.Inserted("Authentication-Results"), Not(StartsWith(" ")))
      << "that MTA adds the space itself";
}

TEST_F(ProtocolTest, RefusesAnMtaThatCannotChangeHeaders) {
  MilterClient mta = assayd_->Connect();
  EXPECT_THROW(mta.Negotiate({6, kActAddHeaders, kAllSteps}), MilterClosed);
  EXPECT_TRUE(assayd_->WaitForLog("forged results could not be removed"));
}

TEST_F(ProtocolTest, DefersWhereTheMtaCannotQuarantine) {
  MilterClient mta = assayd_->Connect();
  mta.Negotiate({6, kAllActions & ~kActQuarantine, kAllSteps});
  mta.Connect("client.example.com");
  mta.Helo("client.example.com");
  const MilterVerdict verdict =
      mta.SendMessage("<a@pass.example.com>", "<u@local.example>", WithSubject("please hold"));
  EXPECT_EQ(verdict.reply.action, 'y');
  EXPECT_EQ(verdict.reply.code, 451);
  EXPECT_TRUE(assayd_->WaitForLog("deferred instead"));
}

TEST_F(ProtocolTest, AcceptedMessageGetsResultsOnTop) {
  MilterClient mta = Open();
  const MilterVerdict verdict =
      mta.SendMessage("<a@pass.example.com>", "<u@local.example>", kPlain);
  EXPECT_EQ(verdict.reply.action, 'c');
  ASSERT_THAT(verdict.changes, Not(IsEmpty()));
  EXPECT_THAT(verdict.changes.back(),
              AllOf(Field(&MilterChange::kind, 'i'), Field(&MilterChange::index, 0U),
                    Field(&MilterChange::name, "Authentication-Results")));
  EXPECT_THAT(verdict.changes.back().value, StartsWith(" mx.example.net;"));
  EXPECT_THAT(verdict.changes.back().value, HasSubstr("spf=pass"));
}

TEST_F(ProtocolTest, RejectHasItsTextWithDoubledPercent) {
  MilterClient mta = Open();
  const MilterReply reply =
      mta.SendMessage("<a@pass.example.com>", "<u@local.example>", WithSubject("please reject"))
          .reply;
  EXPECT_EQ(reply.action, 'y');
  EXPECT_EQ(reply.code, 550);
  EXPECT_THAT(reply.enhanced_code, StartsWith("5."));
  EXPECT_THAT(reply.text, HasSubstr("100%% certain"));
  EXPECT_THAT(reply.text, HasSubstr("[ref "));
}

TEST_F(ProtocolTest, TempFailHasATemporaryCode) {
  MilterClient mta = Open();
  const MilterReply reply =
      mta.SendMessage("<a@pass.example.com>", "<u@local.example>", WithSubject("please defer"))
          .reply;
  EXPECT_EQ(reply.action, 'y');
  EXPECT_EQ(reply.code / 100, 4);
  EXPECT_THAT(reply.enhanced_code, StartsWith("4."));
}

TEST_F(ProtocolTest, QuarantineIsAChangeBesideContinue) {
  MilterClient mta = Open();
  const MilterVerdict verdict =
      mta.SendMessage("<a@pass.example.com>", "<u@local.example>", WithSubject("please hold"));
  EXPECT_EQ(verdict.reply.action, 'c');
  ASSERT_TRUE(verdict.Quarantined());
  EXPECT_EQ(verdict.changes.back().kind, 'q');
  EXPECT_THAT(verdict.changes.back().value, HasSubstr("asked to be held"));
}

TEST_F(ProtocolTest, ForgedResultsGoInDescendingOrderBeforeOursCome) {
  MilterClient mta = Open();
  const Macros fields = {{"Authentication-Results", " mx.example.net; spf=pass"},
                         {"authentication-results", " mx.example.net; dkim=pass"},
                         {"Authentication-Results", " other.example; spf=pass"},
                         {"AUTHENTICATION-RESULTS", " MX.example.net; dmarc=pass"},
                         {"From", " <a@pass.example.com>"}};
  const MilterVerdict verdict =
      mta.SendMessage("<a@pass.example.com>", "<u@local.example>", fields);
  std::vector<std::uint32_t> deleted;
  bool inserted = false;
  for (const MilterChange& change : verdict.changes) {
    inserted = inserted || change.kind == 'i';
    if (change.kind != 'm') continue;
    EXPECT_FALSE(inserted) << "a field inserted before would be number 1";
    EXPECT_THAT(change.value, IsEmpty());
    deleted.push_back(change.index);
  }
  EXPECT_THAT(deleted, ElementsAre(4, 2, 1));
}

TEST_F(ProtocolTest, SeveralMessagesOfOneSessionAreIndependent) {
  MilterClient mta = Open();
  EXPECT_EQ(
      mta.SendMessage("<a@pass.example.com>", "<u@local.example>", WithSubject("please reject"))
          .reply.action,
      'y');
  ExpectAccepts(mta);  // no abort comes after a refusal: the next event is MAIL
  EXPECT_TRUE(
      mta.SendMessage("<a@pass.example.com>", "<u@local.example>", WithSubject("please hold"))
          .Quarantined());
  const MilterVerdict last = mta.SendMessage("<a@pass.example.com>", "<u@local.example>", kPlain);
  EXPECT_FALSE(last.Quarantined());
  mta.Quit();
}

TEST_F(ProtocolTest, AbortInEveryStateLeavesNothing) {
  for (int steps = 0; steps <= 5; ++steps) {
    MilterClient mta = Open();
    if (steps > 0) mta.Mail("<a@pass.example.com>");
    if (steps > 1) mta.Rcpt("<u@local.example>");
    if (steps > 2) mta.Header("Subject", " please reject");
    if (steps > 3) mta.EndOfHeaders();
    if (steps > 4) mta.BodyChunk("x");
    mta.Abort();
    mta.Abort();  // Postfix sends it twice now and then
    ExpectAccepts(mta);
  }
}

TEST_F(ProtocolTest, MailAfterMailBeginsAnew) {
  MilterClient mta = Open();
  mta.Mail("<a@pass.example.com>");
  mta.Rcpt("<u@local.example>");
  mta.Header("Subject", " please reject");
  ExpectAccepts(mta);
}

TEST_F(ProtocolTest, SecondHeloCounts) {
  MilterClient mta = Open();
  ExpectAccepts(mta);
  mta.Helo("second.example.com");
  mta.SendMessage("<b@pass.example.com>", "<u@local.example>", kPlain);
  EXPECT_TRUE(assayd_->WaitForLog("helo=<second.example.com>"));
}

TEST_F(ProtocolTest, MessageWithoutHeloIsJudged) {
  MilterClient mta = assayd_->Connect();
  mta.Negotiate();
  mta.Connect("client.example.com");
  ExpectAccepts(mta);
}

TEST_F(ProtocolTest, CloseWithoutAnythingIsNoFault) {
  for (int i = 0; i < 20; ++i) (void)assayd_->Connect();
  for (int i = 0; i < 5; ++i) {
    MilterClient mta = assayd_->Connect();
    mta.Negotiate();
  }
  for (int i = 0; i < 5; ++i) {
    MilterClient mta = assayd_->Connect();
    mta.Negotiate();
    mta.Quit();
  }
  MilterClient mta = Open();
  ExpectAccepts(mta);
}

TEST_F(ProtocolTest, SessionMayGoOnWithANewClient) {
  MilterClient mta = Open();
  ExpectAccepts(mta);
  mta.Send('K', {});  // quit, but another connection follows
  mta.Connect("[192.0.2.55]", '4', 1, "192.0.2.55");
  mta.Helo("reused.example.com");
  ExpectAccepts(mta);
  EXPECT_TRUE(assayd_->WaitForLog("[192.0.2.55] origin=- helo=<reused.example.com>"));
}

TEST_F(ProtocolTest, ClientsOfEveryFamilyAreKnown) {
  struct Case {
    char family;
    const char* address;
    const char* logged;
  };
  for (const Case& c :
       {Case{'4', "192.0.2.200", "[192.0.2.200]"}, Case{'6', "2001:db8::25", "[2001:db8::25]"},
        Case{'6', "::ffff:192.0.2.201", "[192.0.2.201]"}, Case{'U', "", "=unknown-family"}}) {
    MilterClient mta = assayd_->Connect();
    mta.Negotiate();
    mta.Connect(c.family == 'U' ? "unknown-family" : "client.example.com", c.family, 0, c.address);
    mta.Helo("client.example.com");
    mta.SendMessage("<a@plain.example.com>", "<u@local.example>", kPlain);
    EXPECT_TRUE(assayd_->WaitForLog(c.logged)) << c.logged << "\n" << assayd_->log();
  }
}

TEST_F(ProtocolTest, MissingMacrosAreNoFault) {
  MilterClient mta = assayd_->Connect();
  mta.Negotiate();
  mta.Connect("client.example.com");
  mta.Helo("client.example.com");
  mta.Mail("<a@pass.example.com>");
  mta.Rcpt("<u@local.example>");
  mta.Header("From", " <a@pass.example.com>");
  mta.EndOfHeaders();
  EXPECT_EQ(mta.EndOfMessage().reply.action, 'c');
  EXPECT_TRUE(assayd_->WaitForLog("NOQUEUE: accept"));
}

TEST_F(ProtocolTest, EmptyAndOddMacroPacketsAreNoFault) {
  MilterClient mta = Open();
  mta.SendMacros('M', {});
  mta.SendMacros('Z', {{"i", "x"}});
  mta.SendMacros('M', {{"", ""}, {"i", ""}});
  ExpectAccepts(mta);
}

TEST_F(ProtocolTest, QueueIdStandsFirstOnceItIsKnown) {
  MilterClient sendmail = Open();
  sendmail.SendMacros('M', {{"i", "kAL8Qid001"}});
  sendmail.SendMessage("<a@pass.example.com>", "<u@local.example>", kPlain);
  EXPECT_TRUE(assayd_->WaitForLog("kAL8Qid001: accept"));
  MilterClient postfix = Open();
  postfix.Mail("<a@pass.example.com>");
  postfix.Rcpt("<u@local.example>");
  postfix.SendMacros('R', {{"i", "4Pf2ndRcpt"}});
  postfix.Rcpt("<v@local.example>");
  postfix.Header("From", " <a@pass.example.com>");
  postfix.EndOfHeaders();
  postfix.EndOfMessage();
  EXPECT_TRUE(assayd_->WaitForLog("4Pf2ndRcpt: accept"));
}

TEST_F(ProtocolTest, LoginMakesItSubmission) {
  MilterClient mta = Open();
  mta.SendMacros('M', {{"{auth_type}", "PLAIN"}, {"{auth_authen}", "alice"}});
  EXPECT_EQ(mta.SendMessage("<a@fail.example.com>", "<u@elsewhere.example>", kPlain).reply.action,
            'c');
  EXPECT_TRUE(assayd_->WaitForLog("login=alice"));
}

TEST_F(ProtocolTest, AddressFormsOfBothMtasPass) {
  for (const char* address :
       {"<>", "a@pass.example.com", "<@relay.example,@r2.example:a@pass.example.com>", "<nodomain>",
        "<A@PASS.example.COM>", "<j\xc3\xb6rg@pass.example.com>", "",
        "<\"a b\"@pass.example.com>"}) {
    MilterClient mta = Open();
    EXPECT_EQ(mta.Mail(address, {"SIZE=100", "BODY=8BITMIME", "SMTPUTF8"}).action, 'c') << address;
    EXPECT_EQ(mta.Rcpt("u@local.example").action, 'c');
    mta.Header("Subject", " hello");
    mta.EndOfHeaders();
    EXPECT_EQ(mta.EndOfMessage().reply.action, 'c') << address;
  }
}

TEST_F(ProtocolTest, TwoHundredSessionsAtOnce) {
  constexpr int kSessions = 200;
  std::vector<MilterClient> sessions;
  for (int i = 0; i < kSessions; ++i) sessions.push_back(Open());
  for (MilterClient& mta : sessions) EXPECT_EQ(mta.Mail("<a@pass.example.com>").action, 'c');
  for (MilterClient& mta : sessions) EXPECT_EQ(mta.Rcpt("<u@local.example>").action, 'c');
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    sessions[i].Header("From", " <a@pass.example.com>");
    sessions[i].Header("Subject", i % 2 == 0 ? " hello" : " please reject");
    sessions[i].EndOfHeaders();
    sessions[i].Body("Hello\r\n");
  }
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    EXPECT_EQ(sessions[i].EndOfMessage().reply.action, i % 2 == 0 ? 'c' : 'y') << i;
  }
}

TEST_F(ProtocolTest, ParallelClientsGetTheirOwnVerdicts) {
  std::vector<std::thread> clients;
  std::atomic<int> wrong{0};
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      try {
        for (int i = 0; i < 20; ++i) {
          MilterClient mta = Open();
          const bool reject = (c + i) % 2 == 0;
          const auto verdict = mta.SendMessage("<a@pass.example.com>", "<u@local.example>",
                                               WithSubject(reject ? "please reject" : "hello"));
          if (verdict.reply.action != (reject ? 'y' : 'c')) ++wrong;
        }
      } catch (const MilterClosed&) {
        ++wrong;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
}

class MonitorTest : public SharedAssayd<1> {
 protected:
  static void SetUpTestSuite() { StartWith({.mode = "monitor"}); }
};

TEST_F(MonitorTest, RefusesNothingAndSaysWhatItWould) {
  MilterClient mta = assayd_->Connect();
  mta.Open();
  struct Case {
    const char* subject;
    const char* would;
  };
  for (const Case& c :
       {Case{"please reject", "would=reject"}, Case{"please hold", "would=quarantine"},
        Case{"please defer", "would=tempfail"}}) {
    const MilterVerdict verdict =
        mta.SendMessage("<a@pass.example.com>", "<u@local.example>", WithSubject(c.subject));
    EXPECT_EQ(verdict.reply.action, 'c');
    EXPECT_FALSE(verdict.Quarantined());
    EXPECT_THAT(verdict.Inserted("X-Assay"), HasSubstr(c.would));
    EXPECT_TRUE(assayd_->WaitForLog(c.would));
  }
}

class EarlyTest : public SharedAssayd<2> {
 protected:
  static void SetUpTestSuite() { StartWith({.spf = "at = \"mail\""}); }
};

TEST_F(EarlyTest, MailIsRefusedAndTheNextIsAskedAgain) {
  MilterClient mta = assayd_->Connect();
  mta.Open();
  for (int i = 0; i < 2; ++i) {
    const MilterReply reply = mta.Mail("<a@fail.example.com>");
    EXPECT_EQ(reply.action, 'y');
    EXPECT_EQ(reply.code, 550);
    EXPECT_EQ(reply.enhanced_code, "5.7.23");
  }
  EXPECT_EQ(mta.SendMessage("<a@pass.example.com>", "<u@local.example>", kPlain).reply.action, 'c');
  EXPECT_TRUE(assayd_->WaitForLog("NOQUEUE: reject stage=mail", 2));
}

class RcptTest : public SharedAssayd<3> {
 protected:
  static void SetUpTestSuite() { StartWith({.spf = "at = \"rcpt\""}); }
};

TEST_F(RcptTest, OneRecipientIsRefusedTheOtherIsNot) {
  MilterClient mta = assayd_->Connect();
  mta.Open();
  EXPECT_EQ(mta.Mail("<a@fail.example.com>").action, 'c');
  EXPECT_EQ(mta.Rcpt("<u@local.example>").code, 550);
  EXPECT_EQ(mta.Rcpt("<postmaster@local.example>").action, 'c');
  mta.Header("From", " <a@fail.example.com>");
  mta.EndOfHeaders();
  const MilterVerdict verdict = mta.EndOfMessage();
  EXPECT_TRUE(assayd_->WaitForLog("stage=rcpt")) << verdict.reply.action;
}

}  // namespace
}  // namespace assay::test
