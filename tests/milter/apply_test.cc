// SPDX-License-Identifier: Apache-2.0
#include "milter/apply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/text.h"
#include "tests/milter/recorded_mta.h"

namespace assay::milter {
namespace {

using test::RecordedMta;
using testing::ElementsAre;
using testing::IsEmpty;

struct Case {
  const char* name;
  policy::Reply reply;
  Action action;
  int code;
  const char* enhanced_code;
  std::string text;
};
const Case kCases[] = {
    {"as_given", {550, "5.7.23", "SPF fail"}, Action::kReject, 550, "5.7.23", "SPF fail"},
    {"temporary", {451, "4.4.3", "DNS"}, Action::kTempFail, 451, "4.4.3", "DNS"},
    {"percent_is_doubled", {550, "5.7.1", "100% %s"}, Action::kReject, 550, "5.7.1", "100%% %%s"},
    {"class_of_code_wins", {550, "4.7.1", "x"}, Action::kReject, 550, "5.7.1", "x"},
    {"temporary_code_for_reject", {451, "4.7.1", "x"}, Action::kReject, 550, "5.7.1", "x"},
    {"permanent_code_for_tempfail", {550, "5.7.1", "x"}, Action::kTempFail, 451, "4.7.1", "x"},
    {"never_421", {421, "4.7.0", "x"}, Action::kTempFail, 451, "4.7.0", "x"},
    {"recipient_split_stays", {452, "4.5.3", "x"}, Action::kTempFail, 452, "4.5.3", "x"},
    {"no_enhanced_code", {550, "", "x"}, Action::kReject, 550, "5.7.1", "x"},
    {"bad_enhanced_code", {550, "5.7", "x"}, Action::kReject, 550, "5.7.1", "x"},
    {"bad_detail", {550, "5.7.x", "x"}, Action::kReject, 550, "5.7.1", "x"},
    {"no_text", {550, "5.7.1", ""}, Action::kReject, 550, "5.7.1", "message refused by policy"},
    {"no_text_temporary", {451, "4.7.1", ""}, Action::kTempFail, 451, "4.7.1", "try again later"},
    {"line_breaks",
     {550, "5.7.1", {"a\r\nRCPT b\0c", 11}},
     Action::kReject,
     550,
     "5.7.1",
     "a??RCPT b?c"},
    {"eight_bit", {550, "5.7.1", "caf\xc3\xa9"}, Action::kReject, 550, "5.7.1", "caf??"},
    {"nothing_given", {}, Action::kReject, 550, "5.7.1", "message refused by policy"},
};

class ReplyTable : public testing::TestWithParam<Case> {};

TEST_P(ReplyTable, IsMadeFitForBothMtas) {
  const Case& want = GetParam();
  const policy::Reply reply = SanitizeReply(want.reply, want.action);
  EXPECT_EQ(reply.code, want.code);
  EXPECT_EQ(reply.enhanced_code, want.enhanced_code);
  EXPECT_EQ(reply.text, want.text);
}
INSTANTIATE_TEST_SUITE_P(Replies, ReplyTable, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(SanitizeReply, LongTextIsCutBetweenCharacters) {
  for (const std::size_t lead : {0U, 1U}) {
    const std::string text = std::string(lead, 'x') + std::string(2000, '%');
    const std::string cut = SanitizeReply({550, "5.7.1", text}, Action::kReject).text;
    EXPECT_LE(cut.size(), kMaxReplyText);
    EXPECT_GE(cut.size(), kMaxReplyText - 2);
    EXPECT_EQ((cut.size() - lead) % 2, 0U) << "half of a doubled % would eat what follows";
  }
}

policy::Verdict VerdictOf(Action action) {
  policy::Verdict verdict;
  verdict.action = action;
  verdict.reply = action == Action::kReject ? policy::Reply{550, "5.7.1", "no"} : policy::Reply{};
  if (action == Action::kTempFail) verdict.reply = {451, "4.7.1", "later"};
  verdict.reason = "a reason\nwith a break";
  return verdict;
}

const std::vector<engine::HeaderEdit> kEdits = {
    {engine::HeaderEdit::Kind::kDelete, "Authentication-Results", 3, ""},
    {engine::HeaderEdit::Kind::kDelete, "Authentication-Results", 1, ""},
    {engine::HeaderEdit::Kind::kInsert, "X-Assay", 0, " v=1"},
};

TEST(ApplyVerdict, AcceptCarriesOutTheEditsInTheirOrder) {
  for (const Action action : {Action::kNone, Action::kTag}) {
    RecordedMta mta;
    const Applied applied = ApplyVerdict(mta, {}, VerdictOf(action), kEdits);
    EXPECT_EQ(applied.reaction, Reaction::kContinue);
    EXPECT_THAT(applied.trouble, IsEmpty());
    EXPECT_THAT(mta.calls,
                ElementsAre("delete Authentication-Results 3", "delete Authentication-Results 1",
                            "insert 0 X-Assay:[ v=1]"));
  }
}

TEST(ApplyVerdict, ValuesLoseTheirSpaceWhereTheMtaAddsIt) {
  RecordedMta mta;
  (void)ApplyVerdict(mta, {.leading_space = false, .quarantine = true}, VerdictOf(Action::kNone),
                     kEdits);
  EXPECT_EQ(mta.calls.back(), "insert 0 X-Assay:[v=1]");
}

TEST(ApplyVerdict, QuarantineKeepsTheEditsAndHasAOneLineReason) {
  RecordedMta mta;
  const Applied applied = ApplyVerdict(mta, {}, VerdictOf(Action::kQuarantine), kEdits);
  EXPECT_EQ(applied.reaction, Reaction::kContinue);
  EXPECT_EQ(mta.calls.size(), 4U);
  EXPECT_EQ(mta.calls.back(), "quarantine a reason?with a break");
}

TEST(ApplyVerdict, QuarantineWithoutReasonHasOneAllTheSame) {
  RecordedMta mta;
  policy::Verdict verdict = VerdictOf(Action::kQuarantine);
  verdict.reason.clear();
  (void)ApplyVerdict(mta, {}, verdict, {});
  EXPECT_THAT(mta.calls, ElementsAre("quarantine assay"));
}

TEST(ApplyVerdict, QuarantineThatTheMtaCannotDoIsDeferred) {
  RecordedMta unable;
  const Applied applied = ApplyVerdict(unable, {.leading_space = true, .quarantine = false},
                                       VerdictOf(Action::kQuarantine), {});
  EXPECT_EQ(applied.reaction, Reaction::kTempFail);
  EXPECT_THAT(applied.trouble, testing::HasSubstr("quarantine"));
  EXPECT_EQ(unable.reply.code, 451);

  RecordedMta unwilling;
  unwilling.accepts = false;
  EXPECT_EQ(ApplyVerdict(unwilling, {}, VerdictOf(Action::kQuarantine), {}).reaction,
            Reaction::kTempFail);
}

TEST(ApplyVerdict, RefusalsSetTheReplyAndEditNothing) {
  RecordedMta mta;
  EXPECT_EQ(ApplyVerdict(mta, {}, VerdictOf(Action::kReject), kEdits).reaction, Reaction::kReject);
  EXPECT_THAT(mta.calls, ElementsAre("reply 550 5.7.1 no"));
  mta.calls.clear();
  EXPECT_EQ(ApplyVerdict(mta, {}, VerdictOf(Action::kTempFail), kEdits).reaction,
            Reaction::kTempFail);
  EXPECT_THAT(mta.calls, ElementsAre("reply 451 4.7.1 later"));
}

TEST(ApplyVerdict, DiscardDoesNothingElse) {
  RecordedMta mta;
  EXPECT_EQ(ApplyVerdict(mta, {}, VerdictOf(Action::kDiscard), kEdits).reaction,
            Reaction::kDiscard);
  EXPECT_THAT(mta.calls, IsEmpty());
}

TEST(ApplyVerdict, AnMtaThatTakesNoEditIsReported) {
  RecordedMta mta;
  mta.accepts = false;
  const Applied applied = ApplyVerdict(mta, {}, VerdictOf(Action::kNone), kEdits);
  EXPECT_EQ(applied.reaction, Reaction::kContinue);
  EXPECT_THAT(applied.trouble, testing::Not(IsEmpty()));
}

TEST(ApplyRefusal, VerdictsThatRefuseNothingContinue) {
  RecordedMta mta;
  for (const Action action : {Action::kNone, Action::kTag, Action::kQuarantine, Action::kDiscard}) {
    EXPECT_EQ(ApplyRefusal(mta, VerdictOf(action)), Reaction::kContinue);
  }
  EXPECT_THAT(mta.calls, IsEmpty());
}

}  // namespace
}  // namespace assay::milter
