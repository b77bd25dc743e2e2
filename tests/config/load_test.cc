// SPDX-License-Identifier: Apache-2.0
#include "lib/config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace assay::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

// The first line of a message and the hint below it, without the source line: "file:1:2: error: … |
// hint".
std::string Short(const std::string& message) {
  const std::size_t first = message.find('\n');
  const std::size_t hint = message.rfind("\n  ");
  std::string shorter = message.substr(0, first);
  if (hint != std::string::npos && message[hint + 3] != ' ')
    shorter += " | " + message.substr(hint + 3);
  return shorter;
}

std::vector<std::string> Short(const std::vector<std::string>& messages) {
  std::vector<std::string> shorter;
  std::ranges::transform(messages, std::back_inserter(shorter),
                         [](const std::string& message) { return Short(message); });
  return shorter;
}

std::vector<std::string> Errors(std::string_view text) {
  const LoadResult result = Parse(text, "f");
  return result ? std::vector<std::string>() : Short(result.error().messages);
}

struct BadCase {
  const char* name;
  const char* text;
  const char* want;  // the only message
};

constexpr BadCase kBadCases[] = {
    // Names
    {"unknown_key", "colour = 1\n", R"(f:1:1: error: unknown key "colour")"},
    {"misspelt_key", "[spf]\nsoftfial = \"tag\"\n",
     R"(f:2:1: error: unknown key "softfial" in [spf] | did you mean "softfail"?)"},
    {"misspelt_table", "[identiy]\n",
     R"(f:1:2: error: unknown table "identiy" | did you mean "identity"?)"},
    {"key_of_another_table", "local_domains = []\n",
     R"(f:1:1: error: unknown key "local_domains" | did you mean local_domains in [identity]?)"},
    {"top_level_key_below_a_table", "[log]\nmode = \"monitor\"\n",
     R"(f:2:1: error: unknown key "mode" in [log] | mode stands at the top of the file, before the first [table])"},
    {"unknown_key_of_a_tenant", "[[tenant]]\nname = \"a\"\ndomains = [\"a.example\"]\ndomain = 1\n",
     R"(f:4:1: error: unknown key "domain" in [tenant] | did you mean "domains"?)"},
    {"table_as_key", "spf = \"reject\"\n",
     "f:1:1: error: spf is a table: write its keys below [spf]"},
    {"key_as_table", "[mode]\n",
     R"(f:1:1: error: mode: expected one of "monitor", "enforce", found a table)"},
    {"tenant_as_one_table", "[tenant]\nname = \"a\"\n",
     "f:1:2: error: there may be several tenants: each begins with [[tenant]]"},
    {"tenants_as_texts", "tenant = [\"a\"]\n",
     "f:1:11: error: a tenant is a table, found a string"},
    {"nested_too_deep", "a.b.c.d.e.f.g.h.i.j = 1\n", "f:1:18: error: a key of too many parts"},
    // TOML
    {"set_twice", "mode = \"monitor\"\n# x\nmode = \"monitor\"\n",
     "f:3:1: error: mode is set twice; it was set before in line 1"},
    {"set_twice_in_the_last_table",
     "[spf]\nfail = \"tag\"\n[dkim]\nfail = \"tag\"\nfail = \"tag\"\n",
     "f:5:1: error: fail is set twice; it was set before in line 4"},
    {"table_twice", "[spf]\n[dkim]\n[spf]\n",
     "f:3:2: error: spf is set twice; it was set before in line 1"},
    {"no_quotes", "mode = enforce\n",
     "f:1:8: error: not TOML: value: could not determine value type | texts stand in double "
     "quotes"},
    {"octal_number", "[milter]\nsocket_mode = 0660\n",
     "f:2:19: error: not TOML: decimal integer: leading zeroes are prohibited | a mode is written "
     "as text: "
     "\"0660\""},
    {"unterminated_list", "[dns]\nservers = [\n",
     "f:2:13: error: not TOML: array: encountered end-of-file"},
    {"not_utf8", "mode = \"\xff\"\n", "f:1:8: error: not TOML: Encountered invalid utf-8 sequence"},
    // Types
    {"integer_for_word", "mode = 1\n",
     R"(f:1:8: error: mode: expected one of "monitor", "enforce", found an integer)"},
    {"text_for_flag", "[dmarc]\nreject = \"yes\"\n",
     "f:2:10: error: dmarc.reject: expected true or false, found a string"},
    {"text_for_count", "[dns]\nquestions = \"100\"\n",
     "f:2:13: error: dns.questions: expected an integer from 10 to 10000, found a string"},
    {"fraction_for_count", "[dns]\nquestions = 1e2\n",
     "f:2:13: error: dns.questions: expected an integer from 10 to 10000, found a number with a "
     "fraction"},
    {"date_for_number", "[score]\ntag = 2020-01-01\n",
     "f:2:7: error: score.tag: expected a number, found a date or time"},
    {"text_for_list", "[identity]\nlocal_domains = \"example.com\"\n",
     "f:2:17: error: identity.local_domains: expected a list of domain, found a string"},
    {"integer_in_list", "[dns]\nservers = [\"192.0.2.53\", 53]\n",
     "f:2:26: error: dns.servers: expected a server in quotes, found an integer"},
    {"integer_for_duration", "[milter]\nmail_wait = 8\n",
     R"(f:2:13: error: milter.mail_wait: expected a duration such as "8s", found an integer)"},
    {"integer_for_size", "[milter]\nmemory = 256\n",
     R"(f:2:10: error: milter.memory: expected a size such as "256MiB", found an integer)"},
    {"integer_for_mode", "[milter]\nsocket_mode = 660\n",
     R"(f:2:15: error: milter.socket_mode: expected a mode such as "0660", found an integer)"},
    {"integer_for_text", "authserv_id = 1\n",
     "f:1:15: error: authserv_id: expected a domain in quotes, found an integer"},
    {"integer_for_override", "[dmarc]\noverrides = [1]\n",
     R"(f:2:14: error: dmarc.overrides: expected "domain=action" in quotes, found an integer)"},
    {"override_without_action", "[dmarc]\noverrides = [\"example.com\"]\n",
     R"(f:2:14: error: dmarc.overrides: "example.com" is no domain=action | as in "example.com=none")"},
    {"override_with_another_action", "[dmarc]\noverrides = [\"example.com = rejekt\"]\n",
     R"(f:2:14: error: dmarc.overrides: "rejekt" is none of "none", "tag", "tempfail", "quarantine", "reject" | did you mean "reject"?)"},
    {"override_never_discards", "[dmarc]\noverrides = [\"example.com=discard\"]\n",
     R"(f:2:14: error: dmarc.overrides: "discard" is none of "none", "tag", "tempfail", "quarantine", "reject")"},
    {"override_twice", "[dmarc]\noverrides = [\"example.com=none\", \"Example.com=reject\"]\n",
     R"(f:2:13: error: dmarc.overrides: "example.com" is there twice, with none and with reject)"},
    {"integer_for_network", "[spf]\nskip_networks = [10]\n",
     "f:2:18: error: spf.skip_networks: expected a network in quotes, found an integer"},
    {"flag_for_action", "[spf]\nfail = true\n",
     "f:2:8: error: spf.fail: expected an action such as \"tag\", or a number, found true or "
     "false"},
    {"score_of_nothing", "[spf]\nfail = 0\n",
     "f:2:8: error: spf.fail: 0 is not above 0 and at most 10000"},
    {"score_below_a_thousandth", "[dkim]\nsha1 = 2.0001\n",
     "f:2:8: error: dkim.sha1: 2.0001 has more than three decimals"},
    // Values
    {"misspelt_word", "[dkim]\nfail = \"rejekt\"\n",
     R"(f:2:8: error: dkim.fail: "rejekt" is none of "none", "tag", "tempfail", "quarantine", "reject" | did you mean "reject"?)"},
    {"discard_is_for_rules", "[spf]\nfail = \"discard\"\n",
     R"(f:2:8: error: spf.fail: "discard" is none of "none", "tag", "tempfail", "quarantine", "reject")"},
    {"stage_that_no_check_can_have", "[spf]\nat = \"connect\"\n",
     R"(f:2:6: error: spf.at: "connect" is none of "mail", "rcpt", "eom")"},
    {"count_too_small", "[dns]\nquestions = 9\n",
     "f:2:13: error: dns.questions: 9 is not from 10 to 10000"},
    {"count_negative", "[dns]\nquestions = -100\n",
     "f:2:13: error: dns.questions: -100 is not from 10 to 10000"},
    {"score_zero", "[score]\ntag = 0\n",
     "f:2:7: error: score.tag: 0 is not above 0 and at most 10000"},
    {"score_nan", "[score]\ntag = nan\n",
     "f:2:7: error: score.tag: nan is not above 0 and at most 10000"},
    {"score_infinite", "[score]\nreject = inf\n",
     "f:2:10: error: score.reject: inf is not above 0 and at most 10000"},
    {"duration_without_unit", "[milter]\nmail_wait = \"8\"\n",
     R"(f:2:13: error: milter.mail_wait: "8" is not a duration: a whole number and ms, s, m, h or d)"},
    {"duration_overflow", "[milter]\ndrain = \"99999999999999999h\"\n",
     R"(f:2:9: error: milter.drain: "99999999999999999h" is not a duration: a whole number and ms, s, m, h or d)"},
    {"duration_too_long", "[milter]\nmail_wait = \"2m\"\n",
     R"(f:2:13: error: milter.mail_wait: "2m" is not from "1s" to "1m")"},
    {"duration_of_broken_seconds", "[milter]\nmail_wait = \"1500ms\"\n",
     "f:2:13: error: milter.mail_wait: needs whole seconds"},
    {"size_in_wrong_unit", "[dns]\ncache = \"32MB\"\n",
     R"(f:2:9: error: dns.cache: "32MB" is not a size: a whole number and MiB or GiB)"},
    {"size_too_small", "[milter]\nmemory = \"1MiB\"\n",
     R"(f:2:10: error: milter.memory: "1MiB" is not from "16MiB" to "1024GiB")"},
    {"mode_not_octal", "[milter]\nsocket_mode = \"0680\"\n",
     R"(f:2:15: error: milter.socket_mode: "0680" is not a mode: octal digits from "0000" to "0777")"},
    {"mode_with_more_bits", "[milter]\nsocket_mode = \"4660\"\n",
     R"(f:2:15: error: milter.socket_mode: "4660" is not a mode: octal digits from "0000" to "0777")"},
    {"socket_as_in_main_cf", "[milter]\nsocket = \"inet:127.0.0.1:8891\"\n",
     R"(f:2:10: error: milter.socket: "inet:127.0.0.1:8891" has host and port the way main.cf writes them | did you mean "inet:8891@127.0.0.1"?)"},
    {"socket_path_alone", "[milter]\nsocket = \"/run/assay.sock\"\n",
     R"(f:2:10: error: milter.socket: "/run/assay.sock" is none of unix:PATH, inet:PORT@HOST, inet6:PORT@HOST, fd:N | put unix: before the path)"},
    {"user_with_space", "[milter]\nuser = \"a b\"\n",
     R"(f:2:8: error: milter.user: "a b" is not a name of 1 to 64 letters, digits and . _ -)"},
    {"bad_network", "[spf]\nskip_networks = [\"10.0.0.0.0/8\"]\n",
     R"(f:2:18: error: spf.skip_networks: "10.0.0.0.0/8" is not a network such as 192.0.2.0/24 or 2001:db8::/32)"},
    {"prefix_too_long", "[spf]\nskip_networks = [\"10.0.0.0/33\"]\n",
     R"(f:2:18: error: spf.skip_networks: "10.0.0.0/33" is not a network such as 192.0.2.0/24 or 2001:db8::/32)"},
    {"star_domain", "[identity]\nlocal_domains = [\"*.example.com\"]\n",
     R"(f:2:18: error: identity.local_domains: "*.example.com" is not a domain | a leading dot stands for subdomains: ".example.com")"},
    {"idn_domain", "[identity]\nlocal_domains = [\"b\xc3\xbc.example\"]\n",
     R"(f:2:18: error: identity.local_domains: "b\xc3\xbc.example" is not in A-labels | write what idn2 prints for it, xn--...)"},
    {"table_type", "[identity]\nlogin_maps = [\"ldap:/etc/postfix/x\"]\n",
     R"(f:2:15: error: identity.login_maps: "ldap:/etc/postfix/x" has the type "ldap", which is not read here; known are inline, texthash, hash, btree, lmdb, cdb, pcre, regexp, sqlite, socketmap. Any other table of Postfix's can be served through socketmap:unix:PATH:NAME)"},
    {"table_without_type", "[identity]\nalias_maps = [\"/etc/aliases\"]\n",
     R"(f:2:15: error: identity.alias_maps: "/etc/aliases" is not TYPE:NAME, such as hash:/etc/postfix/sender_login)"},
    {"delimiter_in_addresses", "[identity]\nrecipient_delimiter = \".\"\n",
     R"(f:2:23: error: identity.recipient_delimiter: "." is not 1 to 8 characters such as "+" or "+-")"},
    {"login_with_space", "[identity]\nany_address_logins = [\"a b\"]\n",
     R"(f:2:23: error: identity.any_address_logins: "a b" is not a login: 1 to 256 bytes without spaces and commas)"},
    {"claim_address_without_domain", "[identity]\nclaim_addresses = [\"example.com\"]\n",
     R"(f:2:20: error: identity.claim_addresses: "example.com" is neither an address nor "@" and a domain | for a whole domain: "@example.com")"},
    {"network_without_login", "[identity]\nnetwork_logins = [\"192.0.2.7\"]\n",
     R"(f:2:19: error: identity.network_logins: "192.0.2.7" needs a login after the network, such as "192.0.2.7 fax")"},
    {"login_without_network", "[identity]\nnetwork_logins = [\"fax 192.0.2.7\"]\n",
     R"(f:2:19: error: identity.network_logins: "fax 192.0.2.7" does not begin with a network such as 192.0.2.0/24)"},
    {"certificate_without_issuer",
     "[identity]\ncertificate_logins = [[\"fax.example.com\", \"fax\"]]\n",
     R"(f:2:23: error: identity.certificate_logins: expected ["SUBJECT", "ISSUER", "LOGIN"], found a list)"},
    {"port_zero", "[identity]\nsubmission_ports = [0]\n",
     "f:2:21: error: identity.submission_ports: 0 is not from 1 to 65535"},
    {"lookup_wait_too_long", "[identity]\nlookup_wait = \"3s\"\n",
     R"(f:2:15: error: identity.lookup_wait: "3s" is not from "50ms" to "2500ms")"},
    {"relative_path", "[dns]\nzone = \"zone.txt\"\n",
     R"(f:2:8: error: dns.zone: "zone.txt" is not an absolute path)"},
    {"path_with_line_break", "[rules]\nlocal = \"/a\\nb\"\n",
     R"(f:2:9: error: rules.local: "/a\x0ab" has control characters in it)"},
    // Between values
    {"enforce_without_domains", "mode = \"enforce\"\n",
     R"(f:1:8: error: "enforce" needs identity.local_domains, and that list is empty | put the domains that this site sends and receives mail for into [identity])"},
    {"check_enforces_without_domains", "[spf]\nmode = \"enforce\"\n",
     R"(f:2:8: error: "enforce" needs identity.local_domains, and that list is empty | put the domains that this site sends and receives mail for into [identity])"},
    {"tenant_enforces_without_domains",
     "[[tenant]]\nname = \"a\"\ndomains = [\"a.example\"]\nmode = \"enforce\"\n",
     R"(f:4:8: error: "enforce" needs identity.local_domains, and that list is empty | put the domains that this site sends and receives mail for into [identity])"},
    {"tag_above_quarantine", "[score]\ntag = 11\n",
     "f:2:7: error: score.tag (11) is above score.quarantine (10), which then decides alone"},
    {"quarantine_above_reject", "[score]\nquarantine = 15.5\nreject = 15\n",
     "f:3:10: error: score.quarantine (15.5) is above score.reject (15), which then decides alone"},
    {"tenant_tag_above_the_sites_quarantine",
     "[[tenant]]\nname = \"a\"\ndomains = [\"a.example\"]\ntag = 12\n",
     "f:4:7: error: tag (12) is above score.quarantine (10), which then decides alone"},
    {"tenant_reject_below_its_quarantine",
     "[[tenant]]\nname = \"a\"\ndomains = [\"a.example\"]\nquarantine = 8\nreject = 7\n",
     "f:5:10: error: quarantine (8) is above reject (7), which then decides alone"},
    {"tenant_without_name", "[[tenant]]\ndomains = [\"a.example\"]\n",
     "f:1:1: error: this [[tenant]] has no name"},
    {"tenant_without_domains", "[[tenant]]\nname = \"a\"\n",
     "f:1:1: error: this [[tenant]] has no domains"},
    {"tenant_with_empty_domains", "[[tenant]]\nname = \"a\"\ndomains = []\n",
     "f:3:11: error: tenant.domains: a tenant needs at least one domain"},
    {"tenant_name_twice",
     "[[tenant]]\nname = \"a\"\ndomains = [\"a.example\"]\n[[tenant]]\nname = \"a\"\ndomains = "
     "[\"b.example\"]\n",
     R"(f:5:8: error: tenant.name: "a" is the tenant of line 2 already)"},
    {"domain_of_two_tenants",
     "[[tenant]]\nname = \"a\"\ndomains = [\"a.example\"]\n[[tenant]]\nname = \"b\"\ndomains = "
     "[\"A.example\"]\n",
     R"(f:6:11: error: tenant.domains: "a.example" belongs to the tenant of line 1 already)"},
};

