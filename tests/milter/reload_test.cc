// SPDX-License-Identifier: Apache-2.0
// `assay reload` and lists that change under a running assayd: both programs, as they are
// installed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include "lib/base/unique_fd.h"
#include "milter/control.h"
#include "tests/milter/assayd_process.h"

namespace assay::test {
namespace {

using testing::HasSubstr;

constexpr std::string_view kListRules = R"(
list blocked from "blocked.txt"
rule BLOCKED_SENDER {
  about "The sender is blocked"
  when mail_from in @blocked
  action reject "blocked"
  with list blocked = "fail.example.com"
  hit  with mail_from = "a@fail.example.com"
  miss with mail_from = "a@pass.example.com"
}
)";

struct Ran {
  int code = -1;
  std::string out;  // standard output and standard error
};

class Reload : public testing::Test {
 protected:
  Assayd Start(std::string_view rules = kListRules) {
    WriteConfiguration(folder_, {});
    folder_.Write("local.rules", rules);
    Assayd assayd = Assayd::Spawn(folder_);
    EXPECT_TRUE(assayd.WaitForLog(" serves ")) << assayd.log();
    return assayd;
  }
  [[nodiscard]] Ran RunAssay(const std::string& arguments) const {
    const std::string command =
        std::string(ASSAY_BINARY) + " " + arguments + " -c " + folder_.Path("assay.toml") + " 2>&1";
    Ran ran;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return ran;
    std::array<char, 4096> buffer{};
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
      ran.out.append(buffer.data(), got);
    }
    ran.code = WEXITSTATUS(::pclose(pipe));
    return ran;
  }
  static char Verdict(const Assayd& assayd, const std::string& mail_from) {
    MilterClient mta = assayd.Connect();
    mta.Open();
    const Macros fields = {{"From", " <" + mail_from + ">"}};
    return mta.SendMessage("<" + mail_from + ">", "<u@local.example>", fields).reply.action;
  }

  TemporaryFolder folder_;
};

TEST_F(Reload, SaysWhatBecameOfIt) {
  folder_.Write("blocked.txt", "pass.example.com\n");
  const Assayd assayd = Start();
  EXPECT_EQ(Verdict(assayd, "a@pass.example.com"), 'y');
  Ran ran = RunAssay("reload");
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("reloaded: mode=enforce rules=1 gen=2\n"));
  folder_.Write("local.rules", "ruel X { }\n");
  ran = RunAssay("reload");
  EXPECT_EQ(ran.code, 78);
  EXPECT_THAT(ran.out, HasSubstr("local.rules:1:1: error: unknown keyword 'ruel'"));
  EXPECT_THAT(ran.out, HasSubstr("reload failed, gen=2 stays\n"));
  EXPECT_EQ(Verdict(assayd, "a@pass.example.com"), 'y');
}

TEST_F(Reload, AcceptShrinkTakesAListThatLostItsEntries) {
  folder_.Write("blocked.txt", "pass.example.com\na.example\nb.example\n");
  const Assayd assayd = Start();
  folder_.Write("blocked.txt", "a.example\n");
  Ran ran = RunAssay("reload");
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("has lost more than half of its entries (3 before, 1 now)"));
  EXPECT_EQ(Verdict(assayd, "a@pass.example.com"), 'y') << "still blocked";
  ran = RunAssay("reload --accept-shrink");
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_EQ(Verdict(assayd, "a@pass.example.com"), 'c');
}

TEST_F(Reload, ChangedListCountsWithoutAReload) {
  folder_.Write("blocked.txt", "a.example\n");
  const Assayd assayd = Start();
  EXPECT_EQ(Verdict(assayd, "a@pass.example.com"), 'c');
  folder_.Write("blocked.txt", "a.example\n/@pass\\.example\\.com$/\n");
  ASSERT_TRUE(assayd.WaitForLog("lists changed: gen=2")) << assayd.log();
  EXPECT_THAT(assayd.log(), HasSubstr("blocked.txt read, 2 entries"));
  EXPECT_EQ(Verdict(assayd, "a@pass.example.com"), 'y');
}

TEST_F(Reload, NobodyThereIs69) {
  WriteConfiguration(folder_, {});
  const Ran ran = RunAssay("reload");
  EXPECT_EQ(ran.code, 69);
  EXPECT_THAT(ran.out, HasSubstr("control.sock: No such file or directory"));
}

TEST_F(Reload, SuccessorTakesTheSocketOver) {
  folder_.Write("blocked.txt", "a.example\n");
  Assayd first = Start();
  const Assayd second = Start();
  first.Signal(SIGTERM);
  EXPECT_EQ(first.WaitForExit(std::chrono::seconds(20)), 0);
  EXPECT_EQ(RunAssay("reload").code, 0);
  EXPECT_TRUE(second.WaitForLog("reloaded:"));
  EXPECT_THAT(first.log(), testing::Not(HasSubstr("reloaded:")));
}

TEST_F(Reload, SocketIsForItsOwnerAlone) {
  folder_.Write("blocked.txt", "a.example\n");
  Assayd assayd = Start();
  struct stat status = {};
  ASSERT_EQ(::stat(folder_.Path("control.sock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  assayd.Signal(SIGTERM);
  EXPECT_EQ(assayd.WaitForExit(std::chrono::seconds(20)), 0);
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("control.sock")));
}

// Whoever speaks nonsense, or nothing, keeps nobody else from being served.
TEST_F(Reload, ForeignTalkIsAnsweredAndForgotten) {
  folder_.Write("blocked.txt", "a.example\n");
  const Assayd assayd = Start();
  const std::string path = folder_.Path("control.sock");
  const auto connect = [&] {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    EXPECT_EQ(::connect(fd.get(), generic, sizeof address), 0);
    return fd;
  };
  const UniqueFd nonsense = connect();
  ASSERT_EQ(::send(nonsense.get(), "stop\n", 5, 0), 5);
  std::array<char, 100> answer{};
  const ssize_t got = ::recv(nonsense.get(), answer.data(), answer.size(), 0);
  EXPECT_EQ(std::string(answer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))),
            "failed\nunknown request\n");
  const UniqueFd endless = connect();
  const std::string junk(1000, 'x');
  ASSERT_EQ(::send(endless.get(), junk.data(), junk.size(), 0), 1000);
  connect().Reset();
  EXPECT_EQ(RunAssay("reload").code, 0);
}

TEST(ControlRequest, IsOneOfTwo) {
  ASSERT_TRUE(milter::ParseControlRequest("reload"));
  EXPECT_FALSE(milter::ParseControlRequest("reload")->accept_shrink);
  ASSERT_TRUE(milter::ParseControlRequest("reload accept-shrink"));
  EXPECT_TRUE(milter::ParseControlRequest("reload accept-shrink")->accept_shrink);
  for (const char* line : {"", "Reload", "reload ", "reload all", "stop"}) {
    EXPECT_FALSE(milter::ParseControlRequest(line)) << line;
  }
}

}  // namespace
}  // namespace assay::test
