// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/url.h"

#include <gtest/gtest.h>

#include <ostream>

#include "lib/mail/public_suffix.h"

namespace assay::mail {
namespace {

struct UrlCase {
  const char* name;
  const char* written;
  const char* text;  // null: no URL
  const char* host;
  const char* flags;  // u: userinfo, p: port, n: numeric, d: disguised
};

void PrintTo(const UrlCase& row, std::ostream* out) { *out << row.name; }

std::string Flags(const Url& url) {
  return std::string(url.userinfo ? "u" : "") + (url.port ? "p" : "") +
         (url.numeric_host ? "n" : "") + (url.disguised_host ? "d" : "");
}

class UrlTable : public testing::TestWithParam<UrlCase> {};
TEST_P(UrlTable, Parses) {
  const UrlCase& row = GetParam();
  const auto url = ParseUrl(row.written);
  ASSERT_EQ(url.has_value(), row.text != nullptr) << (url ? url->text : "");
  if (!url) return;
  EXPECT_EQ(url->text, row.text);
  EXPECT_EQ(url->host, row.host);
  EXPECT_EQ(Flags(*url), row.flags);
  // What was normalised stays as it is.
  const auto again = ParseUrl(url->text);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text, url->text);
  EXPECT_EQ(again->host, url->host);
}

constexpr UrlCase kUrls[] = {
    {"plain", "http://example.com/a?b#c", "http://example.com/a?b#c", "example.com", ""},
    {"case", "HTTPS://WWW.Example.COM/A", "https://www.example.com/A", "www.example.com", ""},
    {"no_path", "https://example.com", "https://example.com/", "example.com", ""},
    {"query_without_path", "https://example.com?x=/a\\", "https://example.com/?x=/a\\",
     "example.com", ""},
    {"spaces_around", "  http://example.com/ \n", "http://example.com/", "example.com", ""},
    {"tab_and_newline", "ht\ntp://exa\tmple.com/x\r\ny", "http://example.com/xy", "example.com",
     ""},
    {"control_characters", "\x01http://example.com/\x02", "http://example.com/", "example.com", ""},
    {"space_in_path", "http://example.com/a b", "http://example.com/a%20b", "example.com", ""},
    {"backslashes", "http:\\\\example.com\\a\\b?c\\", "http://example.com/a/b?c\\", "example.com",
     ""},
    {"no_slashes", "http:example.com/a", "http://example.com/a", "example.com", ""},
    {"many_slashes", "http://///example.com/a", "http://example.com/a", "example.com", ""},
    {"userinfo", "https://www.example.net@example.com/", "https://example.com/", "example.com",
     "u"},
    {"last_at_counts", "https://a@b:c@example.com/", "https://example.com/", "example.com", "u"},
    {"at_in_path", "https://example.com/@ann", "https://example.com/@ann", "example.com", ""},
    {"empty_userinfo", "https://@example.com/", "https://example.com/", "example.com", ""},
    {"usual_port", "https://example.com:443/", "https://example.com/", "example.com", ""},
    {"port_with_zeros", "http://example.com:0080/", "http://example.com/", "example.com", ""},
    {"other_port", "http://example.com:8080/", "http://example.com:8080/", "example.com", "p"},
    {"trailing_dot", "http://example.com./a", "http://example.com/a", "example.com", ""},
    {"percent_host", "http://ex%61mple%2ecom/", "http://example.com/", "example.com", "d"},
    {"full_width_host",
     "http://\xef\xbd\x85\xef\xbd\x98.example\xe3\x80\x82"
     "com/",
     "http://ex.example.com/", "ex.example.com", "d"},
    {"soft_hyphen_host", "http://exa\xc2\xadmple.com/", "http://example.com/", "example.com", "d"},
    {"idn",
     "http://B\xc3\xbc"
     "cher.example/",
     "http://xn--bcher-kva.example/", "xn--bcher-kva.example", ""},
    {"ipv4", "http://192.0.2.1/a", "http://192.0.2.1/a", "192.0.2.1", "n"},
    {"ipv4_number", "http://3221225985/", "http://192.0.2.1/", "192.0.2.1", "nd"},
    {"ipv4_hex", "http://0xc0000201/", "http://192.0.2.1/", "192.0.2.1", "nd"},
    {"ipv4_hex_parts", "http://0xC0.0x0.0x2.0x1/", "http://192.0.2.1/", "192.0.2.1", "nd"},
    {"ipv4_octal", "http://0300.0.02.01/", "http://192.0.2.1/", "192.0.2.1", "nd"},
    {"ipv4_two_parts", "http://192.513/", "http://192.0.2.1/", "192.0.2.1", "nd"},
    {"ipv4_percent", "http://%31%39%32.0.2.1/", "http://192.0.2.1/", "192.0.2.1", "nd"},
    {"ipv4_too_large", "http://4294967296/", "http://4294967296/", "", ""},
    {"ipv4_five_parts", "http://1.2.3.4.5/", "http://1.2.3.4.5/", "", ""},
    {"ipv6", "http://[2001:DB8::1]:81/", "http://[2001:db8::1]:81/", "2001:db8::1", "pn"},
    {"ipv6_never_closed", "http://[2001:db8::1/", "http://[2001:db8::1]/", "2001:db8::1", "n"},
    {"host_with_space", "http://a b.example/", "http://a b.example/", "", ""},
    {"no_host", "http:///", "http:///", "", ""},
    {"underscore", "http://a_b.example.com/", "http://a_b.example.com/", "a_b.example.com", ""},
    {"scheme_relative", "//example.com/a", "http://example.com/a", "example.com", ""},
    {"backslash_relative", "\\/example.com/a", "http://example.com/a", "example.com", ""},
    {"schemeless", "www.example.com/a", "http://www.example.com/a", "www.example.com", ""},
    {"schemeless_port", "example.com:8080/a", "http://example.com:8080/a", "example.com", "p"},
    {"mailto", "MailTo:Ann@example.com?subject=x", "mailto:Ann@example.com?subject=x", "", ""},
    {"javascript", "java\nscript:alert(1)", "javascript:alert(1)", "", ""},
    {"empty", "", nullptr, "", ""},
    {"only_space", " \t ", nullptr, "", ""},
    {"fragment", "#top", nullptr, "", ""},
    {"relative", "images/a.gif", nullptr, "", ""},
    {"no_suffix", "file.txt", nullptr, "", ""},
};
INSTANTIATE_TEST_SUITE_P(Url, UrlTable, testing::ValuesIn(kUrls),
                         [](const auto& row) { return std::string(row.param.name); });

struct BaseCase {
  const char* written;
  const char* text;
};

TEST(UrlBase, ResolvesRelativeUrls) {
  const auto base = ParseUrl("https://example.com:8080/dir/page?q=a/b#f");
  ASSERT_TRUE(base);
  constexpr BaseCase kRows[] = {
      {"next", "https://example.com:8080/dir/next"},
      {"/top", "https://example.com:8080/top"},
      {"\\top", "https://example.com:8080/top"},
      {"?x", "https://example.com:8080/dir/page?x"},
      {"//example.net/y", "https://example.net/y"},
      {"http://example.org/", "http://example.org/"},
      {"www.example.org", "https://example.com:8080/dir/www.example.org"},
  };
  for (const BaseCase& row : kRows) {
    const auto url = ParseUrl(row.written, &*base);
    ASSERT_TRUE(url) << row.written;
    EXPECT_EQ(url->text, row.text);
  }
  EXPECT_FALSE(ParseUrl("#part", &*base));
  const auto mail = ParseUrl("mailto:ann@example.com");
  EXPECT_FALSE(ParseUrl("next", &*mail));
}

TEST(UrlLimits, LongUrlsAreCutAtACharacter) {
  const auto url =
      ParseUrl("http://example.com/" + std::string(kMaxUrl - 20, 'a') + "\xc3\xa4\xc3\xa4");
  ASSERT_TRUE(url);
  EXPECT_LE(url->text.size(), kMaxUrl);
  EXPECT_EQ(url->text.back(), 'a');
  EXPECT_EQ(ParseUrl("http://" + std::string(100'000, 'a') + ".example.com/")->host, "");
}

TEST(PublicSuffix, RegistrableDomains) {
  constexpr std::pair<const char*, const char*> kRows[] = {
      {"example.com", "example.com"},
      {"a.b.example.com", "example.com"},
      {"a.example.co.uk", "example.co.uk"},
      {"co.uk", ""},
      {"a.b.blogspot.com", "b.blogspot.com"},
      {"com", ""},
      {"localhost", ""},
      {"a.b.invalid", "b.invalid"},
      {"192.0.2.1", ""},
      {"2001:db8::1", ""},
      {"", ""},
  };
  for (const auto& [host, want] : kRows) {
    EXPECT_EQ(RegistrableDomain(std::string(host)), want) << host;
  }
  EXPECT_TRUE(EndsInPublicSuffix("a.example.com"));
  EXPECT_TRUE(EndsInPublicSuffix("xn--p1ai"));
  EXPECT_FALSE(EndsInPublicSuffix("file.txt"));
  EXPECT_FALSE(EndsInPublicSuffix(""));
}

}  // namespace
}  // namespace assay::mail