class BadConfig : public testing::TestWithParam<BadCase> {};

TEST_P(BadConfig, SaysWhatAndWhere) {
  EXPECT_THAT(Errors(GetParam().text), ElementsAre(GetParam().want));
}

INSTANTIATE_TEST_SUITE_P(Load, BadConfig, testing::ValuesIn(kBadCases),
                         [](const auto& test) { return std::string(test.param.name); });

struct WarnCase {
  const char* name;
  const char* text;
  const char* want;
};

constexpr WarnCase kWarnCases[] = {
    {"listed_twice", "[dns]\nservers = [\"192.0.2.1\", \"192.0.2.1\"]\n",
     R"(f:2:25: warning: dns.servers: "192.0.2.1" is listed twice)"},
    {"address_bits", "[spf]\nskip_networks = [\"10.0.0.1/8\"]\n",
     R"(f:2:18: warning: spf.skip_networks: "10.0.0.1/8" has address bits set beyond /8; a bare address needs no prefix)"},
    {"everybody_is_trusted", "[identity]\ntrusted_networks = [\"::/0\"]\n",
     "f:2:20: warning: identity.trusted_networks: with /0 in it, no mail is judged as inbound"},
    {"nobody_is_checked", "[spf]\nskip_networks = [\"0.0.0.0/0\"]\n",
     "f:2:17: warning: spf.skip_networks: with /0 in it, SPF is not checked at all"},
    {"world_writable", "[milter]\nsocket_mode = \"0666\"\n",
     "f:2:15: warning: milter.socket_mode: every user of this host can speak to the milter"},
    {"longer_than_sendmail_waits", "[milter]\nmail_wait = \"11s\"\n",
     "f:2:13: warning: milter.mail_wait: Sendmail waits 10 s for a command unless R: in its "
     "INPUT_MAIL_FILTER says "
     "otherwise, Postfix 30 s"},
    {"question_outlives_message", "[milter]\neom_wait = \"4s\"\n",
     "f:2:12: warning: dns.timeout is longer than milter.eom_wait: no message waits that long"},
    {"zone", "[dns]\nzone = \"/z\"\n",
     "f:2:8: warning: dns.zone: real DNS is never asked; this is for tests"},
    {"relay_like_a_user",
     "[client]\ntrusted_relays = [\"192.0.2.7\"]\n[identity]\n"
     "trusted_networks = [\"192.0.2.0/28\"]\n",
     "f:2:18: warning: client.trusted_relays: 192.0.2.7/32 is in identity.trusted_networks too, so "
     "what it relays is not judged as inbound"},
    {"owners_nobody_knows", "[identity]\nheader_from = \"quarantine\"\nunlisted = \"none\"\n",
     "f:2:15: warning: identity.header_from: nothing says which address is whose: "
     "identity.login_maps is empty"},
    {"tenant_domain_not_local",
     "[identity]\nlocal_domains = [\".b.example\"]\n[[tenant]]\nname = \"a\"\n"
     "domains = [\"b.example\", \"c.b.example\", \"xb.example\"]\n",
     R"(f:5:11: warning: tenant.domains: "xb.example" is not in identity.local_domains, so anybody may send as it)"},
};

