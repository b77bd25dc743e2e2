// SPDX-License-Identifier: Apache-2.0
#include "milter/negotiation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/milter_client.h"

namespace assay::milter {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr unsigned long kNoReplies = test::kStepNoReplyConnect | test::kStepNoReplyHelo |
                                     test::kStepNoReplyHeaders | test::kStepNoReplyEndOfHeaders |
                                     test::kStepNoReplyBody;

TEST(Negotiate, TakesExactlyWhatIsNeededOfEverything) {
  const Agreement agreement = Negotiate({test::kAllActions, test::kAllSteps});
  EXPECT_EQ(agreement.actions, test::kActAddHeaders | test::kActChangeHeaders |
                                   test::kActQuarantine | test::kActSetMacros);
  EXPECT_EQ(agreement.steps, kNoReplies | test::kStepLeadingSpace);
  EXPECT_TRUE(agreement.abilities.leading_space);
  EXPECT_TRUE(agreement.abilities.quarantine);
  EXPECT_TRUE(agreement.macros);
  EXPECT_THAT(agreement.refusal, IsEmpty());
  EXPECT_THAT(agreement.degraded, IsEmpty());
}

TEST(Negotiate, AlwaysKeepsTheRepliesThatAVerdictMayNeed) {
  const Agreement agreement = Negotiate({test::kAllActions, test::kAllSteps});
  EXPECT_EQ(agreement.steps & (test::kStepNoReplyMail | test::kStepNoReplyRcpt | test::kStepSkip),
            0U);
}

TEST(Negotiate, WorksWithoutQuarantineAndSaysWhatThatMeans) {
  const Agreement agreement =
      Negotiate({test::kAllActions & ~test::kActQuarantine, test::kAllSteps});
  EXPECT_THAT(agreement.refusal, IsEmpty());
  EXPECT_THAT(agreement.degraded, HasSubstr("quarantine"));
  EXPECT_FALSE(agreement.abilities.quarantine);
  EXPECT_EQ(agreement.actions & test::kActQuarantine, 0U);
}

TEST(Negotiate, WorksWithoutLeadingSpaceAndSaysWhatThatMeans) {
  const Agreement agreement =
      Negotiate({test::kAllActions, test::kAllSteps & ~test::kStepLeadingSpace});
  EXPECT_THAT(agreement.degraded, HasSubstr("space"));
  EXPECT_FALSE(agreement.abilities.leading_space);
  EXPECT_EQ(agreement.steps, kNoReplies);
}

TEST(Negotiate, AsksForNoMacrosWhereItMayNot) {
  const Agreement agreement =
      Negotiate({test::kAllActions & ~test::kActSetMacros, test::kAllSteps});
  EXPECT_FALSE(agreement.macros);
  EXPECT_EQ(agreement.actions & test::kActSetMacros, 0U);
  EXPECT_THAT(agreement.refusal, IsEmpty());
}

TEST(Negotiate, RefusesAnMtaThatKeepsForgedFields) {
  for (const unsigned long missing : {test::kActAddHeaders, test::kActChangeHeaders}) {
    EXPECT_THAT(Negotiate({test::kAllActions & ~missing, test::kAllSteps}).refusal,
                HasSubstr("header"));
  }
}

TEST(Negotiate, NoMtaOffersWhatMarksInternalConnections) {
  EXPECT_EQ(kInternalOffer & test::kAllActions, 0U);
}

}  // namespace
}  // namespace assay::milter
