// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/transaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "lib/dns/zone_resolver.h"
#include "lib/mail/links.h"
#include "lib/mail/views.h"
#include "tests/support/temporary_folder.h"

namespace assay::engine {
namespace {

constexpr const char* kZone = R"(
good.example.com        TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.good.example.com TXT "v=DMARC1; p=reject"
soft.example.com        TXT "v=spf1 ~all"
trouble.example.com     SERVFAIL
slow.example.com        TIMEOUT
bank.example.org        A 192.0.2.20
_dmarc.bank.example.org TXT "v=DMARC1; p=quarantine"
)";

constexpr const char* kRules = R"(
rule NOTE {
  about "A word of the site"
  score 7
  when subject ~ /pay now/i
  hit  "Subject: Pay now\n\nx"
  miss "Subject: x\n\nx"
}
rule READS_THE_BODY {
  about "Makes the body worth keeping"
  score 0.1
  when body ~ /never in these messages/
  hit  "Subject: x\n\nnever in these messages"
  miss "Subject: x\n\nx"
}
)";

// A generation with rules of its own and a resolver on zone text, and one message through it.
class TransactionTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  TransactionTest() {
    config_.mode = config::Mode::kEnforce;
    config_.authserv_id = "mx.example.net";
    config_.identity.local_domains = {"example.net"};
    config_.rules.directory.clear();
    config_.rules.local = folder_.Path("local.rules");
    std::ofstream(config_.rules.local) << kRules;
    client_.ip = IpAddress::Parse("192.0.2.10");
    client_.name = "mx.good.example.com";
    client_.helo = "mx.good.example.com";
    client_.mta_name = "mx.example.net";
  }

  void Begin(const char* zone = kZone) {
    auto report = LoadGeneration(config_, {});
    ASSERT_TRUE(report.generation) << testing::PrintToString(report.messages);
    dns::ZoneOptions options;
    options.timeout = std::chrono::seconds(30);
    resolver_ = std::make_shared<dns::ZoneResolver>(*dns::Zone::Parse(zone, "zone"), options);
    shared_ = std::make_shared<Shared>(resolver_, memory_, 4);
    transaction_.emplace(report.generation, shared_, client_, WallTime(std::chrono::seconds(1)));
  }

  const policy::Verdict& Finish(const char* header_from, const char* subject = " hello") {
    transaction_->Field("From", header_from);
    transaction_->Field("Subject", subject);
    for (const auto& [name, value] : more_fields_) transaction_->Field(name, value);
    transaction_->EndFields();
    transaction_->Body(body_);
    transaction_->EndOfMessage();
    return transaction_->Conclude();
  }

  const policy::Verdict& Send(const char* mail_from, const char* header_from,
                              const char* subject = " hello") {
    transaction_->Mail({mail_from, login_, false});
    transaction_->Rcpt("<user@example.net>");
    return Finish(header_from, subject);
  }

  std::string Fact(facts::Id id) { return facts::Print(transaction_->facts().Get(id)); }

  std::string Inserted(std::string_view name) {
    for (const HeaderEdit& edit : transaction_->HeaderEdits()) {
      if (edit.kind == HeaderEdit::Kind::kInsert && edit.name == name) return edit.value;
    }
    return "absent";
  }

  config::Config config_;
  Client client_;
  std::string login_;
  std::size_t memory_ = 1 << 20;
  std::vector<std::pair<std::string, std::string>> more_fields_;
  std::string body_ = "text\r\n";
  std::shared_ptr<dns::ZoneResolver> resolver_;
  std::shared_ptr<Shared> shared_;
  std::optional<Transaction> transaction_;
};

TEST_F(TransactionTest, PassIsAcceptedWithResults) {
  Begin();
  const auto& verdict = Send("<a@good.example.com>", " A <a@good.example.com>");
  EXPECT_EQ(verdict.action, Action::kNone);
  EXPECT_EQ(Fact(facts::Id::kSpfMailFrom), "pass");
  EXPECT_EQ(Fact(facts::Id::kDmarc), "pass");
  EXPECT_EQ(Fact(facts::Id::kIdentityLocalClaim), "none");
  const std::string results = Inserted("Authentication-Results");
  EXPECT_THAT(results, testing::HasSubstr("mx.example.net;"));
  EXPECT_THAT(results, testing::HasSubstr("spf=pass"));
  EXPECT_THAT(results, testing::HasSubstr("dkim=none"));
  EXPECT_THAT(results, testing::HasSubstr("dmarc=pass"));
  EXPECT_EQ(Inserted("X-Spam-Flag"), " NO");
  // The last insertion at 0 is the topmost field (RFC 8601, 4.1).
  EXPECT_EQ(transaction_->HeaderEdits().back().name, "Authentication-Results");
}

