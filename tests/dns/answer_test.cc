// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/answer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace assay::dns {
namespace {

AnswerPtr Texts(const std::string& text) {
  Answer answer;
  answer.status = Status::kSuccess;
  answer.texts = {text};
  return std::make_shared<const Answer>(std::move(answer));
}

TEST(Question, LowersCaseAndDropsOneDot) {
  struct Case {
    const char* given;
    const char* want;
  };
  constexpr Case kCases[] = {
      {"Example.COM", "example.com"},
      {"example.com.", "example.com"},
      {"example.com..", "example.com."},
      {".", ""},
      {"", ""},
      {"\xc3\x84.Example", "\xc3\x84.example"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Question(c.given, RrType::kA).name, c.want) << c.given;
}

TEST(Question, OrderTellsNamesAndTypesApart) {
  EXPECT_EQ(Question("a", RrType::kA), Question("A.", RrType::kA));
  EXPECT_NE(Question("a", RrType::kA), Question("a", RrType::kAaaa));
  EXPECT_LT(Question("a", RrType::kTxt), Question("b", RrType::kA));
}

TEST(Answers, FindsWhatWasAdded) {
  Answers answers;
  const Question question("example.com", RrType::kTxt);
  EXPECT_EQ(answers.Find(question), nullptr);
  answers.Add(question, Texts("one"));
  ASSERT_NE(answers.Find(question), nullptr);
  EXPECT_EQ(answers.Find(question)->texts.front(), "one");
  EXPECT_EQ(answers.Find(Question("example.com", RrType::kMx)), nullptr);
}

TEST(Answers, FirstAnswerStays) {
  Answers answers;
  const Question question("example.com", RrType::kTxt);
  answers.Add(question, Texts("one"));
  answers.Add(question, Texts("two"));
  EXPECT_EQ(answers.Find(question)->texts.front(), "one");
  EXPECT_EQ(answers.size(), 1U);
}

TEST(Answers, CopyKeepsItsOwnSet) {
  Answers answers;
  answers.Add(Question("a.example", RrType::kTxt), Texts("one"));
  const Answers copy = answers;
  answers.Add(Question("b.example", RrType::kTxt), Texts("two"));
  EXPECT_EQ(copy.size(), 1U);
  EXPECT_EQ(answers.size(), 2U);
}

TEST(Status, WordsAndTemporaryOnes) {
  struct Case {
    const char* word;
    Status status;
    bool temporary;
  };
  constexpr Case kCases[] = {
      {"NOERROR", Status::kSuccess, false},    {"NODATA", Status::kNoData, false},
      {"NXDOMAIN", Status::kNxDomain, false},  {"SERVFAIL", Status::kServFail, true},
      {"REFUSED", Status::kRefused, true},     {"TIMEOUT", Status::kTimeout, true},
      {"MALFORMED", Status::kMalformed, true}, {"LIMIT", Status::kLimit, true},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(ToWord(c.status), c.word);
    EXPECT_EQ(IsTemporary(c.status), c.temporary) << c.word;
  }
}

TEST(RrType, Words) {
  EXPECT_EQ(ToWord(RrType::kA), "A");
  EXPECT_EQ(ToWord(RrType::kAaaa), "AAAA");
  EXPECT_EQ(ToWord(RrType::kMx), "MX");
  EXPECT_EQ(ToWord(RrType::kTxt), "TXT");
  EXPECT_EQ(ToWord(RrType::kPtr), "PTR");
}

}  // namespace
}  // namespace assay::dns
