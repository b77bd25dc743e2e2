// SPDX-License-Identifier: Apache-2.0
// The running daemon's journal, read by the tool beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "lib/base/clock.h"
#include "tests/milter/assayd_process.h"

namespace assay::milter {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::Assayd;
using test::AssaydSettings;
using test::MilterClient;
using test::TemporaryFolder;
using testing::HasSubstr;

struct Output {
  int code = -1;
  std::string text;
};

class ExplainTest : public testing::Test {
 protected:
  AssaydSettings Settings(const std::string& lines = {}) const {
    AssaydSettings settings;
    settings.journal = "path = \"" + folder_.Path("journal.db") + "\"\n" + lines;
    return settings;
  }

  Output Explain(const std::string& arguments) const {
    const std::string command = std::string(ASSAY_BINARY " explain -c ") +
                                folder_.Path("assay.toml") + " " + arguments + " 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return {};
    Output output;
    std::array<char, 4096> buffer{};
    for (std::size_t got = 1; got > 0;) {
      got = std::fread(buffer.data(), 1, buffer.size(), pipe);
      output.text.append(buffer.data(), got);
    }
    const int status = ::pclose(pipe);
    output.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return output;
  }

  // Once it is found: the writer takes a moment.
  Output Await(const std::string& arguments) const {
    const Deadline until = SteadyClock::now() + 20s;
    Output output = Explain(arguments);
    while (output.code != 0 && SteadyClock::now() < until) {
      std::this_thread::sleep_for(20ms);
      output = Explain(arguments);
    }
    return output;
  }

  // What stands behind `key=` in the daemon's log for this message.
  static std::string Logged(const Assayd& assayd, const std::string& key) {
    const std::string log = assayd.log();
    const std::size_t begin = log.rfind(" " + key + "=");
    if (begin == std::string::npos) return {};
    const std::size_t from = begin + key.size() + 2;
    return log.substr(from, log.find_first_of(" \n", from) - from);
  }

  static MilterClient Session(const Assayd& assayd) {
    MilterClient mta = assayd.Connect();
    mta.Open();
    return mta;
  }

