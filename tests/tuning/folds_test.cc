// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/folds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/tuning/observations_testing.h"

namespace assay::tuning {
namespace {

TEST(Folds, KeepACampaignTogetherAcrossSets) {
  ObservationsMaker maker;
  const std::size_t one = maker.AddSet("one", Side::kSpam);
  const std::size_t two = maker.AddSet("two", Side::kSpam);
  for (int i = 0; i < 40; ++i) {
    maker.AddSamples(one, 1 + i % 5, {}, "wave " + std::to_string(i));
    maker.AddSamples(two, 2, {}, "wave " + std::to_string(i));
  }
  const auto folds = MakeFolds(maker.result, 5);
  std::map<std::string, std::set<std::size_t>> by_campaign;
  for (std::size_t i = 0; i < folds.size(); ++i)
    by_campaign[maker.result.samples[i].campaign].insert(folds[i]);
  for (const auto& [campaign, in] : by_campaign) EXPECT_EQ(in.size(), 1U) << campaign;
}

TEST(Folds, AreEvenInEachSet) {
  ObservationsMaker maker;
  const std::size_t large = maker.AddSet("large", Side::kSpam);
  const std::size_t small = maker.AddSet("small", Side::kHam);
  maker.AddSamples(large, 997, {});
  maker.AddSamples(small, 23, {});
  const auto folds = MakeFolds(maker.result, 5);
  std::vector<std::vector<std::size_t>> sizes(2, std::vector<std::size_t>(5));
  for (std::size_t i = 0; i < folds.size(); ++i) ++sizes[maker.result.samples[i].set][folds[i]];
  for (const auto& of_set : sizes) {
    EXPECT_LE(*std::ranges::max_element(of_set) - *std::ranges::min_element(of_set), 1U);
  }
}

TEST(Folds, DoNotDependOnTheOrderOfTheMessages) {
  ObservationsMaker maker;
  const std::size_t set = maker.AddSet("one", Side::kSpam);
  maker.AddSamples(set, 50, {});
  const auto folds = MakeFolds(maker.result, 3);
  Observations turned = maker.result;
  std::ranges::reverse(turned.samples);
  auto other = MakeFolds(turned, 3);
  std::ranges::reverse(other);
  EXPECT_EQ(folds, other);
}

}  // namespace
}  // namespace assay::tuning
