// SPDX-License-Identifier: Apache-2.0
// assay measure and assay tune on made-up mail; the real binary.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace assay::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kNoRules = "[rules]\ndirectory = \"\"\nlocal = \"\"\n";

class Measure : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    config_ = Write("assay.toml", kNoRules);
    manifest_ = "label\tset\tfile\tckey\thelo\tsmtp_off\n";
  }

  // One message with this subject.
  void Add(const std::string& label, const std::string& set, const std::string& subject,
           const std::string& campaign = {}, const std::string& helo = {}) {
    const std::string file = std::to_string(count_++) + ".eml";
    Write(file, "Received: by us\nX-Spam-Flag: YES\nFrom: a@example.com\nSubject: " + subject +
                    "\n\nhello\n");
    manifest_ += label + '\t' + set + '\t' + file + '\t' + campaign + '\t' + helo + "\t16\n";
  }

  Finished Command(const std::string& command, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {command,   "--manifest",   Write("m.tsv", manifest_),
                                          Path(""),  "-c",           config_,
                                          "--rules", Path("x.rules")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }

  // `score` as it stands in the file; hits on the word in the subject.
  static std::string Rule(const std::string& name, const std::string& score,
                          const std::string& word) {
    return "rule " + name + " {\n  about \"x\"\n  score " + score + "\n  when  subject ~ /" + word +
           "/\n  hit   \"Subject: " + word + "\"\n  miss  \"Subject: -\"\n}\n";
  }

  std::string manifest_;

 private:
  std::string config_;
  int count_ = 0;
};

TEST_F(Measure, CountsBySet) {
  Write("x.rules", Rule("CHEAP", "5", "cheap") + Rule("INK", "5", "ink"));
  for (int i = 0; i < 4; ++i) Add("ham", "mine", i == 0 ? "cheap" : "lunch");
  for (int i = 0; i < 3; ++i) Add("spam", "mine", i == 0 ? "cheap ink" : "cheap");
  Add("bounce", "theirs", "ink");
  const Finished text = Command("measure");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("thresholds: tag at 5, quarantine at 10, reject never"));
  EXPECT_THAT(text.out, HasSubstr("CHEAP"));
  const json report = json::parse(Command("measure", {"-j", "--jobs", "2"}).out);
  ASSERT_EQ(report["sets"].size(), 3U);
  EXPECT_EQ(report["sets"][0]["label"], "bounce");
  const json& ham = report["sets"][1];
  EXPECT_EQ(ham["messages"], 4);
  EXPECT_EQ(ham["as_configured"]["tag"]["count"], 1);
  EXPECT_EQ(ham["as_configured"]["tag"]["share"], 0.25);
  EXPECT_NEAR(ham["as_configured"]["tag"]["low"].get<double>(), 0.0456, 0.0001);
  const json& spam = report["sets"][2];
  EXPECT_EQ(spam["as_configured"]["tag"]["count"], 3);
  EXPECT_EQ(spam["as_configured"]["quarantine"]["count"], 1);
  EXPECT_EQ(spam["as_configured"]["reject"]["count"], 0);
  EXPECT_EQ(report["rules"][0]["name"], "CHEAP");
  EXPECT_EQ(report["rules"][0]["hits"].size(), 2U);
  EXPECT_EQ(report["thresholds"]["reject"], nullptr);
}

TEST_F(Measure, SeesWhatTheClientSent) {
  Write("x.rules",
        "rule OURS { about \"x\" score 5 when exists(header[\"X-Spam-Flag\"]) or "
        "exists(header[\"Received\"]) hit \"X-Spam-Flag: YES\" miss \"Subject: y\" }\n");
  Add("ham", "mine", "lunch");
  const json report = json::parse(Command("measure", {"--json"}).out);
  EXPECT_EQ(report["rules"][0]["hits"], json::array());
}

TEST_F(Measure, WritesALineForEachMessage) {
  Write("x.rules", Rule("CHEAP", "5", "cheap"));
  Add("spam", "mine", "cheap");
  Add("ham", "mine", "lunch");
  EXPECT_EQ(Command("measure", {"--verdicts", Path("v.tsv")}).code, 0);
  EXPECT_EQ(ReadBack("v.tsv"),
            "file\tlabel\tset\tverdict\tscore\trules\n"
            "0.eml\tspam\tmine\ttag\t5\tCHEAP\n"
            "1.eml\tham\tmine\taccept\t0\t\n");
}

