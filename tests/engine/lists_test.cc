// SPDX-License-Identifier: Apache-2.0
// DNS lists in a whole transaction: which addresses and names reach them, and when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "lib/dns/zone_resolver.h"
#include "lib/engine/transaction.h"
#include "tests/support/temporary_folder.h"

namespace assay::engine {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kRules = R"(
dnsbl ip  zone "ip.example" { sbl 127.0.0.2 pbl 127.0.0.10 }
dnsbl hop zone "hop.example" ask received { bad 127.0.0.2 }
uribl env zone "env.example"
  ask mail_from.domain, header_from.domain, reply_to.domain, helo, client.name, dkim.domain
  { spam 127.0.1.2 }
uribl url zone "url.example" { phish 127.0.1.4 }
uribl hst zone "hst.example" by host { phish 127.0.1.4 }
list uribl_skip = "skipped.example.com"
rule IP  { about "ip"  score 1 when dnsbl.ip is sbl  hit with dnsbl.ip = sbl     miss "\nx" }
rule HOP { about "hop" score 2 when dnsbl.hop        hit with dnsbl.hop = bad    miss "\nx" }
rule ENV { about "env" score 3 when uribl.env        hit with uribl.env = spam   miss "\nx" }
rule URL { about "url" score 5 when uribl.url        hit with uribl.url = phish  miss "\nx" }
rule HST { about "hst" score 6 when uribl.hst        hit with uribl.hst = phish  miss "\nx" }
rule NOURL { about "-" when not uribl.url            miss with uribl.url = phish hit "\nx" }
rule NOT { about "not" score 4 when not dnsbl.ip     miss with dnsbl.ip = sbl    hit "\nx" }
)";

constexpr const char* kZone = R"(
1.2.0.192.ip.example       A 127.0.0.2
2.2.0.192.ip.example       A 127.255.255.254
3.2.0.192.ip.example       SERVFAIL
4.2.0.192.ip.example       TIMEOUT
7.100.51.198.hop.example   A 127.0.0.2
spam-one.test.env.example  A 127.0.1.2
phish.test.url.example     A 127.0.1.4
www.phish.test.hst.example A 127.0.1.4
shop.co.uk.url.example     A 127.0.1.4
)";

class ListsTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  ListsTest() {
    config_.identity.local_domains = {".ours.example"};
    config_.rules.directory.clear();
    config_.rules.local = folder_.Path("local.rules");
    std::ofstream(config_.rules.local) << kRules;
    client_.ip = IpAddress::Parse("192.0.2.99");
    client_.helo = "mx.sender.test";
    client_.mta_name = "mx.ours.example";
  }

  // The list of skipped domains stands in a file of its own.
  void SkipFromFile(const char* entries) {
    std::string rules = kRules;
    const std::string inline_list = "list uribl_skip = \"skipped.example.com\"";
    rules.replace(rules.find(inline_list), inline_list.size(), "list uribl_skip from \"skip.txt\"");
    std::ofstream(config_.rules.local) << rules;
    std::ofstream(folder_.Path("skip.txt")) << entries;
  }

  void Begin(const char* client_ip) {
    client_.ip = IpAddress::Parse(client_ip);
    auto report = LoadGeneration(config_, {});
    ASSERT_TRUE(report.generation) << testing::PrintToString(report.messages);
    generation_ = report.generation;
    dns::ZoneOptions options;
    options.timeout = std::chrono::seconds(30);
    options.record = true;
    resolver_ = std::make_shared<dns::ZoneResolver>(*dns::Zone::Parse(kZone, "zone"), options);
    if (!shared_) shared_ = std::make_shared<Shared>(resolver_, memory_, 4);
    transaction_.emplace(generation_, shared_, client_, WallTime(std::chrono::seconds(1)));
  }

  void Send(const char* client_ip, const char* mail_from = "<a@sender.test>",
            const char* header_from = " a@sender.test") {
    Begin(client_ip);
    transaction_->Mail({mail_from, login_, false});
    transaction_->Rcpt("<user@ours.example>");
    transaction_->Field("From", header_from);
    for (const auto& [name, value] : fields_) transaction_->Field(name, value);
    transaction_->EndFields();
    transaction_->Body(body_);
    transaction_->EndOfMessage();
    if (transaction_->Waiting(Stage::kEndOfMessage)) transaction_->GiveUp();
    (void)transaction_->Conclude();
  }

  std::string Rules() {
    std::string names;
    for (const rules::Hit& hit : transaction_->hits().hits) {
      names.append(names.empty() ? "" : " ").append(hit.rule->name);
    }
    return names;
  }
  std::vector<std::string> Lists() { return transaction_->MakeRecord().lists; }
  // Questions to lists.
  std::vector<std::string> Asked() {
    std::vector<std::string> names;
    for (const dns::Question& question : resolver_->asked()) {
      if (question.type != dns::RrType::kA) continue;
      for (const char* zone :
           {".ip.example", ".hop.example", ".env.example", ".url.example", ".hst.example"}) {
        if (question.name.ends_with(zone)) names.push_back(question.name);
      }
    }
    return names;
  }

  config::Config config_;
  Client client_;
  std::string login_;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::string body_ = "text\r\n";
  std::size_t memory_ = 1 << 20;
  std::shared_ptr<const Generation> generation_;
  std::shared_ptr<dns::ZoneResolver> resolver_;
  std::shared_ptr<Shared> shared_;
  std::optional<Transaction> transaction_;
};

