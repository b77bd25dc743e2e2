// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/fit.h"

#include <gtest/gtest.h>

#include "tests/tuning/observations_testing.h"

namespace assay::tuning {
namespace {

constexpr Bounds kUpTo3 = {0, 3};

std::vector<double> Fit(const ObservationsMaker& maker, const FitOptions& options = {}) {
  return FitScores(maker.result, maker.all(), maker.nothing_frozen(), options);
}

TEST(Fit, SignsOfSpamGetScoresUntilSpamIsCaught) {
  ObservationsMaker maker;
  const std::size_t a = maker.AddRule("A", kUpTo3);
  const std::size_t b = maker.AddRule("B", kUpTo3);
  const std::size_t unused = maker.AddRule("UNUSED", kUpTo3);
  const std::size_t ham = maker.AddSet("ham", Side::kHam);
  const std::size_t spam = maker.AddSet("spam", Side::kSpam);
  maker.AddSamples(ham, 50, {});
  maker.AddSamples(spam, 50, {a, b});
  const auto scores = Fit(maker);
  EXPECT_GE(scores[a] + scores[b], 5);
  EXPECT_EQ(scores[unused], 0);
}

TEST(Fit, StaysWithinBoundsAndSigns) {
  ObservationsMaker maker;
  const std::size_t spam_sign = maker.AddRule("SPAM", Bounds{0, 1.5});
  const std::size_t floor = maker.AddRule("FLOOR", Bounds{0.5, 1});
  const std::size_t ham_sign = maker.AddRule("HAM", Bounds{-1, 0});
  const std::size_t ham = maker.AddSet("ham", Side::kHam);
  const std::size_t spam = maker.AddSet("spam", Side::kSpam);
  // Each sign stands on the wrong side: what would help is forbidden.
  maker.AddSamples(ham, 40, {spam_sign, floor});
  maker.AddSamples(spam, 40, {ham_sign});
  const auto scores = Fit(maker);
  EXPECT_EQ(scores[spam_sign], 0);
  EXPECT_EQ(scores[floor], 0.5);
  EXPECT_EQ(scores[ham_sign], 0);
}

TEST(Fit, AFalsePositiveWeighsMoreThanASpamThatComesThrough) {
  ObservationsMaker maker;
  const std::size_t sign = maker.AddRule("SIGN", Bounds{0, 6});
  const std::size_t ham = maker.AddSet("ham", Side::kHam);
  const std::size_t spam = maker.AddSet("spam", Side::kSpam);
  maker.AddSamples(ham, 98, {});
  maker.AddSamples(ham, 2, {sign});
  maker.AddSamples(spam, 100, {sign});
  EXPECT_LT(Fit(maker)[sign], 5);
  FitOptions careless;
  careless.false_positive_weight = 1;
  EXPECT_GE(Fit(maker, careless)[sign], 5);
}

TEST(Fit, SetsWeighTheSameWhateverTheirSize) {
  ObservationsMaker maker;
  const std::size_t sign = maker.AddRule("SIGN", Bounds{0, 6});
  const std::size_t large = maker.AddSet("large", Side::kHam);
  const std::size_t small = maker.AddSet("small", Side::kHam);
  const std::size_t spam = maker.AddSet("spam", Side::kSpam);
  // Pooled, 5 hams of 5,020 would be lost among the others.
  maker.AddSamples(large, 5000, {});
  maker.AddSamples(small, 15, {});
  maker.AddSamples(small, 5, {sign});
  maker.AddSamples(spam, 100, {sign});
  FitOptions options;
  options.false_positive_weight = 20;
  EXPECT_LT(Fit(maker, options)[sign], 5);
}

TEST(Fit, KnowsTheCapsOfGroups) {
  ObservationsMaker maker;
  const std::size_t group = maker.AddGroup(2);
  const std::size_t a = maker.AddRule("A", kUpTo3, 0, group);
  const std::size_t b = maker.AddRule("B", kUpTo3, 0, group);
  const std::size_t outside = maker.AddRule("OUTSIDE", kUpTo3);
  const std::size_t ham = maker.AddSet("ham", Side::kHam);
  const std::size_t spam = maker.AddSet("spam", Side::kSpam);
  maker.AddSamples(ham, 50, {});
  maker.AddSamples(spam, 50, {a, b, outside});
  const auto scores = Fit(maker);
  EXPECT_EQ(ScoreOf(maker.result, maker.result.samples.back(), scores), 2 + scores[outside]);
  EXPECT_EQ(scores[outside], 3);
}

TEST(Fit, LeavesFixedAndFrozenScoresAlone) {
  ObservationsMaker maker;
  const std::size_t fixed = maker.AddRule("FIXED", std::nullopt, 1.25);
  const std::size_t frozen = maker.AddRule("FROZEN", kUpTo3, 0.75);
  const std::size_t spam = maker.AddSet("spam", Side::kSpam);
  maker.AddSet("ham", Side::kHam);
  maker.AddSamples(spam, 20, {fixed, frozen});
  const auto scores = FitScores(maker.result, maker.all(), {false, true}, {});
  EXPECT_EQ(scores[fixed], 1.25);
  EXPECT_EQ(scores[frozen], 0.75);
}

TEST(Fit, OtherMailTeachesNothing) {
  ObservationsMaker maker;
  const std::size_t sign = maker.AddRule("SIGN", kUpTo3);
  maker.AddSamples(maker.AddSet("bounces", Side::kOther), 50, {sign});
  EXPECT_EQ(Fit(maker)[sign], 0);
}

TEST(Fit, GivesTheSameScoresTwice) {
  ObservationsMaker maker;
  std::vector<std::size_t> rules;
  for (int i = 0; i < 12; ++i) rules.push_back(maker.AddRule("R" + std::to_string(i), kUpTo3));
  const std::size_t ham = maker.AddSet("ham", Side::kHam);
  const std::size_t spam = maker.AddSet("spam", Side::kSpam);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    maker.AddSamples(spam, 5, {rules[i], rules[(i + 5) % 12]});
    maker.AddSamples(ham, i % 3 == 0 ? 1 : 0, {rules[i]});
  }
  EXPECT_EQ(Fit(maker), Fit(maker));
}

}  // namespace
}  // namespace assay::tuning