TEST_F(TransactionTest, SpfFailIsRejectedWithReference) {
  client_.ip = IpAddress::Parse("198.51.100.1");
  Begin();
  const auto& verdict = Send("<a@good.example.com>", " A <a@good.example.com>");
  EXPECT_EQ(verdict.action, Action::kReject);
  EXPECT_EQ(verdict.reply.code, 550);
  EXPECT_EQ(verdict.reply.enhanced_code, "5.7.23");
  EXPECT_THAT(verdict.reply.text, testing::HasSubstr("[ref " + transaction_->ref() + "]"));
  EXPECT_TRUE(transaction_->HeaderEdits().empty());
}

TEST_F(TransactionTest, MonitorOnlyWritesDown) {
  config_.mode = config::Mode::kMonitor;
  client_.ip = IpAddress::Parse("198.51.100.1");
  more_fields_ = {{"X-Spam-Flag", " YES"}};
  Begin();
  const auto& verdict = Send("<a@good.example.com>", " A <a@good.example.com>");
  EXPECT_EQ(verdict.action, Action::kNone);
  EXPECT_EQ(verdict.would, Action::kReject);
  EXPECT_THAT(Inserted("X-Assay"), testing::HasSubstr("would=reject"));
  EXPECT_EQ(Inserted("X-Spam-Flag"), "absent");
  for (const HeaderEdit& edit : transaction_->HeaderEdits()) {
    EXPECT_NE(edit.name, "X-Spam-Flag") << "in monitor another filter's fields stay";
  }
}

TEST_F(TransactionTest, NullPathIsJudgedByHelo) {
  client_.helo = "good.example.com";
  Begin();
  EXPECT_EQ(Send("<>", " M <mailer-daemon@good.example.com>").action, Action::kNone);
  EXPECT_EQ(Fact(facts::Id::kMailFromNull), "yes");
  EXPECT_EQ(Fact(facts::Id::kSpfMailFrom), "pass");
  EXPECT_THAT(Inserted("Authentication-Results"), testing::HasSubstr("smtp.helo=good.example.com"));
}

TEST_F(TransactionTest, LocalDomainFromOutsideIsQuarantined) {
  Begin();
  const auto& verdict = Send("<boss@example.net>", " B <boss@example.net>");
  EXPECT_EQ(verdict.action, Action::kQuarantine);
  EXPECT_EQ(verdict.decided_by, "identity.local_claim");
  EXPECT_EQ(Fact(facts::Id::kIdentityLocalClaim), "unvouched");
}

TEST_F(TransactionTest, HeaderFromAloneAlsoClaims) {
  Begin();
  EXPECT_EQ(Send("<a@good.example.com>", " B <boss@example.net>").decided_by,
            "identity.local_claim");
}

TEST_F(TransactionTest, AFromThatNobodyCanReadStillClaims) {
  for (const char* from :
       {" \"J\xf6rg\" <boss@example.net>", " Boss <boss@example.net>>", " Boss <boss@example.net",
        " boss@example.net <a@good.example.com>", " ,boss@example.net;"}) {
    Begin();
    EXPECT_EQ(Send("<a@good.example.com>", from).decided_by, "identity.local_claim") << from;
  }
}

TEST_F(TransactionTest, PaddingDoesNotHideASecondFrom) {
  for (int i = 0; i < 1500; ++i) more_fields_.emplace_back("X-Padding", " x");
  more_fields_.emplace_back("From", " Boss <boss@example.net>");
  Begin();
  EXPECT_EQ(Send("<a@good.example.com>", " A <a@good.example.com>").decided_by,
            "identity.local_claim");
}