TEST_F(ListsTest, NothingListed) {
  Send("192.0.2.99");
  EXPECT_EQ(Rules(), "NOURL NOT");
  EXPECT_THAT(Lists(), IsEmpty());
  EXPECT_THAT(Asked(), ElementsAre("99.2.0.192.ip.example", "sender.test.env.example"));
}

TEST_F(ListsTest, TheClientIsAskedAtMail) {
  Begin("192.0.2.1");
  transaction_->Mail({"<a@sender.test>", {}, false});
  EXPECT_THAT(Asked(), Contains("1.2.0.192.ip.example"));
}

TEST_F(ListsTest, AListedClient) {
  Send("192.0.2.1");
  EXPECT_EQ(Rules(), "IP NOURL");
  EXPECT_THAT(Lists(), ElementsAre("ip:sbl"));
  EXPECT_THAT(FormatText(transaction_->MakeRecord()), HasSubstr(" limits=- lists=ip:sbl by="));
  EXPECT_THAT(FormatJson(transaction_->MakeRecord()), HasSubstr(R"("lists":["ip:sbl"])"));
  ASSERT_EQ(transaction_->list_results().size(), 5U);
  EXPECT_EQ(transaction_->list_results()[0].findings[0].asked, "192.0.2.1");
}

TEST_F(ListsTest, BlockedIsNoHitAndSwitchesOff) {
  Send("192.0.2.2");
  EXPECT_EQ(Rules(), "NOURL");
  EXPECT_THAT(Lists(), ElementsAre("ip:unknown"));
  Send("192.0.2.1");
  EXPECT_EQ(Rules(), "NOURL");
  EXPECT_THAT(Lists(), ElementsAre("ip:off"));
}

TEST_F(ListsTest, TemporaryErrorsAreUnknown) {
  Send("192.0.2.3");
  EXPECT_EQ(Rules(), "NOURL");
  EXPECT_THAT(Lists(), ElementsAre("ip:unknown"));
}

TEST_F(ListsTest, TheDeadlineIsUnknownAndAFact) {
  Send("192.0.2.4");
  EXPECT_EQ(Rules(), "NOURL");
  EXPECT_THAT(Lists(), ElementsAre("ip:unknown"));
  EXPECT_EQ(facts::Print(transaction_->facts().Get(facts::Id::kLimitDeadline)), "yes");
}

TEST_F(ListsTest, LoggedInUsersAndLocalMailAreNotAsked) {
  login_ = "ann";
  Send("192.0.2.1");
  EXPECT_EQ(Rules(), "");
  EXPECT_THAT(Lists(), IsEmpty());
  EXPECT_THAT(Asked(), IsEmpty());
  login_.clear();
  Send("127.0.0.1");
  EXPECT_THAT(Asked(), IsEmpty());
}

