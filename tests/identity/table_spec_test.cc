// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/table_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::identity {
namespace {

struct Good {
  const char* text;
  TableType type;
  const char* path;
};
const Good kGood[] = {
    {"texthash:/a/b", TableType::kTextHash, "/a/b"},
    {"hash:/a/b", TableType::kHash, "/a/b.db"},
    {"btree:/a/b", TableType::kBtree, "/a/b.db"},
    {"lmdb:/a/b", TableType::kLmdb, "/a/b.lmdb"},
    {"cdb:/a/b", TableType::kCdb, "/a/b.cdb"},
    {"pcre:/a/b", TableType::kPcre, "/a/b"},
    {"regexp:/a/b", TableType::kRegexp, "/a/b"},
    {"sqlite:/a/b.cf", TableType::kSqlite, "/a/b.cf"},
    {"inline:{a=b}", TableType::kInline, ""},
    {"socketmap:unix:/run/x:name", TableType::kSocketMap, ""},
    {"socketmap:inet:127.0.0.1:99:name", TableType::kSocketMap, ""},
};

TEST(TableSpec, Good) {
  for (const Good& c : kGood) {
    const auto spec = ParseTableSpec(c.text);
    ASSERT_TRUE(spec) << c.text << ": " << spec.error().what;
    EXPECT_EQ(spec->type, c.type) << c.text;
    EXPECT_EQ(spec->path, c.path) << c.text;
    EXPECT_EQ(spec->text, c.text);
  }
}

struct Bad {
  const char* text;
  const char* want;  // part of the message
};
const Bad kBad[] = {
    {"", "is not TYPE:NAME"},
    {"/etc/postfix/x", "is not TYPE:NAME"},
    {"ldap:/a", "has the type \"ldap\""},
    {"mysql:/a", "socketmap:unix:PATH:NAME"},
    {"Hash:/a", "has the type \"Hash\""},
    {"hash:a", "absolute path"},
    {"hash:", "absolute path"},
    {"hash:/a\nb", "absolute path"},
    {"inline:", "in braces"},
    {"inline:{}", "no entries"},
    {"inline:{a}", "not key=value"},
    {"inline:{=b}", "not key=value"},
    {"inline:{a=b c}", "needs braces"},
    {"proxy:hash:/etc/postfix/a", "without proxy:"},
    {"hash:/etc/postfix/a.db", "without its .db"},
    {"socketmap:", "needs socketmap:unix"},
    {"socketmap:unix:/x", "needs socketmap:unix"},
    {"socketmap:unix:x:n", "absolute path after unix:"},
    {"socketmap:inet:mail.example.com:99:n", "IP address or localhost"},
    {"socketmap:inet:127.0.0.1:0:n", "needs inet:ADDRESS:PORT"},
    {"socketmap:inet:127.0.0.1:65536:n", "needs inet:ADDRESS:PORT"},
    {"socketmap:inet:127.0.0.1:99:", "needs socketmap:unix"},
    {"socketmap:tcp:127.0.0.1:99:n", "needs socketmap:unix"},
};

TEST(TableSpec, BadNamesWhatIsWrong) {
  for (const Bad& c : kBad) {
    const auto spec = ParseTableSpec(c.text);
    ASSERT_FALSE(spec) << c.text;
    EXPECT_THAT(spec.error().what, testing::HasSubstr(c.want)) << c.text;
  }
}

TEST(TableSpec, UnclosedBrace) {
  const auto spec = ParseTableSpec("inline:{ a=b, {c = d }");
  ASSERT_FALSE(spec);
  EXPECT_THAT(spec.error().what, testing::HasSubstr("closing brace"));
}

TEST(TableSpec, InlineEntries) {
  const auto spec = ParseTableSpec("inline:{ A@x=b , { c@x = d, e f }g=h}");
  ASSERT_TRUE(spec) << spec.error().what;
  using Entry = std::pair<std::string, std::string>;
  EXPECT_THAT(spec->entries,
              testing::ElementsAre(Entry{"a@x", "b"}, Entry{"c@x", "d, e f"}, Entry{"g", "h"}));
}

TEST(TableSpec, SocketMapServers) {
  const auto local = ParseTableSpec("socketmap:unix:/run/a:b/s:logins");
  ASSERT_TRUE(local) << local.error().what;
  EXPECT_EQ(local->socket_path, "/run/a:b/s");
  EXPECT_EQ(local->map_name, "logins");
  const auto v6 = ParseTableSpec("socketmap:inet:[::1]:99:logins");
  ASSERT_TRUE(v6) << v6.error().what;
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 99U);
  EXPECT_EQ(ParseTableSpec("socketmap:inet:localhost:99:logins")->host, "127.0.0.1");
}

}  // namespace
}  // namespace assay::identity