TEST_F(TransactionTest, TheMtasReadingOfAnAddressCounts) {
  Begin();
  transaction_->Mail({"<boss%example.net>", {}, false, "boss@example.net"});
  transaction_->Rcpt("<user(x)@example.net>", "user@example.net");
  EXPECT_EQ(Finish(" A <a@good.example.com>").decided_by, "identity.local_claim");
  EXPECT_EQ(Fact(facts::Id::kRcptToDomain), "example.net");
  Begin();
  transaction_->Mail({"<<nonsense", {}, false, ""});
  EXPECT_EQ(Fact(facts::Id::kMailFromNull), "no");
  Finish(" A <a@good.example.com>");
  EXPECT_EQ(Fact(facts::Id::kSpfMailFrom), "none") << "only <> is judged by HELO";
}

TEST_F(TransactionTest, AFloodOfForgedFieldsIsRefused) {
  for (int i = 0; i < 1200; ++i) more_fields_.emplace_back("X-Assay", " forged");
  Begin();
  EXPECT_EQ(Send("<a@good.example.com>", " A <a@good.example.com>").decided_by, "header");
}

// Two evaluations of records that ask for everything they may must not starve DMARC.
TEST_F(TransactionTest, ExpensiveSpfRecordsDoNotSwitchDmarcOff) {
  std::string zone =
      "bank.example.org A 192.0.2.20\n_dmarc.bank.example.org TXT \"v=DMARC1; p=quarantine\"\n";
  for (const char* name : {"m.example.com", "h.example.com"}) {
    zone += std::string(name) + " TXT \"v=spf1";
    for (int i = 0; i < 9; ++i) zone += " mx:" + std::to_string(i) + "." + name;
    zone += " -all\"\n";
    for (int i = 0; i < 9; ++i) {
      for (int host = 0; host < 10; ++host) {
        zone += std::to_string(i) + "." + name + " MX 10 h" + std::to_string(host) + "-" +
                std::to_string(i) + "." + name + "\n";
      }
    }
  }
  client_.helo = "h.example.com";
  Begin(zone.c_str());
  const auto& verdict = Send("<a@m.example.com>", " Bank <info@bank.example.org>");
  EXPECT_EQ(Fact(facts::Id::kDmarc), "fail");
  EXPECT_GE(verdict.action, Action::kQuarantine);
}

TEST_F(TransactionTest, SlowSpfAtMailLeavesDmarcItsTime) {
  config_.spf.at = Stage::kMail;
  Begin();
  transaction_->Mail({"<a@slow.example.com>", {}, false});
  EXPECT_TRUE(transaction_->Waiting(Stage::kMail));
  transaction_->GiveUp();
  EXPECT_FALSE(transaction_->Early(Stage::kMail));
  transaction_->Rcpt("<user@example.net>");
  EXPECT_EQ(Finish(" Bank <service@bank.example.org>").decided_by, "dmarc");
}

TEST_F(TransactionTest, AtMailWithATenantThatWatchesMeansAtRcpt) {
  config_.spf.at = Stage::kMail;
  config_.tenants.push_back({"watch", {"watched.example.net"}, config::Mode::kMonitor, {}, {}, {}});
  client_.ip = IpAddress::Parse("198.51.100.1");
  Begin();
  transaction_->Mail({"<a@good.example.com>", {}, false});
  EXPECT_FALSE(transaction_->Early(Stage::kMail));
  transaction_->Rcpt("<user@watched.example.net>");
  EXPECT_FALSE(transaction_->Early(Stage::kRcpt));
  transaction_->Rcpt("<user@example.net>");
  EXPECT_TRUE(transaction_->Early(Stage::kRcpt));
}

TEST_F(TransactionTest, LoggedInUsersAreNotJudgedAsInbound) {
  login_ = "carol";
  Begin();
  EXPECT_EQ(Send("<carol@example.net>", " C <carol@example.net>").action, Action::kNone);
  EXPECT_EQ(Fact(facts::Id::kProfile), "submission");
  EXPECT_EQ(Fact(facts::Id::kSpfMailFrom), "unknown");
  EXPECT_THAT(Inserted("Authentication-Results"), testing::HasSubstr("auth=pass"));
}

