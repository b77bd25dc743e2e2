// SPDX-License-Identifier: Apache-2.0
// The key table against the structs it fills, against itself, and against what it prints.
#include "lib/config/keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "lib/config/load.h"

namespace assay::config {

// Stands for any initializer. Not in the namespace without a name: what is there must be defined.
struct AnyInitializer {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor): that is what it is for
};

namespace {

// Counts the members of an aggregate: the most initializers that it takes.
template <class T, std::size_t... I>
constexpr bool Takes(std::index_sequence<I...> /*unused*/) {
  return requires { T{(static_cast<void>(I), AnyInitializer())...}; };
}

template <class T, std::size_t N = 0>
constexpr std::size_t MemberCount() {
  if constexpr (Takes<T>(std::make_index_sequence<N + 1>())) {
    return MemberCount<T, N + 1>();
  } else {
    return N;
  }
}

std::size_t KeysBelow(std::string_view table) {
  return static_cast<std::size_t>(std::ranges::count_if(Keys(), [table](const KeyInfo& key) {
    const std::size_t dot = key.name.find('.');
    return (dot == std::string::npos ? std::string_view()
                                     : std::string_view(key.name).substr(0, dot)) == table;
  }));
}

// Together with KeySetsItsOwnValueAndNoOther: every member has its key, every key its member.
TEST(Keys, AreAsManyAsMembers) {
  EXPECT_EQ(KeysBelow("milter"), MemberCount<MilterConfig>());
  EXPECT_EQ(KeysBelow("dns"), MemberCount<DnsConfig>());
  EXPECT_EQ(KeysBelow("client"), MemberCount<ClientConfig>());
  EXPECT_EQ(KeysBelow("spf"), MemberCount<SpfConfig>());
  EXPECT_EQ(KeysBelow("dkim"), MemberCount<DkimConfig>());
  EXPECT_EQ(KeysBelow("dmarc"), MemberCount<DmarcConfig>());
  EXPECT_EQ(KeysBelow("arc"), MemberCount<ArcConfig>());
  EXPECT_EQ(KeysBelow("identity"), MemberCount<IdentityConfig>());
  EXPECT_EQ(KeysBelow("rules"), MemberCount<RulesConfig>());
  EXPECT_EQ(KeysBelow("score"), MemberCount<ScoreConfig>());
  EXPECT_EQ(KeysBelow("tenant"), MemberCount<TenantConfig>());
  EXPECT_EQ(KeysBelow("log"), MemberCount<LogConfig>());
  EXPECT_EQ(KeysBelow("journal"), MemberCount<JournalConfig>());
  // Config: its top-level keys, conflict of [recipients], twelve tables and the tenants.
  EXPECT_EQ(KeysBelow("") + KeysBelow("recipients") + 13, MemberCount<Config>());
}

TEST(Keys, HaveNamesTypesDefaultsAndMeanings) {
  std::set<std::string> names;
  for (const KeyInfo& key : Keys()) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    EXPECT_FALSE(key.type.empty()) << key.name;
    EXPECT_FALSE(key.default_value.empty()) << key.name;
    EXPECT_FALSE(key.meaning.empty()) << key.name;
    EXPECT_LE(key.meaning.size(), 110U) << key.name << " has no one-line meaning";
    EXPECT_FALSE(key.meaning.ends_with('.')) << key.name;
  }
}

// A literal of that type which is no key's default.
std::string Example(const KeyInfo& key) {
  static const std::map<std::string_view, std::string> by_type = {
      {"integer", "11"},
      {"number", "7.5"},
      {"duration", "\"7s\""},
      {"size", "\"17MiB\""},
      {"octal", "\"0600\""},
      {"socket", "\"fd:3\""},
      {"path", "\"/some\\\\ \\\"path\""},
      {"name", "\"name-1\""},
      {"domain", "\"mx.example.com\""},
      {"list of domain", "[\".example.org\", \"example.com\"]"},
      {"list of domain=action", "[\"example.org=reject\", \".example.com=none\"]"},
      {"list of server", "[\"192.0.2.53:5353\"]"},
      {"list of network", "[\"192.0.2.0/24\", \"2001:db8::/32\"]"},
      {"list of name", "[\"submission\"]"},
      {"list of integer", "[587, 465]"},
      {"list of table", "[\"hash:/etc/postfix/sender_login\", \"inline:{a=b}\"]"},
      {"list of login", "[\"bob@example.com\"]"},
      {"list of address", "[\"list@example.com\", \"@example.org\"]"},
      {"list of network login", "[\"192.0.2.7/32 fax\"]"},
      {"list of certificate", "[[\"fax.example.com\", \"Example CA\", \"fax\"]]"},
      {"delimiters", "\"-+\""},
  };
  if (key.type.starts_with("action"))
    return key.default_value == "\"tag\"" ? "\"tempfail\"" : "\"tag\"";
  if (key.name == "identity.lookup_wait") return "\"1s\"";  // 7 s are more than it may be
  if (key.name == "dns.list_test") return "\"7m\"";         // a minute at least
  if (key.name == "score.reject") return "12.5";            // above the default of score.quarantine
  if (const auto found = by_type.find(key.type); found != by_type.end()) return found->second;
  std::string_view words = key.type;  // a|b|c: one that is not the default
  const bool quoted = words != "true|false";
  while (!words.empty()) {
    const std::string word(words.substr(0, words.find('|')));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    std::string literal = quoted ? '"' + word + '"' : word;
    if (literal != key.default_value) return literal;
  }
  return {};
}

