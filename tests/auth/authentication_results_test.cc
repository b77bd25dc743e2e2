// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/authentication_results.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/mail/charset.h"
#include "tests/support/skip.h"

namespace assay::auth {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kId = "mx.example.com";

TEST(AuthenticationResultsWriter, NoneWithoutMethods) {
  EXPECT_EQ(WriteAuthenticationResults(kId, {}), " mx.example.com; none");
}

TEST(AuthenticationResultsWriter, WritesWhatReadersMatchOn) {
  const std::vector<MethodResult> methods = {
      {"dkim",
       "pass",
       "2048-bit key",
       "",
       {{"header.d", "example.com"},
        {"header.i", "@example.com"},
        {"header.s", "sel1"},
        {"header.a", "rsa-sha256"},
        {"header.b", "ab/cd+e="}}},
      {"spf", "pass", "", "", {{"smtp.mailfrom", "a+b@example.com"}}},
      {"iprev", "pass", "", "", {{"policy.iprev", "2001:db8::1"}}},
      {"dmarc",
       "fail",
       "",
       "no aligned pass",
       {{"header.from", "example.org"}, {"policy.dmarc", "reject"}}},
  };
  EXPECT_EQ(WriteAuthenticationResults(kId, methods),
            " mx.example.com;\n"
            "\tdkim=pass (2048-bit key) header.d=example.com header.i=@example.com\n"
            "\theader.s=sel1 header.a=rsa-sha256 header.b=\"ab/cd+e=\";\n"
            "\tspf=pass smtp.mailfrom=a+b@example.com;\n"
            "\tiprev=pass policy.iprev=\"2001:db8::1\";\n"
            "\tdmarc=fail reason=\"no aligned pass\" header.from=example.org\n"
            "\tpolicy.dmarc=reject");
}

struct ValueCase {
  const char* name;
  std::string_view value;
  std::string_view ascii;  // as written
  std::string_view utf8;   // as written on SMTPUTF8 mail; empty: the same
};

constexpr ValueCase kValues[] = {
    {"token", "example.com", "example.com", ""},
    {"address", "a.b@example.com", "a.b@example.com", ""},
    {"auid", "@example.com", "@example.com", ""},
    {"null_path", "<>", "\"<>\"", ""},
    {"space", "a b", "\"a b\"", ""},
    {"semicolon", "x;y@example.com", "\"x;y@example.com\"", ""},
    {"equals", "a=b@example.com", "\"a=b@example.com\"", ""},
    {"quotes", "a\"b\\c", "\"a\\\"b\\\\c\"", ""},
    {"parenthesis", "a(b", "\"a(b\"", ""},
    {"literal", "a@[192.0.2.1]", "\"a@[192.0.2.1]\"", ""},
    {"two_at", "a@b@c", "\"a@b@c\"", ""},
    {"odd_dots", "a..b@example.com", "\"a..b@example.com\"", ""},
    {"no_domain", "a@.", "\"a@.\"", ""},
    {"injection", "a@b\r\nX-Evil: 1", "\"a@b??X-Evil: 1\"", ""},
    {"nul_and_delete", "a\0b\x7f\tc"sv, "\"a?b? c\"", ""},
    {"u_label",
     "b\xc3\xbc"
     "cher.example",
     "\"b??cher.example\"",
     "\"b\xc3\xbc"
     "cher.example\""},
    {"latin1", "\xfc", "\"?\"", "\"?\""},
    {"c1_control",
     "a\xc2\x85"
     "b",
     "\"a??b\"", "\"a??b\""},
    {"line_separator",
     "a\xe2\x80\xa8"
     "b",
     "\"a???b\"", "\"a???b\""},
};

class ValueTable : public testing::TestWithParam<ValueCase> {};

TEST_P(ValueTable, Write) {
  const std::vector<MethodResult> methods = {
      {"spf", "pass", "", "", {{"smtp.mailfrom", std::string(GetParam().value)}}}};
  const std::string head = " mx.example.com;\n\tspf=pass smtp.mailfrom=";
  EXPECT_EQ(WriteAuthenticationResults(kId, methods), head + std::string(GetParam().ascii));
  EXPECT_EQ(WriteAuthenticationResults(kId, methods, /*utf8=*/true),
            head + std::string(GetParam().utf8.empty() ? GetParam().ascii : GetParam().utf8));
}

INSTANTIATE_TEST_SUITE_P(Rfc8601, ValueTable, testing::ValuesIn(kValues),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(AuthenticationResultsWriter, LeavesEmptyValuesOut) {
  EXPECT_EQ(WriteAuthenticationResults(
                kId, {{"spf", "none", "", "", {{"smtp.mailfrom", ""}, {"smtp.helo", "x"}}}}),
            " mx.example.com;\n\tspf=none smtp.helo=x");
}

TEST(AuthenticationResultsWriter, EscapesCommentsAndReasons) {
  EXPECT_EQ(WriteAuthenticationResults(
                kId, {{"spf", "fail", "a) b=c; \\(\n", "x\"; dmarc=pass\r\n", {}}}),
            " mx.example.com;\n\tspf=fail (a\\) b=c; \\\\\\(?) reason=\"x\\\"; dmarc=pass??\"");
}

TEST(AuthenticationResultsWriter, OddIdsAreQuoted) {
  EXPECT_EQ(WriteAuthenticationResults("a b;\n", {}), " \"a b;?\"; none");
}

TEST(AuthenticationResultsWriter, MistakesInKeywordsBreakNothing) {
  EXPECT_EQ(
      WriteAuthenticationResults(kId, {{"s p\nf", "pa;ss", "", "", {{"a b.c=d", "x"}, {"", "y"}}}}),
      " mx.example.com;\n\tspf=pass ab.cd=x");
  EXPECT_EQ(WriteAuthenticationResults(kId, {{"", "pass", "", "", {}}}), " mx.example.com; none");
}

TEST(AuthenticationResultsWriter, CutsWhatNoMtaWouldLetPass) {
  const std::string longest(100'000, '"');
  const std::string field = WriteAuthenticationResults(
      kId, {{"spf", "fail", longest, longest, {{"smtp.mailfrom", longest}}}});
  for (const std::string_view line : Split(field, '\n')) EXPECT_LE(line.size(), 990U);
}

// Draws from what breaks fields.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::size_t Below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }
  std::string Pick(std::initializer_list<const char*> words) {
    return *(words.begin() + Below(words.size()));
  }

  std::string Text() {
    std::string text;
    for (std::size_t n = Below(6); n > 0; --n) {
      text += Pick({"a",
                    "example.com",
                    "@",
                    ".",
                    ";",
                    "=",
                    "\"",
                    "\\",
                    "(",
                    ")",
                    "<",
                    ">",
                    ",",
                    ":",
                    "/",
                    "[",
                    "]",
                    "?",
                    "x y",
                    "dmarc=pass",
                    "\r\n\t",
                    "\n",
                    "\x01",
                    "\x7f",
                    "\xc3\xa9",
                    "'",
                    "%",
                    "*",
                    "--",
                    "; none",
                    "=?utf-8?Q?a?="});
    }
    return text;
  }

  MethodResult Method() {
    MethodResult method;
    method.method = Pick({"spf", "dkim", "dmarc", "arc", "iprev", "auth"});
    method.result = Pick({"pass", "fail", "none", "temperror", "permerror", "policy", "neutral"});
    if (Below(2) == 0) method.comment = Text();
    if (Below(3) == 0) method.reason = Text();
    for (std::size_t n = Below(5); n > 0; --n) {
      method.properties.emplace_back(
          Pick({"smtp.mailfrom", "smtp.helo", "header.d", "header.i", "header.from",
                "policy.dmarc"}),
          Below(2) == 0 ? Text() : "user" + std::to_string(n) + "@example.com");
    }
    return method;
  }

 private:
  std::mt19937 random_;
};

// What a value must read back as.
std::string Cleaned(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    if (c == '\t') return ' ';
    return c >= ' ' && c <= '~' ? c : '?';
  });
  return text;
}