TEST_F(TransactionTest, TrustedNetworksDaemonsAndLocalMail) {
  config_.identity.submission_daemons = {"SUBMISSION"};
  client_.daemon_name = "SUBMISSION";
  Begin();
  Send("<carol@example.net>", " C <carol@example.net>");
  EXPECT_EQ(Fact(facts::Id::kProfile), "submission");

  client_.daemon_name.clear();
  client_.ip = IpAddress::Parse("127.0.0.1");
  Begin();
  Send("<carol@example.net>", " C <carol@example.net>");
  EXPECT_EQ(Fact(facts::Id::kProfile), "submission");

  client_.ip.reset();
  Begin();
  Send("<carol@example.net>", " C <carol@example.net>");
  EXPECT_EQ(Fact(facts::Id::kProfile), "local");
}

TEST_F(TransactionTest, DmarcFailFollowsThePublishedPolicy) {
  Begin();
  const auto& verdict = Send("<a@good.example.com>", " Bank <service@bank.example.org>");
  EXPECT_EQ(verdict.action, Action::kQuarantine);
  EXPECT_EQ(verdict.decided_by, "dmarc");
  EXPECT_EQ(Fact(facts::Id::kDmarcPolicy), "quarantine");
}

TEST_F(TransactionTest, DnsTroubleDefersWhereConfigured) {
  config_.spf.temperror = {Action::kTempFail};
  Begin();
  const auto& verdict = Send("<a@trouble.example.com>", " A <a@trouble.example.com>");
  EXPECT_EQ(verdict.action, Action::kTempFail);
  EXPECT_EQ(verdict.reply.code, 451);
  EXPECT_EQ(verdict.reply.enhanced_code, "4.4.3");
}

TEST_F(TransactionTest, WhatIsMissingAtTheDeadlineIsATimeOut) {
  Begin();
  transaction_->Mail({"<a@slow.example.com>", {}, false});
  transaction_->Rcpt("<user@example.net>");
  transaction_->Field("From", " A <a@slow.example.com>");
  transaction_->EndFields();
  transaction_->EndOfMessage();
  EXPECT_TRUE(transaction_->Waiting(Stage::kEndOfMessage));
  transaction_->Await(SteadyClock::now() + std::chrono::milliseconds(10));
  EXPECT_TRUE(transaction_->Waiting(Stage::kEndOfMessage));
  transaction_->GiveUp();
  EXPECT_FALSE(transaction_->Waiting(Stage::kEndOfMessage));
  EXPECT_EQ(transaction_->Conclude().action, Action::kNone) << "spf.temperror is none by default";
  EXPECT_EQ(Fact(facts::Id::kSpfMailFrom), "temperror");
  EXPECT_EQ(Fact(facts::Id::kLimitDeadline), "yes");
}

TEST_F(TransactionTest, ScoresReachThresholds) {
  Begin();
  const auto& verdict = Send("<a@good.example.com>", " A <a@good.example.com>", " Pay NOW");
  EXPECT_EQ(verdict.action, Action::kTag);
  EXPECT_EQ(verdict.decided_by, "score");
  EXPECT_EQ(transaction_->hits().score, 7);
  EXPECT_EQ(Inserted("X-Spam-Flag"), " YES");
}

TEST_F(TransactionTest, EarlyRefusalAtMail) {
  config_.spf.at = Stage::kMail;
  client_.ip = IpAddress::Parse("198.51.100.1");
  Begin();
  transaction_->Mail({"<a@good.example.com>", {}, false});
  EXPECT_FALSE(transaction_->Waiting(Stage::kMail));
  const auto early = transaction_->Early(Stage::kMail);
  ASSERT_TRUE(early);
  EXPECT_EQ(early->action, Action::kReject);
  EXPECT_EQ(early->stage, Stage::kMail);
  EXPECT_FALSE(transaction_->Early(Stage::kRcpt));
}

TEST_F(TransactionTest, AtEndOfMessageNothingIsRefusedEarly) {
  client_.ip = IpAddress::Parse("198.51.100.1");
  Begin();
  transaction_->Mail({"<a@good.example.com>", {}, false});
  EXPECT_FALSE(transaction_->Early(Stage::kMail));
  transaction_->Rcpt("<user@example.net>");
  EXPECT_FALSE(transaction_->Early(Stage::kRcpt));
}

