// SPDX-License-Identifier: Apache-2.0
// From the start to the end of the real assayd: configuration, sockets, signals, drain, hand-over.
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "lib/base/clock.h"
#include "milter/process.h"
#include "tests/milter/assayd_process.h"
#include "tests/support/milter_client.h"

namespace assay::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

constexpr seconds kExitLimit{20};
const Macros kReject = {{"From", " <a@pass.example.com>"}, {"Subject", " please reject"}};

class LifecycleTest : public testing::Test {
 protected:
  std::string socket_path() const { return folder_.Path("assay.sock"); }

  // MAIL to the last header field of a message that the rules reject.
  static MilterClient OpenMessage(const Assayd& assayd) {
    MilterClient mta = assayd.Connect();
    mta.Open();
    mta.Mail("<a@pass.example.com>");
    mta.Rcpt("<u@local.example>");
    mta.Header("Subject", " please reject");
    mta.EndOfHeaders();
    return mta;
  }

  static char Verdict(const Assayd& assayd) {
    MilterClient mta = assayd.Connect();
    mta.Open();
    return mta.SendMessage("<a@pass.example.com>", "<u@local.example>", kReject).reply.action;
  }

  // Runs assayd until it ends by itself; gives its log.
  std::string Run(int want_status, const AssaydSettings& settings = {}) {
    Assayd assayd = Assayd::Spawn(folder_, settings);
    EXPECT_EQ(assayd.WaitForExit(kExitLimit), want_status);
    return assayd.log();
  }

  TemporaryFolder folder_;
};

TEST_F(LifecycleTest, ServesAndEndsOnSigterm) {
  Assayd assayd = Assayd::Start(folder_);
  EXPECT_EQ(Verdict(assayd), 'y');
  assayd.Signal(SIGTERM);
  EXPECT_EQ(assayd.WaitForExit(kExitLimit), 0);
  EXPECT_THAT(assayd.log(), HasSubstr("stopped: 0 sessions cut off"));
  EXPECT_FALSE(std::filesystem::exists(socket_path()));
}

TEST_F(LifecycleTest, ConfigurationErrorStopsTheStart) {
  WriteConfiguration(folder_, {.general = "mdoe = \"monitor\""});
  EXPECT_THAT(Run(78), MatchesRegex(".*assay\\.toml:[0-9]+:[0-9]+: error: .*"));
  EXPECT_FALSE(std::filesystem::exists(socket_path()));
}

TEST_F(LifecycleTest, RuleErrorStopsTheStart) {
  WriteConfiguration(folder_, {});
  folder_.Write("local.rules", "rule BROKEN {\n  when subjct ~ /x/\n}\n");
  EXPECT_THAT(Run(78), MatchesRegex(".*local\\.rules:[0-9]+:[0-9]+: error: .*"));
}

TEST_F(LifecycleTest, MissingConfigurationStopsTheStart) {
  EXPECT_THAT(Run(78), HasSubstr(folder_.Path("assay.toml")));
}

TEST_F(LifecycleTest, BadZoneStopsTheStart) {
  WriteConfiguration(folder_, {});
  folder_.Write("zone.txt", "example.com NONSENSE x\n");
  EXPECT_THAT(Run(78), HasSubstr("zone.txt:1: error"));
}

TEST_F(LifecycleTest, TestModeChecksAndSaysNothingWhenAllIsWell) {
  WriteConfiguration(folder_, {});
  std::string text;
  std::ifstream file(folder_.Path("assay.toml"));
  for (std::string line; std::getline(file, line);) {
    if (line.find("zone = ") == std::string::npos)
      text += line + "\n";  // a zone is worth a warning
  }
  folder_.Write("assay.toml", text);
  EXPECT_THAT(Run(0, {.arguments = {"-t"}}), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(socket_path()));
  folder_.Write("assay.toml", text + "nonsense = 1\n");
  EXPECT_THAT(Run(78, {.arguments = {"--test"}}), HasSubstr("error: "));
}

