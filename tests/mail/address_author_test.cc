// SPDX-License-Identifier: Apache-2.0
// Whole header blocks, so that the number and the spelling of From fields count too: the tricks of
// espoofer's list
// ($ASSAY_SUITES/from-headers) and the same shapes in our own rows.
#include "lib/mail/address_author.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/text.h"
#include "lib/mail/address.h"

namespace assay::mail {
namespace {

// The values of all From fields as an MTA hands them over: a line that begins with white space
// continues the one before, white space before the colon is no part of the name.
std::vector<std::string> FromValues(std::string_view headers) {
  std::vector<std::string> fields;
  for (std::string_view line : Split(headers, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool continues = line.starts_with(' ') || line.starts_with('\t');
    if (continues && !fields.empty()) {
      fields.back() += "\n" + std::string(line);
    } else {
      fields.emplace_back(line);
    }
  }
  std::vector<std::string> values;
  for (const std::string& field : fields) {
    const std::size_t colon = field.find(':');
    if (colon == std::string::npos) continue;
    if (EqualsIgnoreCase(Trim(field.substr(0, colon)), "From"))
      values.push_back(field.substr(colon + 1));
  }
  return values;
}

AuthorDomain AuthorOf(std::string_view headers) {
  const auto values = FromValues(headers);
  const std::vector<std::string_view> views(values.begin(), values.end());
  return FindAuthorDomain(views);
}

struct Case {
  const char* name;
  const char* headers;
  const char* domain;
  const char* problem;
};

constexpr Case kCases[] = {
    {"plain", "From: <admin@example.com>\r\n", "example.com", ""},
    {"odd_case", "FROM: <admin@Example.com>\r\n", "example.com", ""},
    {"none", "To: <admin@example.com>\r\n", "", "no From field"},
    {"two_fields", "From: <first@example.net>\r\nFrom: <admin@example.com>\r\n", "",
     "several From fields"},
    {"two_fields_same_domain", "From: <a@example.com>\r\nFrom: <b@example.com>\r\n", "",
     "several From fields"},
    {"leading_space", " From: <first@example.net>\r\nFrom: <admin@example.com>\r\n", "",
     "several From fields"},
    {"space_before_colon", "From: <first@example.net>\r\nFrom : <admin@example.com>\r\n", "",
     "several From fields"},
    {"folded_before_colon", "From\r\n : <first@example.net>\r\nFrom: <admin@example.com>\r\n", "",
     "several From fields"},
    {"folded_name_only", "From\r\n : <first@example.net>\r\nSender: <admin@example.com>\r\n",
     "example.net", ""},
    {"address_list", "From: <first@example.net>, <admin@example.com>\r\n", "",
     "From field with several domains"},
    {"address_list_one_domain", "From: <a@example.com>, <b@example.com>\r\n", "example.com", ""},
    {"address_list_subdomain", "From: <a@example.com>, <b@mail.example.com>\r\n", "",
     "From field with several domains"},
    {"encoded_address", "From: =?utf-8?B?PGFkbWluQGV4YW1wbGUuY29tPg==?=,<second@example.net>\r\n",
     "", "From field is not RFC 5322"},
    {"route", "From: <@example.net,@any.example:admin@example.com>\r\n", "example.com", ""},
    {"quoted_pair", "From: <admin@example.com>\\,<second@example.net>\r\n", "",
     "From field is not RFC 5322"},
    {"comma_precedence", "From: admin@example.com,<second@example.net>\r\n", "",
     "From field with several domains"},
    {"text_after_angle", "From: <any@example.net>admin@example.com\r\n", "",
     "From field is not RFC 5322"},
    {"unbalanced", "From: \"A\" <admin@example.com\r\n", "", "From field is not RFC 5322"},
    {"group", "From: g:admin@example.com;\r\n", "", "From field with a group"},
    {"empty_group", "From: undisclosed:;\r\n", "", "From field with a group"},
    {"empty", "From:\r\n", "", "From field without a mailbox"},
    {"null", "From: <>\r\n", "", "From field is not RFC 5322"},
    {"local_only", "From: root\r\n", "", "From field is not RFC 5322"},
    {"bare_cr", "From: <a@example.net>\r <admin@example.com>\r\n", "",
     "From field with control characters"},
    {"eight_bit", "From: J\xf6rg <j@example.com>\r\n", "", "From field is not valid UTF-8"},
    {"name_holds_an_address", "From: \"admin@example.com\" <a@example.net>\r\n", "example.net", ""},
    {"name_holds_an_encoded_address", "From: =?utf-8?Q?admin=40example=2Ecom?= <a@example.net>\r\n",
     "example.net", ""},
    {"quoted_at", "From: \"admin@example.com\"@example.net\r\n", "example.net", ""},
    {"comment_holds_an_address", "From: a@example.net (admin@example.com)\r\n", "example.net", ""},
    {"idn",
     "From: <a@b\xc3\xbc"
     "cher.example>\r\n",
     "xn--bcher-kva.example", ""},
    {"literal", "From: <a@[192.0.2.1]>\r\n", "[192.0.2.1]", ""},
};

class AuthorTable : public testing::TestWithParam<Case> {};

TEST_P(AuthorTable, Find) {
  const AuthorDomain author = AuthorOf(GetParam().headers);
  EXPECT_EQ(author.domain, GetParam().domain);
  EXPECT_EQ(author.problem, GetParam().problem);
}

INSTANTIATE_TEST_SUITE_P(Tricks, AuthorTable, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Author, TooManyMailboxes) {
  std::string value = "a@example.com";
  for (int i = 0; i < 100; ++i) value += ",a@example.com";
  const std::string_view view = value;
  EXPECT_EQ(FindAuthorDomain({&view, 1}).problem, "From field with too many mailboxes");
}

// id of the case: author domain, or the problem; then the domain of MAIL FROM, or "-" when it
// cannot be read.
struct Verdict {
  std::string author;
  std::string mail_from;
};

const std::map<std::string, Verdict>& Verdicts() {
  static const std::string several_fields = "several From fields";
  static const std::string syntax = "From field is not RFC 5322";
  static const std::string several_domains = "From field with several domains";
  static const std::map<std::string, Verdict> verdicts = {
      {"server_a1", {"legitimate.com", "mailfrom.notexist.legitimate.com"}},
      {"server_a2", {"legitimate.com", "-"}},
      {"server_a3", {"legitimate.com", "33.attack.com"}},
      {"server_a4", {"legitimate.com", "attack.com"}},
      {"server_a5", {"legitimate.com", "-"}},
      {"server_a6", {"legitimate.com", "-"}},
      {"server_a7", {"legitimate.com", "attack.com"}},
      {"server_a8", {several_fields, "attack.com"}},
      {"server_a9", {several_fields, "attack.com"}},
      {"server_a10", {several_fields, "attack.com"}},
      {"server_a11", {several_fields, "attack.com"}},
      {"server_a12", {"attack.com", "attack.com"}},
      {"server_a13", {"attack.com", "attack.com"}},
      {"server_a14", {several_domains, "attack.com"}},
      {"server_a15", {syntax, "attack.com"}},
      {"server_a16", {"legitimate.com", "attack.com"}},
      {"server_a17", {syntax, "attack.com"}},
      {"server_a18", {several_domains, "attack.com"}},
      {"server_a19", {syntax, "attack.com"}},
      {"client_a1", {several_fields, "example.com"}},
      {"client_a2", {"example.com", "example.com"}},
      {"client_a3", {"example.com", "example.com"}},
  };
  return verdicts;
}

TEST(AuthorSuite, Espoofer) {
  const char* const suites = std::getenv("ASSAY_SUITES");
  if (suites == nullptr)
    GTEST_SKIP() << "ASSAY_SUITES is not set; the tables above have fields of ours";
  std::ifstream file(std::string(suites) + "/from-headers/espoofer.json");
  ASSERT_TRUE(file);
  std::size_t seen = 0;
  for (const auto& test : nlohmann::json::parse(file)) {
    const auto id = test.at("id").get<std::string>();
    ASSERT_TRUE(Verdicts().contains(id)) << id;
    const Verdict& want = Verdicts().at(id);
    const AuthorDomain author = AuthorOf(test.at("from_header").get<std::string>());
    EXPECT_EQ(author.domain.empty() ? author.problem : author.domain, want.author) << id;
    const auto path = ParsePath(test.at("mailfrom").get<std::string>());
    EXPECT_EQ(path ? path->domain : "-", want.mail_from) << id;
    ++seen;
  }
  EXPECT_EQ(seen, Verdicts().size());
}

}  // namespace
}  // namespace assay::mail
