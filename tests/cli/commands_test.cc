// SPDX-License-Identifier: Apache-2.0
// The other subcommands, and what all have in common; the real binary.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
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
                                             {"rules", "-h"},
                                             {"rules", "list", "-h"},
                                             {"rules", "show", "-h"},
                                             {"rules", "cost", "-h"},
                                             {"reload", "-h"},
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
                                             {"rules"},
                                             {"rules", "cost"},
                                             {"reload", "now"},
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

TEST_F(Commands, TestNamesConditionsThatNoExampleDecides) {
  const std::string config = Write("assay.toml", kNoRules);
  const Finished covered =
      Run({"test", "-c", config, "--coverage", Write("good.rules", kGoodRule)});
  EXPECT_EQ(covered.code, 0);
  EXPECT_EQ(covered.out, "2 passed, 0 failed\n1 of 1 conditions decide a hit and a miss\n");
  const std::string partly =
      Write("partly.rules",
            "rule PARTLY { about \"x\" score 1 when subject ~ /x/ and profile is inbound\n"
            "  hit \"Subject: x\" miss \"Subject: y\" }\n");
  EXPECT_EQ(Run({"test", "-c", config, partly}).code, 0);
  const Finished finished = Run({"test", "-c", config, "--coverage", partly});
  EXPECT_EQ(finished.code, 1);
  EXPECT_THAT(finished.out, HasSubstr(partly + ":1:56: warning: rule PARTLY has no miss"));
  EXPECT_THAT(finished.out, testing::EndsWith("1 of 2 conditions decide a hit and a miss\n"));
}

constexpr std::string_view kSiteRules =
    "group g cap 3\n"
    "rule FIRST {\n  about \"One\"\n  group g\n  score auto 0..4 = 1.5\n  when subject ~ /x/\n"
    "  hit \"Subject: x\" miss \"Subject: y\"\n}\n"
    "rule SECOND { about \"Two\" score 2 when body ~ /abc/ action reject \"no\" hit \"\\nabc\" "
    "miss "
    "\"\\nx\" }\n"
    "rule THIRD { about \"Three\" score 0 when helo ~ /x/ hit with helo = \"x\" miss \"\\n\" }\n"
    "adjust SECOND { score 0.5 mode shadow }\n"
    "disable THIRD \"nobody needs it\"\n";

TEST_F(Commands, RulesListHasARuleOnALine) {
  const std::string config = Write("assay.toml", kNoRules);
  const std::string rules = Write("site.rules", kSiteRules);
  const Finished finished = Run({"rules", "list", "-c", config, "--rules", rules});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(finished.out,
            "FIRST   auto 0..4 = 1.5  g            -          live     " + rules + ":2  One\n" +
                "SECOND  0.5              -            reject     shadow   " + rules + ":9  Two\n" +
                "THIRD   0                -            -          disabled " + rules +
                ":10  Three\n");
  const json parsed = json::parse(Run({"rules", "list", "-c", config, "--rules", rules, "-j"}).out);
  ASSERT_EQ(parsed.size(), 3U);
  EXPECT_EQ(parsed[0]["auto"]["high"], 4);
  EXPECT_EQ(parsed[1]["shadow"], true);
  EXPECT_EQ(parsed[1]["facts"], json({"body"}));
  EXPECT_EQ(parsed[2]["live"], false);
}

