// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lib/engine/transaction.h"
#include "lib/mail/message.h"

namespace assay::engine {
namespace {

using facts::Id;

struct FromCase {
  const char* name;
  std::vector<mail::Field> fields;
  const char* domain;  // "unknown" when there must be none
  const char* problem;
  const char* count;
};
const FromCase kFromCases[] = {
    {"plain", {{"From", " Alice <alice@Example.COM>"}}, "example.com", "none", "1"},
    {"no field", {{"Subject", " x"}}, "unknown", "missing", "0"},
    {"two fields",
     {{"From", " a@example.com"}, {"from", " b@example.com"}},
     "unknown",
     "several",
     "2"},
    {"space before the colon", {{"From ", " a@example.com"}}, "example.com", "none", "1"},
    {"two authors of one domain",
     {{"From", " a@example.com, b@example.com"}},
     "example.com",
     "none",
     "2"},
    {"two authors of two domains",
     {{"From", " a@example.com, b@example.org"}},
     "unknown",
     "none",
     "2"},
    {"text after the address",
     {{"From", " <a@example.com> b@example.org"}},
     "unknown",
     "syntax",
     nullptr},
    {"two fields of one domain",
     {{"From", " a@example.com"}, {"From ", " b@example.com"}},
     "unknown",
     "several",
     "2"},
    {"an author and one below him",
     {{"From", " a@example.com, b@mail.example.com"}},
     "unknown",
     "none",
     "2"},
    {"encoded address",
     {{"From", " =?utf-8?B?PGFAZXhhbXBsZS5jb20+?=,<b@example.net>"}},
     "unknown",
     "syntax",
     nullptr},
    {"route", {{"From", " <@example.net,@any.example:a@example.com>"}}, "example.com", "none", "1"},
    {"quoted pair", {{"From", " <a@example.com>\\,<b@example.net>"}}, "unknown", "syntax", nullptr},
    {"unbalanced", {{"From", " \"A\" <a@example.com"}}, "unknown", "syntax", nullptr},
    {"group", {{"From", " g:a@example.com;"}}, "unknown", "group", nullptr},
    {"empty group", {{"From", " undisclosed:;"}}, "unknown", "group", "0"},
    {"empty", {{"From", ""}}, "unknown", "empty", "0"},
    {"null", {{"From", " <>"}}, "unknown", "syntax", "0"},
    {"local part only", {{"From", " root"}}, "unknown", "syntax", "0"},
    {"bare CR", {{"From", " <a@example.net>\r <b@example.com>"}}, "unknown", "control", nullptr},
    {"not UTF-8", {{"From", " J\xf6rg <j@example.com>"}}, "unknown", "utf8", nullptr},
    {"name is an address",
     {{"From", " \"a@example.com\" <b@example.net>"}},
     "example.net",
     "none",
     "1"},
    {"encoded name is an address",
     {{"From", " =?utf-8?Q?a=40example=2Ecom?= <b@example.net>"}},
     "example.net",
     "none",
     "1"},
    {"quoted at", {{"From", " \"a@example.com\"@example.net"}}, "example.net", "none", "1"},
    {"comment is an address",
     {{"From", " a@example.net (b@example.com)"}},
     "example.net",
     "none",
     "1"},
    {"U-label",
     {{"From",
       " <a@b\xc3\xbc"
       "cher.example>"}},
     "xn--bcher-kva.example",
     "none",
     "1"},
    {"address literal", {{"From", " <a@[192.0.2.1]>"}}, "[192.0.2.1]", "none", "1"},
};

TEST(MessageFacts, Authors) {
  for (const FromCase& c : kFromCases) {
    mail::Message message;
    for (const mail::Field& field : c.fields) message.AddField(field.name, field.value);
    facts::FactSet facts;
    DeriveMessageFacts(message, facts);
    EXPECT_EQ(facts::Print(facts.Get(Id::kHeaderFromDomain)), c.domain) << c.name;
    EXPECT_EQ(facts::Print(facts.Get(Id::kHeaderFromProblem)), c.problem) << c.name;
    if (c.count != nullptr) {
      EXPECT_EQ(facts::Print(facts.Get(Id::kHeaderFromCount)), c.count) << c.name;
    }
  }
}

TEST(MessageFacts, TooManyAuthors) {
  std::string value = " a@example.com";
  for (int i = 0; i < 100; ++i) value += ",a@example.com";
  mail::Message message;
  message.AddField("From", value);
  facts::FactSet facts;
  DeriveMessageFacts(message, facts);
  EXPECT_EQ(facts::Print(facts.Get(Id::kHeaderFromProblem)), "too_many");
  EXPECT_EQ(facts::Print(facts.Get(Id::kHeaderFromDomain)), "unknown");
}

struct HeaderCase {
  const char* name;
  mail::Field field;
  facts::Id fact;
  const char* want;
};
const HeaderCase kHeaderCases[] = {
    {"author below a public suffix",
     {"From", " <a@news.example.co.uk>"},
     Id::kHeaderFromRegistrable,
     "example.co.uk"},
    {"author without a domain of the Internet",
     {"From", " <a@parcels>"},
     Id::kHeaderFromRegistrable,
     "unknown"},
    {"answers to two",
     {"Reply-To", " b@mail.example.org, c@host"},
     Id::kReplyToRegistrable,
     "example.org"},
    {"message id", {"Message-ID", " <1@mx.Example.com>"}, Id::kMessageIdRegistrable, "example.com"},
    {"message id of a bare host", {"Message-ID", " <1@mx>"}, Id::kMessageIdRegistrable, "unknown"},
    {"message id without @", {"Message-ID", " <1>"}, Id::kMessageIdRegistrable, "unknown"},
    {"encoded subject", {"Subject", " =?utf-8?Q?Gl=C3=BCck?="}, Id::kHeaderEightBit, "no"},
    {"raw subject",
     {"Subject",
      " Gl\xC3\xBC"
      "ck"},
     Id::kHeaderEightBit,
     "yes"},
    {"raw bytes where nobody looks", {"X-Note", " \xFF"}, Id::kHeaderEightBit, "no"},
};

TEST(MessageFacts, OfTheHeader) {
  for (const HeaderCase& c : kHeaderCases) {
    mail::Message message;
    message.AddField(c.field.name, c.field.value);
    facts::FactSet facts;
    DeriveMessageFacts(message, facts);
    EXPECT_EQ(facts::Print(facts.Get(c.fact)), c.want) << c.name;
  }
}

TEST(MessageFacts, SizesAndReplyTo) {
  mail::Message message;
  message.AddField("From", " A <a@example.com>");
  message.AddField("Reply-To", " b@example.org, c@example.net");
  message.AddBody("0123456789\r\n");
  facts::FactSet facts;
  DeriveMessageFacts(message, facts);
  EXPECT_EQ(facts::Print(facts.Get(Id::kReplyToDomain)), "example.org, example.net");
  EXPECT_EQ(facts::Print(facts.Get(Id::kMessageFields)), "2");
  EXPECT_EQ(std::get<double>(facts.Get(Id::kMessageSize)),
            static_cast<double>(message.header_size() + 12));
  EXPECT_EQ(facts::Print(facts.Get(Id::kLimitBody)), "no");
}

}  // namespace
}  // namespace assay::engine
