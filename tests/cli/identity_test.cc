// SPDX-License-Identifier: Apache-2.0
// `assay identity check`; the real binary.
#include <gmock/gmock.h>

#include "tests/cli/program.h"

namespace assay::cli {
namespace {

using testing::HasSubstr;

class Identity : public ProgramTest {
 protected:
  Finished Check(std::vector<std::string> arguments, const std::string& more = {}) {
    const std::string map = Write("logins", "bob@example.net bob\n@shop.example.net shop\n");
    const std::string virt = Write("virtual", "info@example.net bob@example.net\n");
    const std::string config =
        Write("assay.toml", "[identity]\nlogin_maps = [\"texthash:" + map +
                                "\"]\nalias_maps = [\"texthash:" + virt +
                                "\"]\nnetwork_logins = [\"192.0.2.7 shop\"]\n" + more);
    arguments.insert(arguments.begin(), {"identity", "check", "-c", config});
    return Run(arguments);
  }
};

TEST_F(Identity, OwnAddress) {
  const Finished finished =
      Check({"--login", "bob", "--mail-from", "bob+x@example.net", "--from", "info@example.net"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("mail_from bob+x@example.net: match\n"));
  EXPECT_THAT(finished.out,
              HasSubstr("  keys: bob+x@example.net, bob@example.net, @example.net\n"));
  EXPECT_THAT(finished.out, HasSubstr("  alias: info@example.net -> bob@example.net\n"));
}

TEST_F(Identity, AnothersAddressNamesTheEntryThatIsMissing) {
  const Finished finished = Check({"--login", "carol", "--mail-from", "<>", "--from",
                                   "bob@example.net", "--sender", "x@example.org"});
  EXPECT_EQ(finished.code, 1);
  EXPECT_THAT(finished.out, HasSubstr("mail_from <>: null\n"));
  EXPECT_THAT(finished.out, HasSubstr("from bob@example.net: mismatch\n"));
  EXPECT_THAT(finished.out, HasSubstr("logins:bob@example.net=bob,carol\n"));
  EXPECT_THAT(finished.out, HasSubstr("sender x@example.org: unlisted\n"));
}

TEST_F(Identity, NetworkStandsForALogin) {
  const Finished finished = Check({"--client-ip", "192.0.2.7", "--from", "news@shop.example.net"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("login shop\n"));
}

TEST_F(Identity, TableThatGivesNoAnswerIs75) {
  const std::string config =
      Write("c.toml", "[identity]\nlogin_maps = [\"socketmap:unix:" + Path("none") + ":x\"]\n");
  const Finished finished =
      Run({"identity", "check", "-c", config, "--login", "bob", "--from", "bob@example.net"});
  EXPECT_EQ(finished.code, 75);
  EXPECT_THAT(finished.out, HasSubstr("temperror"));
  const std::string missing =
      Write("d.toml", "[identity]\nlogin_maps = [\"hash:/nonexistent/x\"]\n");
  const Finished off =
      Run({"identity", "check", "-c", missing, "--login", "bob", "--from", "bob@example.net"});
  EXPECT_EQ(off.code, 75);
  EXPECT_THAT(off.err, HasSubstr("/nonexistent/x.db: No such file"));
}

TEST_F(Identity, WrongUse) {
  EXPECT_EQ(Check({"--login", "bob"}).code, 64);
  EXPECT_EQ(Check({"--from", "bob@example.net"}).code, 64);
  EXPECT_EQ(Check({"--client-ip", "198.51.100.1", "--from", "bob@example.net"}).code, 64);
  EXPECT_EQ(Check({"--client-ip", "x", "--from", "bob@example.net"}).code, 64);
  EXPECT_EQ(Check({"--login", "bob", "--from", "a b"}).code, 64);
  EXPECT_EQ(Run({"identity"}).code, 64);
  const std::string config = Write("e.toml", "");
  EXPECT_EQ(
      Run({"identity", "check", "-c", config, "--login", "b", "--from", "b@example.net"}).code, 78);
}

}  // namespace
}  // namespace assay::cli