nlohmann::json Expected(const std::vector<MethodResult>& methods) {
  nlohmann::json list = nlohmann::json::array();
  for (const MethodResult& method : methods) {
    nlohmann::json properties = nlohmann::json::array();
    for (const auto& [name, value] : method.properties) {
      if (!value.empty()) properties.push_back({name, Cleaned(value)});
    }
    list.push_back({{"method", method.method},
                    {"result", method.result},
                    {"reason", Cleaned(method.reason)},
                    {"properties", properties}});
  }
  return list;
}

TEST(AuthenticationResultsWriter, AuthresReadsBackWhatWasWritten) {
  Generator generator(1);
  nlohmann::json cases = nlohmann::json::array();
  for (std::size_t i = 0; i < 600; ++i) {
    std::vector<MethodResult> methods(i % 7);
    std::ranges::generate(methods, [&generator] { return generator.Method(); });
    cases.push_back({{"field", WriteAuthenticationResults(kId, methods)},
                     {"id", kId},
                     {"methods", Expected(methods)}});
  }
  const std::string path =
      testing::TempDir() + "assay_authres_" + std::to_string(getpid()) + ".json";
  std::ofstream(path) << cases.dump();
  const std::string command =
      "/usr/bin/python3 " ASSAY_SOURCE_DIR "/tests/auth/check_authres.py " + path;
  const int status = std::system(command.c_str());
  std::remove(path.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    ASSAY_SKIP_WITHOUT_PACKAGE(
        "python3-authres is not installed; the tests above read the fields back");
  }
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// Spaces where a line could have been broken: outside quotes and comments.
int BreakablePlaces(std::string_view line) {
  int places = 0;
  bool quoted = false;
  bool comment = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '"' && !comment) {
      quoted = !quoted;
    } else if ((line[i] == '(' || line[i] == ')') && !quoted) {
      comment = line[i] == '(';
    } else if (line[i] == ' ' && !quoted && !comment) {
      ++places;
    }
  }
  return places;
}