TEST_F(TransactionTest, RcptRefusalSparesTenantsInMonitorAndRoleAddresses) {
  config_.spf.at = Stage::kRcpt;
  config_.tenants.push_back({"watch", {"watched.example.net"}, config::Mode::kMonitor, {}, {}, {}});
  client_.ip = IpAddress::Parse("198.51.100.1");
  Begin();
  transaction_->Mail({"<a@good.example.com>", {}, false});
  transaction_->Rcpt("<user@example.net>");
  EXPECT_TRUE(transaction_->Early(Stage::kRcpt));
  transaction_->RejectedRcpt();
  transaction_->Rcpt("<user@watched.example.net>");
  EXPECT_FALSE(transaction_->Early(Stage::kRcpt));
  transaction_->Rcpt("<Postmaster@example.net>");
  EXPECT_FALSE(transaction_->Early(Stage::kRcpt));
  EXPECT_EQ(transaction_->MakeRecord().rcpt_to.size(), 2U);
}

TEST_F(TransactionTest, SplitAsksForASeparateTransaction) {
  config_.conflict = config::Conflict::kSplit;
  config_.tenants.push_back({"strict", {"strict.example.net"}, {}, 1.0, 2.0, 3.0});
  Begin();
  transaction_->Mail({"<a@good.example.com>", {}, false});
  transaction_->Rcpt("<user@example.net>");
  EXPECT_FALSE(transaction_->Early(Stage::kRcpt));
  transaction_->Rcpt("<user@strict.example.net>");
  const auto early = transaction_->Early(Stage::kRcpt);
  ASSERT_TRUE(early);
  EXPECT_EQ(early->reply.code, 452);
  EXPECT_EQ(early->reply.enhanced_code, "4.5.3");
}

TEST_F(TransactionTest, ForgedResultsAreRemovedBeforeOursIsAdded) {
  more_fields_ = {{"Authentication-Results", " mx.example.net; spf=pass"},
                  {"Authentication-Results", " MX.example.NET; dkim=pass"}};
  Begin();
  Send("<a@good.example.com>", " A <a@good.example.com>");
  const auto edits = transaction_->HeaderEdits();
  ASSERT_GE(edits.size(), 3U);
  EXPECT_EQ(edits[0].kind, HeaderEdit::Kind::kDelete);
  EXPECT_EQ(edits[0].index, 2);
  EXPECT_EQ(edits[1].index, 1);
}

TEST_F(TransactionTest, WithoutMemoryTheMessageIsStillJudged) {
  memory_ = 3;
  client_.ip = IpAddress::Parse("198.51.100.1");
  Begin();
  EXPECT_EQ(Send("<a@good.example.com>", " A <a@good.example.com>").action, Action::kReject);
  EXPECT_EQ(Fact(facts::Id::kLimitMemory), "yes");
  EXPECT_THAT(transaction_->MakeRecord().limits, testing::Contains("limit.memory"));
}

std::string Repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string NestedParts(int depth) {
  std::string body;
  for (int i = 0; i < depth; ++i) {
    const std::string inner = std::to_string(i + 1);
    body += "--b" + (i == 0 ? std::string() : std::to_string(i)) +
            "\r\nContent-Type: multipart/mixed; boundary=b" + inner + "\r\n\r\n";
  }
  return body;
}

struct LimitCase {
  const char* limit;
  const char* condition;  // asks for the view that is cut
  const char* content_type;
  std::string body;
};
const LimitCase kViewLimits[] = {
    {"limit.mime_parts", R"(content_type ~ /never/)", "multipart/mixed; boundary=b",
     Repeated("--b\r\n\r\nx\r\n", mail::kMaxParts + 1) + "--b--\r\n"},
    {"limit.mime_depth", R"(mime.structure ~ /never/)", "multipart/mixed; boundary=b",
     NestedParts(mail::kMaxDepth + 5)},
    {"limit.text", R"(body ~ /never/)", "text/plain", Repeated("many words\r\n", 30000)},
    {"limit.links", R"(link.domain in ("never.example"))", "text/plain",
     Repeated("http://example.com/\r\n", mail::kMaxLinks + 1)},
    {"limit.archive", R"(archive.name ~ /never/)", "application/zip", "PK\x03\x04 and no more"},
};

