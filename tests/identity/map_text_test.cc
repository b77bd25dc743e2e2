// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/map_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/identity/pattern_table.h"
#include "lib/identity/sqlite_query.h"

namespace assay::identity {
namespace {

using Entry = std::pair<std::string, std::string>;
using Entries = std::vector<Entry>;

struct MapCase {
  const char* name;
  const char* text;
  Entries want;
  std::size_t warnings;
};
const MapCase kMapCases[] = {
    {"empty", "", {}, 0},
    {"plain", "a@x b\n", {{"a@x", "b"}}, 0},
    {"keys are folded, values are not", "A@X Bob\n", {{"a@x", "Bob"}}, 0},
    {"comments and empty lines",
     "# c\n\n  \t\na b\n  # indented comment\nc d\n",
     {{"a", "b"}, {"c", "d"}},
     0},
    {"continuation", "a b,\n  c\n\td\ne f", {{"a", "b, c d"}, {"e", "f"}}, 0},
    {"a comment does not end a logical line", "a b\n# c\n  d\n", {{"a", "b d"}}, 0},
    {"tabs and trailing space", "a\t\tb c \t\n", {{"a", "b c"}}, 0},
    {"CRLF", "a b\r\nc d\r\n", {{"a", "b"}, {"c", "d"}}, 0},
    {"a key alone is left out", "a\nb c\n", {{"b", "c"}}, 1},
    {"white space before the first line", "  a b\n", {{"a", "b"}}, 0},
    {"no line end", "a b", {{"a", "b"}}, 0},
};

TEST(MapText, Table) {
  for (const MapCase& c : kMapCases) {
    const MapText map = ParseMapText(c.text);
    EXPECT_EQ(map.entries, c.want) << c.name;
    EXPECT_EQ(map.warnings.size(), c.warnings) << c.name;
  }
}

TEST(MapText, WarningNamesTheLine) {
  EXPECT_THAT(ParseMapText("a b\n\nkey\n").warnings,
              testing::ElementsAre(testing::HasSubstr("line 3")));
}

TEST(MapText, RepeatedKeysAreNamed) {
  EXPECT_THAT(ParseMapText("ann@x ann\nbob@x bob\nAnn@x carl\n").warnings,
              testing::ElementsAre("ann@x stands there again: the first counts"));
  std::string text;
  for (int i = 0; i < 100; ++i) text += "a b\n";
  const auto warnings = ParseMapText(text).warnings;
  ASSERT_EQ(warnings.size(), 21U);
  EXPECT_EQ(warnings.back(), "79 more keys stand there again");
}

TEST(MapText, ValuesAreSplitAtCommasAndSpace) {
  EXPECT_THAT(SplitValue(" a, b\tc,,d\n e"), testing::ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_TRUE(SplitValue(" ,\t").empty());
}

TEST(ClientConfig, LastValueCountsAndContinues) {
  const auto values = ParseClientConfig("# x\na = 1\nquery = SELECT x\n  FROM y\na=2\nempty =\n");
  ASSERT_TRUE(values);
  EXPECT_EQ(values->at("a"), "2");
  EXPECT_EQ(values->at("query"), "SELECT x FROM y");
  EXPECT_EQ(values->at("empty"), "");
  const auto bad = ParseClientConfig("a = 1\nnonsense\n");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().what, "line 2: is not \"name = value\"");
}

struct PatternCase {
  const char* text;
  const char* want;  // "kind negated pattern flags result", ";" between lines; or "error: …"
};
const PatternCase kPatternCases[] = {
    {"/^a$/ b", "m+ ^a$  b"},
    {"!/a/i b c", "m! a i b c"},
    {"! !/a/ b", "m+ a  b"},
    {"#a#x b", ""},  // a comment
    {"|a/b|  b", "m+ a/b  b"},
    {"/a\\/b/ c", "m+ a\\/b  c"},
    {"if /a/\n/b/ c\nendif", "i+ a  ;m+ b  c;e+   "},
    {"if !/a/\nendif\n", "i! a  ;e+   "},
    {"/iffy/ x\n", "m+ iffy  x"},
    {"/a b", "error: line 1: has no end of its pattern"},
    {"/a/", "error: line 1: has no result after its pattern"},
    {"a b", "error: line 1: has no /pattern/"},
    {"x\n/a/ b", "error: line 1: has no /pattern/"},
    {"endif", "error: line 1: ends no if"},
    {"if /a/\n/b/ c", "error: line 1: has no endif"},
    {"if /a/ b", "error: line 1: has text after the pattern of its if"},
    {"/a\\", "error: line 1: has no end of its pattern"},
};

TEST(PatternLines, Table) {
  for (const PatternCase& c : kPatternCases) {
    const auto lines = ParsePatternLines(c.text);
    std::string got;
    if (!lines) got = "error: " + lines.error().what;
    for (std::size_t i = 0; lines && i < lines->size(); ++i) {
      const PatternLine& line = (*lines)[i];
      const char* kinds = "mie";
      got += i > 0 ? ";" : "";
      got += kinds[static_cast<int>(line.kind)];
      got += line.negated ? "! " : "+ ";
      got += line.pattern + ' ' + line.flags + ' ' + line.result;
    }
    EXPECT_EQ(got, c.want) << c.text;
  }
}

TEST(PatternLines, NestingIsLimited) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "if /a/\n";
  EXPECT_FALSE(ParsePatternLines(text));
}

TEST(PatternLines, ResultText) {
  const auto parts = ParseResultText("a$1b${2}$(3)$$x");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 6U);
  EXPECT_EQ((*parts)[1].group, 1);
  EXPECT_EQ((*parts)[5].text, "$x");
  for (const char* bad : {"$", "$x", "${1", "$(a)", "a $ b"})
    EXPECT_FALSE(ParseResultText(bad)) << bad;
}

