// SPDX-License-Identifier: Apache-2.0
// The other subcommands, and what all have in common; the real binary.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/config/keys.h"
#include "lib/config/load.h"
#include "lib/facts/fact.h"
#include "tests/cli/program.h"

namespace assay::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr std::string_view kNoRules = "[rules]\ndirectory = \"\"\nlocal = \"\"\n";
constexpr std::string_view kGoodRule =
    "rule GOOD { about \"x\" score 1 when subject ~ /x/ hit \"Subject: x\" miss \"Subject: y\" }\n";
constexpr std::string_view kFailingRule =
    "rule WRONG { about \"x\" score 1 when subject ~ /x/ hit \"Subject: y\" miss \"Subject: z\" "
    "}\n";

class Commands : public ProgramTest {};

TEST_F(Commands, HelpFitsOnAScreen) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"scan", "--help"},
                                             {"lint", "--help"},
                                             {"test", "-h"},
                                             {"config", "-h"},
                                             {"identity", "-h"},
                                             {"identity", "check", "-h"},
                                             {"facts", "-h"},
                                             {"measure", "-h"},
                                             {"tune", "-h"}}) {
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.code, 0);
    EXPECT_GT(finished.out.size(), 0U);
    EXPECT_LE(std::ranges::count(finished.out, '\n'), 24) << finished.out;
    EXPECT_EQ(finished.err, "");
  }
}

TEST_F(Commands, WrongUseIs64) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"scna"},
                                             {"scan"},
                                             {"scan", "--colour", "x"},
                                             {"facts", "x"},
                                             {"config", "mode", "x"}}) {
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.code, 64);
    EXPECT_NE(finished.err, "");
    EXPECT_EQ(finished.out, "");
  }
}

TEST_F(Commands, VersionIsOneLine) {
  EXPECT_THAT(Run({"--version"}).out, MatchesRegex("assay [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST_F(Commands, OutputThatCannotBeWrittenIs74) {
  const std::string command = std::string(ASSAY_BINARY) + " facts > /dev/full 2> /dev/null";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 74);
}

TEST_F(Commands, LintIsSilentWhenAllIsWell) {
  const std::string config = Write("assay.toml", kNoRules);
  const std::string rules = Write("good.rules", kGoodRule);
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"lint", "-c", config},
                                             {"lint", config},
                                             {"lint", "-c", config, rules},
                                             {"lint", "-c", config, config, rules}}) {
    const Finished finished = Run(arguments);
    EXPECT_EQ(finished.code, 0);
    EXPECT_EQ(finished.out + finished.err, "");
  }
}

TEST_F(Commands, LintShowsThePlace) {
  const std::string config = Write("assay.toml", kNoRules);
  const std::string bad = Write("bad.toml", "[spf]\nfail = \"rejekt\"\n");
  const Finished toml = Run({"lint", bad});
  EXPECT_EQ(toml.code, 78);
  EXPECT_THAT(toml.out, HasSubstr(bad + ":2:8: error: spf.fail: \"rejekt\""));
  EXPECT_THAT(toml.out, HasSubstr("\n           ^~~~~~~~\n  did you mean \"reject\"?\n"));
  EXPECT_EQ(Run({"lint", "-c", bad}).out, toml.out);
  EXPECT_EQ(Run({"lint", "-c", bad}).code, 78);
  const std::string rules = Write("bad.rules", "rule BAD {\n  score 1\n  when subjetc ~ /x/\n}\n");
  const Finished rule = Run({"lint", "-c", config, rules});
  EXPECT_EQ(rule.code, 78);
  EXPECT_THAT(rule.out, HasSubstr(rules + ":3:8: error: "));
  EXPECT_THAT(rule.out, HasSubstr("^~~~~~~"));
}

TEST_F(Commands, LintFailsOnAFailingTest) {
  const std::string config = Write("assay.toml", kNoRules);
  const Finished finished = Run({"lint", "-c", config, Write("wrong.rules", kFailingRule)});
  EXPECT_EQ(finished.code, 78);
  EXPECT_THAT(finished.out, HasSubstr("error: "));
}

TEST_F(Commands, LintChecksWhatTheConfigurationNames) {
  const std::string local = Write("local.rules", "rule {\n");
  const std::string config =
      Write("assay.toml", "[rules]\ndirectory = \"\"\nlocal = \"" + local + "\"\n");
  const Finished finished = Run({"lint", "-c", config});
  EXPECT_EQ(finished.code, 78);
  EXPECT_THAT(finished.out, HasSubstr(local + ":1:"));
}

