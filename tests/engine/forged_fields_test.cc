// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/forged_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::engine {
namespace {

std::vector<std::string> Show(const std::vector<HeaderEdit>& edits) {
  std::vector<std::string> shown;
  for (const HeaderEdit& edit : edits) {
    EXPECT_EQ(edit.kind, HeaderEdit::Kind::kDelete);
    shown.push_back(edit.name + "#" + std::to_string(edit.index));
  }
  return shown;
}

TEST(ForgedFields, OnlyOursInDescendingOrder) {
  ForgedFields forged("mx.example.net");
  forged.See("Authentication-Results", " mx.example.net; spf=pass");
  forged.See("authentication-results", " other.example; spf=pass");
  forged.See("AUTHENTICATION-RESULTS ", " (c) MX.example.net 1; none");
  forged.See("Subject", " mx.example.net; spf=pass");
  forged.See("X-Assay", " ref=1");
  EXPECT_THAT(
      Show(forged.Deletions(false)),
      testing::ElementsAre("Authentication-Results#3", "Authentication-Results#1", "X-Assay#1"));
}

TEST(ForgedFields, SpamFieldsGoOnlyWhereWeWriteThem) {
  ForgedFields forged("mx.example.net");
  forged.See("X-Spam-Flag", " NO");
  forged.See("x-spam-flag", " NO");
  forged.See("X-Spam-Status", " No");
  forged.See("X-Spam-Level", " *");
  EXPECT_TRUE(forged.Deletions(false).empty());
  EXPECT_THAT(Show(forged.Deletions(true)),
              testing::ElementsAre("X-Spam-Flag#2", "X-Spam-Flag#1", "X-Spam-Status#1"));
}

}  // namespace
}  // namespace assay::engine
