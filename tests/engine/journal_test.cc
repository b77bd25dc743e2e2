// SPDX-License-Identifier: Apache-2.0
// What a transaction hands to the journal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "lib/dns/zone_resolver.h"
#include "lib/engine/transaction.h"
#include "lib/journal/record_codec.h"
#include "lib/journal/sink.h"
#include "tests/support/temporary_folder.h"

namespace assay::engine {
namespace {

using config::Keep;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kJournalZone = R"(
good.example.com  TXT "v=spf1 ip4:192.0.2.0/24 -all"
fail.example.com  TXT "v=spf1 -all"
broken.example.com SERVFAIL
10.2.0.192.zen.example A 127.0.0.2
)";

constexpr const char* kJournalRules = R"(
rule SUBJECT {
  about "A word in the subject"
  score 2.5
  when subject ~ /secret\d+/ and not dmarc is pass
  hit  "Subject: secret1\n\nx"
  miss "Subject: x\n\nx"
}
rule BODY {
  about "A word in the body"
  score 1
  when body ~ /hidden\d+/
  hit  "Subject: x\n\nhidden1"
  miss "Subject: x\n\nx"
}
)";

class Kept final : public journal::Sink {
 public:
  void Add(const journal::Record& record) noexcept override { records.push_back(record); }
  void CountLost() noexcept override { ++lost; }
  std::vector<journal::Record> records;
  int lost = 0;
};

class JournalTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  JournalTest() {
    config_.mode = config::Mode::kEnforce;
    config_.identity.local_domains = {"example.net", "customer.example"};
    config_.rules.directory.clear();
    config_.rules.local = folder_.Path("local.rules");
    std::ofstream(config_.rules.local) << kJournalRules;
    client_.ip = IpAddress::Parse("192.0.2.10");
    client_.name = "mx.good.example.com";
    client_.helo = "mx.good.example.com";
  }

  void Begin() {
    auto report = LoadGeneration(config_, {.number = 7});
    ASSERT_TRUE(report.generation) << testing::PrintToString(report.messages);
    generation_ = report.generation;
    shared_ = std::make_shared<Shared>(
        std::make_shared<dns::ZoneResolver>(*dns::Zone::Parse(kJournalZone, "zone")), 1 << 20, 4);
    if (with_sink_) shared_->set_journal(&sink_);
    transaction_.emplace(generation_, shared_, client_, WallTime(std::chrono::seconds(1000)));
  }

  // The record of one message.
  journal::Record Send(const char* mail_from,
                       std::vector<const char*> rcpt_to = {"<user@example.net>"}) {
    Begin();
    transaction_->Mail({mail_from, {}, false});
    for (const char* rcpt : rcpt_to) transaction_->Rcpt(rcpt);
    transaction_->SetQueueId("4XyZ1w");
    transaction_->Field("From", " \"Display Name\" <a@good.example.com>");
    transaction_->Field("Subject", " secret42");
    transaction_->Field("Message-ID", " <1@good.example.com>");
    transaction_->EndFields();
    transaction_->Body("some hidden43 text\r\n");
    transaction_->EndOfMessage();
    (void)transaction_->Conclude();
    transaction_->WriteJournal(transaction_->MakeRecord());
    return sink_.records.empty() ? journal::Record() : sink_.records.back();
  }

  config::Config config_;
  Client client_;
  bool with_sink_ = true;
  Kept sink_;
  std::shared_ptr<const Generation> generation_;
  std::shared_ptr<Shared> shared_;
  std::optional<Transaction> transaction_;
};

TEST_F(JournalTest, HasWhatLedToTheVerdict) {
  const journal::Record record = Send("<a@good.example.com>");
  EXPECT_EQ(record.time, 1000);
  EXPECT_EQ(record.ref, transaction_->ref());
  EXPECT_EQ(record.queue_id, "4XyZ1w");
  EXPECT_EQ(record.message_id, "1@good.example.com");
  EXPECT_EQ(record.generation, 7U);
  EXPECT_EQ(record.fingerprint.size(), 16U);
  EXPECT_EQ(record.session.client_ip, "192.0.2.10");
  EXPECT_EQ(record.session.mail_from, "a@good.example.com");
  EXPECT_THAT(record.session.rcpt_to, ElementsAre("user@example.net"));
  const journal::Fact spf = {"spf.mail_from", std::string("pass")};
  EXPECT_THAT(record.facts, Contains(spf));
  ASSERT_EQ(record.hits.size(), 2U);
  EXPECT_EQ(record.hits[0].rule, "SUBJECT");
  EXPECT_EQ(record.hits[0].file, config_.rules.local);
  EXPECT_EQ(record.hits[0].line, 2U);
  EXPECT_EQ(record.hits[0].score, 2.5);
  EXPECT_EQ(record.score, 3.5);
  ASSERT_EQ(record.hits[0].reasons.size(), 2U);
  EXPECT_EQ(record.hits[0].reasons[1].condition, "not dmarc is pass");
  const journal::Asked dmarc = {"dmarc", "none"};
  EXPECT_THAT(record.hits[0].reasons[1].asked, ElementsAre(dmarc));
  const journal::DnsAnswer answer = {
      "good.example.com", "TXT", "NOERROR", 300, {"v=spf1 ip4:192.0.2.0/24 -all"}};
  EXPECT_THAT(record.dns, Contains(answer));
  EXPECT_THAT(record.dns, Contains(Field(&journal::DnsAnswer::status, "NXDOMAIN")));
  EXPECT_EQ(record.verdict.action, "none");
  EXPECT_EQ(record.verdict.mode, "enforce");
  EXPECT_EQ(record.verdict.stage, "eom");
  EXPECT_EQ(journal::Decode(journal::Encode(record)), record);
}

