// SPDX-License-Identifier: Apache-2.0
// Senders with a login, from MAIL to the verdict.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "lib/dns/zone_resolver.h"
#include "lib/engine/transaction.h"
#include "tests/support/temporary_folder.h"

namespace assay::engine {
namespace {

using testing::HasSubstr;

constexpr const char* kLogins =
    "inline:{ bob@example.net=bob, carol@example.net=carol, { team@example.net = bob carol } }";

struct Field {
  const char* name;
  const char* value;
};

class SenderCheckTest : public testing::Test {
 protected:
  SenderCheckTest() {
    config_.mode = config::Mode::kEnforce;
    config_.authserv_id = "mx.example.net";
    config_.identity.local_domains = {"example.net"};
    config_.identity.login_maps = {kLogins};
    config_.rules.directory.clear();
    config_.rules.local.clear();
    client_.ip = IpAddress::Parse("203.0.113.9");
    client_.helo = "laptop.example.org";
    command_.login = "bob";
  }

  void Begin() {
    auto report = LoadGeneration(config_, {});
    ASSERT_TRUE(report.generation) << testing::PrintToString(report.messages);
    auto resolver =
        std::make_shared<dns::ZoneResolver>(*dns::Zone::Parse("", "zone"), dns::ZoneOptions());
    if (!shared_) shared_ = std::make_shared<Shared>(resolver, 1 << 20, 4);
    transaction_.emplace(report.generation, shared_, client_,
                         WallTime(std::chrono::seconds(1'800'000'000)));
  }

  void Await(Stage stage) {
    while (transaction_->Waiting(stage)) {
      ++waits_;
      transaction_->Await(SteadyClock::now() + std::chrono::seconds(5));
    }
  }

  // The refusal at MAIL, "-" without one.
  std::string Mail(const char* mail_from) {
    command_.argument = mail_from;
    transaction_->Mail(command_);
    Await(Stage::kMail);
    const auto early = transaction_->Early(Stage::kMail);
    if (!early) return "-";
    return std::to_string(early->reply.code) + ' ' + early->reply.enhanced_code + ' ' +
           early->reply.text;
  }

  const policy::Verdict& Finish(const std::vector<Field>& fields) {
    transaction_->Rcpt("<user@example.org>");
    for (const Field& field : fields) transaction_->Field(field.name, field.value);
    transaction_->EndFields();
    transaction_->Body("text\r\n");
    transaction_->EndOfMessage();
    Await(Stage::kEndOfMessage);
    return transaction_->Conclude();
  }

  std::string Fact(facts::Id id) { return facts::Print(transaction_->facts().Get(id)); }
  std::string Line() { return FormatText(transaction_->MakeRecord()); }

  config::Config config_;
  Client client_;
  MailCommand command_;
  int waits_ = 0;
  std::shared_ptr<Shared> shared_;
  std::optional<Transaction> transaction_;
};

TEST_F(SenderCheckTest, OwnAddressesPass) {
  Begin();
  EXPECT_EQ(Mail("<bob+x@example.net>"), "-");
  const auto& verdict =
      Finish({{"From", " Bob <team@example.net>"}, {"Sender", " bob@example.net"}});
  EXPECT_EQ(verdict.action, Action::kNone);
  EXPECT_EQ(Fact(facts::Id::kIdentityMailFrom), "match");
  EXPECT_EQ(Fact(facts::Id::kIdentityHeaderFrom), "match");
  EXPECT_EQ(Fact(facts::Id::kIdentitySender), "match");
  EXPECT_EQ(Fact(facts::Id::kProfile), "submission");
  EXPECT_THAT(Line(), HasSubstr(" identity=mail_from:match,header_from:match,sender:match "
                                "login_messages=1 login_rcpts=1 login_froms=1"));
  EXPECT_EQ(waits_, 0) << "tables in memory make nobody wait";
}

TEST_F(SenderCheckTest, AnothersMailFromIsRefusedAtMail) {
  Begin();
  const std::string reply = Mail("<carol@example.net>");
  EXPECT_EQ(reply, "553 5.7.1 Sender address rejected: not owned by your login [ref " +
                       transaction_->ref() + "]");
  EXPECT_THAT(Line(), HasSubstr(" login=bob "));
  EXPECT_THAT(Line(), HasSubstr(" checks=identity.mail_from=reject "));
  EXPECT_THAT(Line(), HasSubstr(" denied=<carol@example.net> "));
  EXPECT_THAT(Line(), HasSubstr(" allow=<inline:carol@example.net=carol,bob>"))
      << "the entry that would allow it: " << Line();
  EXPECT_EQ(reply.find("inline"), std::string::npos) << "the sender is told nothing of our tables";
  EXPECT_THAT(Line(), HasSubstr(" login_messages=1 ")) << "what is tried counts, too";
}

TEST_F(SenderCheckTest, MonitorOnlySaysWhatWouldBe) {
  config_.identity.mode = config::Mode::kMonitor;
  Begin();
  EXPECT_EQ(Mail("<carol@example.net>"), "-");
  const auto& verdict = Finish({{"From", " bob@example.net"}});
  EXPECT_EQ(verdict.action, Action::kNone);
  EXPECT_EQ(verdict.would, Action::kReject);
  EXPECT_EQ(verdict.decided_by, "identity.mail_from");
  EXPECT_EQ(verdict.would_reply.code, 553);
}

struct HeaderCase {
  const char* name;
  std::vector<Field> fields;
  const char* from;    // identity.header_from
  const char* sender;  // identity.sender
  Action want;
  const char* by;
};
const HeaderCase kHeaderCases[] = {
    {"own", {{"From", " bob@example.net"}}, "match", "unknown", Action::kNone, ""},
    {"another's author",
     {{"From", " carol@example.net"}},
     "mismatch",
     "unknown",
     Action::kReject,
     "identity.header_from"},
    {"display name is no address",
     {{"From", " \"bob@example.net\" <carol@example.net>"}},
     "mismatch",
     "unknown",
     Action::kReject,
     "identity.header_from"},
    {"unlisted author",
     {{"From", " x@elsewhere.example"}},
     "unlisted",
     "unknown",
     Action::kReject,
     "identity.header_from"},
    {"no From", {{"Subject", " x"}}, "match", "unknown", Action::kNone, ""},
    {"two From fields, both own",
     {{"From", " bob@example.net"}, {"From", " bob@example.net"}},
     "malformed",
     "unknown",
     Action::kReject,
     "identity.header_from"},
    {"a second From with a space",
     {{"From", " bob@example.net"}, {"From ", " carol@example.net"}},
     "malformed",
     "unknown",
     Action::kReject,
     "identity.header_from"},
    {"one own and one other author",
     {{"From", " bob@example.net, carol@example.net"}},
     "mismatch",
     "unknown",
     Action::kReject,
     "identity.header_from"},
    {"two own authors",
     {{"From", " bob@example.net, team@example.net"}, {"Sender", " bob@example.net"}},
     "match",
     "match",
     Action::kNone,
     ""},
    {"group",
     {{"From", " bobs: bob@example.net;"}},
     "malformed",
     "unknown",
     Action::kReject,
     "identity.header_from"},
    {"junk",
     {{"From", " bob@example.net <carol@example.net"}},
     "malformed",
     "unknown",
     Action::kReject,
     "identity.header_from"},
    {"Sender does not vouch",
     {{"From", " carol@example.net"}, {"Sender", " bob@example.net"}},
     "mismatch",
     "match",
     Action::kReject,
     "identity.header_from"},
    {"another's Sender",
     {{"From", " bob@example.net"}, {"Sender", " carol@example.net"}},
     "match",
     "mismatch",
     Action::kReject,
     "identity.sender"},
    {"two Senders",
     {{"From", " bob@example.net"}, {"Sender", " bob@example.net"}, {"sender", " bob@example.net"}},
     "match",
     "malformed",
     Action::kReject,
     "identity.sender"},
    {"resent",
     {{"From", " x@elsewhere.example"}, {"Resent-From", " bob@example.net"}},
     "resent",
     "unknown",
     Action::kReject,
     "identity.header_from"},
    {"resent by another",
     {{"From", " x@elsewhere.example"}, {"Resent-From", " carol@example.net"}},
     "unlisted",
     "unknown",
     Action::kReject,
     "identity.header_from"},
};

TEST_F(SenderCheckTest, Headers) {
  for (const HeaderCase& c : kHeaderCases) {
    Begin();
    EXPECT_EQ(Mail("<bob@example.net>"), "-");
    const auto& verdict = Finish(c.fields);
    EXPECT_EQ(Fact(facts::Id::kIdentityHeaderFrom), c.from) << c.name;
    EXPECT_EQ(Fact(facts::Id::kIdentitySender), c.sender) << c.name;
    EXPECT_EQ(verdict.action, c.want) << c.name;
    EXPECT_EQ(verdict.decided_by, c.by) << c.name;
    EXPECT_EQ(verdict.reply.code, c.want == Action::kReject ? 550 : 0) << c.name;
  }
}

TEST_F(SenderCheckTest, PaddingDoesNotHideAnAuthor) {
  Begin();
  (void)Mail("<bob@example.net>");
  std::vector<Field> fields = {{"From", " bob@example.net"}};
  for (int i = 0; i < 60; ++i) fields.push_back({"Subject", " x"});
  for (int i = 0; i < 1200; ++i) fields.push_back({"X-Padding", " x"});
  fields.push_back({"From", " carol@example.net"});
  EXPECT_EQ(Finish(fields).action, Action::kReject);
  EXPECT_EQ(Fact(facts::Id::kIdentityHeaderFrom), "malformed");
}

TEST_F(SenderCheckTest, EachResultHasItsAction) {
  config_.identity.unlisted = Action::kTag;
  config_.identity.resent = Action::kNone;
  config_.identity.null_sender = Action::kQuarantine;
  config_.identity.header_from = Action::kTempFail;
  Begin();
  EXPECT_EQ(Mail("<x@elsewhere.example>"), "-");
  EXPECT_EQ(Finish({{"From", " bob@example.net"}}).action, Action::kTag);
  Begin();
  EXPECT_EQ(Mail("<>"), "-");
  EXPECT_EQ(Finish({{"From", " bob@example.net"}}).action, Action::kQuarantine);
  EXPECT_EQ(Fact(facts::Id::kIdentityMailFrom), "null");
  Begin();
  (void)Mail("<bob@example.net>");
  EXPECT_EQ(Finish({{"From", " x@y.example"}, {"Resent-From", " bob@example.net"}}).action,
            Action::kNone);
  Begin();
  (void)Mail("<bob@example.net>");
  const auto& verdict = Finish({{"From", " carol@example.net"}});
  EXPECT_EQ(verdict.action, Action::kTempFail);
  EXPECT_EQ(verdict.reply.code, 451);
}

TEST_F(SenderCheckTest, NullPathStillChecksFrom) {
  Begin();
  EXPECT_EQ(Mail("<>"), "-");
  EXPECT_EQ(Finish({{"From", " carol@example.net"}}).action, Action::kReject);
}

TEST_F(SenderCheckTest, NobodyLoggedInIsNotHeldAgainstTables) {
  command_.login.clear();
  client_.ip = IpAddress::Parse("127.0.0.1");
  Begin();
  EXPECT_EQ(Mail("<carol@example.net>"), "-");
  EXPECT_EQ(Finish({{"From", " carol@example.net"}}).action, Action::kNone);
  EXPECT_EQ(Fact(facts::Id::kIdentityMailFrom), "unknown");
  EXPECT_EQ(Line().find("identity="), std::string::npos);
}

TEST_F(SenderCheckTest, NothingIsCheckedWithoutTables) {
  config_.identity.login_maps.clear();
  Begin();
  EXPECT_EQ(Mail("<carol@example.net>"), "-");
  EXPECT_EQ(Finish({{"From", " carol@example.net"}}).action, Action::kNone);
  EXPECT_EQ(Fact(facts::Id::kIdentityHeaderFrom), "unknown");
}

TEST_F(SenderCheckTest, NetworkStandsForALogin) {
  config_.identity.network_logins = {{*IpNetwork::Parse("203.0.113.0/24"), "carol"},
                                     {*IpNetwork::Parse("203.0.113.9"), "bob"}};
  command_.login.clear();
  Begin();
  EXPECT_EQ(Mail("<bob@example.net>"), "-");
  EXPECT_EQ(Finish({{"From", " bob@example.net"}}).action, Action::kNone);
  EXPECT_EQ(Fact(facts::Id::kLogin), "bob");
  EXPECT_EQ(Fact(facts::Id::kProfile), "submission");
  EXPECT_THAT(Line(), HasSubstr(" login_by=network "));
  for (const HeaderEdit& edit : transaction_->HeaderEdits()) {
    EXPECT_EQ(edit.value.find("auth=pass"), std::string::npos) << "that is for SMTP AUTH";
  }
  command_.login = "carol";
  Begin();
  EXPECT_THAT(Mail("<bob@example.net>"), HasSubstr("553")) << "a real login goes before";
  // A proxy has one address for everybody behind it.
  command_.login.clear();
  client_.daemon_name = "mx";
  config_.identity.inbound_daemons = {"mx"};
  Begin();
  EXPECT_EQ(Mail("<bob@example.net>"), "-");
  EXPECT_EQ(Fact(facts::Id::kLogin), "unknown");
  EXPECT_EQ(Fact(facts::Id::kProfile), "inbound");
}

TEST_F(SenderCheckTest, CertificateStandsForALogin) {
  config_.identity.certificate_logins = {{"shop.example.com", "Example CA", "bob"}};
  command_.login.clear();
  command_.certificate_subject = "shop.example.com";
  command_.certificate_issuer = "Example CA";
  Begin();
  EXPECT_THAT(Mail("<carol@example.net>"), HasSubstr("553"));
  EXPECT_THAT(Line(), HasSubstr(" login_by=certificate "));
  command_.certificate_issuer = "Other CA";
  Begin();
  (void)Mail("<carol@example.net>");
  EXPECT_EQ(Fact(facts::Id::kLogin), "unknown");
  EXPECT_EQ(Fact(facts::Id::kProfile), "inbound");
}

struct ProfileCase {
  const char* name;
  const char* ip;  // empty: none
  const char* daemon;
  const char* port;
  const char* login;
  const char* want;
};
const ProfileCase kProfileCases[] = {
    {"outside", "203.0.113.9", "smtpd", "25", "", "inbound"},
    {"login", "203.0.113.9", "smtpd", "25", "bob", "submission"},
    {"login on an inbound listener", "203.0.113.9", "mx", "25", "bob", "submission"},
    {"trusted network", "127.0.0.1", "smtpd", "25", "", "submission"},
    {"trusted network on an inbound listener", "127.0.0.1", "mx", "25", "", "inbound"},
    {"local network", "192.0.2.80", "smtpd", "25", "", "local"},
    {"submission listener", "203.0.113.9", "submission", "25", "", "submission"},
    {"submission port", "203.0.113.9", "smtpd", "587", "", "submission"},
    {"a port that is none", "203.0.113.9", "smtpd", "x", "", "inbound"},
    {"not by SMTP", "", "", "", "", "local"},
};

TEST_F(SenderCheckTest, Profiles) {
  config_.identity.submission_daemons = {"submission"};
  config_.identity.submission_ports = {465, 587};
  config_.identity.inbound_daemons = {"mx"};
  config_.identity.local_networks = {*IpNetwork::Parse("192.0.2.80")};
  for (const ProfileCase& c : kProfileCases) {
    client_.ip = IpAddress::Parse(c.ip);
    client_.daemon_name = c.daemon;
    client_.daemon_port = c.port;
    command_.login = c.login;
    Begin();
    (void)Mail("<bob@example.net>");
    EXPECT_EQ(Fact(facts::Id::kProfile), c.want) << c.name;
  }
}

// A server that nobody answers for: the lookup waits, and ends.
TEST_F(SenderCheckTest, LookupWithoutAnswerIsATemporaryError) {
  config_.identity.login_maps = {kLogins, "socketmap:unix:/nonexistent/socket:logins"};
  Begin();
  EXPECT_EQ(Mail("<bob@example.net>"), "-") << "found before the server is asked";
  EXPECT_GT(waits_, 0);
  EXPECT_EQ(Finish({{"From", " bob@example.net"}}).action, Action::kNone);
  Begin();
  EXPECT_THAT(Mail("<x@example.net>"), HasSubstr("451 4.3.0 Cannot check now"));
  config_.identity.lookup_error = Action::kReject;
  Begin();
  EXPECT_THAT(Mail("<x@example.net>"), HasSubstr("550 5.3.0"));
}

TEST_F(SenderCheckTest, InMonitorNobodyWaitsAtMail) {
  config_.mode = config::Mode::kMonitor;
  config_.identity.login_maps = {"socketmap:unix:/nonexistent/socket:logins"};
  Begin();
  EXPECT_EQ(Mail("<x@example.net>"), "-");
  EXPECT_EQ(waits_, 0);
  const auto& verdict = Finish({{"From", " bob@example.net"}});
  EXPECT_EQ(verdict.would, Action::kTempFail);
  EXPECT_EQ(Fact(facts::Id::kIdentityMailFrom), "temperror");
}

TEST_F(SenderCheckTest, GivingUpEndsTheWait) {
  config_.identity.login_maps = {"socketmap:unix:/nonexistent/socket:logins"};
  Begin();
  command_.argument = "<x@example.net>";
  transaction_->Mail(command_);
  ASSERT_TRUE(transaction_->Waiting(Stage::kMail));
  transaction_->GiveUp();
  EXPECT_FALSE(transaction_->Waiting(Stage::kMail));
  EXPECT_TRUE(transaction_->Early(Stage::kMail));
}

TEST_F(SenderCheckTest, UnreadTableIsOffAndSaysSo) {
  config_.identity.login_maps = {"hash:/nonexistent/table"};
  Begin();
  EXPECT_EQ(Mail("<carol@example.net>"), "-");
  EXPECT_EQ(Finish({{"From", " carol@example.net"}}).action, Action::kNone);
  EXPECT_EQ(Fact(facts::Id::kIdentityHeaderFrom), "off");
  EXPECT_THAT(Line(), HasSubstr(" identity=mail_from:off,header_from:off "));
}

TEST_F(SenderCheckTest, LoadSaysWhatCannotBeReadAndStartsAllTheSame) {
  config_.identity.login_maps = {"hash:/nonexistent/table"};
  const auto report = LoadGeneration(config_, {});
  EXPECT_TRUE(report.generation);
  EXPECT_THAT(report.messages, testing::ElementsAre(testing::AllOf(
                                   HasSubstr("warning: /nonexistent/table.db"), HasSubstr("off"))));
}

// A reload of the configuration does not lose what a table held last.
TEST_F(SenderCheckTest, TablesOutliveAReload) {
  const test::TemporaryFolder folder;
  const std::string path = folder.Path("table");
  std::ofstream(path) << "bob@example.net bob\n";
  config_.identity.login_maps = {"texthash:" + path};
  const auto first = LoadGeneration(config_, {});
  std::filesystem::remove(path);
  LoadOptions options;
  options.identity_tables = first.generation->identity_tables.All();
  const auto second = LoadGeneration(config_, options);
  EXPECT_TRUE(second.messages.empty());
  EXPECT_EQ(second.generation->identity_tables.logins, first.generation->identity_tables.logins);
}

TEST_F(SenderCheckTest, CountersSlideAlong) {
  Begin();
  (void)Mail("<bob@example.net>");
  (void)Finish({{"From", " bob@example.net"}});
  Begin();
  (void)Mail("<bob@example.net>");
  (void)Finish({{"From", " team@example.net"}});
  EXPECT_EQ(Fact(facts::Id::kLoginMessages), "2");
  EXPECT_EQ(Fact(facts::Id::kLoginRecipients), "2");
  EXPECT_EQ(Fact(facts::Id::kLoginAuthors), "2");
}

// Mail from outside under a local domain: who may.
struct ClaimCase {
  const char* name;
  const char* ip;
  const char* mail_from;
  const char* header_from;
  const char* want;
};
const ClaimCase kClaimCases[] = {
    {"nobody vouches", "203.0.113.9", "<a@example.net>", " a@example.net", "unvouched"},
    {"a client that the site named", "198.51.100.7", "<a@example.net>", " a@example.net",
     "vouched"},
    {"the newsletter provider's SPF", "192.0.2.55", "<b@news.example.com>", " a@example.net",
     "vouched"},
    {"not from elsewhere", "203.0.113.9", "<b@news.example.com>", " a@example.net", "unvouched"},
    {"an address that anybody may use", "203.0.113.9", "<x@example.org>", " Open@example.net",
     "none"},
    {"but only that", "203.0.113.9", "<a@example.net>", " open@example.net", "unvouched"},
    {"nor beside another", "203.0.113.9", "<x@example.org>", " open@example.net, a@example.net",
     "unvouched"},
};

TEST_F(SenderCheckTest, ExceptionsOfTheLocalClaim) {
  config_.identity.claim_networks = {*IpNetwork::Parse("198.51.100.0/24")};
  config_.identity.claim_signers = {"news.example.com"};
  config_.identity.claim_addresses = {"open@example.net"};
  command_.login.clear();
  auto resolver = std::make_shared<dns::ZoneResolver>(
      *dns::Zone::Parse("news.example.com TXT \"v=spf1 ip4:192.0.2.55 -all\"\n", "zone"),
      dns::ZoneOptions());
  shared_ = std::make_shared<Shared>(resolver, 1 << 20, 4);
  for (const ClaimCase& c : kClaimCases) {
    client_.ip = IpAddress::Parse(c.ip);
    Begin();
    EXPECT_EQ(Mail(c.mail_from), "-");
    (void)Finish({{"From", c.header_from}});
    EXPECT_EQ(Fact(facts::Id::kIdentityLocalClaim), c.want) << c.name;
  }
}

}  // namespace
}  // namespace assay::engine
