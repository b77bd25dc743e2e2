// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/login_counters.h"

#include <gtest/gtest.h>

namespace assay::identity {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kStart{seconds(1'800'000'000)};
const std::vector<std::string> kAuthor = {"bob@example.com"};

TEST(LoginCounters, AddUp) {
  LoginCounters counters(1 << 20);
  EXPECT_EQ(counters.Add("bob", 3, kAuthor, kStart), (LoginCounts{1, 3, 1}));
  const std::vector<std::string> other = {"BOB@example.com", "team@example.com"};
  EXPECT_EQ(counters.Add("Bob", 2, other, kStart), (LoginCounts{2, 5, 2}));
  EXPECT_EQ(counters.Add("carol", 1, kAuthor, kStart), (LoginCounts{1, 1, 1}));
}

TEST(LoginCounters, WindowSlides) {
  LoginCounters counters(1 << 20);
  for (int i = 0; i < 12; ++i) (void)counters.Add("bob", 1, kAuthor, kStart + minutes(5 * i));
  const std::vector<std::string> later = {"later@example.com"};
  EXPECT_EQ(counters.Add("bob", 1, later, kStart + minutes(59)), (LoginCounts{13, 13, 2}));
  EXPECT_EQ(counters.Add("bob", 1, later, kStart + minutes(60)), (LoginCounts{13, 13, 2}));
  EXPECT_EQ(counters.Add("bob", 1, later, kStart + minutes(300)), (LoginCounts{1, 1, 1}));
}

TEST(LoginCounters, ClockThatGoesBackLosesNothingItCounts) {
  LoginCounters counters(1 << 20);
  (void)counters.Add("bob", 1, kAuthor, kStart + minutes(10));
  EXPECT_EQ(counters.Add("bob", 1, kAuthor, kStart).messages, 1U);
  EXPECT_EQ(counters.Add("bob", 1, kAuthor, kStart + minutes(10)).messages, 3U);
}

TEST(LoginCounters, AuthorsAreBounded) {
  LoginCounters counters(1 << 20);
  LoginCounts counts;
  for (int i = 0; i < 1000; ++i) {
    const std::vector<std::string> author = {"a" + std::to_string(i) + "@example.com"};
    counts = counters.Add("bob", 1, author, kStart);
  }
  EXPECT_EQ(counts.authors, kMaxAuthorsCounted);
  EXPECT_EQ(counts.messages, 1000U);
}

TEST(LoginCounters, MemoryIsBoundedAndTheIdleGoFirst) {
  constexpr std::size_t kMax = 64 * 1024;
  LoginCounters counters(kMax);
  for (int i = 0; i < 5000; ++i) {
    (void)counters.Add("often", 1, kAuthor, kStart);
    (void)counters.Add(std::string(1000, 'x') + std::to_string(i), 1, kAuthor, kStart);
    (void)counters.Add("user" + std::to_string(i), 1, kAuthor, kStart);
    ASSERT_LE(counters.bytes(), kMax);
  }
  EXPECT_EQ(counters.Add("often", 1, kAuthor, kStart).messages, 5001U);
  EXPECT_EQ(counters.Add("user0", 1, kAuthor, kStart).messages, 1U) << "forgotten";
}

}  // namespace
}  // namespace assay::identity
