// SPDX-License-Identifier: Apache-2.0
// What SPF's results lead to: actions and scores, excused HELO names, clients behind trusted
// relays, Received-SPF, explanations in replies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "lib/dns/zone_resolver.h"
#include "lib/engine/transaction.h"

namespace assay::engine {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kZone = R"(
good.example.com         TXT "v=spf1 ip4:192.0.2.0/28 -all"
_dmarc.good.example.com  TXT "v=DMARC1; p=reject"
soft.example.com         TXT "v=spf1 ~all"
neutral.example.com      TXT "v=spf1 ?all"
broken.example.com       TXT "v=spf1 oops"
trouble.example.com      SERVFAIL
why.example.com          TXT "v=spf1 -all exp=e.example.com"
e.example.com            TXT "100%% \"no\": <%{s}> \\ ask http://example.com/%{i}"
helo.example.com         TXT "v=spf1 -all exp=h.example.com"
h.example.com            TXT "you are %{h}"
long.example.com         TXT "v=spf1 -all exp=l.example.com"
l.example.com            TXT "%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}"
mx.forwarder.example.org TXT "v=spf1 ip4:198.51.100.1 -all"
)";

class SpfActions : public testing::Test {
 protected:
  SpfActions() {
    config_.mode = config::Mode::kEnforce;
    config_.authserv_id = "mx.example.net";
    config_.identity.local_domains = {"example.net"};
    config_.rules.directory.clear();
    config_.rules.local.clear();
    config_.score = {2, 4, 6.5, false};
    client_.ip = IpAddress::Parse("198.51.100.1");
    client_.name = "host.example.org";
    client_.helo = "helo.example.org";
    client_.mta_name = "mx.example.net";
  }

  void Begin() {
    auto report = LoadGeneration(config_, {});
    ASSERT_TRUE(report.generation) << testing::PrintToString(report.messages);
    shared_ = std::make_shared<Shared>(
        std::make_shared<dns::ZoneResolver>(*dns::Zone::Parse(kZone, "zone")), 1 << 20, 4);
    transaction_.emplace(report.generation, shared_, client_, WallTime(std::chrono::seconds(1)));
  }

  policy::Verdict Send(const std::string& mail_from) {
    Begin();
    transaction_->Mail({"<" + mail_from + ">", login_, false});
    transaction_->Rcpt("<user@example.net>");
    early_ = transaction_->Early(Stage::kMail);
    for (const std::string& value : received_) transaction_->Field("Received", value);
    transaction_->Field("From", " <a@author.example.com>");
    transaction_->EndFields();
    transaction_->Body("text\r\n");
    transaction_->EndOfMessage();
    EXPECT_FALSE(transaction_->Waiting(Stage::kEndOfMessage));
    return transaction_->Conclude();
  }

  std::string Fact(facts::Id id) { return facts::Print(transaction_->facts().Get(id)); }

  std::vector<std::string> Inserted(std::string_view name) {
    std::vector<std::string> values;
    for (const HeaderEdit& edit : transaction_->HeaderEdits()) {
      if (edit.kind == HeaderEdit::Kind::kInsert && edit.name == name) values.push_back(edit.value);
    }
    return values;
  }

  config::Config config_;
  Client client_;
  std::string login_;
  std::vector<std::string> received_;
  std::shared_ptr<Shared> shared_;
  std::optional<policy::Verdict> early_;
  std::optional<Transaction> transaction_;
};

constexpr config::CheckAction kReject = {Action::kReject};
constexpr config::CheckAction kTwo = {Action::kNone, 2};

