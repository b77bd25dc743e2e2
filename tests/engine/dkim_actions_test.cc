// SPDX-License-Identifier: Apache-2.0
// What a signature leads to that is good but not accepted: one action for each reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/dns/zone_resolver.h"
#include "lib/engine/transaction.h"
#include "tests/support/dkim_signer.h"

namespace assay::engine {
namespace {

using test::SignOptions;
using test::TestKey;

SignOptions Sha1() {
  SignOptions options;
  options.algorithm = "rsa-sha1";
  return options;
}

SignOptions ShortKey() {
  SignOptions options;
  options.key = TestKey::kRsa512;
  options.selector = "short";
  return options;
}

SignOptions PartialBody() {
  SignOptions options;
  options.body_length = 2;
  return options;
}

SignOptions Sha1WithShortKey() {
  SignOptions options = ShortKey();
  options.algorithm = "rsa-sha1";
  return options;
}

dns::Zone Keys() {
  dns::Zone zone;
  zone.AddText("test._domainkey.example.com", test::KeyRecord(TestKey::kRsa2048));
  zone.AddText("short._domainkey.example.com", test::KeyRecord(TestKey::kRsa512));
  return zone;
}

config::DkimConfig EachItsOwn() {
  config::DkimConfig dkim;
  dkim.policy = {Action::kQuarantine};
  dkim.sha1 = config::CheckAction{Action::kReject};
  dkim.short_key = config::CheckAction{Action::kTempFail};
  dkim.partial_body = config::CheckAction{Action::kTag};
  return dkim;
}

std::unique_ptr<Transaction> Send(const config::DkimConfig& dkim,
                                  const std::vector<SignOptions>& signatures) {
  config::Config config;
  config.mode = config::Mode::kEnforce;
  config.identity.local_domains = {"example.net"};
  config.rules.directory.clear();
  config.rules.local.clear();
  config.dkim = dkim;
  auto report = LoadGeneration(config, {});
  EXPECT_TRUE(report.generation) << testing::PrintToString(report.messages);
  auto shared = std::make_shared<Shared>(std::make_shared<dns::ZoneResolver>(Keys()), 1 << 20, 4);
  Client client;
  client.ip = IpAddress::Parse("192.0.2.1");
  client.helo = "mail.example.com";
  auto transaction = std::make_unique<Transaction>(report.generation, std::move(shared), client,
                                                   WallTime(std::chrono::seconds(1'700'000'000)));
  test::TestMessage message{{{"From", " a@example.com"}, {"Subject", " x"}}, "text\r\n"};
  for (const SignOptions& options : signatures) AddDkimSignature(message, options);
  transaction->Mail({"<a@example.com>", {}, false});
  transaction->Rcpt("<u@example.net>");
  for (const test::TestField& field : message.fields) transaction->Field(field.name, field.value);
  transaction->EndFields();
  transaction->Body(message.body);
  transaction->EndOfMessage();
  (void)transaction->Conclude();
  return transaction;
}

struct Case {
  const char* name;
  std::vector<SignOptions> signatures;
  Action want;
};

class DkimReasons : public testing::TestWithParam<Case> {};

TEST_P(DkimReasons, HaveActionsOfTheirOwn) {
  const auto transaction = Send(EachItsOwn(), GetParam().signatures);
  const Record record = transaction->MakeRecord();
  EXPECT_EQ(ToWord(record.verdict.action), ToWord(GetParam().want)) << record.dkim;
  EXPECT_EQ(record.dkim, GetParam().want == Action::kNone ? "pass" : "policy");
}

TEST_P(DkimReasons, FollowPolicyWhereNothingElseIsSet) {
  config::DkimConfig dkim;
  dkim.policy = {Action::kTempFail};
  const auto transaction = Send(dkim, GetParam().signatures);
  EXPECT_EQ(transaction->MakeRecord().verdict.action,
            GetParam().want == Action::kNone ? Action::kNone : Action::kTempFail);
}

const Case kCases[] = {
    {"sha1", {Sha1()}, Action::kReject},
    {"short_key", {ShortKey()}, Action::kTempFail},
    {"partial_body", {PartialBody()}, Action::kTag},
    {"the_hardest_of_two_reasons", {Sha1WithShortKey()}, Action::kReject},
    {"the_mildest_of_two_signatures", {Sha1(), PartialBody()}, Action::kTag},
    {"a_pass_beside_it", {Sha1(), SignOptions()}, Action::kNone},
};
INSTANTIATE_TEST_SUITE_P(Own, DkimReasons, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(DkimActions, AReasonMayAddAScore) {
  config::DkimConfig dkim;
  dkim.short_key = config::CheckAction{Action::kNone, 7.5};
  const auto transaction = Send(dkim, {ShortKey()});
  const Record record = transaction->MakeRecord();
  EXPECT_EQ(record.verdict.score, 7.5);
  EXPECT_EQ(record.verdict.action, Action::kTag);
  EXPECT_THAT(record.rules, testing::ElementsAre("dkim.short_key"));
}

}  // namespace
}  // namespace assay::engine
