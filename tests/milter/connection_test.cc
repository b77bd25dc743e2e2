// SPDX-License-Identifier: Apache-2.0
#include "milter/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/dns/zone_resolver.h"
#include "tests/milter/assayd_process.h"
#include "tests/milter/recorded_mta.h"

namespace assay::milter {
namespace {

using std::chrono::milliseconds;
using test::RecordedMta;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// A connection over the real engine, with an MTA that only writes down.
class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() {
    folder_.Write("local.rules", test::kTestRules);
    config_.mode = config::Mode::kEnforce;
    config_.identity.local_domains = {"local.example"};
    config_.rules.directory.clear();
    config_.rules.local = folder_.Path("local.rules");
    mta_.macros = {{"j", "mx.example.net"}, {"{daemon_name}", "smtpd"}};
  }

  void Open(Abilities abilities = {}) {
    auto report = engine::LoadGeneration(config_, {});
    ASSERT_TRUE(report.generation) << testing::PrintToString(report.messages);
    generation_.emplace(report.generation);
    const auto zone = dns::Zone::Parse(test::kTestZone, "zone");
    auto resolver =
        std::make_shared<dns::ZoneResolver>(*zone, dns::ZoneOptions{std::chrono::seconds(60)});
    connection_.emplace(
        Services{*generation_, std::make_shared<engine::Shared>(resolver, 1 << 24, 4), waiting_,
                 sessions_, log_},
        abilities);
    connection_->OnConnect(mta_, "mail.example.com", IpAddress::Parse("192.0.2.7"));
    connection_->OnHelo("mail.example.com");
  }

  Reaction Mail(std::string_view address, std::vector<std::string_view> parameters = {}) {
    parameters.insert(parameters.begin(), address);
    return connection_->OnMail(mta_, parameters);
  }

  Reaction Finish(std::string_view subject) {
    EXPECT_EQ(connection_->OnRcpt(mta_, "<user@local.example>"), Reaction::kContinue);
    connection_->OnField("From", " <a@pass.example.com>");
    connection_->OnField("Subject", subject);
    connection_->OnEndOfFields();
    connection_->OnBody("Hello\r\n");
    return connection_->OnEndOfMessage(mta_);
  }

  std::string Logged(const std::function<void()>& steps) {
    testing::internal::CaptureStderr();
    steps();
    return testing::internal::GetCapturedStderr();
  }

  config::Config config_;
  RecordedMta mta_;
  SessionCount sessions_;
  std::optional<Connection> connection_;

