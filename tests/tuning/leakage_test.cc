// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/leakage.h"

#include <gtest/gtest.h>

#include "lib/facts/fact.h"
#include "tests/tuning/observations_testing.h"

namespace assay::tuning {
namespace {

constexpr auto kHelo = static_cast<std::size_t>(facts::Id::kHelo);

// A rule that reads HELO, and mail of one set or two of which so many tell it.
struct Made {
  ObservationsMaker maker;
  std::size_t rule = 0;

  void Add(const std::string& set, Side side, int known, int unknown) {
    const std::size_t index = maker.AddSet(set, side);
    for (int i = 0; i < known + unknown; ++i) {
      maker.AddSamples(index, 1, {});
      maker.result.samples.back().known.resize(facts::kFactCount);
      maker.result.samples.back().known[kHelo] = i < known;
    }
  }
};

Made MakeRule() {
  Made made;
  made.rule = made.maker.AddRule("READS_HELO", Bounds{0, 2});
  made.maker.result.rules[made.rule].facts = {kHelo};
  made.maker.AddRule("READS_NOTHING", Bounds{0, 2});
  made.maker.AddRule("FIXED", std::nullopt, 1);
  made.maker.result.rules.back().facts = {kHelo};
  return made;
}

TEST(Leakage, AFactThatOnlyOneSideTells) {
  Made made = MakeRule();
  made.Add("mine", Side::kHam, 0, 20);
  made.Add("theirs", Side::kSpam, 20, 0);
  const auto leaks = FindLeaks(made.maker.result);
  ASSERT_EQ(leaks.size(), 1U);
  EXPECT_EQ(leaks[0].fact, kHelo);
  EXPECT_EQ(leaks[0].ham_known, 0);
  EXPECT_EQ(leaks[0].spam_known, 1);
  EXPECT_EQ(leaks[0].rules, std::vector<std::size_t>{made.rule});
  EXPECT_EQ(RulesOn(leaks, 3), (std::vector<bool>{true, false, false}));
}

TEST(Leakage, TenPointsAreAllowed) {
  Made made = MakeRule();
  made.Add("mine", Side::kHam, 18, 2);
  made.Add("theirs", Side::kSpam, 20, 0);
  EXPECT_TRUE(FindLeaks(made.maker.result).empty());
  Made more = MakeRule();
  more.Add("mine", Side::kHam, 17, 3);
  more.Add("theirs", Side::kSpam, 20, 0);
  EXPECT_EQ(FindLeaks(more.maker.result).size(), 1U);
}

TEST(Leakage, WithinOneSetIsEnough) {
  Made made = MakeRule();
  for (int i = 0; i < 8; ++i) made.Add("list " + std::to_string(i), Side::kHam, 10, 0);
  made.Add("box", Side::kHam, 8, 2);
  made.Add("box", Side::kSpam, 10, 0);
  EXPECT_EQ(FindLeaks(made.maker.result).size(), 1U);
}

TEST(Leakage, OneSideAloneTellsNothing) {
  Made made = MakeRule();
  made.Add("mine", Side::kHam, 10, 10);
  EXPECT_TRUE(FindLeaks(made.maker.result).empty());
}

}  // namespace
}  // namespace assay::tuning