TEST_F(Commands, RulesShowHasTheRuleAndWhatChangesIt) {
  const std::string config = Write("assay.toml", kNoRules);
  const std::string rules = Write("site.rules", kSiteRules);
  const Finished second = Run({"rules", "show", "-c", config, "SECOND", "--rules", rules});
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(second.out,
            "# " + rules +
                ":9\nrule SECOND { about \"Two\" score 2 when body ~ /abc/ action reject "
                "\"no\" hit \"\\nabc\" miss \"\\nx\" }\n\n"
                "changed  " +
                rules + ":11: score 0.5 instead of 2\nchanged  " + rules +
                ":11: mode shadow\nscore    0.5\naction   reject \"no\"\n"
                "state    shadow\nreads    body\n");
  const Finished third = Run({"rules", "show", "-c", config, "--rules", rules, "--", "THIRD"});
  EXPECT_THAT(third.out, HasSubstr(":12: disabled: nobody needs it\n"));
  const Finished none = Run({"rules", "show", "-c", config, "SECNOD", "--rules", rules});
  EXPECT_EQ(none.code, 64);
  EXPECT_EQ(none.err, "assay rules show: no rule \"SECNOD\"; did you mean \"SECOND\"?\n");
  const Finished broken =
      Run({"rules", "list", "-c", config, "--rules", Write("broken.rules", "rule {\n")});
  EXPECT_EQ(broken.code, 78);
}

TEST_F(Commands, RulesCostTakesMessagesAndFolders) {
  const std::string config = Write("assay.toml", kNoRules);
  const std::string rules = Write("site.rules", kSiteRules);
  std::filesystem::create_directory(Path("mail"));
  const std::string one = Write("mail/1", "Subject: x\n\nabc\n");
  Write("mail/2", "Subject: y\n\nabc\n");
  const Finished finished =
      Run({"rules", "cost", "-c", config, "--rules", rules, "--", Path("mail"), one});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("      3  SECOND  " + rules + ":9\n"));
  EXPECT_THAT(finished.out, HasSubstr("      2  FIRST  " + rules + ":2\n"));
  EXPECT_THAT(finished.out, HasSubstr("\n3 messages; all rules together: "));
  const json parsed = json::parse(
      Run({"rules", "cost", "-c", config, "-j", "--rules", rules, "--", Path("mail")}).out);
  EXPECT_EQ(parsed["messages"], 2);
  EXPECT_EQ(parsed["rules"].size(), 2U);
  EXPECT_EQ(Run({"rules", "cost", "-c", config, Path("none")}).code, 66);
}

TEST_F(Commands, RulesInShadowAreShownByScan) {
  const std::string config = Write("assay.toml", kNoRules);
  const std::string rules = Write("site.rules", kSiteRules);
  const std::string mail = Write("mail", "Subject: z\n\nabc\n");
  const Finished finished = Run({"scan", "-c", config, "--rules", rules, "--", mail});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("         0 in all"));
  EXPECT_THAT(finished.out, HasSubstr("in shadow, without effect\n       0.5 SECOND  " + rules));
  const json parsed =
      json::parse(Run({"scan", "-c", config, "-j", "--rules", rules, "--", mail}).out);
  EXPECT_EQ(parsed["score"]["shadow"][0]["rule"], "SECOND");
  EXPECT_EQ(parsed["score"]["hits"].size(), 0U);
}

TEST_F(Commands, IncludedFilesAreFoundBesideTheirFile) {
  std::filesystem::create_directory(Path("more"));
  const std::string config = Write("assay.toml", kNoRules);
  const std::string rules = Write("site.rules", "include \"more/a.rules\"\n");
  Write("more/a.rules", std::string(kGoodRule) + "list l from \"l.txt\"\n");
  Write("more/l.txt", "example.com\n");
  const Finished finished = Run({"lint", "-c", config, rules});
  EXPECT_EQ(finished.code, 0);
  EXPECT_EQ(finished.out, Path("more/a.rules") +
                              ":2:6: warning: list 'l' is never used\n"
                              "    list l from \"l.txt\"\n"
                              "         ^\n"
                              "  included from " +
                              rules + ":1\n\n");
}

TEST_F(Commands, ReloadNeedsSomebodyWhoListens) {
  const std::string config =
      Write("assay.toml", "[milter]\ncontrol = \"" + Path("none.sock") + "\"\n");
  EXPECT_EQ(Run({"reload", "-c", config}).code, 69);
  const Finished off = Run({"reload", "-c", Write("off.toml", "[milter]\ncontrol = \"\"\n")});
  EXPECT_EQ(off.code, 78);
  EXPECT_THAT(off.err, HasSubstr("milter.control is empty"));
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