 private:
  test::TemporaryFolder folder_;
  Log log_{Log::Sink::kStderr};
  WaitingGauge waiting_;
  std::optional<CurrentGeneration> generation_;
};

TEST_F(ConnectionTest, AcceptedMessageGetsHeadersAndOneLogLine) {
  config_.mode = config::Mode::kMonitor;
  Open();
  mta_.macros["i"] = "4XyZ1w";
  const std::string log = Logged([&] {
    EXPECT_EQ(Mail("<a@pass.example.com>"), Reaction::kContinue);
    EXPECT_EQ(Finish(" hello"), Reaction::kContinue);
  });
  EXPECT_THAT(mta_.calls,
              Contains(StartsWith("insert 0 Authentication-Results:[ mx.example.net;")));
  EXPECT_THAT(log, HasSubstr("4XyZ1w: accept"));
  EXPECT_EQ(test::CountOf(log, "\n"), 1U);
}

TEST_F(ConnectionTest, RejectedMessageGetsTheRulesText) {
  Open();
  ASSERT_EQ(Mail("<a@pass.example.com>"), Reaction::kContinue);
  EXPECT_EQ(Finish(" please reject"), Reaction::kReject);
  EXPECT_EQ(mta_.reply.code / 100, 5);
  EXPECT_THAT(mta_.reply.text, HasSubstr("100%% certain"));
}

struct CertificateCase {
  const char* name;
  const char* mta;     // macro v
  const char* verify;  // macro {verify}; empty: not sent
  const char* subject;
  const char* issuer;
  bool counts;
};
const CertificateCase kCertificateCases[] = {
    {"Sendmail, verified", "8.17.1", "OK", "/CN=fax", "/CN=CA", true},
    {"Sendmail, not verified", "8.17.1", "FAIL", "/CN=fax", "/CN=CA", false},
    {"Sendmail, nothing said", "8.17.1", "", "/CN=fax", "/CN=CA", false},
    {"Postfix names only trusted ones", "Postfix 3.7.11", "", "/CN=fax", "/CN=CA", true},
    {"Postfix, no certificate", "Postfix 3.7.11", "", "", "", false},
    {"unknown MTA", "", "", "/CN=fax", "/CN=CA", false},
    {"another issuer", "8.17.1", "OK", "/CN=fax", "/CN=Other", false},
    {"another subject", "8.17.1", "OK", "/CN=other", "/CN=CA", false},
};

TEST_F(ConnectionTest, OnlyAVerifiedCertificateStandsForALogin) {
  config_.identity.login_maps = {"inline:{fax@local.example=fax}"};
  config_.identity.certificate_logins = {{"/CN=fax", "/CN=CA", "fax"}};
  for (const CertificateCase& c : kCertificateCases) {
    mta_.macros["v"] = c.mta;
    mta_.macros["{verify}"] = c.verify;
    mta_.macros["{cert_subject}"] = c.subject;
    mta_.macros["{cert_issuer}"] = c.issuer;
    Open();
    const Reaction want = c.counts ? Reaction::kReject : Reaction::kContinue;
    EXPECT_EQ(Mail("<other@local.example>"), want) << c.name;
    if (!c.counts) continue;
    EXPECT_EQ(mta_.reply.code, 553) << c.name;
    EXPECT_EQ(Mail("<fax@local.example>"), Reaction::kContinue) << c.name;
  }
}

TEST_F(ConnectionTest, QuarantinedMessageKeepsItsReason) {
  Open();
  ASSERT_EQ(Mail("<a@pass.example.com>"), Reaction::kContinue);
  EXPECT_EQ(Finish(" please hold"), Reaction::kContinue);
  EXPECT_THAT(mta_.calls, Contains(HasSubstr("quarantine asked to be held")));
}

TEST_F(ConnectionTest, NothingIsLeftOfAMessageAfterItsEnd) {
  Open();
  ASSERT_EQ(Mail("<a@pass.example.com>"), Reaction::kContinue);
  EXPECT_TRUE(connection_->has_transaction());
  EXPECT_EQ(Finish(" please reject"), Reaction::kReject);
  EXPECT_FALSE(connection_->has_transaction());
  ASSERT_EQ(Mail("<a@pass.example.com>"), Reaction::kContinue);
  EXPECT_EQ(Finish(" hello"), Reaction::kContinue);
}

TEST_F(ConnectionTest, AbortDropsTheMessageWithoutALine) {
  Open();
  const std::string log = Logged([&] {
    ASSERT_EQ(Mail("<a@pass.example.com>"), Reaction::kContinue);
    connection_->OnField("Subject", " please reject");
    connection_->OnAbort();
    connection_->OnAbort();
  });
  EXPECT_FALSE(connection_->has_transaction());
  EXPECT_THAT(log, IsEmpty());
  ASSERT_EQ(Mail("<a@pass.example.com>"), Reaction::kContinue);
  EXPECT_EQ(Finish(" hello"), Reaction::kContinue);
}

TEST_F(ConnectionTest, StepsOutsideAMessageAreHarmless) {
  Open();
  EXPECT_EQ(connection_->OnRcpt(mta_, "<a@b.example>"), Reaction::kContinue);
  connection_->OnField("Subject", " please reject");
  connection_->OnEndOfFields();
  connection_->OnBody("x");
  EXPECT_EQ(connection_->OnEndOfMessage(mta_), Reaction::kContinue);
  EXPECT_EQ(connection_->OnMail(mta_, {}), Reaction::kContinue);
  EXPECT_FALSE(connection_->has_transaction());
  EXPECT_THAT(mta_.calls, IsEmpty());
}

TEST_F(ConnectionTest, FieldsKeepTheirSpaceWithEitherKindOfMta) {
  for (const bool leading_space : {true, false}) {
    mta_.calls.clear();
    Open({.leading_space = leading_space, .quarantine = true});
    ASSERT_EQ(Mail("<a@pass.example.com>"), Reaction::kContinue);
    EXPECT_EQ(Finish(leading_space ? " please hold" : "please hold"), Reaction::kContinue);
    EXPECT_THAT(mta_.calls,
                Contains(StartsWith(leading_space ? "insert 0 Authentication-Results:[ mx"
                                                  : "insert 0 Authentication-Results:[mx")));
    EXPECT_THAT(mta_.calls, Contains(StartsWith("quarantine")));
  }
}

TEST_F(ConnectionTest, SpfAtMailRefusesTheMessageThere) {
  config_.spf.at = Stage::kMail;
  Open();
  const std::string log =
      Logged([&] { EXPECT_EQ(Mail("<a@fail.example.com>"), Reaction::kReject); });
  EXPECT_EQ(mta_.reply.code, 550);
  EXPECT_EQ(mta_.reply.enhanced_code, "5.7.23");
  EXPECT_FALSE(connection_->has_transaction());
  EXPECT_THAT(log, HasSubstr("NOQUEUE: reject stage=mail"));
}

TEST_F(ConnectionTest, SpfAtRcptRefusesOneRecipientAndKeepsTheMessage) {
  config_.spf.at = Stage::kRcpt;
  Open();
  ASSERT_EQ(Mail("<a@fail.example.com>"), Reaction::kContinue);
  EXPECT_EQ(connection_->OnRcpt(mta_, "<user@local.example>"), Reaction::kReject);
  EXPECT_TRUE(connection_->has_transaction());
  EXPECT_EQ(connection_->OnRcpt(mta_, "<postmaster@local.example>"), Reaction::kContinue)
      << "postmaster@ is not refused";
}

TEST_F(ConnectionTest, EnvelopeStepsShareOneBudget) {
  config_.spf.at = Stage::kRcpt;
  config_.milter.mail_wait = std::chrono::seconds(1);
  Open();
  ASSERT_EQ(Mail("<a@slow.example.com>"), Reaction::kContinue);
  const auto start = SteadyClock::now();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(connection_->OnRcpt(mta_, "<user@local.example>"), Reaction::kContinue);
  }
  const auto waited = SteadyClock::now() - start;
  EXPECT_GE(waited, milliseconds(990));
  EXPECT_LT(waited, milliseconds(1900));
  EXPECT_THAT(mta_.calls, Not(Contains("progress"))) << "Sendmail would take it for the answer";
}