bool IsPrintableLine(std::string_view line) {
  return std::ranges::none_of(line, [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; });
}

TEST(AuthenticationResultsWriter, GeneratedFieldsKeepTheirShape) {
  Generator generator(2);
  for (int i = 0; i < 2000; ++i) {
    std::vector<MethodResult> methods(1 + generator.Below(5));
    std::ranges::generate(methods, [&generator] { return generator.Method(); });
    const std::string field = WriteAuthenticationResults(kId, methods, generator.Below(2) == 0);
    EXPECT_TRUE(ClaimsAuthservId(field, kId));
    EXPECT_TRUE(mail::IsValidUtf8(field));
    const auto lines = Split(field, '\n');
    EXPECT_EQ(lines.front(), " mx.example.com;");
    for (std::string_view line : std::span(lines).subspan(1)) {
      ASSERT_TRUE(line.starts_with('\t'));
      line.remove_prefix(1);
      EXPECT_TRUE(IsPrintableLine(line)) << EscapeForLog(line);
      // The tab counts eight columns.
      EXPECT_TRUE(line.size() + 8 <= 78 || BreakablePlaces(line) == 0) << line;
    }
  }
}

struct ClaimCase {
  const char* name;
  std::string_view value;
  bool ours;
};

constexpr ClaimCase kClaims[] = {
    // RFC 8601, 2.2 and 5.
    {"plain", " mx.example.com; spf=pass smtp.mailfrom=a@example.com", true},
    {"none", "mx.example.com; none", true},
    {"no_space", "mx.example.com;spf=pass", true},
    {"case", "MX.Example.COM; spf=pass", true},
    {"version", "mx.example.com 1; spf=pass", true},
    {"version_after_comment", "mx.example.com (v) 1; spf=pass", true},
    {"quoted", "\"mx.example.com\"; spf=pass", true},
    {"quoted_pair", "\"mx\\.example.com\"; spf=pass", true},
    {"folded", "\n\tmx.example.com\n\t; spf=pass", true},
    {"folded_crlf", "\r\n mx.example.com\r\n ;\r\n spf=pass", true},
    {"comment_before", "(x) mx.example.com; spf=pass", true},
    {"comment_after", "mx.example.com (x); spf=pass", true},
    {"comment_without_space", "(a)mx.example.com(b); spf=pass", true},
    {"nested_comments", "(a (b \\) (c)) d) mx.example.com; spf=pass", true},
    {"comment_with_semicolon", "(a; b) mx.example.com; spf=pass", true},
    {"comment_with_quote", "(a \" b) mx.example.com; spf=pass", true},
    {"comments_and_folds", "(a)\n (b)\n mx.example.com\n (c); spf=pass", true},

    // Not well-formed, but a reader might see our id.
    {"id_alone", "mx.example.com", true},
    {"no_semicolon", "mx.example.com spf=pass", true},
    {"old_version", "mx.example.com/1; spf=pass", true},
    {"comma", "mx.example.com, spf=pass", true},
    {"colon", "mx.example.com:25; spf=pass", true},
    {"final_dot", "mx.example.com.; spf=pass", true},
    {"open_quote", "\"mx.example.com; spf=pass", true},
    {"open_comment_before", "(mx.example.com; spf=pass", true},
    {"open_comment_after", "mx.example.com (x; spf=pass", true},
    {"open_comment_inside", "(a (b) mx.example.com; spf=pass", false},
    {"comment_inside", "mx.exam(x)ple.com; spf=pass", true},
    {"comment_and_version_inside", "mx.example(x).com(y)1; spf=pass", true},
    {"folded_inside", "mx.example.\n com; spf=pass", true},
    {"quotes_inside", "mx.\"example\".com; spf=pass", true},
    {"backslash", "mx\\.example.com; spf=pass", true},
    {"nul", "mx.example\0.com; spf=pass"sv, true},
    {"control_before", "\x01mx.example.com; spf=pass", true},
    {"version_without_space", "mx.example.com1; spf=pass", true},
    {"encoded_word", "=?utf-8?Q?mx=2Eexample=2Ecom?=; spf=pass", true},
    {"encoded_field", "=?utf-8?B?bXguZXhhbXBsZS5jb207IHNwZj1wYXNz?=", true},
    {"fullwidth",
     "\xef\xbd\x8d"
     "x.example.com; spf=pass",
     true},

    // Somebody else's.
    {"empty", "", false},
    {"only_semicolon", "; mx.example.com; spf=pass", false},
    {"other", "mx.example.org; spf=pass", false},
    {"parent", "example.com; spf=pass", false},
    {"subdomain", "a.mx.example.com; spf=pass", false},
    {"longer", "mx.example.com.example.org; spf=pass", false},
    {"longer_label", "mx.example.community; spf=pass", false},
    {"hyphen", "mx.example.com-2; spf=pass", false},
    {"prefixed", "amx.example.com; spf=pass", false},
    {"ours_in_a_value", "mx.example.org; spf=pass smtp.helo=mx.example.com", false},
    {"ours_in_a_comment", "mx.example.org (mx.example.com); spf=pass", false},
    {"ours_in_the_comment_before", "(mx.example.com) mx.example.org; spf=pass", false},
    {"arc_instance", "i=1; mx.example.com; spf=pass", false},
    {"eight_bit", "m\xfc.example.com; spf=pass", false},
};