TEST_F(ListsTest, NamesOfTheEnvelopeAndTheHeader) {
  for (const char* which : {"mail_from", "header_from", "reply_to", "helo", "client_name"}) {
    const std::string what = which;
    client_.helo = what == "helo" ? "MX.Spam-One.Test" : "mx.sender.test";
    client_.name = what == "client_name" ? "host.spam-one.test" : "[192.0.2.99]";
    fields_.clear();
    if (what == "reply_to") fields_.emplace_back("Reply-To", " x@www.spam-one.test");
    Send("192.0.2.99", what == "mail_from" ? "<a@spam-one.test>" : "<a@sender.test>",
         what == "header_from" ? " a@spam-one.test" : " a@sender.test");
    EXPECT_EQ(Rules(), "ENV NOURL NOT") << which;
    EXPECT_THAT(Lists(), ElementsAre("env:spam")) << which;
  }
}

TEST_F(ListsTest, EveryAuthorIsAskedAbout) {
  Send("192.0.2.99", "<a@sender.test>", " a@one.test, b@two.test");
  EXPECT_THAT(Asked(), Contains("one.test.env.example"));
  EXPECT_THAT(Asked(), Contains("two.test.env.example"));
}

TEST_F(ListsTest, OwnAndSkippedDomainsAreNot) {
  client_.helo = "host.ours.example";
  Send("192.0.2.99", "<a@skipped.example.com>", " a@www.ours.example");
  EXPECT_THAT(Asked(), Not(Contains(HasSubstr("ours"))));
  EXPECT_THAT(Asked(), Contains("example.com.env.example")) << "an entry is not its parent";
}

TEST_F(ListsTest, ReceivedHopsOnRequest) {
  fields_ = {{"Received", " from a (b [192.168.1.1]) by c; date"},
             {"Received", " from x (y [198.51.100.7]) by z; date"},
             {"Received", " unreadable"}};
  Send("192.0.2.99");
  EXPECT_EQ(Rules(), "HOP NOURL NOT");
  EXPECT_THAT(Lists(), ElementsAre("hop:bad"));
  EXPECT_THAT(Asked(), Not(Contains("1.1.168.192.hop.example")));
}

TEST_F(ListsTest, OnlyThreeHops) {
  for (int i = 1; i < 9; ++i) {
    fields_.emplace_back("Received",
                         " from x (y [198.51.100." + std::to_string(i) + "]) by z; date");
  }
  Send("192.0.2.99");
  EXPECT_EQ(Rules(), "NOURL NOT");
  EXPECT_THAT(Asked(), Contains("3.100.51.198.hop.example"));
  EXPECT_THAT(Asked(), Not(Contains("4.100.51.198.hop.example")));
}

TEST_F(ListsTest, BehindARelayTheClientOfReceivedIsAsked) {
  config_.client.trusted_relays = {*IpNetwork::Parse("192.0.2.50")};
  fields_ = {{"Received", " from mx.sender.test (mx.spam-one.test [192.0.2.1]) by relay; date"},
             {"Received", " from x (y [198.51.100.7]) by z; date"}};
  Send("192.0.2.50");
  EXPECT_EQ(Rules(), "IP HOP ENV NOURL");
  EXPECT_THAT(Asked(), Not(Contains("50.2.0.192.ip.example")));
  EXPECT_THAT(Asked(), Not(Contains("1.2.0.192.hop.example")));
}

TEST_F(ListsTest, BehindARelayThatDoesNotTellTheClientIsUnknown) {
  config_.client.trusted_relays = {*IpNetwork::Parse("192.0.2.50")};
  Send("192.0.2.50");
  EXPECT_EQ(Rules(), "NOURL");
  EXPECT_THAT(Lists(), ElementsAre("ip:unknown", "hop:unknown", "env:unknown"));
}

TEST_F(ListsTest, TheBudgetIsTheSites) {
  config_.dns.list_questions = 1;
  Send("192.0.2.1");
  EXPECT_THAT(Asked(), ElementsAre("1.2.0.192.ip.example"));
  EXPECT_EQ(facts::Print(transaction_->facts().Get(facts::Id::kLimitLists)), "yes");
  EXPECT_EQ(facts::Print(transaction_->facts().Get(facts::Id::kLimitDns)), "no");
  EXPECT_THAT(transaction_->MakeRecord().limits, ElementsAre("limit.lists"));
}

