// SPDX-License-Identifier: Apache-2.0
// DMARC and ARC through a whole transaction: what the site's own word changes, and what no trick in
// From gets past.
#include "lib/engine/dmarc_action.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "lib/dns/zone_resolver.h"
#include "lib/engine/transaction.h"
#include "tests/support/arc_sealer.h"

namespace assay::engine {
namespace {

using facts::Id;
using test::SealOptions;
using test::TestKey;
using test::TestMessage;
using testing::HasSubstr;

constexpr const char* kZone = R"(
good.example.com          TXT "v=spf1 ip4:192.0.2.0/24 -all"
_dmarc.good.example.com   TXT "v=DMARC1; p=reject"
lists.example.net         TXT "v=spf1 ip4:192.0.2.0/24 -all"
bank.example.org          TXT "v=spf1 -all"
_dmarc.bank.example.org   TXT "v=DMARC1; p=quarantine"
_dmarc.safe.example.org   TXT "v=DMARC1; p=reject"
_dmarc.lax.example.org    TXT "v=DMARC1; p=none"
trouble.example.net       SERVFAIL
arc._domainkey.trouble.example.net SERVFAIL
legitimate.com            TXT "v=spf1 -all"
_dmarc.legitimate.com     TXT "v=DMARC1; p=reject"
attack.com                TXT "v=spf1 ip4:192.0.2.0/24 -all"
33.attack.com             TXT "v=spf1 ip4:192.0.2.0/24 -all"
)";

// One TXT string holds 255 bytes.
std::string KeyLine(const std::string& domain, TestKey key) {
  const std::string record = test::KeyRecord(key);
  return "arc._domainkey." + domain + " TXT \"" + record.substr(0, 200) + "\" \"" +
         (record.size() > 200 ? record.substr(200) : "") + "\"\n";
}

class DmarcActionTest : public testing::Test {
 protected:
  DmarcActionTest() {
    config_.mode = config::Mode::kEnforce;
    config_.authserv_id = "mx.example.net";
    config_.identity.local_domains = {"ours.example"};
    config_.rules.directory.clear();
    config_.rules.local = testing::TempDir() + "dmarc_action_test.rules";
    std::ofstream(config_.rules.local) << "";
  }