TEST_F(JournalTest, ARefusalHasItsReply) {
  const journal::Record record = Send("<a@fail.example.com>");
  EXPECT_EQ(record.verdict.action, "reject");
  EXPECT_EQ(record.verdict.decided_by, "spf");
  EXPECT_EQ(record.verdict.reply.code, 550U);
  EXPECT_THAT(record.verdict.reply.text, testing::HasSubstr("[ref " + record.ref + "]"));
  ASSERT_FALSE(record.findings.empty());
  EXPECT_EQ(record.findings[0].check, "spf");
  EXPECT_EQ(record.findings[0].action, "reject");
}

TEST_F(JournalTest, TemperrorIsAFactAndAnAnswer) {
  const journal::Record record = Send("<a@broken.example.com>");
  const journal::Fact spf = {"spf.mail_from", std::string("temperror")};
  EXPECT_THAT(record.facts, Contains(spf));
  EXPECT_THAT(record.dns, Contains(Field(&journal::DnsAnswer::status, "SERVFAIL")));
}

TEST_F(JournalTest, RefusedAtRcptItHasWhatWasKnownThen) {
  config_.spf.at = Stage::kRcpt;
  Begin();
  transaction_->Mail({"<a@fail.example.com>", {}, false});
  transaction_->Rcpt("<user@example.net>");
  const auto early = transaction_->Early(Stage::kRcpt);
  ASSERT_TRUE(early);
  Record record = transaction_->MakeRecord();
  record.verdict = *early;
  transaction_->WriteJournal(record);
  ASSERT_EQ(sink_.records.size(), 1U);
  const journal::Record& kept = sink_.records[0];
  EXPECT_EQ(kept.verdict.stage, "rcpt");
  EXPECT_EQ(kept.verdict.action, "reject");
  EXPECT_THAT(kept.hits, IsEmpty());
  const journal::Fact spf = {"spf.mail_from", std::string("fail")};
  EXPECT_THAT(kept.facts, Contains(spf));
}

// Rules in shadow, from another file, changed by the site, on lists of both kinds.
TEST_F(JournalTest, HitsSayWhereTheyComeFrom) {
  folder_.Write("more.rules",
                "list bad = \"good.example.com\"\n"
                "dnsbl zen zone \"zen.example\" { sbl 127.0.0.2 }\n"
                "rule LISTED { about \"l\" score 1 when mail_from.domain in @bad\n"
                "  hit with mail_from = \"a@good.example.com\", list bad = \"good.example.com\"\n"
                "  miss \"\\n\" }\n"
                "rule ON_ZEN { about \"z\" score 2 when dnsbl.zen is sbl\n"
                "  hit with dnsbl.zen = sbl miss \"\\n\" }\n"
                "rule TRIED { about \"t\" score 9 mode shadow when spf.mail_from is pass\n"
                "  hit with spf.mail_from = pass miss \"\\n\" }\n");
  folder_.Write("local.rules", "include \"more.rules\"\nadjust LISTED { score 0.5 }\n");
  const journal::Record record = Send("<a@good.example.com>");
  ASSERT_EQ(record.hits.size(), 2U);
  EXPECT_EQ(record.hits[0].rule, "LISTED");
  EXPECT_EQ(record.hits[0].file, folder_.Path("more.rules"));
  EXPECT_EQ(record.hits[0].line, 3U);
  EXPECT_EQ(record.hits[0].score, 0.5);
  EXPECT_THAT(record.hits[0].changes,
              ElementsAre(folder_.Path("local.rules") + ":2: score 0.5 instead of 1"));
  const journal::Span listed = {"mail_from.domain", "good.example.com"};
  EXPECT_THAT(record.hits[0].matches, ElementsAre(listed));
  EXPECT_EQ(record.hits[1].rule, "ON_ZEN");
  const journal::Asked said = {"dnsbl.zen", "192.0.2.10: sbl"};
  ASSERT_EQ(record.hits[1].reasons.size(), 1U);
  EXPECT_THAT(record.hits[1].reasons[0].asked, ElementsAre(said));
  EXPECT_EQ(record.hits[1].matches.size(), 1U);
  const journal::ListAnswer zen = {"dnsbl.zen", "192.0.2.10", "sbl"};
  EXPECT_THAT(record.lists, ElementsAre(zen));
  EXPECT_THAT(record.dns, Contains(Field(&journal::DnsAnswer::name, "10.2.0.192.zen.example")));
  EXPECT_EQ(record.score, 2.5);
  ASSERT_EQ(record.shadow.size(), 1U);
  EXPECT_EQ(record.shadow[0].rule, "TRIED");
  EXPECT_EQ(record.shadow[0].score, 9);
  EXPECT_EQ(record.shadow[0].reasons.size(), 1U);
  EXPECT_EQ(journal::Decode(journal::Encode(record)), record);
}