TEST_F(Measure, SaysWhatCannotBeRead) {
  Write("x.rules", Rule("CHEAP", "5", "cheap"));
  EXPECT_EQ(Command("measure").code, 65);  // names no message
  manifest_ += "ham\tmine\tnot-there.eml\t\t\t\n";
  const Finished missing = Command("measure");
  EXPECT_EQ(missing.code, 66);
  EXPECT_THAT(missing.err, HasSubstr("not-there.eml"));
  manifest_ = "label\tfile\n";
  EXPECT_THAT(Command("measure").err, HasSubstr("m.tsv:1: there is no column \"set\""));
  Write("x.rules", "rule X {");
  EXPECT_EQ(Command("tune").code, 65);
}

class Tune : public Measure {
 protected:
  void AddMail() {
    for (int i = 0; i < 30; ++i) {
      Add("ham", "mine", "lunch");
      Add("spam", "theirs", "cheap ink");
    }
  }
};

TEST_F(Tune, ShowsTheChangeAndWritesItWhenAsked) {
  const std::string before =
      Rule("CHEAP", "auto 0..3", "cheap") + Rule("INK", "auto 0..3 = 0.1", "ink") +
      Rule("LUNCH", "auto 0..3 = 1", "lunch") + Rule("FIXED", "0.3", "nothing");
  Write("x.rules", before);
  AddMail();
  const Finished shown = Command("tune");
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_EQ(ReadBack("x.rules"), before);
  EXPECT_THAT(shown.out, HasSubstr("--- " + Path("x.rules")));
  EXPECT_THAT(shown.out, HasSubstr("\n-  score auto 0..3\n+  score auto 0..3 = "));
  EXPECT_THAT(shown.out, HasSubstr("\n-  score auto 0..3 = 1\n+  score auto 0..3 = 0\n"));
  EXPECT_THAT(shown.err, HasSubstr("no fold needs: LUNCH"));
  EXPECT_EQ(Command("tune", {"--write"}).out, shown.out);
  EXPECT_NE(ReadBack("x.rules"), before);
  const json report = json::parse(Command("measure", {"--json"}).out);
  EXPECT_EQ(report["sets"][1]["as_configured"]["tag"]["count"], 30);
  EXPECT_EQ(Command("tune", {"--write"}).out, "");
}

TEST_F(Tune, LeavesAFactAloneThatOnlyOneSideTells) {
  Write("x.rules", Rule("CHEAP", "auto 0..3", "cheap") + Rule("INK", "auto 0..3", "ink") +
                       "rule GREETS { about \"x\" score auto 0..3 when helo ~ /mx/ "
                       "hit with helo = \"mx\" miss with helo = \"a\" }\n");
  AddMail();
  for (int i = 0; i < 30; ++i) Add("spam", "told", "cheap ink", "", "mx.example");
  const Finished shown = Command("tune");
  EXPECT_THAT(shown.err, HasSubstr("not fitted on helo, which is known of 0 % of the ham and "
                                   "50 % of the spam: GREETS"));
  EXPECT_THAT(shown.out, Not(HasSubstr("GREETS")));
}

TEST_F(Tune, CallsItADefectWhenARuleKnowsOneCampaignByHeart) {
  std::string rules;
  for (int i = 0; i < 5; ++i) {
    const std::string word = "wave" + std::to_string(i);
    rules += Rule("WAVE" + std::to_string(i), "auto 0..6", word);
    for (int k = 0; k < 10; ++k) Add("spam", "theirs", word, word);
    for (int k = 0; k < 10; ++k) Add("ham", "mine", "lunch");
  }
  Write("x.rules", rules);
  const Finished shown = Command("tune");
  EXPECT_EQ(shown.code, 1);
  EXPECT_THAT(shown.err, HasSubstr("DEFECT: gap of 100.0 points"));
  const json report = json::parse(Command("measure", {"--json", "--folds", "5"}).out);
  EXPECT_EQ(report["sets"][1]["out_of_fold"]["tag"]["count"], 0);
  EXPECT_EQ(report["sets"][1]["in_sample"]["tag"]["count"], 50);
  EXPECT_EQ(report["sets"][1]["defect"], true);
}

}  // namespace
}  // namespace assay::cli