struct QueryCase {
  const char* query;
  const char* key;
  const char* want;  // "-": suppressed
};
const QueryCase kQueryCases[] = {
    {"SELECT '%s'", "a@x.example", "SELECT 'a@x.example'"},
    {"SELECT '%u' '%d'", "a@x.example", "SELECT 'a' 'x.example'"},
    {"SELECT '%U' '%D' '%S'", "a@x.example", "SELECT 'a' 'x.example' 'a@x.example'"},
    {"SELECT '%u'", "bob", "SELECT 'bob'"},
    {"SELECT '%d'", "bob", "-"},
    {"SELECT '%u'", "@x.example", "-"},
    {"SELECT '%d'", "@x.example", "SELECT 'x.example'"},
    {"SELECT '%1' '%2'", "a@m.x.example", "SELECT 'example' 'x'"},
    {"SELECT '%4'", "a@m.x.example", "-"},
    {"SELECT '100%%'", "a@x", "SELECT '100%'"},
    {"SELECT '%s'", "o'; DROP TABLE t; --@x", "SELECT 'o''; DROP TABLE t; --@x'"},
    {"SELECT '%s'", "", "-"},
};

TEST(SqliteQuery, Expansion) {
  for (const QueryCase& c : kQueryCases) {
    const auto query = ParseSqliteQuery(std::string("dbpath = /x\nquery = ") + c.query);
    ASSERT_TRUE(query) << c.query;
    EXPECT_EQ(ExpandQuery(*query, c.key).value_or("-"), c.want) << c.query << ' ' << c.key;
  }
}

TEST(SqliteQuery, DomainRestrictsToAddressesInIt) {
  const auto query = ParseSqliteQuery("dbpath=/x\nquery=%s\ndomain = example.com, Example.org\n");
  ASSERT_TRUE(query);
  EXPECT_TRUE(ExpandQuery(*query, "a@example.com"));
  EXPECT_TRUE(ExpandQuery(*query, "a@example.org"));
  EXPECT_FALSE(ExpandQuery(*query, "a@example.net"));
  EXPECT_FALSE(ExpandQuery(*query, "@example.com"));
  EXPECT_FALSE(ExpandQuery(*query, "a"));
}

TEST(SqliteQuery, ResultFormat) {
  const auto query = ParseSqliteQuery("dbpath=/x\nquery=x\nresult_format = %u-%d-%U\n");
  ASSERT_TRUE(query);
  EXPECT_EQ(ExpandResult(*query, "login@host", "bob@example.com"), "login-host-bob");
  EXPECT_EQ(ExpandResult(*query, "login", "bob@example.com"), std::nullopt);
  EXPECT_EQ(ExpandResult(*query, "", "bob@example.com"), std::nullopt);
}

TEST(SqliteQuery, OldFormBecomesAQuery) {
  const auto query = ParseSqliteQuery(
      "dbpath=/x\ntable=t\nselect_field=login\nwhere_field=address\n"
      "additional_conditions = AND active=1");
  ASSERT_TRUE(query);
  EXPECT_EQ(ExpandQuery(*query, "a@x"), "SELECT login FROM t WHERE address='a@x' AND active=1");
}

TEST(SqliteQuery, BadFiles) {
  for (const char* bad :
       {"", "query = x", "dbpath = /x", "dbpath = x\nquery = y", "dbpath=/x\nquery=%z",
        "dbpath=/x\nquery=%", "dbpath=/x\nquery=x\ndomain=hash:/y",
        "dbpath=/x\nquery=x\nexpansion_limit=many", "nonsense"}) {
    EXPECT_FALSE(ParseSqliteQuery(bad)) << bad;
  }
}

}  // namespace
}  // namespace assay::identity
