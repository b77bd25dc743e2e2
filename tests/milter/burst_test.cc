// SPDX-License-Identifier: Apache-2.0
// Debian's libmilter serialises callbacks that wait: 20 sessions would need up to 10 deadlines. The
// bounds here are generous, for busy machines; the program milter_burst prints figures.
#include "tests/support/burst.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "tests/milter/assayd_process.h"

namespace assay::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kDeadline{2};
const AssaydSettings kSettings = {
    .milter = "mail_wait = \"2s\"\neom_wait = \"2s\"\nidle_timeout = \"5s\"",
    .spf = "at = \"mail\"",
    .dns = "timeout = \"60s\""};

class BurstTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(BurstTest, TwentySessionsThatWaitAtMailAreServedTogether) {
  const Assayd assayd = Assayd::Start(folder_, kSettings);
  for (int round = 0; round < 2; ++round) {
    const BurstTimes times =
        MailBurst([&] { return assayd.Connect(); }, 20, "<a@slow.example.com>");
    EXPECT_GE(times.slowest, kDeadline - milliseconds(50)) << "the deadline itself is kept";
    EXPECT_LT(times.slowest, 2 * kDeadline);
  }
}

TEST_F(BurstTest, AlsoAfterIdlingLongerThanTheIdleTimeout) {
  const Assayd assayd = Assayd::Start(folder_, kSettings);
  for (const std::size_t sessions : {20U, 200U}) {
    std::this_thread::sleep_for(seconds(8));
    const BurstTimes times =
        MailBurst([&] { return assayd.Connect(); }, sessions, "<a@slow.example.com>");
    EXPECT_LT(times.slowest, 2 * kDeadline) << sessions << " sessions";
  }
}

TEST_F(BurstTest, TwoHundredSessionsThatWaitAreServedTogether) {
  const Assayd assayd = Assayd::Start(folder_, kSettings);
  const BurstTimes times = MailBurst([&] { return assayd.Connect(); }, 200, "<a@slow.example.com>");
  EXPECT_GE(times.slowest, kDeadline - milliseconds(50)) << "the deadline itself is kept";
  EXPECT_LT(times.slowest, 2 * kDeadline);
}

TEST_F(BurstTest, TwentySessionsThatWaitAtEndOfMessageAreServedTogether) {
  AssaydSettings settings = kSettings;
  settings.spf.clear();
  const Assayd assayd = Assayd::Start(folder_, settings);
  const BurstTimes times =
      EndOfMessageBurst([&] { return assayd.Connect(); }, 20, "<a@slow.example.com>");
  EXPECT_LT(times.slowest, 2 * kDeadline);
}

TEST_F(BurstTest, QuickSessionsDoNotWaitForSlowOnes) {
  const Assayd assayd = Assayd::Start(folder_, kSettings);
  std::vector<MilterClient> slow;
  for (int i = 0; i < 40; ++i) {
    slow.push_back(assayd.Connect());
    slow.back().Open();
    slow.back().Send('M', std::string("<a@slow.example.com>\0", 21));
  }
  std::this_thread::sleep_for(milliseconds(300));
  const auto start = SteadyClock::now();
  MilterClient quick = assayd.Connect();
  quick.Open();
  quick.SendMessage("<a@pass.example.com>", "<u@local.example>", {{"Subject", " hello"}});
  EXPECT_LT(SteadyClock::now() - start, kDeadline - milliseconds(500));
}

TEST_F(BurstTest, InternalConnectionsAreNoSessions) {
  Assayd assayd = Assayd::Start(folder_, kSettings);
  (void)MailBurst([&] { return assayd.Connect(); }, 5, "<a@slow.example.com>");
  std::this_thread::sleep_for(milliseconds(100));
  assayd.Signal(SIGTERM);
  EXPECT_EQ(assayd.WaitForExit(seconds(20)), 0);
  EXPECT_NE(assayd.log().find("stopping: 0 sessions open"), std::string::npos) << assayd.log();
}

}  // namespace
}  // namespace assay::test