TEST_F(ConnectionTest, EndOfMessageWaitsItsBudgetAndReportsProgress) {
  config_.milter.eom_wait = std::chrono::seconds(4);
  Open();
  ASSERT_EQ(Mail("<a@slow.example.com>"), Reaction::kContinue);
  const auto start = SteadyClock::now();
  EXPECT_EQ(Finish(" hello"), Reaction::kContinue);
  const auto waited = SteadyClock::now() - start;
  EXPECT_GE(waited, milliseconds(3990));
  EXPECT_LT(waited, milliseconds(5500));
  EXPECT_EQ(std::count(mta_.calls.begin(), mta_.calls.end(), "progress"), 1);
}

TEST_F(ConnectionTest, AnMtaThatIsGoneGetsNoVerdict) {
  config_.milter.eom_wait = std::chrono::seconds(20);
  Open();
  ASSERT_EQ(Mail("<a@slow.example.com>"), Reaction::kContinue);
  mta_.accepts = false;
  const auto start = SteadyClock::now();
  const std::string log = Logged([&] { EXPECT_EQ(Finish(" hello"), Reaction::kTempFail); });
  EXPECT_LT(SteadyClock::now() - start, std::chrono::seconds(6));
  EXPECT_THAT(log, HasSubstr("MTA has gone"));
  EXPECT_THAT(log, Not(HasSubstr("accept")));
}

TEST_F(ConnectionTest, InternalFaultIsAnsweredAsConfigured) {
  Open();
  ASSERT_EQ(Mail("<a@pass.example.com>"), Reaction::kContinue);
  std::string log =
      Logged([&] { EXPECT_EQ(connection_->OnFault(mta_, "no\nmemory"), Reaction::kContinue); });
  EXPECT_THAT(log, HasSubstr("internal error: no\\x0amemory"));
  log = Logged([&] { EXPECT_EQ(Finish(" hello"), Reaction::kContinue); });
  EXPECT_THAT(log, HasSubstr("not_judged="));

  config_.on_error = config::OnError::kTempFail;
  Open();
  EXPECT_EQ(connection_->OnFault(mta_, "no memory"), Reaction::kContinue) << "no message yet";
  ASSERT_EQ(Mail("<a@pass.example.com>"), Reaction::kContinue);
  EXPECT_EQ(connection_->OnFault(mta_, "no memory"), Reaction::kTempFail);
  EXPECT_EQ(mta_.reply.code, 451);
  EXPECT_EQ(mta_.reply.enhanced_code, "4.3.0");
}

TEST_F(ConnectionTest, ClientAddressComesFromTheMacroWhereTheMtaGivesNone) {
  config_.mode = config::Mode::kMonitor;
  Open();
  mta_.macros["{client_addr}"] = "203.0.113.9";
  connection_->OnConnect(mta_, "unknown", {});
  const std::string log = Logged([&] {
    EXPECT_EQ(Mail("<a@pass.example.com>"), Reaction::kContinue);
    EXPECT_EQ(Finish(" hello"), Reaction::kContinue);
  });
  EXPECT_THAT(log, HasSubstr("[203.0.113.9]"));
}

TEST_F(ConnectionTest, LoginComesFromItsMacro) {
  Open();
  mta_.macros["{auth_authen}"] = "alice";
  const std::string log = Logged([&] {
    EXPECT_EQ(Mail("<a@fail.example.com>", {"SIZE=100", "smtputf8"}), Reaction::kContinue);
    EXPECT_EQ(Finish(" hello"), Reaction::kContinue);
  });
  EXPECT_THAT(log, HasSubstr("login=alice"));
}

TEST_F(ConnectionTest, EachOpenConnectionIsCounted) {
  EXPECT_EQ(sessions_.open(), 0U);
  Open();
  EXPECT_EQ(sessions_.open(), 1U);
  connection_.reset();
  EXPECT_EQ(sessions_.open(), 0U);
}

}  // namespace
}  // namespace assay::milter