class ClaimTable : public testing::TestWithParam<ClaimCase> {};

TEST_P(ClaimTable, Claims) { EXPECT_EQ(ClaimsAuthservId(GetParam().value, kId), GetParam().ours); }

TEST_P(ClaimTable, LengthMakesNoDifference) {
  const std::string tail = std::string(GetParam().value) + " " + std::string(100 * 1024, 'x');
  const std::string comment(100 * 1024, 'x');
  // What is not closed would swallow the tail.
  if (GetParam().value.find(';') != std::string_view::npos) {
    EXPECT_EQ(ClaimsAuthservId(tail, kId), GetParam().ours);
  }
  EXPECT_EQ(ClaimsAuthservId("(" + comment + ")" + std::string(GetParam().value), kId),
            GetParam().ours);
}

INSTANTIATE_TEST_SUITE_P(Rfc8601, ClaimTable, testing::ValuesIn(kClaims),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(AuthenticationResultsReader, IdnIdsCountInBothForms) {
  EXPECT_TRUE(
      ClaimsAuthservId("b\xc3\xbc"
                       "cher.example; none",
                       "xn--bcher-kva.example"));
  EXPECT_TRUE(ClaimsAuthservId("xn--bcher-kva.example; none",
                               "b\xc3\xbc"
                               "cher.example"));
  EXPECT_FALSE(
      ClaimsAuthservId("b\xc3\xb6"
                       "cher.example; none",
                       "xn--bcher-kva.example"));
}

TEST(AuthenticationResultsReader, WithoutAnIdNothingIsOurs) {
  EXPECT_FALSE(ClaimsAuthservId("; none", ""));
  EXPECT_FALSE(ClaimsAuthservId("x; none", " "));
}

TEST(AuthenticationResultsReader, OddIdsReadBack) {
  for (const char* id : {"a b", "a  b", "a;b", "\"a\"", "a(b", "a\\b", "[192.0.2.1]", "mx/1"}) {
    EXPECT_TRUE(ClaimsAuthservId(WriteAuthenticationResults(id, {}), id)) << id;
  }
}

TEST(AuthenticationResultsReader, HostileValuesStayLinear) {
  const auto start = SteadyClock::now();
  for (const char* unit :
       {"(", "()", "(a", ")", "\"", "\\", " ", "\"\"", "(\\", "\xc3\xa9", "=?", "=?a?Q?b?= "}) {
    std::string value;
    while (value.size() < 1024 * 1024) value += unit;
    EXPECT_FALSE(ClaimsAuthservId(value, kId)) << unit;
  }
  EXPECT_LT(SteadyClock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace assay::auth