TEST_F(ListsTest, LinksByRegisteredDomainAndByHost) {
  body_ = "see http://www.phish.test/login or https://www.phish.test/again\r\n";
  Send("192.0.2.99");
  EXPECT_EQ(Rules(), "URL HST NOT");
  EXPECT_THAT(Lists(), ElementsAre("url:phish", "hst:phish"));
  EXPECT_THAT(Asked(), ElementsAre("99.2.0.192.ip.example", "sender.test.env.example",
                                   "phish.test.url.example", "www.phish.test.hst.example"));
}

TEST_F(ListsTest, LinksOfHtmlAndBelowAPublicSuffixOfTwoLabels) {
  fields_.emplace_back("Content-Type", " text/html");
  body_ = "<p><a href=\"https://a.b.shop.co.uk/x\">click</a></p>\r\n";
  Send("192.0.2.99");
  EXPECT_EQ(Rules(), "URL NOT");
  EXPECT_THAT(Asked(), Contains("shop.co.uk.url.example"));
}

TEST_F(ListsTest, LinksToAddressesOwnAndSkippedDomainsAreNotAskedAbout) {
  body_ =
      "http://192.0.2.7/a http://www.ours.example/b http://skipped.example.com/c "
      "http://x.skipped.example.com/d\r\n";
  Send("192.0.2.99");
  EXPECT_EQ(Rules(), "NOURL NOT");
  EXPECT_THAT(Asked(), ElementsAre("99.2.0.192.ip.example", "sender.test.env.example",
                                   "example.com.url.example"));
}

TEST_F(ListsTest, SkippedDomainsMayStandInAFile) {
  SkipFromFile("phish.test\n");
  body_ = "http://www.phish.test/login http://other.test/\r\n";
  Send("192.0.2.99");
  EXPECT_EQ(Rules(), "NOURL NOT");
  EXPECT_THAT(Asked(), Not(Contains(HasSubstr("phish.test"))));
  EXPECT_THAT(Asked(), Contains("other.test.url.example"));
}

TEST_F(ListsTest, TooManyLinksAreUnknownAndAFact) {
  body_.clear();
  for (int i = 0; i < 30; ++i) body_ += "http://n" + std::to_string(i) + ".test/\r\n";
  Send("192.0.2.99");
  EXPECT_EQ(Rules(), "NOT");
  EXPECT_THAT(Lists(), ElementsAre("url:unknown", "hst:unknown"));
  EXPECT_THAT(transaction_->MakeRecord().limits, ElementsAre("limit.lists"));
}

TEST_F(ListsTest, ABodyThatWasNotHeldHasLinksThatNobodyKnows) {
  memory_ = 1;
  body_ = "http://www.phish.test/\r\n";
  Send("192.0.2.99");
  EXPECT_EQ(Rules(), "NOT");
  EXPECT_THAT(Lists(), ElementsAre("url:unknown", "hst:unknown"));
}

TEST_F(ListsTest, AheadOfMailOnlyOnListenersThatAreInboundOnly) {
  Begin("192.0.2.1");
  EXPECT_EQ(AskListsAhead(*generation_, *shared_, client_), nullptr);
  config_.identity.inbound_daemons = {"mx"};
  client_.daemon_name = "mx";
  shared_.reset();
  Begin("192.0.2.1");
  EXPECT_NE(AskListsAhead(*generation_, *shared_, client_), nullptr);
  EXPECT_THAT(Asked(), ElementsAre("1.2.0.192.ip.example"));
  config_.client.trusted_relays = {*IpNetwork::Parse("192.0.2.50")};
  shared_.reset();
  Begin("192.0.2.50");
  EXPECT_EQ(AskListsAhead(*generation_, *shared_, client_), nullptr);
  client_.ip.reset();
  EXPECT_EQ(AskListsAhead(*generation_, *shared_, client_), nullptr);
}

}  // namespace
}  // namespace assay::engine