  // Delivers from 192.0.2.10, whose SPF passes for good.example.com, lists.example.net, attack.com.
  const policy::Verdict& Send(const std::string& mail_from, const TestMessage& message,
                              const std::string& helo = "mx.good.example.com") {
    auto report = LoadGeneration(config_, {});
    EXPECT_TRUE(report.generation) << testing::PrintToString(report.messages);
    const std::string zone = kZone + KeyLine("lists.example.net", TestKey::kRsa2048) +
                             KeyLine("evil.example", TestKey::kEd25519);
    dns::ZoneOptions options;
    options.timeout = std::chrono::seconds(30);
    shared_ = std::make_shared<Shared>(
        std::make_shared<dns::ZoneResolver>(*dns::Zone::Parse(zone, "zone"), options), 1 << 20, 4);
    Client client;
    client.ip = IpAddress::Parse("192.0.2.10");
    client.helo = helo;
    client.mta_name = "mx.example.net";
    transaction_.emplace(report.generation, shared_, client,
                         WallTime(std::chrono::seconds(1'700'000'000)));
    transaction_->Mail({mail_from, {}, false});
    transaction_->Rcpt("<user@ours.example>");
    for (const auto& field : message.fields) transaction_->Field(field.name, field.value);
    transaction_->EndFields();
    transaction_->Body(message.body);
    transaction_->EndOfMessage();
    EXPECT_FALSE(transaction_->Waiting(Stage::kEndOfMessage));
    return transaction_->Conclude();
  }

  std::string Fact(Id id) { return facts::Print(transaction_->facts().Get(id)); }

  std::string Results() {
    for (const HeaderEdit& edit : transaction_->HeaderEdits()) {
      if (edit.name == "Authentication-Results" && edit.kind == HeaderEdit::Kind::kInsert) {
        return edit.value;
      }
    }
    return "absent";
  }

  config::Config config_;
  std::shared_ptr<Shared> shared_;
  std::optional<Transaction> transaction_;
};

TestMessage Message(const std::string& from) {
  return {{{"From", from}, {"To", " user@ours.example"}, {"Subject", " hello"}}, "text\r\n"};
}

// As a list does it: the author's message, changed, sealed and sent on.
TestMessage Sealed(const std::string& from, const std::string& author_domain,
                   SealOptions options = {}) {
  TestMessage message = Message(from);
  if (options.domain == "lists.example.org") options.domain = "lists.example.net";
  options.signed_fields = {"From", "To", "Subject"};
  options.results = "lists.example.net; dmarc=pass header.from=" + author_domain;
  AddArcSet(message, options);
  return message;
}

struct PolicyCase {
  const char* name;
  const char* from_domain;
  bool reject;
  std::vector<config::DmarcOverride> overrides;
  Action want;
  const char* instead;
};

const PolicyCase kPolicies[] = {
    {"quarantine", "bank.example.org", false, {}, Action::kQuarantine, ""},
    {"reject_quarantines", "safe.example.org", false, {}, Action::kQuarantine, ""},
    {"reject_rejects", "safe.example.org", true, {}, Action::kReject, ""},
    {"subdomain_inherits", "sub.safe.example.org", true, {}, Action::kReject, ""},
    {"none", "lax.example.org", true, {}, Action::kNone, ""},
    {"override_softens",
     "safe.example.org",
     true,
     {{"safe.example.org", Action::kNone}},
     Action::kNone,
     "override"},
    {"override_hardens",
     "lax.example.org",
     false,
     {{"lax.example.org", Action::kReject}},
     Action::kReject,
     "override"},
    {"override_of_a_tree",
     "sub.lax.example.org",
     false,
     {{".lax.example.org", Action::kTag}},
     Action::kTag,
     "override"},
    {"override_is_not_for_subdomains",
     "sub.lax.example.org",
     false,
     {{"lax.example.org", Action::kReject}},
     Action::kNone,
     ""},
    {"longest_override",
     "sub.lax.example.org",
     false,
     {{".example.org", Action::kReject},
      {".lax.example.org", Action::kTag},
      {".org", Action::kNone}},
     Action::kTag,
     "override"},
    {"exact_override",
     "lax.example.org",
     false,
     {{".lax.example.org", Action::kReject}, {"lax.example.org", Action::kTag}},
     Action::kTag,
     "override"},
    {"override_of_another",
     "safe.example.org",
     true,
     {{"bank.example.org", Action::kNone}},
     Action::kReject,
     ""},
    {"override_needs_a_fail",
     "good.example.com",
     true,
     {{"good.example.com", Action::kReject}},
     Action::kNone,
     ""},
};
class PolicyTable : public DmarcActionTest, public testing::WithParamInterface<PolicyCase> {};

TEST_P(PolicyTable, Action) {
  config_.dmarc.reject = GetParam().reject;
  config_.dmarc.overrides = GetParam().overrides;
  const auto& verdict =
      Send("<a@good.example.com>", Message(" A <a@" + std::string(GetParam().from_domain) + ">"));
  EXPECT_EQ(verdict.action, GetParam().want);
  EXPECT_EQ(transaction_->MakeRecord().dmarc_instead, GetParam().instead);
}
INSTANTIATE_TEST_SUITE_P(Dmarc, PolicyTable, testing::ValuesIn(kPolicies),
                         [](const auto& row) { return std::string(row.param.name); });

struct ListCase {
  const char* name;
  const char* mail_from;
  std::vector<std::string> lists;
  const char* field;  // "": none
  Action want;
};
const ListCase kLists[] = {
    {"verified_list",
     "<bounce@lists.example.net>",
     {"lists.example.net"},
     "List-Id",
     Action::kNone},
    {"list_post", "<bounce@lists.example.net>", {".example.net"}, "LIST-POST", Action::kNone},
    {"header_alone", "<a@good.example.com>", {"lists.example.net"}, "List-Id", Action::kQuarantine},
    {"spf_fails", "<a@bank.example.org>", {"bank.example.org"}, "List-Id", Action::kReject},
    {"no_list_field", "<bounce@lists.example.net>", {"lists.example.net"}, "", Action::kQuarantine},
    {"list_of_nobody", "<bounce@lists.example.net>", {}, "List-Id", Action::kQuarantine},
};
class ListTable : public DmarcActionTest, public testing::WithParamInterface<ListCase> {};

TEST_P(ListTable, Action) {
  config_.dmarc.lists = GetParam().lists;
  TestMessage message = Message(" A <a@safe.example.org>");
  if (*GetParam().field != '\0') message.fields.push_back({GetParam().field, " <l.example.net>"});
  EXPECT_EQ(Send(GetParam().mail_from, message).action, GetParam().want);
  const bool spared = GetParam().want == Action::kNone;
  EXPECT_EQ(Fact(Id::kListTrusted), spared ? "yes" : "no");
  EXPECT_EQ(transaction_->MakeRecord().dmarc_instead, spared ? "list" : "");
}
INSTANTIATE_TEST_SUITE_P(Dmarc, ListTable, testing::ValuesIn(kLists),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(DmarcActionTest, TrustedSealerOutweighsSpfAndDmarc) {
  config_.arc.trusted_sealers = {"lists.example.net"};
  config_.dmarc.reject = true;
  // A forwarder that keeps MAIL FROM.
  const auto& verdict =
      Send("<a@bank.example.org>", Sealed(" A <a@bank.example.org>", "bank.example.org"));
  EXPECT_EQ(verdict.action, Action::kNone) << verdict.reason;
  EXPECT_EQ(Fact(Id::kSpfMailFrom), "fail");
  EXPECT_EQ(Fact(Id::kDmarc), "fail");
  EXPECT_EQ(Fact(Id::kArcResult), "pass");
  EXPECT_EQ(Fact(Id::kArcSets), "1");
  EXPECT_EQ(Fact(Id::kArcSealers), "lists.example.net");
  EXPECT_EQ(Fact(Id::kArcOldestPass), "0");
  EXPECT_EQ(Fact(Id::kArcTrusted), "yes");
  EXPECT_THAT(Results(), HasSubstr("arc=pass (i=1 d=lists.example.net)"));
  EXPECT_THAT(Results(), HasSubstr("header.oldest-pass=0"));
  EXPECT_THAT(Results(), HasSubstr("smtp.remote-ip=192.0.2.10"));
  EXPECT_THAT(Results(), HasSubstr("dmarc=fail (policy not applied: sealer)"));
  EXPECT_THAT(FormatText(transaction_->MakeRecord()),
              HasSubstr("dmarc=fail(quarantine,sealer) arc=pass "));
}

TEST_F(DmarcActionTest, OthersSealsAreInformation) {
  EXPECT_EQ(
      Send("<a@bank.example.org>", Sealed(" A <a@bank.example.org>", "bank.example.org")).action,
      Action::kReject);
  EXPECT_EQ(Fact(Id::kArcResult), "pass");
  EXPECT_EQ(Fact(Id::kArcTrusted), "no");

  config_.arc.trusted_sealers = {"lists.example.net"};
  SealOptions evil;
  evil.domain = "evil.example";
  evil.key = TestKey::kEd25519;
  evil.algorithm = "ed25519-sha256";
  Send("<a@good.example.com>", Sealed(" A <a@safe.example.org>", "safe.example.org", evil));
  EXPECT_EQ(Fact(Id::kArcResult), "pass");
  EXPECT_EQ(Fact(Id::kArcTrusted), "no");
  EXPECT_EQ(transaction_->MakeRecord().checks, std::vector<std::string>{"dmarc=quarantine"});
}

// A chain of a trusted sealer, taken from one message and put on another.
TEST_F(DmarcActionTest, AStolenChainFails) {
  config_.arc.trusted_sealers = {"lists.example.net"};
  TestMessage message = Sealed(" A <a@safe.example.org>", "safe.example.org");
  message.body = "other text\r\n";
  EXPECT_EQ(Send("<a@good.example.com>", message).action, Action::kQuarantine);
  EXPECT_EQ(Fact(Id::kArcResult), "fail");
  EXPECT_EQ(Fact(Id::kArcTrusted), "no");
  EXPECT_EQ(Fact(Id::kArcSealers), "");
  EXPECT_THAT(Results(), HasSubstr("arc=fail"));
}

TEST_F(DmarcActionTest, AnOverrideIsStrongerThanASeal) {
  config_.arc.trusted_sealers = {"lists.example.net"};
  config_.dmarc.overrides = {{"safe.example.org", Action::kReject}};
  EXPECT_EQ(
      Send("<a@good.example.com>", Sealed(" A <a@safe.example.org>", "safe.example.org")).action,
      Action::kReject);
}

TEST_F(DmarcActionTest, TrustedSealerVouchesForALocalDomain) {
  const TestMessage message = Sealed(" A <a@ours.example>", "ours.example");
  EXPECT_EQ(Send("<bounce@lists.example.net>", message).action, Action::kQuarantine);
  EXPECT_EQ(Fact(Id::kIdentityLocalClaim), "unvouched");
  config_.arc.trusted_sealers = {"lists.example.net"};
  EXPECT_EQ(Send("<bounce@lists.example.net>", message).action, Action::kNone);
  EXPECT_EQ(Fact(Id::kIdentityLocalClaim), "vouched");
  const TestMessage other = Sealed(" A <a@ours.example>", "other.example");
  EXPECT_EQ(Send("<bounce@lists.example.net>", other).action, Action::kQuarantine);
}

TEST_F(DmarcActionTest, WithoutTheSealersKeyALocalClaimWaits) {
  config_.arc.trusted_sealers = {"trouble.example.net"};
  SealOptions options;
  options.domain = "trouble.example.net";
  const auto& verdict =
      Send("<bounce@lists.example.net>", Sealed(" A <a@ours.example>", "ours.example", options));
  EXPECT_EQ(verdict.action, Action::kTempFail);
  EXPECT_EQ(Fact(Id::kArcResult), "temperror");
  EXPECT_EQ(Fact(Id::kIdentityLocalClaim), "temperror");
}

TEST_F(DmarcActionTest, WithoutAChainThereIsANone) {
  Send("<a@good.example.com>", Message(" A <a@good.example.com>"));
  EXPECT_EQ(Fact(Id::kArcResult), "none");
  EXPECT_EQ(Fact(Id::kArcSets), "0");
  EXPECT_EQ(Fact(Id::kArcOldestPass), "unknown");
  EXPECT_EQ(Fact(Id::kArcTrusted), "no");
  EXPECT_THAT(Results(), HasSubstr("arc=none"));
}

TEST_F(DmarcActionTest, TooLongAChainIsALimit) {
  TestMessage message = Message(" A <a@good.example.com>");
  for (int i = 0; i < 200; ++i) message.fields.push_back({"ARC-Seal", " i=1"});
  Send("<a@good.example.com>", message);
  EXPECT_EQ(Fact(Id::kLimitArc), "yes");
  EXPECT_THAT(transaction_->MakeRecord().limits, testing::Contains("limit.arc"));
}

// From as an MTA hands it over. The sender is good.example.com with all that is needed for a pass;
// whom it wants to look like has p=reject.
struct FromCase {
  const char* name;
  std::vector<std::string> from;
  const char* dmarc;
  Action want;
};
const FromCase kFroms[] = {
    {"own", {" A <a@good.example.com>"}, "pass", Action::kNone},
    {"spoofed", {" A <admin@safe.example.org>"}, "fail", Action::kQuarantine},
    {"missing", {}, "permerror", Action::kTag},
    {"empty", {""}, "permerror", Action::kTag},
    {"null", {" <>"}, "permerror", Action::kTag},
    {"no_domain", {" root"}, "permerror", Action::kTag},
    {"two_fields",
     {" <a@good.example.com>", " <admin@safe.example.org>"},
     "permerror",
     Action::kQuarantine},
    {"two_fields_reversed",
     {" <admin@safe.example.org>", " <a@good.example.com>"},
     "permerror",
     Action::kQuarantine},
    {"two_own_fields",
     {" <a@good.example.com>", " <b@good.example.com>"},
     "permerror",
     Action::kTag},
    {"second_field_unreadable",
     {" <a@good.example.com>", " <admin@safe.example.org"},
     "permerror",
     Action::kQuarantine},
    {"list_of_addresses",
     {" <a@good.example.com>, <admin@safe.example.org>"},
     "permerror",
     Action::kQuarantine},
    {"list_without_space",
     {" admin@safe.example.org,<a@good.example.com>"},
     "permerror",
     Action::kQuarantine},
    {"list_of_own_addresses",
     {" <a@good.example.com>, <b@good.example.com>"},
     "pass",
     Action::kNone},
    {"list_with_a_lax_domain",
     {" <a@good.example.com>, <b@lax.example.org>"},
     "permerror",
     Action::kTag},
    {"group", {" g: admin@safe.example.org;"}, "permerror", Action::kQuarantine},
    {"group_of_own", {" g: a@good.example.com;"}, "permerror", Action::kTag},
    {"empty_group", {" undisclosed:;"}, "permerror", Action::kTag},
    {"unbalanced_angle", {" \"A\" <admin@safe.example.org"}, "permerror", Action::kQuarantine},
    {"two_closing_angles", {" A <admin@safe.example.org>>"}, "permerror", Action::kQuarantine},
    {"unbalanced_quote", {" \"A <admin@safe.example.org>"}, "permerror", Action::kQuarantine},
    {"text_after_angle",
     {" <a@good.example.com>admin@safe.example.org"},
     "permerror",
     Action::kQuarantine},
    {"quoted_pair",
     {" <admin@safe.example.org>\\,<a@good.example.com>"},
     "permerror",
     Action::kQuarantine},
    {"route",
     {" <@good.example.com,@any.example:admin@safe.example.org>"},
     "fail",
     Action::kQuarantine},
    {"encoded_address",
     {" =?utf-8?B?PGFkbWluQHNhZmUuZXhhbXBsZS5vcmc+?=,<a@good.example.com>"},
     "permerror",
     Action::kQuarantine},
    {"bare_cr",
     {" <a@good.example.com>\r <admin@safe.example.org>"},
     "permerror",
     Action::kQuarantine},
    {"control",
     {" <a@good.example.com>\x01<admin@safe.example.org>"},
     "permerror",
     Action::kQuarantine},
    {"eight_bit", {" J\xf6rg <admin@safe.example.org>"}, "permerror", Action::kQuarantine},
    {"folded", {"\n A\n <admin@safe.example.org>"}, "fail", Action::kQuarantine},
    {"upper_case", {" <admin@SAFE.Example.ORG>"}, "fail", Action::kQuarantine},
    {"trailing_dot", {" <admin@safe.example.org.>"}, "fail", Action::kQuarantine},
    {"below_the_record", {" <admin@a.b.safe.example.org>"}, "fail", Action::kQuarantine},
    {"quoted_local_part",
     {" \"a@good.example.com\"@safe.example.org"},
     "fail",
     Action::kQuarantine},
    {"percent", {" <a%good.example.com@safe.example.org>"}, "fail", Action::kQuarantine},
    {"literal", {" <admin@[192.0.2.10]>"}, "none", Action::kNone},
    // Only a name, and it says so: rules look at names, DMARC does not.
    {"address_as_name",
     {" \"admin@safe.example.org\" <a@good.example.com>"},
     "pass",
     Action::kNone},
    {"address_as_comment", {" a@good.example.com (admin@safe.example.org)"}, "pass", Action::kNone},
    {"five_domains",
     {" a@good.example.com, a@a.example, a@b.example, a@c.example, a@d.example"},
     "permerror",
     Action::kQuarantine},
    {"padding_before_the_victim",
     {" a@a.example, a@b.example, a@c.example, a@d.example,"
      " admin@safe.example.org"},
     "permerror",
     Action::kQuarantine},
};
class FromTable : public DmarcActionTest, public testing::WithParamInterface<FromCase> {};

TEST_P(FromTable, Verdict) {
  TestMessage message = Message("");
  message.fields.erase(message.fields.begin());
  for (const std::string& value : GetParam().from) message.fields.push_back({"From", value});
  EXPECT_EQ(Send("<a@good.example.com>", message).action, GetParam().want);
  EXPECT_EQ(Fact(Id::kDmarc), GetParam().dmarc);
}
INSTANTIATE_TEST_SUITE_P(From, FromTable, testing::ValuesIn(kFroms),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(DmarcActionTest, WithoutASingleAuthorTheStrictestPolicyIsNamed) {
  Send("<a@good.example.com>", Message(" <a@bank.example.org>, <b@safe.example.org>"));
  EXPECT_EQ(Fact(Id::kDmarcPolicy), "reject");
  EXPECT_THAT(Results(), HasSubstr("dmarc=permerror"));
  EXPECT_THAT(Results(), HasSubstr("policy.dmarc=reject"));
  config_.dmarc.reject = true;
  const auto& verdict =
      Send("<a@good.example.com>", Message(" <a@bank.example.org>, <b@safe.example.org>"));
  EXPECT_EQ(verdict.action, Action::kReject);
  EXPECT_THAT(verdict.reply.text, HasSubstr("does not name exactly one author"));
  config_.dmarc.overrides = {{"safe.example.org", Action::kNone}};
  Send("<a@good.example.com>", Message(" <a@bank.example.org>, <b@safe.example.org>"));
  EXPECT_EQ(transaction_->MakeRecord().verdict.action, Action::kQuarantine);
}

TEST_F(DmarcActionTest, NoPathVouchesForAFromWithoutASingleAuthor) {
  config_.arc.trusted_sealers = {"lists.example.net"};
  config_.dmarc.lists = {"lists.example.net"};
  TestMessage message = Sealed(" <a@good.example.com>, <b@safe.example.org>", "safe.example.org");
  message.fields.push_back({"List-Id", " <l.example.net>"});
  EXPECT_EQ(Send("<bounce@lists.example.net>", message).action, Action::kQuarantine);
  EXPECT_EQ(Fact(Id::kArcTrusted), "no");
}

// The header block of a shape as fields, the way an MTA cuts it up.
std::vector<test::TestField> Fields(const std::string& block) {
  std::vector<test::TestField> fields;
  for (std::string_view line : Split(block, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool folded = line.starts_with(' ') && !fields.empty();
    if (folded && fields.back().value.empty() && line.find(':') != std::string_view::npos) {
      fields.back().value = line.substr(line.find(':') + 1);  // "From" CRLF " :"
    } else if (folded) {
      fields.back().value += "\n" + std::string(line);
    } else if (line.find(':') != std::string_view::npos) {
      const std::size_t colon = line.find(':');
      fields.push_back(
          {std::string(Trim(line.substr(0, colon))), std::string(line.substr(colon + 1))});
    } else if (!line.empty()) {
      fields.push_back({std::string(line), ""});
    }
  }
  return fields;
}

TEST_F(DmarcActionTest, Espoofer) {
  const char* const suites = std::getenv("ASSAY_SUITES");
  if (suites == nullptr) GTEST_SKIP() << "ASSAY_SUITES is not set";
  // dmarc, action. "-" where the sender shows a domain of its own.
  const std::map<std::string, std::pair<std::string, Action>> wanted = {
      {"server_a1", {"fail", Action::kQuarantine}},
      {"server_a2", {"fail", Action::kQuarantine}},
      {"server_a3", {"fail", Action::kQuarantine}},
      {"server_a4", {"fail", Action::kQuarantine}},
      {"server_a5", {"fail", Action::kQuarantine}},
      {"server_a6", {"fail", Action::kQuarantine}},
      {"server_a7", {"fail", Action::kQuarantine}},
      {"server_a8", {"permerror", Action::kQuarantine}},
      {"server_a9", {"permerror", Action::kQuarantine}},
      {"server_a10", {"permerror", Action::kQuarantine}},
      {"server_a11", {"permerror", Action::kQuarantine}},
      // Sender and Resent-From are not read: the author is attack.com, which has no policy.
      {"server_a12", {"none", Action::kNone}},
      {"server_a13", {"none", Action::kNone}},
      {"server_a14", {"permerror", Action::kQuarantine}},
      {"server_a15", {"permerror", Action::kQuarantine}},
      {"server_a16", {"fail", Action::kQuarantine}},
      {"server_a17", {"permerror", Action::kQuarantine}},
      {"server_a18", {"permerror", Action::kQuarantine}},
      {"server_a19", {"permerror", Action::kQuarantine}},
      // These log in to the victim's own server; from outside nothing of example.com is known.
      {"client_a1", {"permerror", Action::kTag}},
      {"client_a2", {"none", Action::kNone}},
      {"client_a3", {"none", Action::kNone}}};
  std::ifstream file(std::string(suites) + "/from-headers/espoofer.json");
  ASSERT_TRUE(file);
  std::size_t seen = 0;
  for (const auto& shape : nlohmann::json::parse(file)) {
    const auto id = shape.at("id").get<std::string>();
    ASSERT_TRUE(wanted.contains(id)) << id;
    TestMessage message;
    message.fields = Fields(shape.at("from_header").get<std::string>());
    message.body = "text\r\n";
    Send(shape.at("mailfrom").get<std::string>(), message, shape.at("helo").get<std::string>());
    const auto& [dmarc, action] = wanted.at(id);
    EXPECT_EQ(Fact(Id::kDmarc), dmarc) << id;
    EXPECT_EQ(transaction_->MakeRecord().verdict.action, action) << id;
    ++seen;
  }
  EXPECT_EQ(seen, wanted.size());
}

}  // namespace
}  // namespace assay::engine
