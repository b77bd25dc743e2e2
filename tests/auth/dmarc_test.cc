// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dmarc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/base/text.h"
#include "tests/auth/dmarc_fixture.h"

namespace assay::auth {
namespace {

// spf: the domain of an SPF pass, dkim: those of DKIM passes with spaces between.
// want: "result policy policy_domain organizational_domain aligned", "-" for what is empty.
struct Case {
  const char* name;
  const char* zone;
  const char* author;
  const char* spf;
  const char* dkim;
  const char* want;
};

constexpr Case kCases[] = {
    // Results.
    {"dkim_pass", "_dmarc.example.com TXT \"v=DMARC1; p=reject\"", "example.com", "", "example.com",
     "pass reject example.com example.com dkim"},
    {"spf_pass", "_dmarc.example.com TXT \"v=DMARC1; p=reject\"", "example.com", "example.com", "",
     "pass reject example.com example.com spf"},
    {"both", "_dmarc.example.com TXT \"v=DMARC1; p=reject\"", "example.com", "example.com",
     "other.example example.com", "pass reject example.com example.com spf dkim"},
    {"fail", "_dmarc.example.com TXT \"v=DMARC1; p=reject\"", "example.com", "other.example",
     "other.example", "fail reject example.com example.com -"},
    {"nothing_authenticated", "_dmarc.example.com TXT \"v=DMARC1; p=quarantine\"", "example.com",
     "", "", "fail quarantine example.com example.com -"},
    {"no_record", "", "example.com", "example.com", "", "none none - example.com -"},
    {"no_author_domain", "", "", "example.com", "example.com", "permerror none - - -"},
    {"address_literal", "", "[192.0.2.1]", "", "", "none none - - -"},
    {"identifiers_in_any_form", "_dmarc.example.com TXT \"v=DMARC1; p=reject; adkim=s; aspf=s\"",
     "example.com", "EXAMPLE.com.", "Example.COM", "pass reject example.com example.com spf dkim"},
    {"idn_identifier", "_dmarc.xn--bcher-kva.example TXT \"v=DMARC1; p=reject; aspf=s\"",
     "xn--bcher-kva.example",
     "B\xc3\xbc"
     "cher.example",
     "", "pass reject xn--bcher-kva.example xn--bcher-kva.example spf"},

    // Alignment.
    {"relaxed_up", "_dmarc.example.com TXT \"v=DMARC1; p=reject\"", "mail.example.com", "",
     "example.com", "pass reject example.com example.com dkim"},
    {"relaxed_down", "_dmarc.example.com TXT \"v=DMARC1; p=reject\"", "example.com",
     "b.example.com", "", "pass reject example.com example.com spf"},
    {"relaxed_siblings", "_dmarc.example.com TXT \"v=DMARC1; p=reject\"", "a.example.com", "",
     "b.example.com", "pass reject example.com example.com dkim"},
    {"suffix_is_not_a_parent", "_dmarc.example.com TXT \"v=DMARC1; p=reject\"", "example.com",
     "notexample.com", "badexample.com", "fail reject example.com example.com -"},
    {"strict_dkim", "_dmarc.example.com TXT \"v=DMARC1; p=reject; adkim=s\"", "a.example.com", "",
     "example.com", "fail reject example.com example.com -"},
    {"strict_spf", "_dmarc.example.com TXT \"v=DMARC1; p=reject; aspf=s\"", "a.example.com",
     "example.com", "", "fail reject example.com example.com -"},
    {"strict_dkim_relaxed_spf", "_dmarc.example.com TXT \"v=DMARC1; p=reject; adkim=s\"",
     "a.example.com", "example.com", "example.com", "pass reject example.com example.com spf"},
    {"top_level_is_no_organization", "_dmarc.a.com TXT \"v=DMARC1; p=reject\"", "a.com", "b.com",
     "com", "fail reject a.com a.com -"},
    {"identifier_with_its_own_psd_n",
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"
     "_dmarc.shop.example.com TXT \"v=DMARC1; p=none; psd=n\"",
     "example.com", "", "shop.example.com", "fail reject example.com example.com -"},
    {"author_with_its_own_psd_n",
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"
     "_dmarc.shop.example.com TXT \"v=DMARC1; p=none; psd=n\"",
     "shop.example.com", "", "example.com", "fail none shop.example.com shop.example.com -"},

    // The walk.
    {"own_record_first",
     "_dmarc.a.example.com TXT \"v=DMARC1; p=none\"\n"
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"",
     "a.example.com", "", "", "fail none a.example.com example.com -"},
    {"between_is_not_asked",  // the Organizational Domain's record applies, not the nearest
     "_dmarc.b.example.com TXT \"v=DMARC1; p=none\"\n"
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"",
     "a.b.example.com", "", "", "fail reject example.com example.com -"},
    {"several_records_are_none",
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"
     "_dmarc.example.com TXT \"v=DMARC1; p=none\"",
     "example.com", "", "", "none none - example.com -"},
    {"several_records_walk_on",
     "_dmarc.a.example.com TXT \"v=DMARC1; p=none\"\n"
     "_dmarc.a.example.com TXT \"v=DMARC1; p=quarantine\"\n"
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"",
     "a.example.com", "", "", "fail reject example.com example.com -"},
    {"other_texts_beside_the_record",
     "_dmarc.example.com TXT \"hello\"\n_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"
     "_dmarc.example.com TXT \"v=spf1 -all\"",
     "example.com", "", "", "fail reject example.com example.com -"},
    {"strings_are_joined", "_dmarc.example.com TXT \"v=DMARC1; p=re\" \"ject\"", "example.com", "",
     "", "fail reject example.com example.com -"},
    {"alias", "_dmarc.example.com CNAME d.example.net\nd.example.net TXT \"v=DMARC1; p=reject\"",
     "example.com", "", "", "fail reject example.com example.com -"},
    {"record_that_does_not_apply", "_dmarc.example.com TXT \"v=DMARC1; adkim=s\"", "example.com",
     "example.com", "", "none none example.com example.com -"},
    {"own_record_that_does_not_apply_stops",
     "_dmarc.a.example.com TXT \"v=DMARC1; p=bad\"\n"
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"",
     "a.example.com", "", "", "none none a.example.com example.com -"},
    {"psd_n_stops",
     "_dmarc.b.example.com TXT \"v=DMARC1; p=quarantine; psd=n\"\n"
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"",
     "a.b.example.com", "", "", "fail quarantine b.example.com b.example.com -"},
    {"psd_y_gives_one_below", "_dmarc.bank.example TXT \"v=DMARC1; p=reject; psd=y\"",
     "a.giant.bank.example", "", "giant.bank.example",
     "pass reject bank.example giant.bank.example dkim"},
    {"psd_y_separates_customers", "_dmarc.bank.example TXT \"v=DMARC1; p=reject; psd=y\"",
     "giant.bank.example", "", "mega.bank.example",
     "fail reject bank.example giant.bank.example -"},
    {"psd_y_hides_what_is_above",
     "_dmarc.co.example TXT \"v=DMARC1; p=quarantine; psd=y\"\n"
     "_dmarc.example TXT \"v=DMARC1; p=reject\"",
     "a.co.example", "", "", "fail quarantine co.example a.co.example -"},
    {"psd_y_at_the_author", "_dmarc.bank.example TXT \"v=DMARC1; p=reject; sp=none; psd=y\"",
     "bank.example", "", "giant.bank.example", "fail reject bank.example bank.example -"},
    {"psd_not_used_below_an_own_record",
     "_dmarc.example TXT \"v=DMARC1; p=reject; psd=y\"\n"
     "_dmarc.foo.example TXT \"v=DMARC1; p=none\"",
     "foo.example", "", "", "fail none foo.example foo.example -"},
    {"one_label", "_dmarc.example TXT \"v=DMARC1; p=reject\"", "example", "", "example",
     "pass reject example example dkim"},

    // Policies.
    {"p_for_the_domain_itself", "_dmarc.example.com TXT \"v=DMARC1; p=reject; sp=none; np=none\"",
     "example.com", "", "", "fail reject example.com example.com -"},
    {"sp_for_existing",
     "_dmarc.example.com TXT \"v=DMARC1; p=reject; sp=quarantine; np=none\"\n"
     "a.example.com A 192.0.2.1",
     "a.example.com", "", "", "fail quarantine example.com example.com -"},
    {"nodata_exists",
     "_dmarc.example.com TXT \"v=DMARC1; p=reject; sp=quarantine; np=none\"\n"
     "a.example.com MX 10 mx.example.com",
     "a.example.com", "", "", "fail quarantine example.com example.com -"},
    {"parent_of_a_name_exists",
     "_dmarc.example.com TXT \"v=DMARC1; p=reject; sp=quarantine; np=none\"\n"
     "b.a.example.com A 192.0.2.1",
     "a.example.com", "", "", "fail quarantine example.com example.com -"},
    {"np_for_missing", "_dmarc.example.com TXT \"v=DMARC1; p=none; sp=none; np=reject\"",
     "a.example.com", "", "", "fail reject example.com example.com -"},
    {"np_without_sp", "_dmarc.example.com TXT \"v=DMARC1; p=none; np=reject\"", "a.example.com", "",
     "", "fail reject example.com example.com -"},
    {"sp_for_missing_without_np", "_dmarc.example.com TXT \"v=DMARC1; p=none; sp=reject\"",
     "a.example.com", "", "", "fail reject example.com example.com -"},
    {"sp_of_an_own_record_is_ignored", "_dmarc.a.example.com TXT \"v=DMARC1; p=none; sp=reject\"",
     "a.example.com", "", "", "fail none a.example.com a.example.com -"},
    {"bad_policy_with_rua", "_dmarc.example.com TXT \"v=DMARC1; p=bad; rua=mailto:a@example.com\"",
     "example.com", "", "", "fail none example.com example.com -"},
    {"pct_changes_nothing", "_dmarc.example.com TXT \"v=DMARC1; p=reject; pct=0\"", "example.com",
     "", "", "fail reject example.com example.com -"},
    {"test_reject", "_dmarc.example.com TXT \"v=DMARC1; p=reject; t=y\"", "example.com", "", "",
     "fail quarantine example.com example.com -"},
    {"test_quarantine", "_dmarc.example.com TXT \"v=DMARC1; p=quarantine; t=y\"", "example.com", "",
     "", "fail none example.com example.com -"},
    {"test_none", "_dmarc.example.com TXT \"v=DMARC1; p=none; t=y\"", "example.com", "", "",
     "fail none example.com example.com -"},
    {"test_np", "_dmarc.example.com TXT \"v=DMARC1; p=none; np=reject; t=y\"", "a.example.com", "",
     "", "fail quarantine example.com example.com -"},

    // Temporary failures.
    {"author_lookup_fails", "_dmarc.example.com SERVFAIL", "example.com", "other.example", "",
     "temperror none - - -"},
    {"author_lookup_fails_parent_known",
     "_dmarc.a.example.com TIMEOUT\n_dmarc.example.com TXT \"v=DMARC1; p=reject\"", "a.example.com",
     "", "example.com", "temperror none - - -"},
    {"equal_identifier_needs_no_record", "_dmarc.example.com SERVFAIL", "example.com", "",
     "example.com", "pass none - - dkim"},
    {"parent_lookup_fails", "_dmarc.example.com REFUSED", "a.example.com", "", "",
     "temperror none - - -"},
    {"own_record_parent_fails_nothing_to_align",
     "_dmarc.a.example.com TXT \"v=DMARC1; p=reject\"\n_dmarc.example.com SERVFAIL",
     "a.example.com", "other.example", "", "fail reject a.example.com - -"},
    {"own_record_parent_fails_could_align",
     "_dmarc.a.example.com TXT \"v=DMARC1; p=reject\"\n_dmarc.example.com SERVFAIL",
     "a.example.com", "b.example.com", "", "temperror none a.example.com - -"},
    {"own_record_parent_fails_strict",
     "_dmarc.a.example.com TXT \"v=DMARC1; p=reject; aspf=s\"\n_dmarc.example.com SERVFAIL",
     "a.example.com", "b.example.com", "", "fail reject a.example.com - -"},
    {"top_level_fails_with_a_record",  // psd=y there, or nothing: both mean example.com
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n_dmarc.com SERVFAIL", "example.com", "",
     "a.example.com", "pass reject example.com example.com dkim"},
    {"top_level_fails_without_a_record", "_dmarc.com SERVFAIL", "example.com", "", "",
     "temperror none - - -"},
    {"top_level_fails_and_would_matter",
     "_dmarc.a.example.com TXT \"v=DMARC1; p=reject\"\n_dmarc.com TIMEOUT", "a.example.com", "",
     "b.example.com", "temperror none a.example.com - -"},
    {"failure_above_psd_n_is_not_asked",
     "_dmarc.example.com TXT \"v=DMARC1; p=reject; psd=n\"\n_dmarc.com SERVFAIL", "a.example.com",
     "", "", "fail reject example.com example.com -"},
    {"stranger_with_broken_dns",
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n_dmarc.evil.example TIMEOUT\n"
     "_dmarc.example TIMEOUT",
     "example.com", "a.evil.example", "evil.example b.evil.example",
     "fail reject example.com example.com -"},
    {"own_subdomain_with_broken_dns",
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n_dmarc.a.example.com SERVFAIL", "example.com",
     "", "a.example.com", "temperror none example.com example.com -"},
    {"pass_beside_broken_dns",
     "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n_dmarc.a.example.com SERVFAIL", "example.com",
     "b.example.com", "a.example.com", "pass reject example.com example.com spf"},
    {"existence_fails",
     "_dmarc.example.com TXT \"v=DMARC1; p=none; np=reject\"\na.example.com SERVFAIL\n"
     "_dmarc.a.example.com NXDOMAIN",
     "a.example.com", "", "", "temperror none example.com example.com -"},
};

std::string Word(const std::string& text) { return text.empty() ? "-" : text; }

std::string Dump(const DmarcOutcome& outcome) {
  std::string aligned = outcome.spf_aligned ? "spf" : "";
  if (outcome.dkim_aligned) aligned += aligned.empty() ? "dkim" : " dkim";
  return std::string(ToWord(outcome.result)) + " " + std::string(ToWord(outcome.policy)) + " " +
         Word(outcome.policy_domain) + " " + Word(outcome.organizational_domain) + " " +
         Word(aligned);
}

class DmarcTable : public testing::TestWithParam<Case> {
 protected:
  DmarcTable() : zone_(ZoneOf(GetParam().zone)) {
    check_.author_domain = GetParam().author;
    check_.spf_domain = GetParam().spf;
    check_.spf_result = check_.spf_domain.empty() ? SpfResult::kNone : SpfResult::kPass;
    for (const std::string_view domain : Split(GetParam().dkim, ' ')) {
      dkim_.push_back(DkimPass(std::string(domain)));
    }
    check_.dkim = dkim_;
  }

