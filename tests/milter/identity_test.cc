// SPDX-License-Identifier: Apache-2.0
// Logins and their tables in the running daemon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "tests/milter/assayd_process.h"

namespace assay::milter {
namespace {

using test::Assayd;
using test::AssaydSettings;
using test::MilterClient;
using test::TemporaryFolder;
using testing::HasSubstr;
using testing::StartsWith;

class IdentityTest : public testing::Test {
 protected:
  AssaydSettings With(const std::string& map) const {
    AssaydSettings settings;
    settings.identity = "login_maps = [\"" + map + "\"]";
    return settings;
  }
  // The answer to MAIL under this login: "c", or "553 …".
  static std::string Mail(const Assayd& assayd, const char* login, const char* address) {
    MilterClient mta = assayd.Connect();
    mta.Open();
    mta.SendMacros('M', {{"{auth_type}", "PLAIN"}, {"{auth_authen}", login}});
    const auto reply = mta.Mail(address);
    if (reply.action == 'c') return "c";
    return std::to_string(reply.code) + ' ' + reply.enhanced_code + ' ' + reply.text;
  }

  TemporaryFolder folder_;
};

TEST_F(IdentityTest, AnothersAddressIsRefusedAtMail) {
  folder_.Write("logins", "bob@local.example bob\n");
  const Assayd assayd = Assayd::Start(folder_, With("texthash:" + folder_.Path("logins")));
  EXPECT_EQ(Mail(assayd, "bob", "<bob@local.example>"), "c");
  EXPECT_THAT(Mail(assayd, "carol", "<bob@local.example>"),
              StartsWith("553 5.7.1 Sender address rejected: not owned by your login [ref "));
  EXPECT_TRUE(assayd.WaitForLog("allow=<texthash:" + folder_.Path("logins") +
                                ":bob@local.example=bob,carol>"))
      << assayd.log();
}

TEST_F(IdentityTest, StartsWithoutItsTableAndTakesItWhenItIsThere) {
  Assayd assayd = Assayd::Start(folder_, With("texthash:" + folder_.Path("logins")));
  EXPECT_THAT(assayd.log(), HasSubstr("the checks that need it are off"));
  EXPECT_EQ(Mail(assayd, "carol", "<bob@local.example>"), "c");
  folder_.Write("logins", "bob@local.example bob\n");
  ASSERT_TRUE(assayd.WaitForLog(": read, 1 entries")) << assayd.log();
  EXPECT_THAT(Mail(assayd, "carol", "<bob@local.example>"), StartsWith("553"));
  folder_.Write("logins", "");
  ASSERT_TRUE(assayd.WaitForLog("what was read before stays in force")) << assayd.log();
  EXPECT_THAT(Mail(assayd, "carol", "<bob@local.example>"), StartsWith("553"));
  assayd.Signal(SIGHUP);
  ASSERT_TRUE(assayd.WaitForLog("reloaded:"));
  EXPECT_THAT(Mail(assayd, "carol", "<bob@local.example>"), StartsWith("553"))
      << "nor does a reload";
  assayd.Signal(SIGTERM);
  EXPECT_EQ(assayd.WaitForExit(std::chrono::seconds(20)), 0) << assayd.log();
}

}  // namespace
}  // namespace assay::milter