TEST_F(TransactionTest, LimitsOfViewsAreNamedWhereARuleAsksForTheView) {
  for (const LimitCase& row : kViewLimits) {
    more_fields_ = {{"Content-Type", row.content_type}};
    body_ = row.body;
    for (const char* condition : {row.condition, "subject ~ /never/"}) {
      std::ofstream(config_.rules.local)
          << "rule R { about \"r\" score 1 when " << condition << " }\n";
      Begin();
      Send("<a@good.example.com>", " A <a@good.example.com>");
      if (condition == row.condition) {
        EXPECT_THAT(transaction_->MakeRecord().limits, testing::ElementsAre(row.limit));
      } else {
        EXPECT_THAT(transaction_->MakeRecord().limits, testing::IsEmpty()) << row.limit;
      }
    }
  }
}

TEST_F(TransactionTest, OwnFaultsFollowOnError) {
  config_.on_error = config::OnError::kTempFail;
  Begin();
  transaction_->Fault("out of everything");
  const auto& verdict = Send("<a@good.example.com>", " A <a@good.example.com>");
  EXPECT_EQ(verdict.action, Action::kTempFail);
  EXPECT_EQ(verdict.reply.enhanced_code, "4.3.0");

  config_.on_error = config::OnError::kAccept;
  Begin();
  transaction_->Fault("out of everything");
  EXPECT_EQ(Send("<a@good.example.com>", " A <a@good.example.com>").action, Action::kNone);
  EXPECT_THAT(Inserted("X-Assay"), testing::HasSubstr("not-fully-judged"));
}

// Monitor refuses nothing, whoever is at fault.
TEST_F(TransactionTest, OwnFaultsTempFailOnlyWhereEveryRecipientsPolicyEnforces) {
  config_.on_error = config::OnError::kTempFail;
  config_.tenants.push_back({"watch", {"watched.example.net"}, config::Mode::kMonitor, {}, {}, {}});
  struct Case {
    const char* name;
    config::Mode site;
    std::vector<const char*> rcpts;
    bool temp_fails;
  };
  const Case cases[] = {
      {"before any recipient", config::Mode::kEnforce, {}, true},
      {"the site enforces", config::Mode::kEnforce, {"<u@local.example>"}, true},
      {"a tenant in monitor", config::Mode::kEnforce, {"<u@watched.example.net>"}, false},
      {"one of each",
       config::Mode::kEnforce,
       {"<u@local.example>", "<u@watched.example.net>"},
       false},
      {"the site in monitor", config::Mode::kMonitor, {"<u@local.example>"}, false},
  };
  for (const Case& each : cases) {
    config_.mode = each.site;
    Begin();
    transaction_->Mail({"<a@good.example.com>", {}, false});
    for (const char* rcpt : each.rcpts) transaction_->Rcpt(rcpt);
    EXPECT_EQ(transaction_->FaultTempFails(), each.temp_fails) << each.name;
  }
}

TEST_F(TransactionTest, MayBeDroppedAtAnyPoint) {
  Begin();
  transaction_->Mail({"<a@slow.example.com>", {}, false});
  transaction_.reset();  // the time-out that is on its way finds no inbox
  Begin();
  transaction_.reset();
}

TEST(LoadGeneration, SaysWhatIsWrongWithARuleFile) {
  config::Config config;
  config.rules.directory.clear();
  const test::TemporaryFolder folder;
  config.rules.local = folder.Path("bad.rules");
  std::ofstream(config.rules.local)
      << "rule X {\n  about \"x\"\n  score 1\n  when subjekt ~ /x/\n}\n";
  const auto report = LoadGeneration(config, {});
  EXPECT_FALSE(report.generation);
  EXPECT_THAT(report.messages, testing::Contains(testing::AllOf(testing::HasSubstr("bad.rules:4:"),
                                                                testing::HasSubstr("error: "),
                                                                testing::HasSubstr("subject"))));
}

TEST(LoadGeneration, ARuleFileThatTheSiteNamedMustExist) {
  config::Config config;
  config.rules.directory.clear();
  config.rules.local = testing::TempDir() + "absent.rules";
  EXPECT_FALSE(LoadGeneration(config, {}).generation);
}

}  // namespace
}  // namespace assay::engine
