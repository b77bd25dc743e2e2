// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/arc_trust.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/auth/authentication_results.h"
#include "lib/base/domain_list.h"

namespace assay::auth {
namespace {

struct SetRow {
  const char* sealer;
  const char* results;
};

struct Case {
  const char* name;
  std::vector<SetRow> sets;  // the oldest first
  const char* sealer;        // "": not trusted
};

const Case kCases[] = {
    {"dmarc",
     {{"lists.example.org", "l; dmarc=pass header.from=example.com"}},
     "lists.example.org"},
    {"subdomain_of_an_entry",
     {{"mx.forward.example", "l; dmarc=pass header.from=example.com"}},
     "mx.forward.example"},
    {"comments_and_case",
     {{"lists.example.org",
       "l; (x) DMARC=Pass (p=NONE sp=NONE dis=NONE) header.from=\"Example.COM\""}},
     "lists.example.org"},
    {"action_before_header_from",
     {{"lists.example.org",
       "1; spf=pass smtp.mailfrom=x; dmarc=pass action=none header.from=example.com"}},
     "lists.example.org"},
    {"nobody_trusted", {{"evil.example", "l; dmarc=pass header.from=example.com"}}, ""},
    {"newest_not_trusted",
     {{"lists.example.org", "l; dmarc=pass header.from=example.com"},
      {"evil.example", "l; dmarc=pass header.from=example.com"}},
     ""},
    {"between_not_trusted",
     {{"lists.example.org", "l; dmarc=pass header.from=example.com"},
      {"evil.example", "l; arc=pass"},
      {"lists.example.org", "l; dmarc=fail header.from=example.com"}},
     ""},
    {"older_trusted_set_saw_it",
     {{"evil.example", "l; arc=none"},
      {"lists.example.org", "l; dmarc=pass header.from=example.com"},
      {"mx.forward.example", "l; dmarc=fail header.from=example.com; arc=pass"}},
     "lists.example.org"},
    {"another_author", {{"lists.example.org", "l; dmarc=pass header.from=example.net"}}, ""},
    {"author_below", {{"lists.example.org", "l; dmarc=pass header.from=mail.example.com"}}, ""},
    {"no_author_named", {{"lists.example.org", "l; dmarc=pass"}}, ""},
    {"dmarc_fail_beats_dkim",
     {{"lists.example.org",
       "l; dkim=pass header.d=example.com; dmarc=fail header.from=example.com"}},
     ""},
    {"two_dmarc_results",
     {{"lists.example.org",
       "l; dmarc=pass header.from=example.com; dmarc=fail header.from=example.com"}},
     ""},
    {"two_authors_in_one_result",
     {{"lists.example.org", "l; dmarc=pass header.from=example.com header.from=example.net"}},
     ""},
    {"dkim_d", {{"lists.example.org", "l; dkim=pass header.d=example.com"}}, "lists.example.org"},
    {"dkim_i",
     {{"lists.example.org", "l; dkim=pass header.i=@example.com header.s=x"}},
     "lists.example.org"},
    {"dkim_fail", {{"lists.example.org", "l; dkim=fail header.d=example.com"}}, ""},
    {"dkim_of_another", {{"lists.example.org", "l; dkim=pass header.d=example.net"}}, ""},
    {"dkim_sibling", {{"lists.example.org", "l; dkim=pass header.d=x.example.com"}}, ""},
    {"spf",
     {{"lists.example.org", "l; spf=pass smtp.mailfrom=a@example.com"}},
     "lists.example.org"},
    {"spf_helo_only", {{"lists.example.org", "l; spf=pass smtp.helo=example.com"}}, ""},
    {"quoted_injection",
     {{"lists.example.org", "l; spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=example.com\""}},
     ""},
    {"injection_without_semicolon",
     {{"lists.example.org", "l; spf=fail smtp.mailfrom=x dmarc=pass header.from=example.com"}},
     ""},
    {"comment_injection",
     {{"lists.example.org", "l; spf=fail (x; dmarc=pass header.from=example.com)"}},
     ""},
    {"comment_without_end",
     {{"lists.example.org", "l; dmarc=pass header.from=example.com; spf=none (x"}},
     ""},
    {"no_sets", {}, ""},
};
class TrustTable : public testing::TestWithParam<Case> {};

ArcEvidence Chain(const std::vector<SetRow>& rows) {
  ArcEvidence chain;
  for (const SetRow& row : rows) chain.sets.push_back({row.sealer, "s", row.results, true});
  return chain;
}

TEST_P(TrustTable, Sealer) {
  const std::vector<std::string> trusted = {"lists.example.org", ".forward.example"};
  const auto sealer =
      FindTrustedSealer(Chain(GetParam().sets), {"example.com", "example.com", trusted});
  EXPECT_EQ(sealer.value_or(""), GetParam().sealer);
}
INSTANTIATE_TEST_SUITE_P(ArcTrust, TrustTable, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ArcTrust, TheNewestSignatureMustCoverFrom) {
  const std::vector<std::string> trusted = {"lists.example.org"};
  ArcEvidence chain = Chain({{"lists.example.org", "l; dmarc=pass header.from=example.com"}});
  EXPECT_TRUE(FindTrustedSealer(chain, {"example.com", "", trusted}));
  chain.sets.back().covers_from = false;
  EXPECT_FALSE(FindTrustedSealer(chain, {"example.com", "", trusted}));
}

TEST(ArcTrust, AParentCountsWithinTheOrganizationalDomain) {
  const std::vector<std::string> trusted = {"lists.example.org"};
  const ArcEvidence chain = Chain({{"lists.example.org", "l; spf=pass smtp.mailfrom=example.com"}});
  EXPECT_TRUE(FindTrustedSealer(chain, {"mail.example.com", "example.com", trusted}));
  EXPECT_FALSE(FindTrustedSealer(chain, {"mail.example.com", "mail.example.com", trusted}));
  EXPECT_FALSE(FindTrustedSealer(chain, {"mail.example.com", "", trusted}));
  EXPECT_FALSE(FindTrustedSealer(chain, {"", "example.com", trusted})) << "no single author";
}

TEST(DomainList, EntriesWithADotTakeWhatIsBelow) {
  const std::vector<std::string> list = {"example.com", ".example.org"};
  for (const char* domain : {"example.com", "example.org", "a.b.example.org"}) {
    EXPECT_TRUE(ListsDomain(list, domain)) << domain;
  }
  for (const char* domain : {"", "mail.example.com", "notexample.org", "org", "com"}) {
    EXPECT_FALSE(ListsDomain(list, domain)) << domain;
  }
}

std::string Print(std::string_view value) {
  std::string text;
  for (const MethodResult& method : ReadMethodResults(value)) {
    text += method.method + "=" + method.result;
    if (!method.reason.empty()) text += " reason:" + method.reason;
    for (const auto& [name, property] : method.properties) text += " " + name + ":" + property;
    text += "|";
  }
  return text;
}

TEST(ReadMethodResults, TakesWhatItUnderstands) {
  const std::pair<const char*, const char*> rows[] = {
      {"mx.example; none", ""},
      {"mx.example", ""},
      {"", ""},
      {"mx.example 1; spf=pass", "spf=pass|"},
      {"mx.example; spf/1=pass reason=\"a;b\" smtp.mailfrom=\"a b\"@example.com",
       "spf=pass reason:a;b smtp.mailfrom:a b@example.com|"},
      {"mx.example; dkim=pass header.b=abc=/+= header.d=example.com; dmarc=fail",
       "dkim=pass header.b:abc=/+= header.d:example.com|dmarc=fail|"},
      {"mx.example; dkim = pass header.d = example.com", "dkim=pass header.d:example.com|"},
      {"mx.example; junk; =; spf=; dmarc=pass", "dmarc=pass|"},
      {"mx.example; spf=pass junk header.d=example.com", "spf=pass|"},
      {"mx.example; spf=pass \"", ""},
      {"mx.example; spf=pass )", "spf=pass|"},
      {"(c (nested \\) )) mx.example; spf=pass(x)smtp.helo=a", "spf=pass smtp.helo:a|"},
  };
  for (const auto& [value, want] : rows) EXPECT_EQ(Print(value), want) << value;
}

}  // namespace
}  // namespace assay::auth
