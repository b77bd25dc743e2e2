// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dmarc_record.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/base/clock.h"

namespace assay::auth {
namespace {

// "-" when the text is no record, "stops" when it stops all processing, else its tags.
std::string Dump(std::string_view text) {
  const auto record = ParseDmarcRecord(text);
  if (!record) return "-";
  if (!record->applies) return "stops";
  std::string dump(ToWord(record->p));
  if (record->sp) dump += " sp=" + std::string(ToWord(*record->sp));
  if (record->np) dump += " np=" + std::string(ToWord(*record->np));
  if (record->strict_dkim) dump += " adkim=s";
  if (record->strict_spf) dump += " aspf=s";
  if (record->test_mode) dump += " t=y";
  if (record->psd == DmarcPsd::kYes) dump += " psd=y";
  if (record->psd == DmarcPsd::kNo) dump += " psd=n";
  return dump;
}

struct Case {
  const char* name;
  const char* text;
  const char* want;
};

constexpr Case kCases[] = {
    {"minimal", "v=DMARC1; p=none", "none"},
    {"all_tags",
     "v=DMARC1; p=reject; sp=quarantine; np=reject; adkim=s; aspf=s; t=y; psd=n; fo=1; "
     "rua=mailto:a@example.com; ruf=mailto:b@example.com",
     "reject sp=quarantine np=reject adkim=s aspf=s t=y psd=n"},
    {"no_spaces", "v=DMARC1;p=reject", "reject"},
    {"final_separator", "v=DMARC1; p=reject;  ", "reject"},
    {"space_around_equals", "v = DMARC1 ; p\t=\treject ; adkim = s", "reject adkim=s"},
    {"version_name_any_case", "V=DMARC1; p=reject", "reject"},
    {"values_any_case", "v=DMARC1; p=REJECT; sp=None; adkim=S; t=Y; psd=Y",
     "reject sp=none adkim=s t=y psd=y"},
    {"names_any_case", "v=DMARC1; P=reject; ADKIM=s", "reject adkim=s"},
    {"version_is_case_sensitive", "v=dmarc1; p=reject", "-"},
    {"version_with_junk", "v=DMARC1x; p=reject", "-"},
    {"version_two", "v=DMARC2; p=reject", "-"},
    {"version_with_comma", "v=DMARC1, p=reject", "-"},
    {"version_with_space_inside", "v=DMARC1 p=reject", "-"},
    {"version_not_first", "p=reject; v=DMARC1", "-"},
    {"version_missing", "p=reject", "-"},
    {"leading_space", " v=DMARC1; p=reject", "-"},
    {"leading_separator", "; v=DMARC1; p=reject", "-"},
    {"spf_record", "v=spf1 -all", "-"},
    {"empty", "", "-"},
    {"only_v", "v", "-"},
    {"long_version_name", "vv=DMARC1; p=reject", "-"},
    {"version_alone", "v=DMARC1", "stops"},
    {"no_p", "v=DMARC1; adkim=s", "stops"},
    {"no_p_but_rua", "v=DMARC1; rua=mailto:a@example.com", "none"},
    {"bad_p", "v=DMARC1; p=rejekt", "stops"},
    {"bad_sp", "v=DMARC1; p=reject; sp=rejekt", "stops"},
    {"empty_np", "v=DMARC1; p=reject; np=", "stops"},
    {"unknown_tags", "v=DMARC1; p=reject; pct=5; ri=60; rf=afrf; x=y; =z", "reject"},
    {"not_a_tag", "v=DMARC1; nonsense; ;; p=reject", "reject"},
    {"first_of_repeated", "v=DMARC1; p=reject; p=none; adkim=s; adkim=r", "reject adkim=s"},
    {"bad_values_mean_default", "v=DMARC1; p=reject; adkim=x; aspf=strict; t=1; psd=maybe",
     "reject"},
    {"psd_u", "v=DMARC1; p=reject; psd=u", "reject"},
    {"eight_bit", "v=DMARC1; p=reject; rua=\xff\xfe", "reject"},
    {"line_end_is_no_space", "v=DMARC1; p=reject\n; adkim=s", "stops"},
};

class DmarcRecordTable : public testing::TestWithParam<Case> {};

TEST_P(DmarcRecordTable, Parse) { EXPECT_EQ(Dump(GetParam().text), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(Rfc9989, DmarcRecordTable, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

// RFC 9989, 4.10.1: with one valid reporting URI a record without valid policies means p=none,
// without one nothing.
TEST(DmarcRecord, ReportingUriDecidesWhetherABadPolicyApplies) {
  const auto applies = [](const std::string& rua) {
    return ParseDmarcRecord("v=DMARC1; p=bad; sp=reject; rua=" + rua)->applies;
  };
  for (const char* good :
       {"mailto:a@example.com", "MAILTO:a@example.com", "mailto:a@example.com!10m",
        "junk, mailto:a@example.com", "https://example.com/report"}) {
    EXPECT_TRUE(applies(good)) << good;
  }
  for (const char* bad :
       {"", "a@example.com", "mailto:", "mailto:a", "mailto:@example.com", "mailto:a@", ":x",
        "1x:y", "http://exa mple.com/", "mailto:a@\"example.com", ","}) {
    EXPECT_FALSE(applies(bad)) << bad;
  }
  const auto record =
      ParseDmarcRecord("v=DMARC1; p=bad; sp=reject; rua=mailto:a@example.com; adkim=s");
  EXPECT_EQ(record->p, DmarcPolicy::kNone);
  EXPECT_FALSE(record->sp);
  EXPECT_TRUE(record->strict_dkim);
}

TEST(DmarcRecord, LongRecordsStayLinear) {
  const auto start = SteadyClock::now();
  for (const char* unit : {";", "a=b;", "=", "a", "p=reject;", "x=;\t "}) {
    std::string text = "v=DMARC1;p=reject;";
    while (text.size() < 65535) text += unit;
    EXPECT_EQ(Dump(text), "reject") << unit;
  }
  EXPECT_LT(SteadyClock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace assay::auth