class WarnConfig : public testing::TestWithParam<WarnCase> {};

TEST_P(WarnConfig, LoadsAndWarns) {
  const LoadResult result = Parse(GetParam().text, "f");
  ASSERT_TRUE(result) << result.error().messages.front();
  EXPECT_THAT(Short(result->warnings), ElementsAre(GetParam().want));
}

INSTANTIATE_TEST_SUITE_P(Load, WarnConfig, testing::ValuesIn(kWarnCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Load, NothingIsTheDefaults) {
  const LoadResult result = Parse("", "f");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->config, Config());
  EXPECT_EQ(result->config.mode, Mode::kMonitor);
  EXPECT_TRUE(result->warnings.empty());
}

TEST(Load, TakesEveryValueOver) {
  const LoadResult result = Parse(R"(
mode = "enforce"
on_error = "tempfail"
authserv_id = "MX.Example.com"
dns.servers = ["192.0.2.53:5353", "[2001:db8::53]:53", "2001:db8::54"]
[milter]
socket = "inet6:8891@::1"
socket_mode = "600"
drain = "1m"
memory = "2GiB"
[spf]
mode = "monitor"
at = "rcpt"
skip_networks = ["192.0.2.0/24", "2001:db8::1"]
[identity]
local_domains = ["Example.COM", ".example.org"]
[score]
quarantine = 7.5
reject = 15
[recipients]
conflict = "split"
[[tenant]]
name = "first"
domains = ["example.com"]
tag = 3
[[tenant]]
name = "second"
domains = ["a.example.org"]
mode = "monitor"
)",
                                  "f");
  ASSERT_TRUE(result) << result.error().messages.front();
  const Config& config = result->config;
  EXPECT_EQ(config.mode, Mode::kEnforce);
  EXPECT_EQ(config.on_error, OnError::kTempFail);
  EXPECT_EQ(config.authserv_id, "mx.example.com");
  EXPECT_EQ(config.milter.socket, "inet6:8891@::1");
  EXPECT_EQ(config.milter.socket_mode, 0600U);
  EXPECT_EQ(config.milter.drain, 60s);
  EXPECT_EQ(config.milter.memory_mib, 2048U);
  EXPECT_EQ(config.spf.mode, Mode::kMonitor);
  EXPECT_EQ(config.spf.at, Stage::kRcpt);
  EXPECT_THAT(config.spf.skip_networks,
              ElementsAre(*IpNetwork::Parse("192.0.2.0/24"), *IpNetwork::Parse("2001:db8::1/128")));
  EXPECT_THAT(config.identity.local_domains, ElementsAre("example.com", ".example.org"));
  EXPECT_EQ(config.score.quarantine, 7.5);
  EXPECT_EQ(config.score.reject, 15);
  EXPECT_EQ(config.conflict, Conflict::kSplit);
  ASSERT_EQ(config.tenants.size(), 2U);
  EXPECT_EQ(config.tenants[0].name, "first");
  EXPECT_EQ(config.tenants[0].tag, 3);
  EXPECT_EQ(config.tenants[1].mode, Mode::kMonitor);
  EXPECT_TRUE(result->warnings.empty());
}

