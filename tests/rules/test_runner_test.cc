// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lib/engine/transaction.h"
#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

struct Case {
  const char* name;
  const char* condition;
  const char* example;
  const char* want;  // the failure's message and suggestion; empty when the example comes out
};

constexpr Case kCases[] = {
    {"hit", "subject ~ /a/", "hit \"Subject: a\\n\\n\"", ""},
    {"hit_fails", "subject ~ /a/", "hit \"Subject: b\\n\\n\"",
     "rule X does not hit here | `subject ~ /a/` is false"},
    {"miss", "subject ~ /a/", "miss \"Subject: b\\n\\n\"", ""},
    {"miss_fails", "subject ~ /a/", "miss \"Subject: a\\n\\n\"",
     "rule X hits here | `subject ~ /a/` is true"},
    {"first_false_part", "subject ~ /a/ and (body ~ /b/ and body ~ /c/)",
     "hit \"Subject: a\\n\\nb\"", "rule X does not hit here | `body ~ /c/` is false"},
    {"unknown_part", "client.ip in (192.0.2.1)", "hit \"\\n\"",
     "rule X does not hit here | `client.ip in (192.0.2.1)` is unknown"},
    {"body_alone", "body ~ /hello/", "hit \"\\nhello\"", ""},
    {"folded_field", "subject is \"a b\"", "hit \"Subject: a\\n b\\n\\n\"", ""},
    {"bytes", "body ~ /\\x{FFFD}/",
     "hit \"Content-Type: text/plain; charset=utf-8\\n\\nab\\xE9cd\"", ""},
    {"profile_is_inbound", "profile is inbound", "hit \"\\n\"", ""},
    {"zone_is_empty",
     "spf.mail_from is none and spf.helo is none and dkim is none and dmarc is none and not "
     "dkim.aligned",
     "hit \"\\n\"", ""},
    {"limits_are_off", "limit.body or limit.dns or limit.rules", "miss \"\\n\"", ""},
    {"limit_stated", "limit.body", "hit with limit.body = yes", ""},
    {"lists_are_empty", "header_from.domain in @known", "miss \"From: a@example.com\\n\\n\"", ""},
    {"list_stated", "header_from.domain in @known",
     "hit \"From: a@example.com\\n\\n\" with list known = \"b\", \"example.com\"", ""},
    {"envelope_follows",
     "mail_from.domain is \"example.com\" and mail_from.local is \"ceo\" and not mail_from.null",
     "hit with mail_from = \"ceo@Example.com\"", ""},
    {"null_follows", "mail_from.null and not exists(mail_from.domain)", "hit with mail_from = \"\"",
     ""},
    {"recipients_follow", "rcpt_to.count is 2 and rcpt_to.domain is \"b.example\"",
     "hit with rcpt_to = \"a@a.example\", \"b@b.example\"", ""},
    {"author_follows", "header_from.domain is \"example.com\" and header_from.count is 1",
     "hit with header_from = \"a@example.com\"", ""},
    {"author_domain_alone", "header_from.count is 1 and header_from.problem is none",
     "hit \"Subject: x\\n\\n\" with header_from.domain = \"example.com\"", ""},
    {"message_facts_are_derived", "header_from.problem is missing and message.fields is 1",
     "hit \"Subject: x\\n\\n\"", ""},
    {"author_is_derived", "header_from.domain is \"example.com\" and header_from.name is \"Ann\"",
     "hit \"From: Ann <ann@example.com>\\n\\n\"", ""},
    {"no_message_no_facts", "header_from.problem is missing", "miss with spf.mail_from = fail", ""},
    {"dkim_follows", "dkim is pass", "hit with dkim.domain = \"example.com\"", ""},
    {"unknown_stated", "dmarc is none", "miss with dmarc = unknown", ""},
    {"client", "client.ip in (192.0.2.0/24) and not exists(client.name)",
     "hit with client.ip = 192.0.2.1", ""},
    {"example_overrides_rule", "dmarc is fail",
     "with dmarc = pass\n  hit with dmarc = fail\n  miss \"\\n\"", ""},
    {"with_for_all", "dmarc is fail and body ~ /a/",
     "with dmarc = fail\n  hit \"\\na\"\n  miss \"\\nb\"\n  miss \"\\na\" with dmarc = pass", ""},
};

class Runner : public testing::TestWithParam<Case> {};

TEST_P(Runner, RunsTheExample) {
  const auto rules = MustCompile(
      "list known = \"other.example\"\n"
      "rule Y { about \"y\" when mail_from.domain in @known hit \"\\n\" miss \"\\n\" }\n"
      "disable Y \"its examples are not run\"\n"
      "rule X {\n  about \"x\"\n  when " +
      std::string(GetParam().condition) + "\n  " + GetParam().example + "\n}\n");
  ASSERT_NE(rules, nullptr);
  const TestRunner::Report report = TestRunner::Run(*rules, engine::DeriveMessageFacts);
  EXPECT_GE(report.run, 1U);
  std::string got;
  for (const Diagnostic& failure : report.failures)
    got += failure.message + " | " + failure.suggestion;
  EXPECT_EQ(got, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(TestRunner, Runner, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(TestRunner, FailuresCarryThePlaceAndTheFilesSeverity) {
  const std::string text =
      "rule X {\n  about \"x\"\n  when subject ~ /a/\n  hit \"Subject: b\\n\\n\"\n"
      "  miss \"Subject: b\\n\\n\"\n}\n";
  for (const bool shipped : {false, true}) {
    const std::vector<SourceFile> files = {{"x.rules", text, shipped}};
    const auto rules = RuleSet::Compile(files, {}).rules;
    ASSERT_NE(rules, nullptr);
    const TestRunner::Report report = TestRunner::Run(*rules, engine::DeriveMessageFacts);
    EXPECT_EQ(report.run, 2U);
    ASSERT_EQ(report.failures.size(), 1U);
    EXPECT_EQ(report.failures[0].severity, shipped ? Severity::kWarning : Severity::kError);
    EXPECT_EQ(Format(report.failures[0]), std::string("x.rules:4:3: ") +
                                              (shipped ? "warning" : "error") +
                                              ": rule X does not hit here\n"
                                              "      hit \"Subject: b\\n\\n\"\n"
                                              "      ^~~\n"
                                              "  `subject ~ /a/` is false\n");
  }
}

}  // namespace
}  // namespace assay::rules