TEST_F(SpfActions, EachResultHasItsOwn) {
  struct Row {
    const char* mail_from;
    config::CheckAction config::SpfConfig::*key;
    const char* score_name;
  };
  const Row rows[] = {
      {"a@good.example.com", &config::SpfConfig::fail, "spf.fail"},
      {"a@soft.example.com", &config::SpfConfig::softfail, "spf.softfail"},
      {"a@neutral.example.com", &config::SpfConfig::neutral, "spf.neutral"},
      {"a@nothing.example.com", &config::SpfConfig::none, "spf.none"},
      {"a@trouble.example.com", &config::SpfConfig::temperror, "spf.temperror"},
      {"a@broken.example.com", &config::SpfConfig::permerror, "spf.permerror"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.score_name);
    config_.spf = {};
    for (const Row& other : rows) config_.spf.*other.key = {};
    EXPECT_EQ(Send(row.mail_from).action, Action::kNone);
    config_.spf.*row.key = kReject;
    EXPECT_EQ(Send(row.mail_from).action, Action::kReject);
    config_.spf.*row.key = kTwo;
    const policy::Verdict verdict = Send(row.mail_from);
    EXPECT_EQ(verdict.action, Action::kTag);
    EXPECT_EQ(verdict.decided_by, "score");
    EXPECT_EQ(verdict.score, 2);
    const Record record = transaction_->MakeRecord();
    EXPECT_THAT(record.rules, testing::ElementsAre(row.score_name));
    EXPECT_THAT(record.checks, testing::Contains("spf=score(2)"));
    EXPECT_THAT(Inserted("X-Spam-Status").front(), HasSubstr(row.score_name));
  }
}

TEST_F(SpfActions, AScoreFollowsTheModeOfTheCheck) {
  config_.spf.softfail = {Action::kNone, 7};
  EXPECT_EQ(Send("a@soft.example.com").action, Action::kReject);
  config_.spf.mode = config::Mode::kMonitor;
  const policy::Verdict watched = Send("a@soft.example.com");
  EXPECT_EQ(watched.action, Action::kNone);
  EXPECT_EQ(watched.would, Action::kReject);
  EXPECT_EQ(watched.score, 7);
}

TEST_F(SpfActions, AScoreAloneIsNothingToRefuseEarly) {
  config_.spf.at = Stage::kMail;
  config_.spf.fail = {Action::kNone, 9};
  EXPECT_EQ(Send("a@good.example.com").action, Action::kReject);
  EXPECT_FALSE(early_);
}

// Anybody can say any name at HELO.
TEST_F(SpfActions, SkippedHeloNamesHaveToBeProved) {
  config_.spf.skip_helo = {".forwarder.example.org", "helo.example.org"};
  EXPECT_EQ(Send("a@good.example.com").action, Action::kReject) << "neither SPF nor the name";
  client_.name = "HELO.example.org";
  EXPECT_EQ(Send("a@good.example.com").action, Action::kNone) << "the verified name is the same";
  client_.helo = "mx.forwarder.example.org";
  client_.name = "[198.51.100.1]";
  EXPECT_EQ(Send("a@good.example.com").action, Action::kNone) << "SPF passes for it";
  EXPECT_EQ(Fact(facts::Id::kSpfHelo), "pass");
  EXPECT_EQ(Fact(facts::Id::kSpfMailFrom), "fail") << "the result is still said";
  client_.ip = IpAddress::Parse("198.51.100.2");
  EXPECT_EQ(Send("a@good.example.com").action, Action::kReject) << "SPF fails for it";
  config_.spf.skip_helo.clear();
  client_.ip = IpAddress::Parse("198.51.100.1");
  EXPECT_EQ(Send("a@good.example.com").action, Action::kReject) << "not listed";
}

TEST_F(SpfActions, SkippedHeloNamesCountEarlyToo) {
  config_.spf.at = Stage::kMail;
  config_.spf.skip_helo = {"mx.forwarder.example.org"};
  client_.helo = "mx.forwarder.example.org";
  Send("a@good.example.com");
  EXPECT_FALSE(early_);
  client_.ip = IpAddress::Parse("198.51.100.2");
  Send("a@good.example.com");
  EXPECT_TRUE(early_);
}

