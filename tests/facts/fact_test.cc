// SPDX-License-Identifier: Apache-2.0
#include "lib/facts/fact.h"

#include <gtest/gtest.h>

#include <set>

namespace assay::facts {
namespace {

TEST(FactTable, NamesAreUniqueAndDescribed) {
  std::set<std::string_view> names;
  for (const Info& info : Table()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.meaning.empty()) << info.name;
    EXPECT_EQ(info.type == Type::kWord, !info.words.empty()) << info.name;
    EXPECT_EQ(FindByName(info.name), &info);
  }
  EXPECT_EQ(FindByName("no.such_fact"), nullptr);
}

TEST(FactSet, StartsUnknownAndForgets) {
  FactSet facts;
  EXPECT_FALSE(facts.Known(Id::kSpfMailFrom));
  facts.Set(Id::kSpfMailFrom, std::string("fail"));
  EXPECT_EQ(Print(facts.Get(Id::kSpfMailFrom)), "fail");
  facts.Forget(Id::kSpfMailFrom);
  EXPECT_EQ(Print(facts.Get(Id::kSpfMailFrom)), "unknown");
}

TEST(FactSet, PrintsEachType) {
  EXPECT_EQ(Print(true), "yes");
  EXPECT_EQ(Print(3.0), "3");
  EXPECT_EQ(Print(std::vector<std::string>{"a", "b"}), "a, b");
  EXPECT_EQ(Print(*IpAddress::Parse("2001:db8::1")), "2001:db8::1");
}

}  // namespace
}  // namespace assay::facts