constexpr std::string_view kBase =
    "[identity]\nlocal_domains = [\"example.net\"]\n";  // lets enforce load

TEST(Keys, KeySetsItsOwnValueAndNoOther) {
  const auto base = Parse(kBase, "f");
  ASSERT_TRUE(base);
  for (const KeyInfo& key : Keys()) {
    if (key.name.starts_with("tenant.")) continue;
    const std::string line = key.name + " = " + Example(key) + "\n";
    const bool is_base = key.name == "identity.local_domains";
    const auto loaded = Parse(is_base ? line : line + std::string(kBase), "f");
    const bool same_table = !loaded && key.name.starts_with("identity.");
    // identity.x = … and [identity] would define the table twice.
    const auto result =
        same_table ? Parse(line + "identity.local_domains = [\"example.net\"]\n", "f") : loaded;
    ASSERT_TRUE(result) << key.name << ": " << result.error().messages.front();
    const auto before = Settings(base->config);
    const auto after = Settings(result->config);
    for (std::size_t i = 0; i < after.size(); ++i) {
      if (after[i].name == key.name) {
        EXPECT_EQ(after[i].value, Example(key)) << key.name;
        EXPECT_NE(after[i].value, before[i].value) << key.name;
      } else {
        EXPECT_EQ(after[i].value, before[i].value) << key.name << " changed " << after[i].name;
      }
    }
    const auto again = Parse(PrintEffective(result->config), "f");
    ASSERT_TRUE(again) << again.error().messages.front();
    EXPECT_EQ(again->config, result->config) << key.name;
  }
}

TEST(Keys, EffectiveDefaultsLoadToTheDefaults) {
  const auto result = Parse(PrintEffective(Config()), "f");
  ASSERT_TRUE(result) << result.error().messages.front();
  EXPECT_EQ(result->config, Config());
}

TEST(Keys, TenantsSurvivePrinting) {
  Config config;
  config.tenants.push_back({"first", {"example.com", "example.org"}, Mode::kMonitor, {}, 7.25, {}});
  config.tenants.push_back({"second", {"example.net"}, {}, 1, {}, 20});
  const auto result = Parse(PrintEffective(config), "f");
  ASSERT_TRUE(result) << result.error().messages.front();
  EXPECT_EQ(result->config, config);
  EXPECT_EQ(Settings(config.tenants[0])[4].value, "7.25");
  EXPECT_EQ(Settings(config.tenants[0])[5].value, std::nullopt);
}

TEST(Keys, UnitsArePrintedWholeAndReadBack) {
  for (const char* value : {"500ms", "8s", "90s", "7210s", "2m", "1h", "1d"}) {
    const std::string key =
        std::string_view(value).ends_with("ms") ? "dns.timeout" : "milter.idle_timeout";
    const std::string line = key + " = \"" + value + "\"\n";
    const auto result = Parse(line, "f");
    ASSERT_TRUE(result) << value;
    EXPECT_NE(PrintEffective(result->config).find(line.substr(line.find('.') + 1)),
              std::string::npos)
        << value;
  }
  const auto result = Parse("milter.idle_timeout = \"3600s\"\nmilter.memory = \"2048MiB\"\n", "f");
  ASSERT_TRUE(result);
  const std::string printed = PrintEffective(result->config);
  EXPECT_NE(printed.find("idle_timeout = \"1h\"\n"), std::string::npos);
  EXPECT_NE(printed.find("memory = \"2GiB\"\n"), std::string::npos);
}

}  // namespace
}  // namespace assay::config
