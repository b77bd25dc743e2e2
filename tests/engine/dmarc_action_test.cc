// SPDX-License-Identifier: Apache-2.0
// DMARC and ARC through a whole transaction: what the site's own word changes.
#include "lib/engine/dmarc_action.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/engine/dmarc_fixture.h"

namespace assay::engine {
namespace {

using facts::Id;
using test::SealOptions;
using test::TestKey;
using test::TestMessage;
using testing::HasSubstr;

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
    {"override_without_a_record",
     "unpublished.example.org",
     false,
     {{"unpublished.example.org", Action::kQuarantine}},
     Action::kQuarantine,
     "override"},
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

TEST_F(DmarcActionTest, TrustedSealerOutweighsSpfDkimAndDmarc) {
  config_.arc.trusted_sealers = {"lists.example.net"};
  config_.dmarc.reject = true;
  // A forwarder that keeps MAIL FROM and breaks the author's signature.
  TestMessage message = Sealed(" A <a@bank.example.org>", "bank.example.org");
  test::SignOptions broken;
  broken.domain = "lists.example.net";
  broken.selector = "arc";
  broken.signed_fields = {"From", "Subject"};
  TestMessage signed_before = message;
  signed_before.body = "text before\r\n";
  message.fields.push_back({"DKIM-Signature", SignDkim(signed_before, broken)});
  const auto& verdict = Send("<a@bank.example.org>", message);
  EXPECT_EQ(verdict.action, Action::kNone) << verdict.reason;
  EXPECT_TRUE(transaction_->findings().empty());
  EXPECT_EQ(Fact(Id::kSpfMailFrom), "fail");
  EXPECT_EQ(Fact(Id::kDkim), "fail");
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

TEST_F(DmarcActionTest, AListMayBreakASignature) {
  config_.dmarc.lists = {"lists.example.net"};
  TestMessage message = Message(" A <a@safe.example.org>");
  message.fields.push_back({"List-Id", " <l.example.net>"});
  TestMessage before = message;
  before.body = "text before\r\n";
  test::SignOptions options;
  options.domain = "lists.example.net";  // whose key the zone has
  options.selector = "arc";
  options.signed_fields = {"From", "Subject"};
  message.fields.push_back({"DKIM-Signature", SignDkim(before, options)});
  EXPECT_EQ(Send("<bounce@lists.example.net>", message).action, Action::kNone);
  EXPECT_EQ(Fact(Id::kDkim), "fail");
  EXPECT_TRUE(transaction_->findings().empty());
  EXPECT_FALSE(transaction_->MakeRecord().dmarc_instead.empty());
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

TEST_F(DmarcActionTest, TroubleWithOneOfSeveralAuthorsIsATemporaryError) {
  config_.dmarc.temperror = Action::kTempFail;
  const auto& verdict =
      Send("<a@good.example.com>", Message(" <a@good.example.com>, <b@trouble.example.org>"));
  EXPECT_EQ(verdict.action, Action::kTempFail);
  EXPECT_EQ(verdict.reply.code, 451);
  EXPECT_EQ(verdict.reply.enhanced_code, "4.4.3");
  EXPECT_THAT(verdict.reason, HasSubstr("temperror"));
}

TEST_F(DmarcActionTest, AnOverrideWithoutARecordLooksForAnyProof) {
  config_.dmarc.overrides = {{".lists.example.net", Action::kReject},
                             {"trouble.example.net", Action::kReject}};
  EXPECT_EQ(Send("<a@lists.example.net>", Message(" <a@lists.example.net>")).action, Action::kNone);
  EXPECT_EQ(Send("<a@lists.example.net>", Message(" <a@news.lists.example.net>")).action,
            Action::kNone);
  const auto& refused = Send("<a@good.example.com>", Message(" <a@lists.example.net>"));
  EXPECT_EQ(refused.action, Action::kReject);
  EXPECT_THAT(refused.reply.text, HasSubstr("confirms that lists.example.net sent"));
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

}  // namespace
}  // namespace assay::engine
