// SPDX-License-Identifier: Apache-2.0
// Each kind of table on real files, sound and damaged.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "lib/identity/open_table.h"
#include "tests/identity/table_files.h"
#include "tests/support/skip.h"

namespace assay::identity {
namespace {

using namespace std::chrono_literals;
using test::Nul;
using testing::HasSubstr;

const test::Pairs kPairs = {{"bob@example.com", "bob"},
                            {"team@example.com", "bob, carol dave"},
                            {"@example.org", "erin"},
                            {"root", "admin"}};

Deadline In(std::chrono::milliseconds time) { return SteadyClock::now() + time; }

std::string Look(const Table& table, std::string_view key) {
  const auto value = table.Lookup(key, In(2s));
  if (!value) return "error: " + value.error().what;
  return value->value_or("-");
}

class Backends : public testing::Test {
 protected:
  Result<OpenedTable> Open(const std::string& text, std::chrono::milliseconds wait = 100ms) {
    return OpenTable(*ParseTableSpec(text), In(wait));
  }
  TablePtr Sound(const std::string& text) {
    auto opened = Open(text);
    EXPECT_TRUE(opened) << opened.error().what;
    return opened ? opened->table : nullptr;
  }
  void ExpectPairs(const std::string& text) {
    const TablePtr table = Sound(text);
    ASSERT_NE(table, nullptr);
    EXPECT_EQ(table->entries(), kPairs.size()) << text;
    for (const auto& [key, value] : kPairs) EXPECT_EQ(Look(*table, key), value) << text;
    EXPECT_EQ(Look(*table, "BOB@Example.COM"), "bob") << "keys are folded";
    EXPECT_EQ(Look(*table, "bob@example.co"), "-");
    EXPECT_EQ(Look(*table, "bob@example.comm"), "-");
    EXPECT_EQ(Look(*table, ""), "-");
    EXPECT_TRUE(table->takes_parts());
    EXPECT_FALSE(table->may_wait());
  }
  void ExpectBad(const std::string& text, const std::string& want) {
    const auto opened = Open(text);
    ASSERT_FALSE(opened) << text;
    EXPECT_THAT(opened.error().what, HasSubstr(want)) << text;
  }

