// SPDX-License-Identifier: Apache-2.0
// Domains in From fields that are not RFC 5322, as the most lenient mail program would show them.
#include "lib/engine/author_domains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace assay::engine {
namespace {

using testing::Contains;
using testing::ElementsAre;

AuthorDomains DomainsOf(const std::string& from) {
  mail::Message message;
  message.AddField("From", from);
  return DomainsInAuthorFields(message);
}

struct Case {
  const char* name;
  std::string from;
};

const Case kSpoofs[] = {
    {"space_before_dot", " CEO <ceo@local .example>"},
    {"spaces_everywhere", " ceo @ local . example"},
    {"fold_before_dot", " <ceo@ local\n .example>"},
    {"comment_in_it", " <ceo@local.(c)example>"},
    {"nested_comment_before_it", " <ceo@(a(b)\\)c)local.example>"},
    {"comment_and_junk", " ceo@(x)local.example junk"},
    {"quoted_label", " ceo@local.\"example\""},
    {"backslash", " ceo@local\\.example"},
    {"control", std::string(" ceo@local\0.example", 19)},
    {"no_break_space_behind", " <ceo@local.example\xc2\xa0>"},
    {"line_separator_behind", " <ceo@local.example\xe2\x80\xa8>"},
    {"high_byte_behind", " <ceo@local.example\xff>"},
    {"high_byte_inside",
     " <ceo@loc\xff"
     "al.example>"},
    {"trailing_dots", " <ceo@local.example..>"},
    {"encoded", " =?utf-8?Q?ceo=40local=2Eexample?= <"},
    {"behind_others", " <@a.example,@b.example:ceo@local.example> x"},
};
class Spoof : public testing::TestWithParam<Case> {};

TEST_P(Spoof, IsSeen) { EXPECT_THAT(DomainsOf(GetParam().from).names, Contains("local.example")); }
INSTANTIATE_TEST_SUITE_P(Own, Spoof, testing::ValuesIn(kSpoofs),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(AuthorDomains, UnicodeDomainsWithSomethingBehindThem) {
  EXPECT_THAT(DomainsOf(" <a@b\xc3\xbc"
                        "cher.example>")
                  .names,
              ElementsAre("xn--bcher-kva.example"));
  EXPECT_THAT(DomainsOf(" <a@example.b\xc3\xbc"
                        "cher\xc2\xa0>")
                  .names,
              Contains("example.xn--bcher-kva"));
}

TEST(AuthorDomains, WordsBehindADomainAreNotOfIt) {
  EXPECT_THAT(DomainsOf(" Jane @ Company Ltd <jane@company.example> x").names,
              ElementsAre("company", "company.example"));
}

TEST(AuthorDomains, WhatIsTooMuchIsSaid) {
  std::string many;
  for (std::size_t i = 0; i < kMaxAuthorSigns; ++i) many += "@a" + std::to_string(i) + ".example ";
  EXPECT_TRUE(DomainsOf(many + "@local.example").cut);
  mail::Message comments;
  for (std::size_t bytes = 0; bytes < 2 * kMaxAuthorBytes; bytes += 30'000) {
    comments.AddField("From", " a@(" + std::string(30'000, 'x') + ")local.example");
  }
  EXPECT_TRUE(DomainsInAuthorFields(comments).cut);
  EXPECT_FALSE(DomainsOf(" a@b.example, c@d.example").cut);
}

}  // namespace
}  // namespace assay::engine