  TemporaryFolder folder_;
};

TEST_F(ExplainTest, FindsAMessageByEachOfItsNames) {
  const Assayd assayd = Assayd::Start(folder_, Settings("keep = \"headers\""));
  MilterClient mta = Session(assayd);
  mta.SendMacros('M', {{"i", "4XyZ1w"}});
  const auto verdict = mta.SendMessage("<a@pass.example.com>", "<u@local.example>",
                                       {{"From", " <a@pass.example.com>"},
                                        {"Message-ID", " <17@pass.example.com>"},
                                        {"Subject", " please hold this"}});
  EXPECT_TRUE(verdict.Quarantined());
  ASSERT_TRUE(assayd.WaitForLog(" ref="));
  const Output found = Await("4XyZ1w");
  ASSERT_EQ(found.code, 0) << found.text << assayd.log();
  EXPECT_THAT(found.text,
              HasSubstr("verdict: quarantine\n  by ASKS_QUARANTINE: asked to be held\n"));
  EXPECT_THAT(found.text, HasSubstr("ASKS_QUARANTINE  " + folder_.Path("local.rules") + ":9"));
  EXPECT_THAT(found.text,
              HasSubstr("yes     subject ~ /please hold/  [subject: \"please hold this\"]"));
  EXPECT_THAT(found.text, HasSubstr("subject: \"please hold\"\n"));
  EXPECT_THAT(found.text, HasSubstr("\"v=spf1 ip4:192.0.2.0/24 -all\""));
  EXPECT_EQ(Explain("'<17@pass.example.com>'").text, found.text);
  EXPECT_EQ(Explain(Logged(assayd, "ref")).text, found.text);
  const Output parsed = Explain("--json 4XyZ1w");
  // Behind the configuration's warning that real DNS is not asked.
  const json list = json::parse(parsed.text.substr(parsed.text.find("\n[\n") + 1), nullptr, false);
  ASSERT_EQ(list.size(), 1U) << parsed.text;
  EXPECT_EQ(list[0]["message"]["queue_id"], "4XyZ1w");
  EXPECT_EQ(list[0]["facts"]["spf.mail_from"], "pass");
  EXPECT_EQ(list[0]["thresholds"][0]["tag"]["origin"], "default");
}

TEST_F(ExplainTest, RefusalsAtRcptAreThere) {
  AssaydSettings settings = Settings();
  settings.spf = "at = \"rcpt\"";
  const Assayd assayd = Assayd::Start(folder_, settings);
  MilterClient mta = Session(assayd);
  EXPECT_EQ(mta.Mail("<a@fail.example.com>").action, 'c');
  EXPECT_EQ(mta.Rcpt("<u@local.example>").code, 550);
  ASSERT_TRUE(assayd.WaitForLog(" ref="));
  const Output found = Await(Logged(assayd, "ref"));
  EXPECT_EQ(found.code, 0) << found.text;
  EXPECT_THAT(found.text, HasSubstr("verdict: reject at rcpt\n"));
  EXPECT_THAT(found.text, HasSubstr("reply: 550 5.7.23 "));
}

TEST_F(ExplainTest, SeveralMessagesTheNewestFirst) {
  const Assayd assayd = Assayd::Start(folder_, Settings());
  MilterClient mta = Session(assayd);
  for (const char* subject : {" please hold", " please reject"}) {
    (void)mta.SendMessage("<a@pass.example.com>", "<u@local.example>",
                          {{"Message-ID", " <same@example.com>"}, {"Subject", subject}});
  }
  Output found = Await("same@example.com");
  for (int i = 0; i < 500 && found.text.find("=== 2 of 2") == std::string::npos; ++i) {
    std::this_thread::sleep_for(20ms);
    found = Explain("same@example.com");
  }
  const std::size_t reject = found.text.find("verdict: reject");
  const std::size_t quarantine = found.text.find("verdict: quarantine");
  ASSERT_NE(reject, std::string::npos) << found.text;
  ASSERT_NE(quarantine, std::string::npos) << found.text;
  EXPECT_LT(reject, quarantine);
}

TEST_F(ExplainTest, DrainWritesWhatIsQueued) {
  Assayd assayd = Assayd::Start(folder_, Settings());
  MilterClient mta = Session(assayd);
  mta.SendMacros('M', {{"i", "4XyZ9w"}});
  (void)mta.SendMessage("<a@pass.example.com>", "<u@local.example>", {{"Subject", " x"}});
  mta.Quit();
  assayd.Signal(SIGTERM);
  ASSERT_EQ(assayd.WaitForExit(20s), 0) << assayd.log();
  const Output found = Explain("4XyZ9w");
  EXPECT_EQ(found.code, 0) << found.text;
  const auto mode = std::filesystem::status(folder_.Path("journal.db")).permissions();
  EXPECT_EQ(mode, std::filesystem::perms(0640));
}

TEST_F(ExplainTest, ExitStatusSaysWhatIsWrong) {
  {
    Assayd assayd = Assayd::Start(folder_, Settings());
    assayd.Signal(SIGTERM);
    ASSERT_EQ(assayd.WaitForExit(20s), 0);
  }
  const Output unknown = Explain("7K3FQ2A");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.text, HasSubstr("journal.db has no message 7K3FQ2A\n"));
  EXPECT_EQ(Explain("--journal /nonexistent/journal.db 7K3FQ2A").code, 66);
  folder_.Write("garbage.db", std::string(20'000, 'g'));
  const Output garbage = Explain("--journal " + folder_.Path("garbage.db") + " 7K3FQ2A");
  EXPECT_EQ(garbage.code, 65);
  EXPECT_THAT(garbage.text, HasSubstr("file is not a database"));
  EXPECT_EQ(Explain("").code, 64);
}

// Mail is answered as ever, and the log says what is wrong, once.
TEST_F(ExplainTest, AJournalThatCannotBeWrittenDoesNotTouchMail) {
  AssaydSettings settings;
  settings.journal = "path = \"" + folder_.Path("missing/journal.db") + "\"";
  Assayd assayd = Assayd::Start(folder_, settings);
  MilterClient mta = Session(assayd);
  for (int i = 0; i < 20; ++i) {
    const auto verdict = mta.SendMessage("<a@pass.example.com>", "<u@local.example>",
                                         {{"Subject", " please reject"}});
    EXPECT_EQ(verdict.reply.code, 550);
  }
  ASSERT_TRUE(assayd.WaitForLog("missing/journal.db: No such file or directory; mail goes on"));
  mta.Quit();
  assayd.Signal(SIGTERM);
  ASSERT_EQ(assayd.WaitForExit(20s), 0) << assayd.log();
  EXPECT_EQ(test::CountOf(assayd.log(), "mail goes on"), 1U) << assayd.log();
  EXPECT_THAT(assayd.log(), HasSubstr("20 records are lost"));
}

TEST_F(ExplainTest, KeepChangesWithAReload) {
  const Assayd assayd = Assayd::Start(folder_, Settings());
  MilterClient mta = Session(assayd);
  const auto send = [&](const char* id) {
    mta.SendMacros('M', {{"i", id}});
    (void)mta.SendMessage("<a@pass.example.com>", "<u@local.example>",
                          {{"Subject", " please hold it"}});
    return Await(id).text;
  };
  EXPECT_THAT(send("4XyZ1w"), testing::Not(HasSubstr("please hold it")));
  test::WriteConfiguration(folder_, Settings("keep = \"headers\"\nmax_age = \"1d\""));
  assayd.Signal(SIGHUP);
  ASSERT_TRUE(assayd.WaitForLog("reloaded:"));
  EXPECT_THAT(assayd.log(), HasSubstr("counts only after a restart: journal.max_age\n"));
  EXPECT_THAT(send("4XyZ2w"), HasSubstr("please hold it"));
}

}  // namespace
}  // namespace assay::milter
