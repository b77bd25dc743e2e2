// SPDX-License-Identifier: Apache-2.0
// Facts that are read from the views, through conditions.
#include "lib/rules/view_facts.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/rules/rules_testing.h"

namespace assay::rules {
namespace {

using facts::Id;

constexpr std::string_view kMessage =
    "Received: from a by b; Mon, 2 Feb 2026 12:00:00 +0000\n"
    "Date: Mon, 2 Feb 2026 11:00:00 +0000\n"
    "From: \"P\xd0\xb0ypal\" <service@mail.example.com>\n"
    "To: Ann <ann@example.net>, bob@sub.example.org\n"
    "Message-ID: <1@mail.example.com>\n"
    "List-Unsubscribe: <https://u.example.net/>\n"
    "Subject: =?utf-8?q?Hi_=E2=80=8Bthere?=\n"
    "Content-Type: multipart/mixed; boundary=b\n"
    "\n"
    "--b\n"
    "Content-Type: multipart/alternative; boundary=a\n"
    "\n"
    "--a\n"
    "X-Part: one\n"
    "\n"
    "hello world\n"
    "--a\n"
    "Content-Type: text/html; charset=utf-8\n"
    "\n"
    "<p>hello<p hidden>secret words<form action=https://192.0.2.1/f>"
    "<a href=http://click.example.org/>www.example.com</a><img src=http://i.example.org/x "
    "width=1>\n"
    "--a--\n"
    "--b\n"
    "Content-Type: application/pdf; name=invoice.pdf.html\n"
    "\n"
    "<html>\n"
    "--b--\n";

// Every fact of the table that says it is read from views can be read, and in its type.
TEST(ViewFacts, AreAllThere) {
  const mail::Message message = MakeMessage(kMessage);
  mail::Views views(message);
  for (const facts::Info& fact : facts::Table()) {
    const bool flag = ViewFlag(fact.id, views).has_value();
    const bool number = ViewNumber(fact.id, views).has_value();
    const bool texts = ViewTexts(fact.id, views).has_value();
    if (fact.id == Id::kHeader || fact.id == Id::kMimeHeader) {
      EXPECT_FALSE(flag || number || texts) << fact.name;
      continue;
    }
    EXPECT_EQ(flag, fact.from_views && fact.type == facts::Type::kFlag) << fact.name;
    EXPECT_EQ(number, fact.from_views && fact.type == facts::Type::kNumber) << fact.name;
    EXPECT_EQ(texts, fact.from_views && fact.type == facts::Type::kTexts) << fact.name;
    const std::set<Id> lengthy = {Id::kBody, Id::kRawBody, Id::kFull};
    EXPECT_EQ(ViewValue(fact.id, views).has_value(), fact.from_views && !lengthy.contains(fact.id))
        << fact.name;
  }
}

constexpr const char* kTrue[] = {
    R"(header["To"]:addr in ("ann@example.net"))",
    R"(header["To"]:addr in ("example.org"))",
    R"(header["To"]:domain in ("example.org"))",
    R"(header["to"]:name is "Ann")",
    R"(header["Subject"]:raw ~ /=\?utf-8\?/)",
    R"(count(header["To"]:addr) is 2)",
    R"(not exists(header["Cc"]:addr))",
    R"(rcpt_to is header["To"]:addr)",
    R"(header["To"]:addr is rcpt_to)",
    R"(header["To"] ~ /Ann </)",
    R"(mime_header["X-Part"] is "one")",
    R"(mime_header["Content-Type"]:raw ~ /boundary=a/)",
    R"(header.order ~ /^received date from to message-id/)",
    "subject.invisible is 1",
    "header_from.mixed_words is 1",
    R"(header_from.script in ("cyrillic"))",
    "received.count is 1 and recipients.count is 2",
    "date.skew is -1 and not date.invalid",
    R"(unsubscribe.registrable is "example.net")",
    R"(full ~ /^Received: from a/)",
    R"(body ~ /^hello$/ and body !~ /secret/)",
    "body.words is 6",
    R"(html.hidden is "secret words" and html.hidden_length is 12)",
    "html.form and not html.only and html.overlap is 50",
    "html.text_share > 1 and html.text_share < 50",
    "link.count is 2 and link.mismatch and link.numeric_host",
    R"(link.domain in ("example.org") and link.shown_domain is "example.com")",
    R"(link.host in ("192.0.2.1") and link.form ~ /^https:/)",
    R"(image.tiny is 1 and image.host in ("example.org"))",
    R"x(mime.structure is
       "multipart/mixed(multipart/alternative(text/plain,text/html),application/pdf)")x",
    R"(attachment.count is 1 and attachment.type is "html" and attachment.extension is "html")",
    "attachment.disguised_name and not attachment.macros",
};

TEST(ViewFacts, AnswerConditions) {
  facts::FactSet facts;
  facts.Set(Id::kRcptTo, std::vector<std::string>{"ann@example.net"});
  for (const char* condition : kTrue) {
    const auto rules = MustCompile(RuleFile(condition));
    ASSERT_NE(rules, nullptr) << condition;
    EXPECT_EQ(HitNames(Evaluate(*rules, kMessage, facts)), "R") << condition;
  }
}

TEST(ViewFacts, OfABodyThatWasNotHeldAreUnknown) {
  facts::FactSet facts;
  facts.Set(Id::kLimitMemory, true);
  for (const char* condition : {"link.count >= 0", "not html.form", R"(link.host !~ /x/)",
                                R"(mime_header["X"] !~ /x/)", "attachment.count is 0"}) {
    const auto rules = MustCompile(RuleFile(condition));
    EXPECT_EQ(HitNames(Evaluate(*rules, kMessage, facts)), "") << condition;
  }
  const auto rules = MustCompile(RuleFile("received.count is 1"));
  EXPECT_EQ(HitNames(Evaluate(*rules, kMessage, facts)), "R");
}

TEST(HeaderForms, AreChecked) {
  struct Case {
    const char* condition;
    const char* error;
  };
  constexpr Case kRows[] = {
      {R"(header["To"]:adr is "x")", "a field has no form 'adr'"},
      {R"(mime_header["To"]:addr is "x")", "fields of parts hold no addresses"},
      {R"(header["To"]: is "x")", "a field has no form 'is'"},
      {R"(header["To"]:"addr" is "x")", "expected raw, addr, name or domain behind ':'"},
      {R"(mime_header ~ /x/)", "'mime_header' needs the name of a field"},
      {R"(body["x"] ~ /x/)", "'body' has no fields to choose from"},
  };
  for (const Case& row : kRows) {
    const std::string found = FormatAll(CompileText(RuleFile(row.condition)).diagnostics);
    EXPECT_NE(found.find(row.error), std::string::npos) << row.condition << "\n" << found;
  }
}

TEST(RegistrableDomains, FollowInExamples) {
  const auto compiled = CompileText(
      "rule R {\n  about \"x\"\n  score 1\n"
      "  when mail_from.registrable is header_from.registrable and client.registrable in "
      "(\"example.co.uk\")\n"
      "  hit with mail_from = \"a@b.example.com\", header_from = \"c@d.example.com\",\n"
      "    client.name = \"mx.example.co.uk\"\n"
      "  miss with mail_from = \"a@b.example.com\", header_from.domain = \"d.example.net\",\n"
      "    client.name = \"mx.example.co.uk\"\n}\n");
  ASSERT_NE(compiled.rules, nullptr) << FormatAll(compiled.diagnostics);
  EXPECT_EQ(FormatAll(TestRunner::Run(*compiled.rules, {}).failures), "");
}

}  // namespace
}  // namespace assay::rules