TEST_F(LifecycleTest, BadArgumentsAreUsageErrors) {
  WriteConfiguration(folder_, {});
  EXPECT_THAT(Run(64, {.arguments = {"--no-such-option"}}), Not(IsEmpty()));
  EXPECT_THAT(Run(64, {.arguments = {"--socket", "inet:127.0.0.1:8891"}}), HasSubstr("PORT@HOST"));
}

TEST_F(LifecycleTest, SocketOptionOverridesTheConfiguration) {
  WriteConfiguration(folder_, {});
  const Assayd assayd =
      Assayd::Spawn(folder_, {.arguments = {"--socket", "unix:" + folder_.Path("other.sock")}});
  ASSERT_TRUE(assayd.WaitForLog(" serves unix:" + folder_.Path("other.sock"))) << assayd.log();
  EXPECT_FALSE(std::filesystem::exists(socket_path()));
}

TEST_F(LifecycleTest, UnwritablePathIsNamedWithTheReason) {
  WriteConfiguration(folder_, {.socket = "unix:" + folder_.Path("missing/a.sock")});
  EXPECT_THAT(Run(73),
              HasSubstr(folder_.Path("missing/a.sock") + ".new: No such file or directory"));
}

TEST_F(LifecycleTest, OtherFileAtThePathIsLeftAlone) {
  WriteConfiguration(folder_, {});
  folder_.Write("assay.sock", "somebody's");
  EXPECT_THAT(Run(73), HasSubstr(socket_path() + " exists and is not a socket"));
  EXPECT_TRUE(std::filesystem::is_regular_file(socket_path()));
}

TEST_F(LifecycleTest, StaleSocketIsNoObstacle) {
  {
    const Assayd killed = Assayd::Start(folder_);  // SIGKILL leaves the file
  }
  ASSERT_TRUE(std::filesystem::is_socket(socket_path()));
  const Assayd assayd = Assayd::Start(folder_);
  EXPECT_EQ(Verdict(assayd), 'y');
}