  dns::Zone zone_;
  std::vector<DkimOutcome> dkim_;
  DmarcCheck check_;
};

TEST_P(DmarcTable, Evaluate) {
  const DmarcRun run = RunDmarc(check_, zone_);
  EXPECT_EQ(Dump(run.outcome), GetParam().want);
  const bool error = run.outcome.result == DmarcResult::kTempError ||
                     run.outcome.result == DmarcResult::kPermError;
  EXPECT_EQ(run.outcome.problem.empty(), !error) << run.outcome.problem;
}

TEST_P(DmarcTable, OrderOfAnswersAndPrefetchChangeNothing) {
  EXPECT_EQ(Dump(RunDmarc(check_, zone_, {}, /*reverse=*/true).outcome), GetParam().want);
  dns::Answers early;
  std::vector<std::string> identifiers{check_.spf_domain};
  for (const DkimOutcome& signature : dkim_) identifiers.push_back(signature.signing_domain);
  for (const dns::Question& question : DmarcPrefetch(check_.author_domain, identifiers)) {
    early.Add(question, std::make_shared<const dns::Answer>(zone_.Lookup(question)));
  }
  const DmarcRun run = RunDmarc(check_, zone_, early);
  EXPECT_EQ(Dump(run.outcome), GetParam().want);
  // Only whether the author domain exists is worth a question of its own.
  for (const dns::Question& question : run.asked) EXPECT_EQ(question.type, dns::RrType::kA);
}

INSTANTIATE_TEST_SUITE_P(Rfc9989, DmarcTable, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

std::vector<std::string> Names(const std::vector<dns::Question>& questions) {
  std::vector<std::string> names;
  for (const dns::Question& question : questions) names.push_back(question.name);
  return names;
}

DmarcCheck CheckOf(std::string author) {
  DmarcCheck check;
  check.author_domain = std::move(author);
  return check;
}

TEST(Dmarc, WalkAsksAtMostEightNamesAtOnce) {
  const auto walk = testing::ElementsAre(
      "_dmarc.a.b.c.d.e.f.g.h.i.j.k.example.com", "_dmarc.g.h.i.j.k.example.com",
      "_dmarc.h.i.j.k.example.com", "_dmarc.i.j.k.example.com", "_dmarc.j.k.example.com",
      "_dmarc.k.example.com", "_dmarc.example.com", "_dmarc.com");
  const DmarcRun run = RunDmarc(CheckOf("a.b.c.d.e.f.g.h.i.j.k.example.com"), dns::Zone());
  EXPECT_THAT(Names(run.asked), walk);
  EXPECT_EQ(run.rounds, 1);
  EXPECT_THAT(Names(DmarcPrefetch("a.b.c.d.e.f.g.h.i.j.k.example.com")), walk);
  EXPECT_EQ(DmarcPrefetch("a.b.c.d.e.f.example.com").size(), 8U);  // eight labels: none is left out
  EXPECT_EQ(DmarcPrefetch("a.b.c.d.e.example.com").size(), 7U);
}

TEST(Dmarc, PrefetchTakesOnlyIdentifiersThatCouldBeAligned) {
  const std::vector<std::string> identifiers = {
      "other.example", "com", "Bounce.example.com.", "example.com", "[192.0.2.1]", ""};
  EXPECT_THAT(Names(DmarcPrefetch("mail.example.com", identifiers)),
              testing::ElementsAre("_dmarc.mail.example.com", "_dmarc.example.com", "_dmarc.com",
                                   "_dmarc.bounce.example.com"));
  EXPECT_TRUE(DmarcPrefetch("").empty());
  EXPECT_TRUE(DmarcPrefetch("[192.0.2.1]").empty());
}

TEST(Dmarc, FirstRoundOffersTheWalksOfIdentifiers) {
  DmarcCheck check = CheckOf("example.com");
  const std::vector<DkimOutcome> dkim = {DkimPass("mail.example.com"), DkimPass("other.example")};
  check.dkim = dkim;
  const auto result = CheckDmarc(check, {});
  const auto& questions = std::get<dns::Questions>(result);
  EXPECT_THAT(Names(questions.needed), testing::ElementsAre("_dmarc.example.com", "_dmarc.com"));
  EXPECT_THAT(Names(questions.prefetch), testing::ElementsAre("_dmarc.mail.example.com"));
}

TEST(Dmarc, OnlyPassesCount) {
  const dns::Zone zone = ZoneOf("_dmarc.example.com TXT \"v=DMARC1; p=reject\"");
  for (const SpfResult spf : {SpfResult::kNone, SpfResult::kNeutral, SpfResult::kFail,
                              SpfResult::kSoftFail, SpfResult::kTempError, SpfResult::kPermError}) {
    DmarcCheck check = CheckOf("example.com");
    check.spf_result = spf;
    check.spf_domain = "example.com";
    EXPECT_EQ(RunDmarc(check, zone).outcome.result, DmarcResult::kFail);
  }
  for (const DkimResult result :
       {DkimResult::kNone, DkimResult::kFail, DkimResult::kPolicy, DkimResult::kNeutral,
        DkimResult::kTempError, DkimResult::kPermError}) {
    std::vector<DkimOutcome> dkim = {DkimPass("example.com")};
    dkim[0].result = result;
    DmarcCheck check = CheckOf("example.com");
    check.dkim = dkim;
    EXPECT_EQ(RunDmarc(check, zone).outcome.result, DmarcResult::kFail);
  }
}

TEST(Dmarc, PartlySignedBodyIsNotAligned) {
  std::vector<DkimOutcome> dkim = {DkimPass("example.com")};
  dkim[0].body_partly_signed = true;
  DmarcCheck check = CheckOf("example.com");
  check.dkim = dkim;
  const dns::Zone zone = ZoneOf("_dmarc.example.com TXT \"v=DMARC1; p=reject\"");
  EXPECT_EQ(RunDmarc(check, zone).outcome.result, DmarcResult::kFail);
}

TEST(Dmarc, PassIsNotHeldUpForExistence) {
  std::vector<DkimOutcome> dkim = {DkimPass("example.com")};
  DmarcCheck check = CheckOf("a.example.com");
  check.dkim = dkim;
  const DmarcRun run = RunDmarc(
      check, ZoneOf("_dmarc.example.com TXT \"v=DMARC1; p=none; sp=quarantine; np=reject\""));
  EXPECT_EQ(run.rounds, 1);
  EXPECT_EQ(run.outcome.policy, DmarcPolicy::kQuarantine);
}

TEST(Dmarc, OnlyTheFirstTenSigningDomainsAreLookedAt) {
  std::vector<DkimOutcome> dkim;
  for (int i = 0; i < 40; ++i) {
    dkim.push_back(DkimPass(std::string("a.b.c.d.e.f.g.h.s") + std::to_string(i) + ".example.com"));
  }
  DmarcCheck check = CheckOf("example.com");
  check.dkim = dkim;
  const DmarcRun run = RunDmarc(check, ZoneOf("_dmarc.example.com TXT \"v=DMARC1; p=reject\""));
  // Each walk has the author's two names in common with all others.
  EXPECT_EQ(run.asked.size(), 2 + kMaxDkimSignatures * 6);
  EXPECT_EQ(run.outcome.result, DmarcResult::kPass);
}

TEST(Dmarc, ReportsWhatTheRecordSays) {
  const DmarcOutcome outcome =
      RunDmarc(CheckOf("example.com"), ZoneOf("_dmarc.example.com TXT \"v=DMARC1; p=reject; t=y\""))
          .outcome;
  EXPECT_EQ(outcome.record_policy, DmarcPolicy::kReject);
  EXPECT_TRUE(outcome.test_mode);
}

TEST(Dmarc, TempErrorSaysWhichQuestionFailed) {
  EXPECT_EQ(RunDmarc(CheckOf("example.com"), ZoneOf("_dmarc.example.com TIMEOUT")).outcome.problem,
            "TIMEOUT for _dmarc.example.com TXT");
}

TEST(Dmarc, NamesThatDnsCannotHoldHaveNoRecord) {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + ".example.com";
  EXPECT_EQ(RunDmarc(CheckOf(longest + longest), dns::Zone()).outcome.result, DmarcResult::kNone);
  EXPECT_EQ(RunDmarc(CheckOf("..a..b.."), dns::Zone()).outcome.result, DmarcResult::kNone);
}

}  // namespace
}  // namespace assay::auth
