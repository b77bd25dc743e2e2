// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/figures.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/tuning/observations_testing.h"

namespace assay::tuning {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// Against the figures of Newcombe (1998), table I, method 3.
TEST(Figures, WilsonIntervals) {
  const Interval some = WilsonInterval(81, 263);
  EXPECT_NEAR(some.low, 0.2553, 0.00005);
  EXPECT_NEAR(some.high, 0.3662, 0.00005);
  const Interval few = WilsonInterval(1, 29);
  EXPECT_NEAR(few.low, 0.0061, 0.00005);
  EXPECT_NEAR(few.high, 0.1718, 0.00005);
  const Interval none = WilsonInterval(0, 20);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 0.1611, 0.00005);
  EXPECT_EQ(WilsonInterval(7, 7).high, 1);
  EXPECT_EQ(WilsonInterval(0, 0).low, 0);
  EXPECT_EQ(WilsonInterval(0, 0).high, 1);
}

TEST(Figures, CountWhatReachesEachLevel) {
  ObservationsMaker maker;
  const std::size_t rule = maker.AddRule("RULE", std::nullopt, 5);
  const std::size_t other = maker.AddRule("OTHER", std::nullopt, 5);
  const std::size_t ham = maker.AddSet("ham", Side::kHam);
  const std::size_t spam = maker.AddSet("spam", Side::kSpam);
  maker.AddSamples(ham, 3, {});
  maker.AddSamples(ham, 1, {rule});
  maker.AddSamples(spam, 2, {rule, other});
  maker.AddSamples(spam, 1, {rule, other});
  maker.result.samples.back().allowed = true;
  maker.AddSamples(spam, 1, {});
  maker.result.samples.back().action = Action::kReject;
  const auto scores = maker.result.scores();
  const std::vector<const std::vector<double>*> same(maker.result.samples.size(), &scores);
  const auto figures = MakeFigures(maker.result, same, {{5, 10, kNever}});
  EXPECT_EQ(figures[ham].messages, 4U);
  EXPECT_EQ(figures[ham].reached, (std::array<std::size_t, kLevels>{1, 0, 0}));
  EXPECT_EQ(figures[spam].messages, 4U);
  EXPECT_EQ(figures[spam].reached, (std::array<std::size_t, kLevels>{3, 3, 1}));
  const auto hits = CountHits(maker.result);
  EXPECT_EQ(hits[rule].hits, (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(hits[other].hits, (std::vector<std::size_t>{0, 3}));
}

TEST(Figures, SumsOfTenthsReachTheThreshold) {
  ObservationsMaker maker;
  std::vector<std::size_t> rules;
  for (int i = 0; i < 50; ++i) rules.push_back(maker.AddRule("R", std::nullopt, 0.1));
  maker.AddSamples(maker.AddSet("spam", Side::kSpam), 1, rules);
  const Sample& sample = maker.result.samples.front();
  EXPECT_EQ(LevelOf(maker.result, sample, maker.result.scores(), {{5, 10, kNever}}), kTag + 1U);
}

}  // namespace
}  // namespace assay::tuning