TEST_F(LifecycleTest, SocketModeAndGroupAreAsConfigured) {
  if (!milter::RunsAsRoot()) GTEST_SKIP() << "only root can give a socket to another group";
  const auto group = milter::FindGroup("mail");
  if (!group) GTEST_SKIP() << group.error().what;
  const Assayd assayd =
      Assayd::Start(folder_, {.milter = "socket_mode = \"0620\"\nsocket_group = \"mail\""});
  struct stat status {};
  ASSERT_EQ(::lstat(socket_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0620U);
  EXPECT_EQ(status.st_gid, *group);
}

TEST_F(LifecycleTest, UnknownUserAndGroupAreConfigurationErrors) {
  WriteConfiguration(folder_, {.milter = "socket_group = \"no-such-group\""});
  EXPECT_THAT(Run(78), HasSubstr("milter.socket_group: no group 'no-such-group'"));
  if (!milter::RunsAsRoot()) return;
  WriteConfiguration(folder_, {.milter = "user = \"no-such-user\""});
  EXPECT_THAT(Run(78), HasSubstr("milter.user: no user 'no-such-user'"));
}

TEST_F(LifecycleTest, RootIsGivenUpAfterBinding) {
  if (!milter::RunsAsRoot()) GTEST_SKIP() << "only root can give it up";
  const auto nobody = milter::FindUser("nobody");
  if (!nobody) GTEST_SKIP() << nobody.error().what;
  std::filesystem::permissions(folder_.Path("."), std::filesystem::perms(0755));
  Assayd assayd = Assayd::Start(folder_, {.milter = "user = \"nobody\""});
  struct stat status {};
  ASSERT_EQ(::stat(("/proc/" + std::to_string(assayd.pid())).c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, nobody->uid);
  ASSERT_EQ(::lstat(socket_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, nobody->uid);
  EXPECT_EQ(Verdict(assayd), 'y');
  assayd.Signal(SIGHUP);
  EXPECT_TRUE(assayd.WaitForLog("reloaded:")) << assayd.log();
  assayd.Signal(SIGTERM);
  EXPECT_EQ(assayd.WaitForExit(kExitLimit), 0);
}

TEST_F(LifecycleTest, ReloadCountsForNewMessages) {
  const Assayd assayd = Assayd::Start(folder_);
  MilterClient old_session = OpenMessage(assayd);
  folder_.Write("local.rules", "");
  assayd.Signal(SIGHUP);
  ASSERT_TRUE(assayd.WaitForLog("reloaded: mode=enforce rules=0 gen=2"));
  EXPECT_EQ(old_session.EndOfMessage().reply.action, 'y')
      << "a message keeps the rules it began with";
  EXPECT_EQ(
      old_session.SendMessage("<a@pass.example.com>", "<u@local.example>", kReject).reply.action,
      'c')
      << "the next one of the same session has the new ones";
  EXPECT_EQ(Verdict(assayd), 'c');
}

TEST_F(LifecycleTest, FailedReloadKeepsEverything) {
  const Assayd assayd = Assayd::Start(folder_);
  folder_.Write("local.rules", "rule BROKEN {");
  assayd.Signal(SIGHUP);
  ASSERT_TRUE(assayd.WaitForLog("reload failed, gen=1 stays"));
  EXPECT_THAT(assayd.log(), HasSubstr("local.rules:1:"));
  EXPECT_EQ(Verdict(assayd), 'y');
  WriteConfiguration(folder_, {.general = "mdoe = \"monitor\""});
  assayd.Signal(SIGHUP);
  ASSERT_TRUE(assayd.WaitForLog("reload failed, gen=1 stays", 2));
  EXPECT_EQ(Verdict(assayd), 'y');
}

TEST_F(LifecycleTest, ReloadNamesWhatNeedsARestart) {
  const Assayd assayd = Assayd::Start(folder_);
  WriteConfiguration(folder_,
                     {.socket = "unix:" + folder_.Path("other.sock"), .dns = "timeout = \"4s\""});
  assayd.Signal(SIGHUP);
  EXPECT_TRUE(assayd.WaitForLog("counts only after a restart: milter.socket, dns.timeout"));
  EXPECT_EQ(Verdict(assayd), 'y');
}

TEST_F(LifecycleTest, ReloadWhileASessionWaitsAtEndOfMessage) {
  const Assayd assayd =
      Assayd::Start(folder_, {.milter = "eom_wait = \"2s\"", .dns = "timeout = \"60s\""});
  MilterClient mta = assayd.Connect();
  mta.Open();
  mta.Mail("<a@slow.example.com>");
  mta.Rcpt("<u@local.example>");
  mta.Header("Subject", " please reject");
  mta.EndOfHeaders();
  mta.Send('E', {});
  folder_.Write("local.rules", "");
  assayd.Signal(SIGHUP);
  ASSERT_TRUE(assayd.WaitForLog("reloaded:"));
  EXPECT_EQ(mta.Receive().command, 'y');
}

TEST_F(LifecycleTest, ThreeHundredReloadsDoNotStopIt) {
  const Assayd assayd = Assayd::Start(folder_);
  MilterClient mta = OpenMessage(assayd);
  for (int i = 0; i < 300; ++i) {
    assayd.Signal(SIGHUP);
    std::this_thread::sleep_for(milliseconds(1));
  }
  ASSERT_TRUE(assayd.WaitForLog("reloaded:"));
  EXPECT_EQ(mta.EndOfMessage().reply.action, 'y');
  EXPECT_EQ(Verdict(assayd), 'y');
}

TEST_F(LifecycleTest, DrainLetsOpenSessionsFinish) {
  Assayd assayd = Assayd::Start(folder_);
  MilterClient mta = OpenMessage(assayd);
  assayd.Signal(SIGTERM);
  ASSERT_TRUE(assayd.WaitForLog("stopping: 1 sessions open"));
  EXPECT_FALSE(assayd.WaitForExit(milliseconds(700))) << "a session is open";
  EXPECT_THROW((void)assayd.Connect(), std::system_error) << "no new ones";
  EXPECT_EQ(mta.EndOfMessage().reply.action, 'y');
  EXPECT_EQ(mta.SendMessage("<a@pass.example.com>", "<u@local.example>", kReject).reply.action,
            'y');
  mta.Quit();
  EXPECT_EQ(assayd.WaitForExit(kExitLimit), 0);
  EXPECT_THAT(assayd.log(), HasSubstr("stopped: 0 sessions cut off"));
}

TEST_F(LifecycleTest, DrainEndsAtItsDeadline) {
  Assayd assayd = Assayd::Start(folder_, {.milter = "drain = \"1s\""});
  MilterClient mta = OpenMessage(assayd);
  const auto start = SteadyClock::now();
  assayd.Signal(SIGTERM);
  EXPECT_EQ(assayd.WaitForExit(kExitLimit), 0);
  EXPECT_GE(SteadyClock::now() - start, milliseconds(950));
  EXPECT_THAT(assayd.log(), HasSubstr("stopped: 1 sessions cut off"));
  EXPECT_TRUE(mta.Closed(seconds(1)));
}

TEST_F(LifecycleTest, SecondSignalEndsTheDrain) {
  Assayd assayd = Assayd::Start(folder_);
  MilterClient mta = OpenMessage(assayd);
  assayd.Signal(SIGINT);
  ASSERT_TRUE(assayd.WaitForLog("stopping:"));
  assayd.Signal(SIGINT);
  EXPECT_EQ(assayd.WaitForExit(seconds(5)), 0);
}

// libmilter waits for the same signals in a thread of its own and would abandon the session.
TEST_F(LifecycleTest, ReloadAndStopInOneMomentCutNoSession) {
  for (int round = 0; round < 15; ++round) {
    Assayd assayd = Assayd::Start(folder_);
    MilterClient mta = OpenMessage(assayd);
    assayd.Signal(round % 2 == 0 ? SIGHUP : SIGTERM);
    assayd.Signal(round % 2 == 0 ? SIGTERM : SIGHUP);
    ASSERT_TRUE(assayd.WaitForLog("stopping:"));
    std::this_thread::sleep_for(milliseconds(20));
    ASSERT_EQ(mta.EndOfMessage().reply.action, 'y') << "round " << round;
    mta.Quit();
    EXPECT_EQ(assayd.WaitForExit(kExitLimit), 0);
  }
}

TEST_F(LifecycleTest, HandOverRefusesNoConnection) {
  Assayd old_assayd = Assayd::Start(folder_);
  MilterClient old_session = OpenMessage(old_assayd);
  std::atomic<bool> done{false};
  std::atomic<int> served{0};
  std::atomic<int> failed{0};
  std::thread traffic([&] {
    while (!done) {
      try {
        MilterClient mta = MilterClient::ConnectUnix(socket_path());
        mta.Open();
        const auto verdict = mta.SendMessage("<a@pass.example.com>", "<u@local.example>", kReject);
        ++(verdict.reply.action == 'y' ? served : failed);
      } catch (const std::exception&) {
        ++failed;
      }
    }
  });
  const Assayd successor = Assayd::Start(folder_);
  old_assayd.Signal(SIGTERM);
  ASSERT_TRUE(old_assayd.WaitForLog("stopping:"));
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_EQ(old_session.EndOfMessage().reply.action, 'y')
      << "old sessions finish on the old process";
  old_session.Quit();
  EXPECT_EQ(old_assayd.WaitForExit(kExitLimit), 0);
  EXPECT_EQ(Verdict(successor), 'y') << "the old process left the path alone";
  done = true;
  traffic.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GT(served, 0);
}

TEST_F(LifecycleTest, InheritedSocketKeepsItsQueueOverARestart) {
  const UniqueFd held = ListenUnix(folder_.Path("held.sock"));
  AssaydSettings settings{.socket = "fd:3"};
  settings.inherited_fd = held.get();
  const auto verdict = [&] {
    MilterClient mta = MilterClient::ConnectUnix(folder_.Path("held.sock"));
    mta.Open();
    return mta.SendMessage("<a@pass.example.com>", "<u@local.example>", kReject).reply.action;
  };
  Assayd first = Assayd::Start(folder_, settings);
  EXPECT_EQ(verdict(), 'y');
  first.Signal(SIGTERM);
  ASSERT_TRUE(first.WaitForLog("stopping:"));
  std::thread waiting(
      [&] { EXPECT_EQ(verdict(), 'y') << "waits in the queue for the next process"; });
  EXPECT_EQ(first.WaitForExit(kExitLimit), 0);
  const Assayd second = Assayd::Start(folder_, settings);
  waiting.join();
}

TEST_F(LifecycleTest, DescriptorThatIsNoSocketIsNamed) {
  WriteConfiguration(folder_, {.socket = "fd:17"});
  EXPECT_THAT(Run(73), HasSubstr("fd:17: Bad file descriptor"));
}

TEST_F(LifecycleTest, SupervisorIsToldEachState) {
  const UniqueFd supervisor(::socket(AF_UNIX, SOCK_DGRAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  folder_.Path("notify").copy(address.sun_path, sizeof address.sun_path - 1);
  const void* generic = &address;
  ASSERT_EQ(::bind(supervisor.get(), static_cast<const sockaddr*>(generic), sizeof address), 0);
  const auto next = [&] {
    char buffer[256] = {};
    const ssize_t size = ::recv(supervisor.get(), buffer, sizeof buffer, 0);
    return std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  };
  Assayd assayd =
      Assayd::Start(folder_, {.environment = {"NOTIFY_SOCKET=" + folder_.Path("notify")}});
  EXPECT_EQ(next(), "READY=1");
  assayd.Signal(SIGHUP);
  EXPECT_THAT(next(), HasSubstr("RELOADING=1"));
  EXPECT_EQ(next(), "READY=1");
  assayd.Signal(SIGTERM);
  EXPECT_EQ(next(), "STOPPING=1");
}

std::uint16_t ServedPort(const Assayd& assayd) {
  const std::string log = assayd.log();
  const std::size_t at = log.find(" serves inet:");
  return at == std::string::npos ? std::uint16_t{0}
                                 : static_cast<std::uint16_t>(std::stoi(log.substr(at + 13)));
}

// libmilter writes each header edit and the reply on its own; without TCP_NODELAY every message
// takes 40 ms longer.
TEST_F(LifecycleTest, InetAnswersWithoutDelayedAcknowledgements) {
  WriteConfiguration(folder_, {.mode = "monitor"});
  const Assayd assayd = Assayd::Spawn(folder_, {.arguments = {"--socket", "inet:0@127.0.0.1"}});
  ASSERT_TRUE(assayd.WaitForLog(" serves inet:"));
  MilterClient mta = MilterClient::ConnectInet("127.0.0.1", ServedPort(assayd));
  mta.Open();
  std::vector<SteadyClock::duration> times;
  for (int i = 0; i < 21; ++i) {
    mta.Mail("<a@pass.example.com>");
    mta.Rcpt("<u@local.example>");
    mta.Header("Subject", " hello");
    mta.EndOfHeaders();
    std::this_thread::sleep_for(milliseconds(5));  // the steps above are through
    const auto start = SteadyClock::now();
    const MilterVerdict verdict = mta.EndOfMessage();
    times.push_back(SteadyClock::now() - start);
    ASSERT_GE(verdict.changes.size(), 2U) << "several small writes";
  }
  std::nth_element(times.begin(), times.begin() + 10, times.end());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(times[10], milliseconds(25));
#endif
}

TEST_F(LifecycleTest, BusyPortIsNamedWithTheReason) {
  WriteConfiguration(folder_, {});
  const Assayd first = Assayd::Spawn(folder_, {.arguments = {"--socket", "inet:0@127.0.0.1"}});
  ASSERT_TRUE(first.WaitForLog(" serves inet:"));
  const std::string socket = "inet:" + std::to_string(ServedPort(first)) + "@127.0.0.1";
  EXPECT_THAT(Run(73, {.arguments = {"--socket", socket}}),
              HasSubstr(socket + ": Address already in use"));
}

}  // namespace
}  // namespace assay::test