TEST_F(SpfActions, NetworksAndLoginsAreNotChecked) {
  config_.spf.skip_networks = {*IpNetwork::Parse("198.51.100.0/24")};
  EXPECT_EQ(Send("a@good.example.com").action, Action::kNone);
  EXPECT_EQ(Fact(facts::Id::kSpfMailFrom), "unknown");
  config_.spf.skip_networks.clear();
  login_ = "carol";
  EXPECT_EQ(Send("a@good.example.com").action, Action::kNone);
  EXPECT_EQ(Fact(facts::Id::kSpfMailFrom), "unknown");
}

class TrustedRelays : public SpfActions {
 protected:
  TrustedRelays() {
    config_.client.trusted_relays = {*IpNetwork::Parse("198.51.100.0/28")};
    config_.spf.at = Stage::kMail;
  }
  static std::string From(const std::string& client) {
    return " from helo.example.com (name.example.com [" + client +
           "])\n\tby relay.example.net (Postfix) with ESMTP id 1";
  }
};

TEST_F(TrustedRelays, TheClientIsTheOneThatTheRelayNames) {
  received_ = {From("192.0.2.1"), From("203.0.113.9")};
  EXPECT_EQ(Send("a@good.example.com").action, Action::kNone);
  EXPECT_FALSE(early_);
  EXPECT_EQ(Fact(facts::Id::kSpfMailFrom), "pass");
  EXPECT_EQ(Fact(facts::Id::kClientSource), "received");
  EXPECT_EQ(Fact(facts::Id::kClientIp), "192.0.2.1");
  EXPECT_EQ(Fact(facts::Id::kClientName), "name.example.com");
  EXPECT_EQ(Fact(facts::Id::kHelo), "helo.example.com");
  const std::string line = FormatText(transaction_->MakeRecord());
  EXPECT_THAT(line, HasSubstr("client=host.example.org[198.51.100.1] origin=192.0.2.1 "));
  EXPECT_THAT(Inserted("Authentication-Results").front(), HasSubstr("spf=pass"));
}

// The hostile field below claims an address that would pass.
TEST_F(TrustedRelays, FieldsBelowTheFirstClientOutsideAreNotRead) {
  received_ = {From("203.0.113.9"), From("198.51.100.2"), From("192.0.2.1")};
  EXPECT_EQ(Send("a@good.example.com").action, Action::kReject);
  EXPECT_EQ(Fact(facts::Id::kSpfMailFrom), "fail");
  EXPECT_EQ(Fact(facts::Id::kClientIp), "203.0.113.9");
}

TEST_F(TrustedRelays, OthersCannotPassForOne) {
  client_.ip = IpAddress::Parse("203.0.113.9");
  config_.spf.at = Stage::kEndOfMessage;
  received_ = {From("192.0.2.1")};
  EXPECT_EQ(Send("a@good.example.com").action, Action::kReject);
  EXPECT_EQ(Fact(facts::Id::kClientSource), "connection");
  EXPECT_THAT(FormatText(transaction_->MakeRecord()), HasSubstr(" origin=- "));
}

TEST_F(TrustedRelays, WhatCannotBeKnownIsSaidAndNotJudged) {
  for (const char* top : {" by relay.example.net (Postfix, from userid 0) id 1", " from nonsense",
                          " from h.example (n.example [198.51.100.2]) by x.example"}) {
    received_ = {top};
    EXPECT_EQ(Send("a@good.example.com").action, Action::kNone) << top;
    EXPECT_EQ(Fact(facts::Id::kClientSource), "unknown");
    EXPECT_EQ(Fact(facts::Id::kClientIp), "unknown");
    EXPECT_EQ(Fact(facts::Id::kHelo), "unknown");
    EXPECT_EQ(Fact(facts::Id::kSpfMailFrom), "unknown");
    EXPECT_THAT(FormatText(transaction_->MakeRecord()), HasSubstr(" origin=unknown "));
    EXPECT_THAT(Inserted("Authentication-Results").front(), Not(HasSubstr("spf=")));
  }
}

