// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/rule_change.h"

#include <gtest/gtest.h>

namespace assay::tuning {
namespace {

TEST(RuleChange, AppliesInTheOrderOfTheFile) {
  EXPECT_EQ(Apply("a 1 b 2 c", {{6, 1, "22"}, {2, 1, "11"}, {9, 0, "!"}}), "a 11 b 22 c!");
  EXPECT_EQ(Apply("a", {}), "a");
}

TEST(RuleChange, NothingChangedIsNoDiff) { EXPECT_EQ(UnifiedDiff("f", "a\nb\n", "a\nb\n"), ""); }

TEST(RuleChange, ShowsThreeLinesOfContext) {
  EXPECT_EQ(UnifiedDiff("f.rules", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5!\n6\n7\n8\n9\n"),
            "--- f.rules\n+++ f.rules\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+5!\n 6\n 7\n 8\n");
}

TEST(RuleChange, JoinsWhatIsNearAndPartsWhatIsFar) {
  std::string before;
  std::string after;
  for (int i = 1; i <= 30; ++i) {
    before += std::to_string(i) + "\n";
    after += std::to_string(i) + (i == 2 || i == 8 || i == 20 ? "!\n" : "\n");
  }
  const std::string diff = UnifiedDiff("f", before, after);
  EXPECT_NE(diff.find("@@ -1,11 +1,11 @@\n"), std::string::npos) << diff;
  EXPECT_NE(diff.find("@@ -17,7 +17,7 @@\n"), std::string::npos) << diff;
}

TEST(RuleChange, SaysThatTheLastLineHasNoEnd) {
  EXPECT_EQ(UnifiedDiff("f", "a\nb", "a\nc"),
            "--- f\n+++ f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n"
            "\\ No newline at end of file\n");
}

}  // namespace
}  // namespace assay::tuning
