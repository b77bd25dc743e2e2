// SPDX-License-Identifier: Apache-2.0
// Bodies and times of signed messages.
#include <gtest/gtest.h>

#include <string>

#include "tests/auth/dkim_sample.h"

namespace assay::auth {
namespace {

using test::AddDkimSignature;
using test::At;
using test::Describe;
using test::kDkimNow;
using test::KeyAnswer;
using test::kRowName;
using test::ResultWords;
using test::SampleMessage;
using test::SignOptions;
using test::TestKey;
using test::TestMessage;
using test::VerifyDkim;
using test::VerifyOne;

struct BodyCase {
  const char* name;
  const char* body;
};

class DkimBodies : public testing::TestWithParam<BodyCase> {};

constexpr BodyCase kBodies[] = {
    {"empty", ""},
    {"one_crlf", "\r\n"},
    {"only_empty_lines", "\r\n\r\n\r\n"},
    {"only_space", "  \r\n \t\r\n"},
    {"no_final_crlf", "Hello\r\nworld"},
    {"no_final_crlf_after_space", "Hello \t"},
    {"trailing_empty_lines", "Hello\r\n\r\n\r\n"},
    {"leading_empty_lines", "\r\n\r\nHello\r\n"},
    {"inner_space", " a  b\t\tc \r\n\td\r\n"},
    {"space_line_at_end", "a\r\n \r\n\t\r\n"},
    {"eight_bit", "\xC3\xA4 \xFF\xFE\r\n"},
    {"dots", ".\r\n..\r\n"},
};

TEST_P(DkimBodies, AnyChunkingGivesTheSameResult) {
  for (const char* canonicalization : {"relaxed/simple", "relaxed/relaxed"}) {
    TestMessage message = SampleMessage();
    message.body = GetParam().body;
    SignOptions options;
    options.canonicalization = canonicalization;
    AddDkimSignature(message, options);
    const dns::Answers answers = KeyAnswer(options.key);
    for (const std::size_t chunk : {1U, 2U, 3U, 5U, 7U, 65535U}) {
      const DkimEvidence evidence = VerifyDkim(message, answers, At(kDkimNow), chunk);
      EXPECT_EQ(ResultWords(evidence), "pass")
          << canonicalization << " in chunks of " << chunk << ": " << Describe(evidence);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, DkimBodies, testing::ValuesIn(kBodies), kRowName);

struct BareCase {
  const char* name;
  const char* body;  // that arrives; "Hello\r\n" was signed
};

class DkimBareLineEnds : public testing::TestWithParam<BareCase> {};

constexpr BareCase kBareLineEnds[] = {
    {"cr_in_word", "He\rllo\r\n"},           {"cr_before_crlf", "Hello\r\r\n"},
    {"cr_on_empty_line", "Hello\r\n\r\r\n"}, {"cr_at_end", "Hello\r\n\r"},
    {"lf_in_word", "He\nllo\r\n"},           {"lf_at_end", "Hello\n"},
};

TEST_P(DkimBareLineEnds, NeverPass) {
  for (const char* canonicalization : {"relaxed/simple", "relaxed/relaxed"}) {
    for (const std::size_t chunk : {1U, 2U, 3U, 4U, 5U, 6U, 100U}) {
      TestMessage message = SampleMessage();
      message.body = "Hello\r\n";
      SignOptions options;
      options.canonicalization = canonicalization;
      AddDkimSignature(message, options);
      message.body = GetParam().body;
      const DkimEvidence evidence =
          VerifyDkim(message, KeyAnswer(options.key), At(kDkimNow), chunk);
      EXPECT_NE(ResultWords(evidence), "pass") << canonicalization << " " << chunk;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, DkimBareLineEnds, testing::ValuesIn(kBareLineEnds), kRowName);

struct LengthCase {
  const char* name;
  const char* canonicalization;
  std::size_t length;
  const char* appended;
  DkimResult want;
  bool partly;
};

class DkimLength : public testing::TestWithParam<LengthCase> {};

// The body "a  b \r\n\r\n" has 7 octets in simple form ("a  b \r\n") and 5 in relaxed form ("a
// b\r\n").
constexpr LengthCase kLengths[] = {
    {"whole_simple", "simple/simple", 7, "", DkimResult::kPass, false},
    {"whole_relaxed", "relaxed/relaxed", 5, "", DkimResult::kPass, false},
    {"more_empty_lines", "relaxed/relaxed", 5, "\r\n", DkimResult::kPass, false},
    {"appended_simple", "simple/simple", 7, "more\r\n", DkimResult::kPolicy, true},
    {"appended_relaxed", "relaxed/relaxed", 5, "more\r\n", DkimResult::kPolicy, true},
    {"half", "relaxed/relaxed", 2, "", DkimResult::kPolicy, true},
    {"nothing", "relaxed/relaxed", 0, "", DkimResult::kPolicy, true},
    {"nothing_simple", "simple/simple", 0, "", DkimResult::kPolicy, true},
    {"beyond", "relaxed/relaxed", 6, "", DkimResult::kPermError, false},
    {"far_beyond", "simple/simple", 1'000'000, "", DkimResult::kPermError, false},
};

TEST_P(DkimLength, LeavesNothingUnsigned) {
  const LengthCase& row = GetParam();
  SignOptions options;
  options.canonicalization = row.canonicalization;
  options.body_length = row.length;
  TestMessage message = SampleMessage();
  message.body = "a  b \r\n\r\n";
  AddDkimSignature(message, options);
  message.body += row.appended;
  const DkimOutcome outcome = VerifyOne(message, KeyAnswer(options.key));
  EXPECT_EQ(outcome.result, row.want) << outcome.reason;
  EXPECT_EQ(outcome.body_partly_signed, row.partly);
}

INSTANTIATE_TEST_SUITE_P(All, DkimLength, testing::ValuesIn(kLengths), kRowName);

TEST(Dkim, LinesMayHaveAnyLength) {
  TestMessage message = SampleMessage();
  message.body = std::string(2'000'000, 'x') + "\r\n" + std::string(1'000'000, ' ') + "\r\n";
  AddDkimSignature(message, {});
  const dns::Answers answers = KeyAnswer(TestKey::kRsa2048);
  EXPECT_EQ(ResultWords(VerifyDkim(message, answers, At(kDkimNow), 999)), "pass");
  message.body[1'999'999] = 'y';
  EXPECT_EQ(ResultWords(VerifyDkim(message, answers, At(kDkimNow), 999)), "fail");
}

struct TimeCase {
  const char* name;
  const char* tags;
  long long now;
  DkimResult want;
};

class DkimTimes : public testing::TestWithParam<TimeCase> {};

constexpr TimeCase kTimes[] = {
    {"just_signed", "t=1700000000; ", 1'700'000'000, DkimResult::kPass},
    {"not_expired", "t=1700000000; x=1700003600; ", 1'700'003'599, DkimResult::kPass},
    {"expired_within_drift", "x=1700000000; ", 1'700'000'299, DkimResult::kPass},
    {"expired", "x=1700000000; ", 1'700'000'300, DkimResult::kPermError},
    {"not_expired_long_ago", "t=1100000000; x=1100003600; ", 1'100'000'000, DkimResult::kPass},
    {"expires_late", "x=999999999999; ", 1'700'000'000, DkimResult::kPass},
    {"future_within_drift", "t=1700000300; ", 1'700'000'000, DkimResult::kPass},
    {"future", "t=1700000301; ", 1'700'000'000, DkimResult::kPermError},
    {"far_future", "t=999999999999; ", 1'700'000'000, DkimResult::kPermError},
    {"after_our_clock", "t=2500000000; x=2500003600; ", 2'500'000'000, DkimResult::kPass},
    {"clock_at_zero", "t=0; ", 1'700'000'000, DkimResult::kPass},
    {"clock_in_1970", "t=299; ", 1'700'000'000, DkimResult::kPass},
    {"clock_in_2001", "t=999999999; ", 1'700'000'000, DkimResult::kPass},
    {"early_and_expires_late", "t=12345; x=4000000000; ", 1'700'000'000, DkimResult::kPass},
    {"x_before_t", "t=1700000000; x=1699999999; ", 1'700'000'000, DkimResult::kPermError},
    {"x_is_t", "t=1700000000; x=1700000000; ", 1'700'000'000, DkimResult::kPermError},
    {"t_too_long", "t=1000000000000; ", 1'700'000'000, DkimResult::kPermError},
    {"t_no_number", "t=1e9; ", 1'700'000'000, DkimResult::kPermError},
    {"x_negative", "x=-1; ", 1'700'000'000, DkimResult::kPermError},
    {"t_empty", "t=; ", 1'700'000'000, DkimResult::kPermError},
};

TEST_P(DkimTimes, AreJudgedAtTheGivenTime) {
  SignOptions options;
  options.more_tags = GetParam().tags;
  TestMessage message = SampleMessage();
  AddDkimSignature(message, options);
  const DkimOutcome outcome = VerifyOne(message, KeyAnswer(options.key), GetParam().now);
  EXPECT_EQ(outcome.result, GetParam().want) << outcome.reason;
}

INSTANTIATE_TEST_SUITE_P(All, DkimTimes, testing::ValuesIn(kTimes), kRowName);

}  // namespace
}  // namespace assay::auth
