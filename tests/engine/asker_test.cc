// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/asker.h"

#include <gtest/gtest.h>

#include "lib/dns/zone_resolver.h"

namespace assay::engine {
namespace {

using dns::Question;
using dns::RrType;
using dns::Status;

dns::Zone MakeZone(const char* text) { return *dns::Zone::Parse(text, "zone"); }

dns::ZoneOptions Recording() {
  dns::ZoneOptions options;
  options.record = true;
  return options;
}

TEST(Asker, AsksEachQuestionOnce) {
  dns::ZoneResolver resolver(MakeZone("a.example A 192.0.2.1\n"), Recording());
  Asker asker(resolver);
  Purse purse(10);
  const Question question("a.example", RrType::kA);
  asker.Ask(purse, {{question}});
  asker.Ask(purse, {{question}}, {{question}});
  EXPECT_EQ(resolver.asked().size(), 1U);
  ASSERT_NE(asker.answers().Find(question), nullptr);
  EXPECT_EQ(asker.answers().Find(question)->status, Status::kSuccess);
}

TEST(Asker, BeyondTheBudgetNeededQuestionsGetAnAnswerAndAFlag) {
  dns::ZoneResolver resolver(MakeZone(""), Recording());
  Asker asker(resolver);
  Purse purse(1);
  const Question first("a.example", RrType::kA);
  const Question second("b.example", RrType::kA);
  asker.Ask(purse, {{first}}, {{second}});
  EXPECT_FALSE(asker.over_budget()) << "a prefetch that is not made is no shortage";
  EXPECT_EQ(asker.answers().Find(second), nullptr);
  asker.Ask(purse, {{second}});
  EXPECT_TRUE(asker.over_budget());
  EXPECT_EQ(asker.answers().Find(second)->status, Status::kLimit);
  EXPECT_EQ(resolver.asked().size(), 1U);
}

TEST(Asker, AnEmptyPurseLeavesOthersTheirs) {
  dns::ZoneResolver resolver(MakeZone("a.example A 192.0.2.1\n"), Recording());
  Asker asker(resolver);
  Purse spent(0);
  Purse full(1);
  asker.Ask(spent, {{Question("b.example", RrType::kA)}});
  EXPECT_TRUE(spent.overdrawn());
  asker.Ask(full, {{Question("a.example", RrType::kA)}});
  EXPECT_FALSE(full.overdrawn());
  EXPECT_EQ(asker.answers().Find(Question("a.example", RrType::kA))->status, Status::kSuccess);
}

TEST(Asker, ANewStageHasTimeOfItsOwn) {
  dns::ZoneResolver resolver(MakeZone("a.example A 192.0.2.1\n"), Recording());
  Asker asker(resolver);
  Purse purse(10);
  asker.GiveUp();
  asker.Resume();
  asker.Ask(purse, {{Question("a.example", RrType::kA)}});
  EXPECT_EQ(asker.answers().Find(Question("a.example", RrType::kA))->status, Status::kSuccess);
}

TEST(Asker, PrefetchHasACapOfItsOwn) {
  dns::ZoneResolver resolver(MakeZone(""), Recording());
  Asker asker(resolver);
  Purse purse(1000);
  std::vector<Question> many;
  for (int i = 0; i < 100; ++i) many.emplace_back(std::to_string(i) + ".example", RrType::kA);
  asker.Ask(purse, {}, many);
  EXPECT_EQ(resolver.asked().size(), kMaxPrefetch);
}

TEST(Asker, WhatHasNotComeWhenWeGiveUpIsATimeOut) {
  dns::ZoneOptions options;
  options.timeout = std::chrono::seconds(30);
  dns::ZoneResolver resolver(MakeZone("a.example TIMEOUT\n"), options);
  Asker asker(resolver);
  Purse purse(10);
  const Question question("a.example", RrType::kA);
  asker.Ask(purse, {{question}});
  asker.Wait(SteadyClock::now() + std::chrono::milliseconds(20));
  EXPECT_EQ(asker.answers().Find(question), nullptr);
  asker.GiveUp();
  asker.Ask(purse, {{question}});
  EXPECT_EQ(asker.answers().Find(question)->status, Status::kTimeout);
  EXPECT_TRUE(asker.missed_deadline());
}

}  // namespace
}  // namespace assay::engine
