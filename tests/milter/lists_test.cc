// SPDX-License-Identifier: Apache-2.0
// DNS lists in the running daemon: tested at start and at a reload, named in the log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "lib/base/clock.h"
#include "tests/milter/assayd_process.h"

namespace assay::milter {
namespace {

using test::Assayd;
using test::AssaydSettings;
using test::MilterClient;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kZone = R"(
2.0.0.127.good.example  A 127.0.0.2
1.2.0.192.good.example  A 127.0.0.2
1.2.0.192.dead.example  A 127.0.0.2
)";

constexpr std::string_view kRules = R"(
dnsbl good zone "good.example" { bad 127.0.0.2 }
rule LISTED {
  about "The client is listed"
  when dnsbl.good is bad
  action reject "listed"
  hit  with dnsbl.good = bad
  miss "\nx"
}
)";

constexpr std::string_view kMoreRules = R"(
dnsbl dead zone "dead.example" { bad 127.0.0.2 }
rule LISTED_TOO {
  about "The client is listed"
  when dnsbl.dead is bad
  action reject "listed"
  hit  with dnsbl.dead = bad
  miss "\nx"
}
)";

class ListsInDaemonTest : public testing::Test {
 protected:
  Assayd Start(std::string_view rules) {
    const AssaydSettings settings;
    WriteConfiguration(folder_, settings);
    folder_.Write("zone.txt", kZone);
    folder_.Write("local.rules", rules);
    Assayd assayd = Assayd::Spawn(folder_, settings);
    EXPECT_TRUE(assayd.WaitForLog(" serves ")) << assayd.log();
    return assayd;
  }

  static std::string Send(const Assayd& assayd) {
    MilterClient mta = assayd.Connect();
    mta.Open();
    const auto reply =
        mta.SendMessage("<a@pass.example.com>", "<u@local.example>", {{"Subject", " x"}}).reply;
    return std::string(1, reply.action) + ' ' + reply.text;
  }

  test::TemporaryFolder folder_;
};

TEST_F(ListsInDaemonTest, AListThatPassesItsTestCounts) {
  const Assayd assayd = Start(kRules);
  // The test is over within moments of the start; until then the list is off.
  std::string answer;
  const Deadline end = SteadyClock::now() + std::chrono::seconds(20);
  for (answer = Send(assayd); !answer.starts_with('y') && SteadyClock::now() < end;
       answer = Send(assayd)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_THAT(answer, HasSubstr("listed"));
  EXPECT_TRUE(assayd.WaitForLog(" lists=good:bad ")) << assayd.log();
  EXPECT_THAT(assayd.log(), Not(HasSubstr("switched off")));
}

TEST_F(ListsInDaemonTest, AListThatFailsItsTestAfterAReloadIsNotBelieved) {
  const Assayd assayd = Start("");
  folder_.Write("local.rules", kMoreRules);
  assayd.Signal(SIGHUP);
  ASSERT_TRUE(assayd.WaitForLog("dnsbl.dead does not list 127.0.0.2")) << assayd.log();
  EXPECT_THAT(Send(assayd), Not(HasSubstr("listed")));
  EXPECT_TRUE(assayd.WaitForLog(" lists=dead:off ")) << assayd.log();
}

}  // namespace
}  // namespace assay::milter