// Everything of a record in one text.
std::string All(const journal::Record& record) { return journal::Encode(record); }

struct KeepCase {
  const char* name;
  Keep keep;
  bool subject, display_name, body;
};

constexpr KeepCase kKeeps[] = {
    {"rules", Keep::kRules, false, false, false},
    {"headers", Keep::kHeaders, true, true, false},
    {"text", Keep::kText, true, true, true},
};

TEST_F(JournalTest, KeepsNoMoreOfTheMessageThanItMay) {
  for (const KeepCase& test : kKeeps) {
    config_.journal.keep = test.keep;
    const std::string all = All(Send("<a@good.example.com>"));
    EXPECT_EQ(all.find("secret42") != std::string::npos, test.subject) << test.name;
    EXPECT_EQ(all.find("Display Name") != std::string::npos, test.display_name) << test.name;
    EXPECT_EQ(all.find("hidden43") != std::string::npos, test.body) << test.name;
    EXPECT_NE(all.find("body ~ /hidden"), std::string::npos) << "conditions are no text of it";
  }
}

TEST_F(JournalTest, ThresholdsSayWhereTheyComeFrom) {
  config_.score.quarantine = 8;
  config_.tenants.push_back({"customer", {"customer.example"}, {}, 4, {}, 12});
  const auto record = Send("<a@good.example.com>", {"<u@customer.example>", "<u@example.net>"});
  ASSERT_EQ(record.policies.size(), 2U);
  const journal::Policy customer = {
      "customer", "enforce", {4, "tenant"}, {8, "site"}, {12, "tenant"}};
  EXPECT_EQ(record.policies[0], customer);
  const journal::Policy site = {"site", "enforce", {5, "default"}, {8, "site"}, {{}, "default"}};
  EXPECT_EQ(record.policies[1], site);
}

TEST_F(JournalTest, FingerprintFollowsConfigurationRulesAndNothingElse) {
  const std::string first = Send("<a@good.example.com>").fingerprint;
  EXPECT_EQ(Send("<a@good.example.com>").fingerprint, first);
  config_.score.tag = 6;
  const std::string other_config = Send("<a@good.example.com>").fingerprint;
  EXPECT_NE(other_config, first);
  std::ofstream(config_.rules.local, std::ios::app) << "# a comment\n";
  EXPECT_NE(Send("<a@good.example.com>").fingerprint, other_config);
}

TEST_F(JournalTest, WithoutAJournalNobodyExplains) {
  with_sink_ = false;
  (void)Send("<a@good.example.com>");
  EXPECT_THAT(sink_.records, IsEmpty());
  ASSERT_FALSE(transaction_->hits().hits.empty());
  EXPECT_THAT(transaction_->hits().hits[0].reasons, IsEmpty());
}

TEST_F(JournalTest, ARecordIsSmallWhateverTheSenderDoes) {
  Begin();
  const std::string local(200, 'x');
  transaction_->Mail({"<" + local + "@good.example.com>", {}, false});
  for (int i = 0; i < 3000; ++i) {
    transaction_->Rcpt("<" + local + std::to_string(i) + "@example.net>");
  }
  transaction_->Field("Message-ID", " <" + std::string(50'000, 'm') + ">");
  for (int i = 0; i < 500; ++i) transaction_->Field("Reply-To", " <" + local + "@example.com>");
  transaction_->EndFields();
  transaction_->EndOfMessage();
  (void)transaction_->Conclude();
  transaction_->WriteJournal(transaction_->MakeRecord());
  ASSERT_EQ(sink_.records.size(), 1U);
  EXPECT_EQ(sink_.records[0].session.rcpt_count, 3000U);
  EXPECT_LT(journal::Encode(sink_.records[0]).size(), 100'000U);
}

}  // namespace
}  // namespace assay::engine