  test::TempDirectory directory_;
};

TEST_F(Backends, TextHash) {
  std::string text = "# logins\n";
  for (const auto& [key, value] : kPairs) text += key + "\t" + value + "\n";
  ExpectPairs("texthash:" + directory_.Write("t", text));
}

TEST_F(Backends, TextHashOfTwoTheFirstCounts) {
  const TablePtr table = Sound("texthash:" + directory_.Write("t", "a x\na y\n"));
  EXPECT_EQ(Look(*table, "a"), "x");
}

TEST_F(Backends, Inline) {
  ExpectPairs(
      "inline:{ bob@example.com=bob, { team@example.com = bob, carol dave }, @example.org=erin, "
      "root=admin }");
}

TEST_F(Backends, IndexedFilesWithAndWithoutNul) {
  for (const Nul nul : {Nul::kWith, Nul::kWithout}) {
    test::WriteBerkeleyDb(directory_.Path("t.db"), false, kPairs, nul);
    ExpectPairs("hash:" + directory_.Path("t"));
    test::WriteBerkeleyDb(directory_.Path("t.db"), true, kPairs, nul);
    ExpectPairs("btree:" + directory_.Path("t"));
    test::WriteLmdb(directory_.Path("t.lmdb"), kPairs, nul);
    ExpectPairs("lmdb:" + directory_.Path("t"));
    test::WriteCdb(directory_.Path("t.cdb"), kPairs, nul);
    ExpectPairs("cdb:" + directory_.Path("t"));
  }
}

// What Postfix's own postmap(1) makes, for the kinds that it has here.
TEST_F(Backends, FilesOfPostmap) {
  if (std::system("command -v postmap > /dev/null") != 0) {
    ASSAY_SKIP_WITHOUT_PACKAGE(
        "postfix is not installed; IndexedFilesWithAndWithoutNul reads files of ours");
  }
  std::string text;
  for (const auto& [key, value] : kPairs) text += key + "\t" + value + "\n";
  const std::string source = directory_.Write("t", text);
  directory_.Write("main.cf", "compatibility_level = 3.6\n");
  const std::string postmap = "postmap -c " + directory_.Path("") + " ";
  for (const std::string type : {"hash", "btree"}) {
    ASSERT_EQ(std::system((postmap + type + ":" + source).c_str()), 0);
    ExpectPairs(type + ":" + source);
    std::filesystem::remove(source + ".db");
  }
}

TEST_F(Backends, EmptyTables) {
  test::WriteBerkeleyDb(directory_.Path("t.db"), false, {}, Nul::kWith);
  test::WriteLmdb(directory_.Path("t.lmdb"), {}, Nul::kWith);
  test::WriteCdb(directory_.Path("t.cdb"), {}, Nul::kWith);
  directory_.Write("t", "");
  for (const char* type : {"hash:", "lmdb:", "cdb:", "texthash:", "pcre:"}) {
    const TablePtr table = Sound(type + directory_.Path("t"));
    ASSERT_NE(table, nullptr) << type;
    EXPECT_EQ(table->entries(), 0U) << type;
    EXPECT_EQ(Look(*table, "a@x"), "-") << type;
  }
}

TEST_F(Backends, KindsAreNotMixedUp) {
  test::WriteBerkeleyDb(directory_.Path("t.db"), true, kPairs, Nul::kWith);
  ExpectBad("hash:" + directory_.Path("t"), "is not a hash table");
  test::WriteBerkeleyDb(directory_.Path("t.db"), false, kPairs, Nul::kWith);
  ExpectBad("btree:" + directory_.Path("t"), "is not a btree table");
}

TEST_F(Backends, MissingFilesAndOtherThings) {
  for (const char* type : {"texthash:", "hash:", "btree:", "lmdb:", "cdb:", "pcre:", "sqlite:"}) {
    ExpectBad(type + directory_.Path("none"), "No such file");
  }
  ::mkdir(directory_.Path("d").c_str(), 0755);
  ::mkfifo(directory_.Path("f").c_str(), 0644);
  ExpectBad("texthash:" + directory_.Path("d"), "is not a file");
  ExpectBad("texthash:" + directory_.Path("f"), "is not a file");
}

// Cut short and overwritten files end in an error or in some table, never in a crash.
TEST_F(Backends, DamagedFiles) {
  const std::string path = directory_.Path("t");
  test::Pairs many = kPairs;
  for (int i = 0; i < 500; ++i) many.emplace_back("user" + std::to_string(i) + "@example.com", "x");
  test::WriteBerkeleyDb(path + ".db", false, many, Nul::kWith);
  test::WriteLmdb(path + ".lmdb", many, Nul::kWith);
  test::WriteCdb(path + ".cdb", many, Nul::kWith);
  for (const auto& [type, suffix] :
       {std::pair("hash:", ".db"), std::pair("lmdb:", ".lmdb"), std::pair("cdb:", ".cdb")}) {
    std::ifstream in(path + suffix, std::ios::binary);
    const std::string sound(std::istreambuf_iterator<char>(in), {});
    for (std::size_t part = 0; part < 8; ++part) {
      directory_.Write("b" + std::string(suffix), sound.substr(0, sound.size() * part / 8));
      const auto cut = Open(type + directory_.Path("b"));
      EXPECT_FALSE(cut && cut->table->entries() == many.size()) << type << part;
    }
    directory_.Write("b" + std::string(suffix), std::string(sound.size(), 'x'));
    EXPECT_FALSE(Open(type + directory_.Path("b"))) << type;
    directory_.Write("b" + std::string(suffix), std::string(sound.size(), '\0'));
    (void)Open(type + directory_.Path("b"));
  }
}

// Holds a write lock from another process: locks of one's own process do not count.
class LockHolder {
 public:
  LockHolder(const std::string& path, std::chrono::milliseconds time) {
    int ready[2];
    if (::pipe(ready) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      const int fd = ::open(path.c_str(), O_RDWR);
      struct flock lock = {};
      lock.l_type = F_WRLCK;
      lock.l_whence = SEEK_SET;
      (void)::fcntl(fd, F_SETLKW, &lock);
      (void)!::write(ready[1], "x", 1);
      std::this_thread::sleep_for(time);
      ::_exit(0);
    }
    char byte = 0;
    (void)!::read(ready[0], &byte, 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~LockHolder() { ::waitpid(child_, nullptr, 0); }

 private:
  pid_t child_ = -1;
};

TEST_F(Backends, LockedFilesAreWaitedFor) {
  test::WriteBerkeleyDb(directory_.Path("t.db"), false, kPairs, Nul::kWith);
  test::WriteLmdb(directory_.Path("t.lmdb"), kPairs, Nul::kWith);
  for (const auto& [type, suffix] : {std::pair("hash:", ".db"), std::pair("lmdb:", ".lmdb")}) {
    const LockHolder holder(directory_.Path("t") + suffix, 300ms);
    const auto late = Open(type + directory_.Path("t"), 50ms);
    ASSERT_FALSE(late) << type;
    EXPECT_THAT(late.error().what, HasSubstr("is locked"));
    EXPECT_EQ(late.error().kind, ErrorKind::kTemporary);
    EXPECT_TRUE(Open(type + directory_.Path("t"), 10s)) << type;
  }
}

struct PatternCase {
  const char* type;
  const char* file;
  const char* key;
  const char* want;
};
const PatternCase kPatternCases[] = {
    {"pcre", "/^bob@example\\.com$/ bob", "BOB@example.com", "bob"},
    {"pcre", "/^bob@example\\.com$/i bob", "BOB@example.com", "-"},
    {"pcre", "/^(.*)@example\\.com$/ $1", "eve@example.com", "eve"},
    {"pcre", "/^(\\w+)\\.(\\w+)@/ ${2}.$(1),x$$", "a.b@example.com", "b.a,x$"},
    {"pcre", "!/@example\\.com$/ outside", "a@example.org", "outside"},
    {"pcre", "!/@example\\.com$/ outside", "a@example.com", "-"},
    {"pcre", "if /@example\\.com$/\n/^a/ x\nendif\n/^a/ y", "a@example.com", "x"},
    {"pcre", "if /@example\\.com$/\n/^a/ x\nendif\n/^a/ y", "a@example.org", "y"},
    {"pcre", "if !/@example\\.com$/\nif /./\n/^a/ x\nendif\nendif\n/^a/ y", "a@example.com", "y"},
    {"pcre", "/a/ first\n/a/ second", "a@x", "first"},
    {"pcre", "/(z)?a/ <$1>", "a@x", "<>"},
    {"pcre", "/a b/x x", "ab@x", "x"},
    {"regexp", "/^bob@example\\.com$/ bob", "BOB@example.com", "bob"},
    {"regexp", "/^(.+)@example\\.com$/ $1", "eve@example.com", "eve"},
    {"regexp", "/^[[:alpha:]]+@x$/ y", "abc@x", "y"},
    {"regexp", "/^a\\{2\\}@x$/x y", "aa@x", "y"},
    {"regexp", "/a|b/ y", "b@x", "y"},
};

TEST_F(Backends, Patterns) {
  for (const PatternCase& c : kPatternCases) {
    const TablePtr table = Sound(std::string(c.type) + ":" + directory_.Write("p", c.file));
    ASSERT_NE(table, nullptr) << c.file;
    EXPECT_EQ(Look(*table, c.key), c.want) << c.type << ' ' << c.file;
    EXPECT_FALSE(table->takes_parts());
  }
}

TEST_F(Backends, BadPatternsNameTheirLine) {
  for (const char* file :
       {"/a/ x\n/(/ y", "/a/ x\n/b/q y", "/a/ x\n/b/ $1", "/a/ x\n!/(b)/ $1", "/a/ x\n/b/ $"}) {
    ExpectBad("pcre:" + directory_.Write("p", file), "line 2");
    ExpectBad("regexp:" + directory_.Write("p", file), "line 2");
  }
}

// (a+)+$ takes 2^n steps: the limit ends it, and the answer is "not known", never "no".
TEST_F(Backends, PatternsAreLimited) {
  const TablePtr table = Sound("pcre:" + directory_.Write("p", "/^(a+)+$/ x\n"));
  const std::string hostile = std::string(60, 'a') + "@";
  EXPECT_THAT(Look(*table, hostile), HasSubstr("error: "));
  EXPECT_EQ(Look(*table, std::string(100'000, 'b')), "-");
}

class Sqlite : public Backends {
 protected:
  void Make(const std::string& cf) {
    test::WriteSqlite(directory_.Path("db"),
                      {"CREATE TABLE senders (address TEXT, login TEXT)",
                       "INSERT INTO senders VALUES ('bob@example.com', 'bob'), "
                       "('team@example.com', 'bob'), ('team@example.com', 'carol'), "
                       "('@example.org', 'erin'), ('null@example.com', NULL)"});
    directory_.Write("s.cf", "dbpath = " + directory_.Path("db") + "\n" + cf);
  }
  std::string Spec() const { return "sqlite:" + directory_.Path("s.cf"); }
};

TEST_F(Sqlite, Lookups) {
  Make("query = SELECT login FROM senders WHERE address = '%s'\n");
  const TablePtr table = Sound(Spec());
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(Look(*table, "Bob@example.com"), "bob");
  EXPECT_EQ(Look(*table, "team@example.com"), "bob,carol");
  EXPECT_EQ(Look(*table, "@example.org"), "erin");
  EXPECT_EQ(Look(*table, "null@example.com"), "-");
  EXPECT_EQ(Look(*table, "x' OR '1'='1"), "-");
  EXPECT_TRUE(table->may_wait());
}

TEST_F(Sqlite, ExpansionLimitIsAnError) {
  Make("query = SELECT login FROM senders WHERE address = '%s'\nexpansion_limit = 1\n");
  const TablePtr table = Sound(Spec());
  EXPECT_EQ(Look(*table, "bob@example.com"), "bob");
  EXPECT_THAT(Look(*table, "team@example.com"), HasSubstr("too many values"));
}

TEST_F(Sqlite, BadFilesAndQueries) {
  Make("query = SELECT login FROM nowhere WHERE x = '%s'\n");
  ExpectBad(Spec(), "no such table");
  Make("query = DELETE FROM senders\n");
  ExpectBad(Spec(), "readonly");
  directory_.Write("s.cf", "dbpath = " + directory_.Path("none") + "\nquery = SELECT 1\n");
  ExpectBad(Spec(), "unable to open");
  directory_.Write("db", std::string(10'000, 'x'));
  directory_.Write("s.cf", "dbpath = " + directory_.Path("db") + "\nquery = SELECT a FROM b\n");
  ExpectBad(Spec(), "not a database");
}

TEST_F(Sqlite, EndlessQueryEndsAtItsDeadline) {
  Make(
      "query = WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n "
      "WHERE '%u' = 'loop') SELECT max(i) || '' FROM n\n");
  const TablePtr table = Sound(Spec());
  ASSERT_NE(table, nullptr);
  const auto begin = SteadyClock::now();
  const auto late = table->Lookup("loop@x", begin + 100ms);
  EXPECT_FALSE(late);
  EXPECT_LT(SteadyClock::now() - begin, 2s);
  EXPECT_EQ(Look(*table, "other@x"), "1");
}

TEST_F(Sqlite, ReplacedDatabaseIsOpenedAgain) {
  Make("query = SELECT login FROM senders WHERE address = '%s'\n");
  const TablePtr table = Sound(Spec());
  EXPECT_EQ(Look(*table, "new@example.com"), "-");
  test::WriteSqlite(directory_.Path("db2"),
                    {"CREATE TABLE senders (address TEXT, login TEXT)",
                     "INSERT INTO senders VALUES ('new@example.com', 'new')"});
  std::filesystem::rename(directory_.Path("db2"), directory_.Path("db"));
  EXPECT_EQ(Look(*table, "new@example.com"), "new");
}

}  // namespace
}  // namespace assay::identity
