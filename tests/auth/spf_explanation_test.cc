// SPDX-License-Identifier: Apache-2.0
// exp= (RFC 7208, 6.2)

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/auth/spf_support.h"

namespace assay::auth {
namespace {

constexpr SpfResult kFail = SpfResult::kFail;

struct ExplainCase {
  const char* name;
  const char* text;  // TXT of exp.example.com
  const char* want;
};

class SpfExplanationTable : public testing::TestWithParam<ExplainCase> {};

TEST_P(SpfExplanationTable, Text) {
  dns::Zone zone = MakeZone(
      "d.example.com TXT \"v=spf1 -all exp=exp.%{d2}\"\n1.2.0.192.in-addr.arpa PTR "
      "h.d.example.com\n"
      "h.d.example.com A 192.0.2.1\n");
  zone.AddText("exp.example.com", GetParam().text);
  const SpfOutcome outcome = RunSpf(MakeCheck("192.0.2.1", "u@d.example.com"), zone).outcome;
  EXPECT_EQ(outcome.result, kFail);
  EXPECT_EQ(outcome.explanation, GetParam().want);
}

constexpr ExplainCase kExplanations[] = {
    {"plain", "See me. At once.", "See me. At once."},
    {"macros", "%{i} is not %{d}'s, says %{r} at %{t} to %{c}",
     "192.0.2.1 is not d.example.com's, says mx.example.org at 1700000000 to 192.0.2.1"},
    {"validated_name", "connect from %{p}", "connect from h.d.example.com"},
    {"percent", "100%% %{s}", "100% u@d.example.com"},
    {"unknown_macro", "The %{x}-files", ""},
    {"stray_percent", "50% off", ""},
    {"eight_bit",
     "Gr\xc3\xbc\xc3\x9f"
     "e",
     ""},
    {"control", "a\r\nX: b", ""},
    {"empty", "", ""},
};
INSTANTIATE_TEST_SUITE_P(Rfc7208, SpfExplanationTable, testing::ValuesIn(kExplanations),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(SpfExplanation, ExplanationNeverHoldsWhatIsNotPrintable) {
  const dns::Zone zone = MakeZone(
      "d.example.com TXT \"v=spf1 -all exp=e.example.com\"\ne.example.com TXT \"%{l} %{h}\"\n");
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "a\r\nb@d.example.com"), zone).outcome.explanation, "");
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "\xc3\xbc@d.example.com"), zone).outcome.explanation, "");
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "a b@d.example.com", "h"), zone).outcome.explanation,
            "a b h");
}

TEST(SpfExplanation, ExplanationIsTheOneOfTheRecordThatFailed) {
  const dns::Zone zone = MakeZone(R"(
one.example.com  TXT "one"
two.example.com  TXT "two"
red.example.com  TXT "v=spf1 exp=one.example.com redirect=to.example.com"
bare.example.com TXT "v=spf1 exp=one.example.com redirect=none.example.com"
to.example.com   TXT "v=spf1 -all exp=two.example.com"
none.example.com TXT "v=spf1 -all"
inc.example.com  TXT "v=spf1 -include:pass.example.com exp=one.example.com"
pass.example.com TXT "v=spf1 +all exp=two.example.com"
incred.example.com TXT "v=spf1 -include:onward.example.com exp=one.example.com"
onward.example.com TXT "v=spf1 redirect=pass.example.com"
soft.example.com TXT "v=spf1 ~all exp=one.example.com"
)");
  const std::pair<const char*, const char*> cases[] = {{"u@red.example.com", "two"},
                                                       {"u@bare.example.com", ""},
                                                       {"u@inc.example.com", "one"},
                                                       {"u@incred.example.com", "one"},
                                                       {"u@soft.example.com", ""}};
  for (const auto& [sender, want] : cases) {
    EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", sender), zone).outcome.explanation, want) << sender;
  }
}

}  // namespace
}  // namespace assay::auth
