// SPDX-License-Identifier: Apache-2.0
// Which DNS lists are believed: switched off by what they answer, tested, tried again.
#include "lib/engine/list_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/dns/zone.h"
#include "lib/engine/list_test.h"

namespace assay::engine {
namespace {

using rules::DnsList;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

DnsList Zen() {
  DnsList list;
  list.name = "zen";
  list.zone = "zen.example";
  list.codes = {{"sbl", {{0x7F000002, 0x7F000002}}}};
  list.test = "2.0.0.127";
  list.no_test = "1.0.0.127";
  list.used = true;
  return list;
}

DnsList Names() {
  DnsList list = Zen();
  list.name = "dbl";
  list.zone = "dbl.example";
  list.of_names = true;
  list.test = "test";
  list.no_test = "invalid";
  return list;
}

// ---- The test.

struct TestCase {
  const char* name;
  const char* zone;
  ListTestOutcome::Kind want;
  const char* reason;
};

using Kind = ListTestOutcome::Kind;

constexpr TestCase kTests[] = {
    {"works", "2.0.0.127.zen.example A 127.0.0.2", Kind::kPassed, ""},
    {"works_with_other_codes", "2.0.0.127.zen.example A 127.0.0.10", Kind::kPassed, ""},
    {"empty", "", Kind::kFailed, "does not list 127.0.0.2, as every list that works does"},
    {"lists_everything", "2.0.0.127.zen.example A 127.0.0.2\n1.0.0.127.zen.example A 127.0.0.2",
     Kind::kFailed, "lists 127.0.0.1, and so perhaps everything"},
    {"refuses", "2.0.0.127.zen.example A 127.255.255.254", Kind::kFailed,
     "refuses our questions with 127.255.255.254: it does not answer public or unidentified "
     "resolvers: run one of your own"},
    {"refuses_all",
     "2.0.0.127.zen.example A 127.255.255.255\n1.0.0.127.zen.example A 127.255.255.255",
     Kind::kFailed, "refuses our questions with 127.255.255.255: too many questions"},
    {"wildcard", "2.0.0.127.zen.example A 203.0.113.9\n1.0.0.127.zen.example A 203.0.113.9",
     Kind::kFailed,
     "is answered with 203.0.113.9: somebody else has taken over the name, or the resolver "
     "invents answers"},
    {"wildcard_for_the_absent",
     "2.0.0.127.zen.example A 127.0.0.2\n1.0.0.127.zen.example A 203.0.113.9", Kind::kFailed,
     "is answered with 203.0.113.9: somebody else has taken over the name, or the resolver "
     "invents answers"},
    {"servfail", "zen.example SERVFAIL\n2.0.0.127.zen.example SERVFAIL", Kind::kSilent,
     "does not answer (SERVFAIL)"},
    {"refused_by_the_server", "2.0.0.127.zen.example REFUSED", Kind::kSilent,
     "does not answer (REFUSED)"},
    {"half_silent", "2.0.0.127.zen.example A 127.0.0.2\n1.0.0.127.zen.example TIMEOUT",
     Kind::kSilent, "does not answer (TIMEOUT)"},
};

class ListTestTable : public testing::TestWithParam<TestCase> {};

TEST_P(ListTestTable, Judges) {
  const DnsList list = Zen();
  const auto zone = dns::Zone::Parse(GetParam().zone, "zone");
  ASSERT_TRUE(zone);
  dns::Answers answers;
  for (const dns::Question& question : ListTestQuestions(list)) {
    EXPECT_EQ(JudgeListTest(list, answers), std::nullopt) << "an answer is missing";
    answers.Add(question, std::make_shared<dns::Answer>(zone->Lookup(question)));
  }
  const auto outcome = JudgeListTest(list, answers);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, GetParam().want);
  EXPECT_EQ(outcome->reason, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(Rfc5782, ListTestTable, testing::ValuesIn(kTests),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(ListTest, OfNamesAsksForTestAndInvalid) {
  const DnsList list = Names();
  const auto questions = ListTestQuestions(list);
  EXPECT_EQ(questions[0], dns::Question("test.dbl.example", dns::RrType::kA));
  EXPECT_EQ(questions[1], dns::Question("invalid.dbl.example", dns::RrType::kA));
  dns::Answers answers;
  for (const dns::Question& question : questions) {
    answers.Add(question, std::make_shared<dns::Answer>(dns::Zone().Lookup(question)));
  }
  EXPECT_EQ(JudgeListTest(list, answers)->reason,
            "does not list test, as every list that works does");
}

// ---- The state.

class ListHealthTest : public testing::Test {
 protected:
  ListHealthTest() {
    health_.SetTell([this](bool warning, std::string_view line) {
      lines_.push_back((warning ? "W " : "I ") + std::string(line));
    });
  }
  void Watch(const DnsList& list) { health_.Watch({&list, 1}, now_); }

  ListHealth health_;
  std::vector<std::string> lines_;
  Deadline now_ = SteadyClock::now();
  DnsList zen_ = Zen();
};

TEST_F(ListHealthTest, WithoutAWatcherListsAreInUse) { EXPECT_TRUE(health_.InUse(zen_)); }

TEST_F(ListHealthTest, ARefusalSwitchesOffAndSaysSoOnce) {
  health_.SwitchOff(zen_, "refuses", kListPause, now_);
  health_.SwitchOff(zen_, "refuses", kListPause, now_);
  EXPECT_FALSE(health_.InUse(zen_));
  EXPECT_THAT(lines_,
              ElementsAre("W dnsbl.zen refuses; it is switched off until it passes its test"));
  EXPECT_TRUE(health_.InUse(Names())) << "another list is not concerned";
}

TEST_F(ListHealthTest, WatchedListsWaitForTheirTest) {
  Watch(zen_);
  EXPECT_FALSE(health_.InUse(zen_));
  EXPECT_TRUE(health_.Due(zen_, 30min, now_));
  EXPECT_FALSE(health_.Due(zen_, 30min, now_)) << "under way";
  health_.Passed(zen_);
  EXPECT_TRUE(health_.InUse(zen_));
  EXPECT_FALSE(health_.Due(zen_, 30min, now_ + 29min));
  EXPECT_TRUE(health_.Due(zen_, 30min, now_ + 30min));
  EXPECT_THAT(lines_, IsEmpty()) << "a list that works is no news";
}

TEST_F(ListHealthTest, OffListsAreTestedAgainAfterTheirPause) {
  Watch(zen_);
  EXPECT_TRUE(health_.Due(zen_, 30min, now_));
  health_.SwitchOff(zen_, "lists everything", kListPause, now_);
  EXPECT_FALSE(health_.Due(zen_, 30min, now_ + 9min));
  EXPECT_TRUE(health_.Due(zen_, 30min, now_ + 10min));
  EXPECT_FALSE(health_.InUse(zen_)) << "a pause is not a test";
  health_.Passed(zen_);
  EXPECT_TRUE(health_.InUse(zen_));
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("switched off"), "I dnsbl.zen works again"));
}

TEST_F(ListHealthTest, WithoutATestAListIsInUseAtOnce) {
  zen_.test.reset();
  Watch(zen_);
  EXPECT_TRUE(health_.InUse(zen_));
}

TEST_F(ListHealthTest, AReloadTestsAgainButKeepsWhatIsKnown) {
  Watch(zen_);
  EXPECT_TRUE(health_.Due(zen_, 30min, now_));
  health_.Passed(zen_);
  Watch(zen_);
  EXPECT_TRUE(health_.InUse(zen_));
  EXPECT_TRUE(health_.Due(zen_, 30min, now_));
  health_.SwitchOff(zen_, "refuses", kListPause, now_);
  Watch(zen_);
  EXPECT_FALSE(health_.InUse(zen_));
  Watch(Names());
  Watch(zen_);
  EXPECT_FALSE(health_.InUse(zen_)) << "forgotten, so untested";
}

TEST_F(ListHealthTest, SilenceInARowSwitchesOff) {
  for (int i = 1; i < kMaxListFailures; ++i) health_.Failed(zen_, now_);
  health_.Worked(zen_);
  for (int i = 1; i < kMaxListFailures; ++i) health_.Failed(zen_, now_);
  EXPECT_TRUE(health_.InUse(zen_)) << "an answer in between";
  health_.Failed(zen_, now_);
  EXPECT_FALSE(health_.InUse(zen_));
  EXPECT_THAT(
      lines_,
      ElementsAre("W dnsbl.zen does not answer; it is switched off until it passes its test"));
}

}  // namespace
}  // namespace assay::engine