TEST(Load, ReportsAllFaultsInTheOrderOfTheFile) {
  EXPECT_THAT(
      Errors("mode = \"on\"\nmode = \"off\"\n[dkim]\nfail = yes\n[spf]\nfail = true\nat = \"x\"\n"),
      ElementsAre(R"(f:1:8: error: mode: "on" is none of "monitor", "enforce")",
                  "f:2:1: error: mode is set twice; it was set before in line 1",
                  HasSubstr("f:4:8: error: not TOML"),
                  HasSubstr("f:6:8: error: spf.fail: expected"),
                  HasSubstr("f:7:6: error: spf.at:")));
}

TEST(Load, ShowsTheSourceLineWithACaret) {
  const LoadResult result = Parse("[dkim]\n\tfail = \"rejekt\"  # \xc3\xbc\x1b\n", "a.toml");
  ASSERT_FALSE(result);  // ESC is not TOML either
  const LoadResult other = Parse("[dkim]\n\tfail = \"rejekt\"  # \xc3\xbc\n", "a.toml");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().messages.front(),
            "a.toml:2:9: error: dkim.fail: \"rejekt\" is none of \"none\", \"tag\", \"tempfail\", "
            "\"quarantine\", \"reject\"\n"
            "     fail = \"rejekt\"  # ?\n"
            "            ^~~~~~~~\n"
            "  did you mean \"reject\"?");
  for (const std::string& message : result.error().messages) {
    EXPECT_EQ(message.find('\x1b'), std::string::npos)
        << "control bytes must not reach the terminal";
  }
}

