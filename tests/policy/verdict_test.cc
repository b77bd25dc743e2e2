// SPDX-License-Identifier: Apache-2.0
#include "lib/policy/verdict.h"

#include <gtest/gtest.h>

namespace assay::policy {
namespace {

Policy MakePolicy(const char* name, Mode mode, Thresholds thresholds = {}) {
  return {name, mode, name != std::string_view("site"), thresholds};
}

Site Enforcing(Thresholds thresholds = {}) {
  return {MakePolicy("site", Mode::kEnforce, thresholds), false};
}

Finding Asks(Action action, bool site_level = false) {
  return {"spf", action, {550, "5.7.23", "SPF fail"}, "SPF fail", {}, site_level};
}

rules::RuleInfo Rule(const char* name, Action action, double score = 0) {
  rules::RuleInfo rule;
  rule.name = name;
  rule.action = action;
  rule.score = score;
  return rule;
}

rules::Hits Scored(double score) {
  rules::Hits hits;
  hits.score = score;
  return hits;
}

TEST(Decide, NothingAskedIsAccepted) {
  const Verdict verdict = Decide(Enforcing({5, 10, 15}), {}, {}, Scored(4.9));
  EXPECT_EQ(verdict.action, Action::kNone);
  EXPECT_EQ(verdict.would, Action::kNone);
  EXPECT_EQ(verdict.decided_by, "");
}

TEST(Decide, ThresholdsAreInclusive) {
  const Site site = Enforcing({5, 10, 15});
  EXPECT_EQ(Decide(site, {}, {}, Scored(5)).action, Action::kTag);
  EXPECT_EQ(Decide(site, {}, {}, Scored(10)).action, Action::kQuarantine);
  const Verdict verdict = Decide(site, {}, {}, Scored(15));
  EXPECT_EQ(verdict.action, Action::kReject);
  EXPECT_EQ(verdict.reply.code, 550);
  EXPECT_EQ(verdict.decided_by, "score");
}

TEST(Decide, ScoresOfFindingsJoinThoseOfRules) {
  Site site = Enforcing({5, 10, 15});
  Finding adds = Asks(Action::kNone);
  adds.score = 0.1;
  Finding more = adds;
  more.score = 0.2;
  const Finding both[] = {adds, more};
  const Verdict verdict = Decide(site, {}, both, Scored(4.7));
  EXPECT_EQ(verdict.action, Action::kTag) << "the sum of 4.7, 0.1 and 0.2 is 5";
  EXPECT_EQ(verdict.decided_by, "score");
  EXPECT_EQ(verdict.score, 5);
  more.mode = Mode::kMonitor;
  const Finding watched[] = {adds, more};
  EXPECT_EQ(Decide(site, {}, watched, Scored(4.7)).action, Action::kNone);
  EXPECT_EQ(Decide(site, {}, watched, Scored(4.7)).would, Action::kTag);
  rules::Hits allowed = Scored(20);
  allowed.allowed_by = "f:1";
  EXPECT_EQ(Decide(site, {}, both, allowed).action, Action::kNone);
  // The site's reject threshold is a floor that counts them too.
  more.mode.reset();
  more.score = 15;
  const Finding high[] = {more};
  const Policy mild = MakePolicy("mild", Mode::kEnforce, {});
  const Policy* const recipients[] = {&mild};
  EXPECT_EQ(Decide(site, recipients, high, {}).action, Action::kReject);
}

TEST(Decide, PrecedenceOfActions) {
  const Action ascending[] = {Action::kNone, Action::kTag, Action::kTempFail, Action::kQuarantine,
                              Action::kReject};
  for (const Action low : ascending) {
    for (const Action high : ascending) {
      if (low >= high) continue;
      const Finding both[] = {Asks(low), Asks(high)};
      EXPECT_EQ(Decide(Enforcing(), {}, both, {}).action, high);
      const Finding swapped[] = {Asks(high), Asks(low)};
      EXPECT_EQ(Decide(Enforcing(), {}, swapped, {}).action, high);
    }
  }
}

TEST(Decide, MonitorRefusesNothingAndSaysWould) {
  Site site = Enforcing();
  site.site.mode = Mode::kMonitor;
  const Finding findings[] = {Asks(Action::kReject, true)};
  const Verdict verdict = Decide(site, {}, findings, {});
  EXPECT_EQ(verdict.action, Action::kNone);
  EXPECT_EQ(verdict.would, Action::kReject);
  EXPECT_EQ(verdict.would_reply.enhanced_code, "5.7.23");
  EXPECT_EQ(verdict.decided_by, "spf");
}

TEST(Decide, ACheckMayWatchWhileTheSiteEnforces) {
  Finding watching = Asks(Action::kReject);
  watching.mode = Mode::kMonitor;
  const Finding findings[] = {watching, Asks(Action::kTag)};
  const Verdict verdict = Decide(Enforcing(), {}, findings, {});
  EXPECT_EQ(verdict.action, Action::kTag);
  EXPECT_EQ(verdict.would, Action::kReject);
}

TEST(Decide, ACheckMayEnforceWhileTheSiteWatches) {
  Site site = Enforcing();
  site.site.mode = Mode::kMonitor;
  Finding enforcing = Asks(Action::kTempFail);
  enforcing.mode = Mode::kEnforce;
  const Finding findings[] = {enforcing, Asks(Action::kReject)};
  const Verdict verdict = Decide(site, {}, findings, Scored(99));
  EXPECT_EQ(verdict.action, Action::kTempFail);
  EXPECT_EQ(verdict.would, Action::kReject);
  // A tenant that asked to be left alone is.
  const Policy quiet = MakePolicy("quiet", Mode::kMonitor);
  const Policy* const only_quiet[] = {&quiet};
  EXPECT_EQ(Decide(site, only_quiet, findings, {}).action, Action::kNone);
}

TEST(Decide, DiscardNeedsPermissionAndYieldsToQuarantine) {
  const rules::RuleInfo rule = Rule("DROP", Action::kDiscard);
  rules::Hits hits;
  hits.hits.push_back({&rule, 0, {}});
  Site site = Enforcing();
  EXPECT_EQ(Decide(site, {}, {}, hits).action, Action::kQuarantine);
  site.allow_discard = true;
  EXPECT_EQ(Decide(site, {}, {}, hits).action, Action::kDiscard);
  const Finding quarantine[] = {Asks(Action::kQuarantine)};
  EXPECT_EQ(Decide(site, {}, quarantine, hits).action, Action::kQuarantine);
}

TEST(Decide, AllowLiftsScoresAndRulesButNotChecks) {
  const rules::RuleInfo rule = Rule("BAD", Action::kReject, 20);
  rules::Hits hits = Scored(20);
  hits.hits.push_back({&rule, 20, {}});
  hits.allowed_by = "local.rules:3";
  EXPECT_EQ(Decide(Enforcing({5, 10, 15}), {}, {}, hits).action, Action::kNone);
  const Finding findings[] = {Asks(Action::kReject)};
  EXPECT_EQ(Decide(Enforcing({5, 10, 15}), {}, findings, hits).action, Action::kReject);
}

TEST(Decide, MildestRecipientWinsAboveTheFloor) {
  const Policy strict = MakePolicy("strict", Mode::kEnforce, {1, 2, 3});
  const Policy mild = MakePolicy("mild", Mode::kEnforce, {5, kNever, kNever});
  const Policy* const both[] = {&strict, &mild};
  const Verdict verdict = Decide(Enforcing(), both, {}, Scored(6));
  EXPECT_EQ(verdict.action, Action::kTag);
  EXPECT_TRUE(verdict.conflict);
  // The site's own reject threshold holds for everyone.
  EXPECT_EQ(Decide(Enforcing({kNever, kNever, 6}), both, {}, Scored(6)).action, Action::kReject);
  // So does a site-level finding.
  const Finding floor[] = {Asks(Action::kQuarantine, true)};
  const Policy quiet = MakePolicy("quiet", Mode::kMonitor);
  const Policy* const only_quiet[] = {&quiet};
  EXPECT_EQ(Decide(Enforcing(), only_quiet, floor, {}).action, Action::kQuarantine);
}

TEST(Decide, ATenantInMonitorDoesNotVote) {
  const Policy strict = MakePolicy("strict", Mode::kEnforce, {1, 2, 3});
  const Policy quiet = MakePolicy("quiet", Mode::kMonitor);
  const Policy* const both[] = {&strict, &quiet};
  const Verdict verdict = Decide(Enforcing(), both, {}, Scored(3));
  EXPECT_EQ(verdict.action, Action::kReject);
  EXPECT_FALSE(verdict.conflict);
}

}  // namespace
}  // namespace assay::policy
