// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "lib/rules/regex.h"

namespace assay::rules {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

struct Case {
  const char* name;
  const char* pattern;
  std::size_t weight;
  std::size_t longest;
};

constexpr Case kCases[] = {
    {"literal", "abc", 1, 12},
    {"alternatives", "abc|defg", 1, 16},
    {"anchor", "^a$", 1, 4},
    {"star", "ab*", 1, kNoLimit},
    {"star_inside", "ab*c", 1, kNoLimit},
    {"optional", "a(?:bc)?", 1, 12},
    {"never", "a(?:bc*){0}", 1, 4},
    {"begins_with_a_counter", "[a-z]{3,20}x", 1, 84},
    {"begins_with_letters", "\\p{L}{3,}", 1, kNoLimit},
    {"behind_a_word_boundary", "\\b[a-z]{3}", 1, 12},
    {"in_an_alternative", "x[a-z]|[a-z]{3}", 1, 12},
    {"behind_other_characters", "_[a-z]{2,9}-[a-z]{2,9}", 1, 80},
    {"behind_other_alternatives", "(?:_|[0-9])[a-z]{2,9}", 1, 40},
    {"behind_an_optional_one", "_?[a-z]{2,9}", 1, 40},
    {"any_place_may_begin_it", "x[a-z]{0,60}y", 61, 248},
    {"any_place_behind_an_optional_one", "x-?[a-z]{0,60}y", 61, 252},
    {"any_place_in_alternatives", "(?:-|x)[a-z]{0,60}y", 61, 248},
    {"the_other_alternative_is_empty", "x(?:-|)[a-z]{0,60}y", 61, 252},
    {"any_place_behind_an_assertion", "x\\b[a-z]{0,60}y", 61, 248},
    {"class_that_is_not_known", "x\\p{L}{9}", 2705, 40},
    {"behind_a_class_that_is_not_known", "\\p{L}[a-z]{60}", 61, 244},
    {"of_more_than_a_set", "(?:ab){30}", 61, 240},
    {"in_a_repetition", "(?:_|[a-z]{60})+", 61, kNoLimit},
    {"in_a_repetition_behind_others", "(?:_[a-z]{60}-)+", 1, kNoLimit},
    {"counters_with_many_states_together", "[a-z]{60}|[a-y]{60}|[a-x]{60}", 181, 240},
    {"a_few_written_out", "x[a-z][a-z][a-z][a-z][a-z][a-z]y", 1, 32},
    {"a_counter_written_out", "x[a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z]y", 6, 48},
    {"written_out_as_optional", "x[a-z]?[a-z]?[a-z]?[a-z]?[a-z]?[a-z]?[a-z]?[a-z]?[a-z]?y", 10, 44},
    {"long_words", "(?i)zzzzzzzzzzzzzzzz", 1, 64},
    {"a_counter_with_many_states", "[a-z]{600}", 601, 2400},
};

class Cost : public testing::TestWithParam<Case> {};

TEST_P(Cost, IsThatOfTheWorstText) {
  const auto regex = ParseRegex(GetParam().pattern, {});
  ASSERT_TRUE(regex) << regex.error().message;
  const PatternCost cost = CostOf(*regex, false);
  EXPECT_EQ(cost.weight, GetParam().weight);
  EXPECT_EQ(cost.longest, GetParam().longest);
}

INSTANTIATE_TEST_SUITE_P(Regex, Cost, testing::ValuesIn(kCases),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(PatternCost, BytesCountOnce) {
  RegexFlags flags;
  flags.bytes = true;
  const auto regex = ParseRegex("x[^y]{0,60}", flags);
  ASSERT_TRUE(regex);
  EXPECT_EQ(CostOf(*regex, true).longest, 61U);
}

// As far as RE2 may look beyond a match, never beyond the text.
TEST(PatternCost, OfAMatch) {
  const PatternCost bounded = {3, 10};
  EXPECT_EQ(bounded.Match(1000, 100), 3U * 111);
  EXPECT_EQ(bounded.Match(1000, 995), 3000U);
  EXPECT_EQ(bounded.Match(5, 5), 15U);
  EXPECT_EQ((PatternCost{3, kNoLimit}.Match(1000, 100)), 3000U);
}

}  // namespace
}  // namespace assay::rules