// An SPF pass could have made it a pass.
TEST_F(TrustedRelays, DmarcDoesNotFailForTheRelaysSilence) {
  for (const bool known : {false, true}) {
    received_.clear();
    if (known) received_ = {From("203.0.113.9")};
    config_.spf.fail = {};
    Begin();
    transaction_->Mail({"<a@good.example.com>", {}, false});
    transaction_->Rcpt("<user@example.net>");
    for (const std::string& value : received_) transaction_->Field("Received", value);
    transaction_->Field("From", " <a@good.example.com>");
    transaction_->EndFields();
    transaction_->EndOfMessage();
    const policy::Verdict& verdict = transaction_->Conclude();
    EXPECT_EQ(Fact(facts::Id::kDmarc), known ? "fail" : "temperror");
    EXPECT_EQ(verdict.action, known ? Action::kQuarantine : Action::kNone);
  }
}

TEST_F(TrustedRelays, ATrustedNetworkGoesFirst) {
  config_.identity.trusted_networks = {*IpNetwork::Parse("198.51.100.1")};
  received_ = {From("203.0.113.9")};
  EXPECT_EQ(Send("a@good.example.com").action, Action::kNone);
  EXPECT_EQ(Fact(facts::Id::kProfile), "submission");
  EXPECT_EQ(Fact(facts::Id::kClientIp), "198.51.100.1");
}

TEST_F(SpfActions, ReceivedSpfOnRequest) {
  Send("a@soft.example.com");
  EXPECT_TRUE(Inserted("Received-SPF").empty());
  config_.spf.received_spf = true;
  client_.helo = "mx.forwarder.example.org";
  Send("a@soft.example.com");
  const auto fields = Inserted("Received-SPF");
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_THAT(fields[0], HasSubstr(" pass\n\treceiver=mx.example.net;\n\tclient-ip=198.51.100.1;"));
  EXPECT_THAT(fields[0], HasSubstr("identity=helo"));
  EXPECT_THAT(fields[1], HasSubstr(" softfail\n\t"));
  EXPECT_THAT(fields[1], HasSubstr("identity=mailfrom;\n\tmechanism=~all"));
  // Ours are inserted at the top; nothing that came with the message is touched.
  for (const HeaderEdit& edit : transaction_->HeaderEdits()) {
    EXPECT_EQ(edit.kind, HeaderEdit::Kind::kInsert);
    EXPECT_EQ(edit.index, 0);
  }
  EXPECT_EQ(transaction_->HeaderEdits().back().name, "Authentication-Results");
}

TEST_F(SpfActions, ExplanationsAreEscapedIntoTheReply) {
  const policy::Verdict verdict = Send("a@why.example.com");
  EXPECT_EQ(verdict.reply.enhanced_code, "5.7.23");
  // The milter edge doubles the percent sign (tests/milter/apply_test.cc).
  EXPECT_THAT(verdict.reply.text,
              HasSubstr(": 100% \\x22no\\x22: \\x3ca@why.example.com\\x3e \\x5c ask "
                        "http://example.com/198.51.100.1 [ref "));
}

TEST_F(SpfActions, ExplanationsAreCutInTheReply) {
  const policy::Verdict verdict = Send(std::string(60, 'x') + "@long.example.com");
  EXPECT_THAT(verdict.reply.text, HasSubstr("xxx..."));
  EXPECT_THAT(verdict.reply.text, HasSubstr(" [ref "));
  EXPECT_LT(verdict.reply.text.size(), 450U);
}

TEST_F(SpfActions, ExplanationsWithOtherThanPrintableAsciiAreDropped) {
  for (const char* helo : {"a\x01.example.org", "\xc3\xbc\xff.example.org", "a\r\nX: y"}) {
    client_.helo = helo;
    const policy::Verdict verdict = Send("a@helo.example.com");
    EXPECT_EQ(verdict.action, Action::kReject);
    EXPECT_THAT(verdict.reply.text, Not(HasSubstr("you are")));
    for (const char c : verdict.reply.text) EXPECT_TRUE(c >= ' ' && c <= '~');
  }
  client_.helo = "a.example.org";
  EXPECT_THAT(Send("a@helo.example.com").reply.text, HasSubstr("you are a.example.org [ref"));
}

}  // namespace
}  // namespace assay::engine
