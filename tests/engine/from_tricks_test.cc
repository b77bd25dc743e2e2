// SPDX-License-Identifier: Apache-2.0
// What no trick in From gets past: each shape with its DMARC result and what is done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "tests/engine/dmarc_fixture.h"

namespace assay::engine {
namespace {

using facts::Id;
using test::TestMessage;
using testing::HasSubstr;

class FromTricks : public DmarcActionTest {};

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

TEST_F(FromTricks, WithoutASingleAuthorTheStrictestPolicyIsNamed) {
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

// Some MTAs make a From field of MAIL FROM where there is none.
TEST_F(FromTricks, WithoutFromThePolicyOfMailFromCounts) {
  TestMessage message = Message("");
  message.fields.erase(message.fields.begin());
  EXPECT_EQ(Send("<a@safe.example.org>", message).action, Action::kQuarantine);
  EXPECT_EQ(Send("<a@good.example.com>", message).action, Action::kTag);
}

TEST_F(FromTricks, PaddingDoesNotHideALocalDomain) {
  std::string from = " (";
  for (int i = 0; i < 1000; ++i) from += "@a" + std::to_string(i) + ".b, ";
  config_.dmarc.mode = config::Mode::kMonitor;
  Send("<a@good.example.com>", Message(from + ") CEO <ceo@ours.example> x"));
  EXPECT_EQ(Fact(Id::kIdentityLocalClaim), "unvouched");
}

// 1,000 fields that fit into 5 KB, whatever they are called, hide neither the author nor whose
// policy counts.
TEST_F(FromTricks, PaddingDoesNotHideTheAuthor) {
  for (const char* padding : {"X", "Sender", "Reply-To", "Subject", "From"}) {
    TestMessage message = Message("");
    message.fields.clear();
    for (int i = 0; i < 60; ++i) message.fields.push_back({padding, " <a@good.example.com>"});
    for (int i = 0; i < 1200; ++i) message.fields.push_back({"X", ""});
    message.fields.push_back({"From", " <admin@safe.example.org>"});
    EXPECT_EQ(Send("<a@good.example.com>", message).action, Action::kQuarantine) << padding;
    message.fields.back().value = " <ceo@ours.example>";
    EXPECT_EQ(Send("<a@good.example.com>", message).action, Action::kQuarantine) << padding;
    EXPECT_EQ(Fact(Id::kIdentityLocalClaim), "unvouched") << padding;
  }
}

TEST_F(FromTricks, NoPathVouchesForAFromWithoutASingleAuthor) {
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

TEST_F(FromTricks, Espoofer) {
  const char* const suites = std::getenv("ASSAY_SUITES");
  if (suites == nullptr)
    GTEST_SKIP() << "ASSAY_SUITES is not set; FromTable has the tricks with domains of ours";
  // dmarc, action.
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