TEST(Load, CutsLongLinesAroundTheCaret) {
  std::string text = "[identity]\nlocal_domains = [";
  for (int i = 0; i < 5000; ++i) text += "\"a" + std::to_string(i) + ".example\", ";
  const LoadResult result = Parse(text + "\"b@d\"]\n", "f");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().messages,
              ElementsAre(testing::AllOf(HasSubstr("\"b@d\""), HasSubstr("^~~~~"))));
  EXPECT_LT(result.error().messages.front().size(), 500U);
}

TEST(Load, GuessesNoContradictionFromWhatItCouldNotRead) {
  EXPECT_THAT(
      Errors("mode = \"enforce\"\n[identity]\nlocal_domains = [\"a@b\"]\n[score]\ntag = \"x\"\n"),
      ElementsAre(HasSubstr("f:3:18"), HasSubstr("f:5:7")));
}

TEST(Load, StopsPrintingAtAHundred) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "key" + std::to_string(i) + " = 1\n";
  const std::vector<std::string> errors = Errors(text);
  ASSERT_EQ(errors.size(), 101U);
  EXPECT_EQ(errors.front(), "f:1:1: error: unknown key \"key0\"");
  EXPECT_EQ(errors.back(), "f: error: 4900 more of these are not shown");
}

TEST(Load, SurvivesWhatOverrunsTheParser) {
  std::string dots;
  for (int i = 0; i < 100'000; ++i) dots += "a.";
  const std::string brackets(100'000, '[');
  EXPECT_THAT(Errors(dots + "a = 1"), ElementsAre(HasSubstr("too many parts")));
  EXPECT_THAT(Errors("[" + dots + "a]"), ElementsAre(HasSubstr("too many parts")));
  EXPECT_THAT(Errors("x = {" + dots + "a = 1}"), ElementsAre(HasSubstr("too many parts")));
  EXPECT_THAT(Errors("x = " + brackets), ElementsAre(HasSubstr("not TOML")));
  EXPECT_THAT(Errors(std::string_view("mode\0 = 1\n", 10)), ElementsAre(HasSubstr("not TOML")));
  // Dots in texts are no keys.
  EXPECT_THAT(
      Errors("[identity]\nlocal_domains = [\"a.b.c.d.e.f.g.h.i.j\", 'k.l.m.n.o.p.q.r.s.t.u']\n"),
      ElementsAre());
}

class LoadFile : public testing::Test {
 protected:
  void SetUp() override {
    directory_ =
        std::filesystem::temp_directory_path() /
        ("assay-load-" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "-" +
         ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& text) {
    std::string path = directory_ / "assay.toml";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::filesystem::path directory_;
};

TEST_F(LoadFile, ReadsAFile) {
  const LoadResult result = Load(Write("authserv_id = \"mx.example.com\"\n"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->config.authserv_id, "mx.example.com");
}

TEST_F(LoadFile, SaysWhyItCannotBeRead) {
  const std::string missing = directory_ / "missing.toml";
  const LoadResult none = Load(missing);
  ASSERT_FALSE(none);
  EXPECT_TRUE(none.error().unreadable);
  EXPECT_THAT(none.error().messages, ElementsAre(missing + ": error: No such file or directory"));
  const LoadResult directory = Load(directory_);
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().messages,
              ElementsAre(directory_.string() + ": error: Is a directory"));
}

TEST_F(LoadFile, RefusesMoreThanAMebibyte) {
  const std::string path = Write(std::string(kMaxFileBytes, '\n'));
  EXPECT_TRUE(Load(path));
  const LoadResult result = Load(Write(std::string(kMaxFileBytes + 1, '\n')));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().messages, ElementsAre(path + ": error: larger than 1024 KiB"));
}

}  // namespace
}  // namespace assay::config