TEST_F(Commands, MissingFilesAre66) {
  const std::string config = Write("assay.toml", kNoRules);
  EXPECT_EQ(Run({"lint", "-c", config, Path("missing.rules")}).code, 66);
  EXPECT_EQ(Run({"lint", Path("missing.toml")}).code, 66);
  EXPECT_EQ(Run({"test", "-c", config, Path("missing.rules")}).code, 66);
  EXPECT_EQ(Run({"config", "-c", Path("missing.toml")}).code, 66);
  EXPECT_EQ(Run({"lint", "-c", config, Path("")}).code, 66) << "a directory";
}

TEST_F(Commands, TestCounts) {
  const std::string config = Write("assay.toml", kNoRules);
  const std::string good = Write("good.rules", kGoodRule);
  const std::string wrong = Write("wrong.rules", kFailingRule);
  const Finished passed = Run({"test", "-c", config, good});
  EXPECT_EQ(passed.code, 0);
  EXPECT_EQ(passed.out, "2 passed, 0 failed\n");
  const Finished failed = Run({"test", "-c", config, good, wrong});
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.out, HasSubstr(wrong + ":1:"));
  EXPECT_THAT(failed.out, testing::EndsWith("3 passed, 1 failed\n"));
  const Finished broken = Run({"test", "-c", config, Write("broken.rules", "rule {\n")});
  EXPECT_EQ(broken.code, 78);
}

TEST_F(Commands, ConfigPrintsWhatHolds) {
  const std::string config =
      Write("assay.toml", "authserv_id = \"mx.example.com\"\n[score]\ntag = 4.5\n");
  const Finished finished = Run({"config", "-c", config});
  EXPECT_EQ(finished.code, 0) << finished.err;
  const auto again = config::Parse(finished.out, "printed");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->config, config::Load(config)->config);
  EXPECT_EQ(Run({"config", "-c", config, "score.tag"}).out, "4.5\n");
  EXPECT_EQ(Run({"config", "-c", config, "spf.fail"}).out, "\"reject\"\n");
  EXPECT_EQ(Run({"config", "-c", config, "spf.mode"}).out, "unset\n");
  EXPECT_EQ(Run({"config", "-c", config, "-j", "spf.mode"}).out, "null\n");
}

TEST_F(Commands, ConfigPrintsJson) {
  const std::string config =
      Write("assay.toml",
            "[identity]\nlocal_domains = [\"example.com\"]\n"
            "[[tenant]]\nname = \"a\"\ndomains = [\"example.com\"]\nreject = 12.5\n");
  const json parsed = json::parse(Run({"config", "-c", config, "--json"}).out);
  EXPECT_EQ(parsed["mode"], "monitor");
  EXPECT_EQ(parsed["milter"]["socket_mode"], "0660");
  EXPECT_EQ(parsed["score"]["tag"], 5);
  EXPECT_EQ(parsed["score"]["reject"], nullptr);
  EXPECT_EQ(parsed["identity"]["local_domains"], json({"example.com"}));
  EXPECT_EQ(parsed["tenant"][0]["reject"], 12.5);
}

TEST_F(Commands, ConfigSaysWhatIsWrong) {
  const Finished unknown = Run({"config", "--keys", "spf.fial"});
  EXPECT_EQ(unknown.code, 64);
  EXPECT_EQ(unknown.err, "assay config: no key \"spf.fial\"; did you mean \"spf.fail\"?\n");
  EXPECT_EQ(Run({"config", "-c", Write("assay.toml", kNoRules), "tenant.name"}).code, 64);
  EXPECT_EQ(Run({"config", "-c", Write("bad.toml", "mode = 1\n")}).code, 78);
}

TEST_F(Commands, ConfigListsAllKeys) {
  const Finished text = Run({"config", "--keys"});
  const json parsed = json::parse(Run({"config", "--keys", "-j"}).out);
  const std::vector<config::KeyInfo> keys = config::Keys();
  ASSERT_EQ(parsed.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_THAT(text.out, HasSubstr(keys[i].name + "  (" + keys[i].type + ", " +
                                    keys[i].default_value + ")\n"));
    EXPECT_EQ(parsed[i]["key"], keys[i].name);
    EXPECT_EQ(parsed[i]["default"], keys[i].default_value);
  }
  EXPECT_EQ(std::ranges::count(Run({"config", "--keys", "spf.fail"}).out, '\n'), 2);
}

TEST_F(Commands, FactsListsAllFacts) {
  const Finished text = Run({"facts"});
  const json parsed = json::parse(Run({"facts", "-j"}).out);
  ASSERT_EQ(parsed.size(), facts::Table().size());
  for (const facts::Info& fact : facts::Table()) {
    EXPECT_THAT(text.out, HasSubstr(std::string(fact.name) + "  ("));
  }
  EXPECT_EQ(parsed[0]["fact"], "client.ip");
  EXPECT_EQ(parsed[0]["type"], "address");
}

}  // namespace
}  // namespace assay::cli
