// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lib/engine/transaction.h"

namespace assay::engine {
namespace {

Record Example() {
  Record record;
  record.queue_id = "4XyZ1w";
  record.verdict.action = Action::kReject;
  record.verdict.would = Action::kReject;
  record.verdict.reply = {550, "5.7.23", "SPF fail"};
  record.verdict.decided_by = "spf";
  record.verdict.score = 3.2;
  record.verdict.thresholds.tag = 5;
  record.client_name = "mx.example.org";
  record.client_ip = "192.0.2.11";
  record.helo = "mx.example.org";
  record.mail_from = "a@example.org";
  record.header_from = {"a@example.org"};
  record.rcpt_to = {"u@example.net", "v@example.net"};
  record.spf = "fail";
  record.spf_helo = "none";
  record.dkim = "none";
  record.dmarc = "fail";
  record.dmarc_policy = "reject";
  record.dmarc_instead = "list";
  record.profile = "inbound";
  record.rules = {"A", "B"};
  record.checks = {"spf=reject"};
  record.generation = 17;
  record.milliseconds = 14;
  record.ref = "7K3FQ00";
  return record;
}

TEST(LogLine, FixedOrderQueueIdFirst) {
  EXPECT_EQ(
      FormatText(Example()),
      "4XyZ1w: reject stage=eom client=mx.example.org[192.0.2.11] origin=- helo=<mx.example.org> "
      "login=- profile=inbound from=<a@example.org> hfrom=<a@example.org> "
      "rcpt=<u@example.net>,<v@example.net> nrcpt=2 spf=fail helo_spf=none dkim=none "
      "dmarc=fail(reject,list) arc=- score=3.2/5 rules=A,B checks=spf=reject limits=- "
      "lists=- by=spf "
      "would=- code=5.7.23 ms=14 dns_ms=0 gen=17 ref=7K3FQ00");
}

TEST(LogLine, MonitorSaysWhatWouldHaveBeen) {
  Record record = Example();
  record.verdict.action = Action::kNone;
  record.verdict.would_reply = record.verdict.reply;
  record.verdict.reply = {};
  record.queue_id.clear();
  const std::string line = FormatText(record);
  EXPECT_TRUE(line.starts_with("NOQUEUE: accept "));
  EXPECT_NE(line.find(" would=reject code=5.7.23 "), std::string::npos) << line;
}

TEST(LogLine, RulesInShadowAreNamedWhereTheyHit) {
  Record record = Example();
  EXPECT_EQ(FormatText(record).find("shadow="), std::string::npos);
  record.shadow = {"C", "D"};
  EXPECT_TRUE(FormatText(record).ends_with(" ref=7K3FQ00 shadow=C,D")) << FormatText(record);
  EXPECT_NE(FormatJson(record).find("\"shadow\":[\"C\",\"D\"]"), std::string::npos);
}

TEST(LogLine, NothingASenderWritesCanForgeAFieldOrALine) {
  Record record = Example();
  record.helo = "x> by=nobody\nfake: accept";
  record.mail_from = "a b\"@\xff";
  record.login = "user name ref=1";
  record.header_from = {"x,y> would=-"};
  const std::string line = FormatText(record);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(line.find("helo=<x\\x3e\\x20by=nobody\\x0afake:\\x20accept>"), std::string::npos)
      << line;
  EXPECT_NE(line.find("login=user_name_ref=1 "), std::string::npos) << line;
  EXPECT_NE(line.find("from=<a\\x20b\\x22@\\xff>"), std::string::npos) << line;
}

TEST(LogLine, JsonHoldsTheSame) {
  Record record = Example();
  record.helo = "\xff\n";
  const std::string json = FormatJson(record);
  EXPECT_EQ(json.find('\n'), std::string::npos);
  EXPECT_NE(json.find("\"queue_id\":\"4XyZ1w\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"code\":\"5.7.23\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"rules\":[\"A\",\"B\"]"), std::string::npos) << json;
}

}  // namespace
}  // namespace assay::engine
