// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/received_spf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "lib/base/text.h"
#include "tests/auth/spf_support.h"

namespace assay::auth {
namespace {

SpfOutcome Outcome(SpfResult result) {
  SpfOutcome outcome;
  outcome.result = result;
  return outcome;
}

TEST(ReceivedSpf, Pass) {
  SpfOutcome outcome = Outcome(SpfResult::kPass);
  outcome.mechanism = "ip4:192.0.2.0/24";
  EXPECT_EQ(
      WriteReceivedSpf(MakeCheck("192.0.2.1", "a.b@example.com"), outcome, SpfIdentity::kMailFrom),
      " pass\n\treceiver=mx.example.org;\n\tclient-ip=192.0.2.1;\n\t"
      "envelope-from=\"a.b@example.com\";\n\thelo=mail.example.net;\n\tidentity=mailfrom;\n\t"
      "mechanism=\"ip4:192.0.2.0/24\"");
}

TEST(ReceivedSpf, HeloFromIpv6WithProblem) {
  SpfOutcome outcome = Outcome(SpfResult::kTempError);
  outcome.problem = "TXT of h.example.com: SERVFAIL";
  SpfCheck check = MakeCheck("2001:db8::1", "", "h.example.com");
  check.receiver.clear();
  EXPECT_EQ(
      WriteReceivedSpf(check, outcome, SpfIdentity::kHelo),
      " temperror\n\tclient-ip=\"2001:db8::1\";\n\tenvelope-from=\"postmaster@h.example.com\";\n\t"
      "helo=h.example.com;\n\tidentity=helo;\n\tproblem=\"TXT of h.example.com: SERVFAIL\"");
}

TEST(ReceivedSpf, StrangersTextCannotLeaveItsQuotes) {
  SpfCheck check = MakeCheck("192.0.2.1", "a\"\\\r\nX-Evil: 1\xc3\xbc; x=@example.com", "..");
  const std::string field =
      WriteReceivedSpf(check, Outcome(SpfResult::kFail), SpfIdentity::kMailFrom);
  EXPECT_NE(field.find("envelope-from=\"a\\\"\\\\??X-Evil: 1??; x=@example.com\""),
            std::string::npos)
      << field;
  EXPECT_NE(field.find("helo=\"..\""), std::string::npos);
  EXPECT_EQ(field.find('\r'), std::string::npos);
}

TEST(ReceivedSpf, LinesStayShort) {
  SpfOutcome outcome = Outcome(SpfResult::kPermError);
  outcome.mechanism = std::string(10'000, '"');
  const SpfCheck check =
      MakeCheck("192.0.2.1", std::string(5000, 'a') + "@example.com", std::string(5000, 'h'));
  const std::string field = WriteReceivedSpf(check, outcome, SpfIdentity::kMailFrom);
  for (const std::string_view line : Split(field, '\n')) EXPECT_LT(line.size(), 900U);
}

}  // namespace
}  // namespace assay::auth
