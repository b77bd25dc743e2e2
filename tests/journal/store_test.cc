// SPDX-License-Identifier: Apache-2.0
#include "lib/journal/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "lib/journal/reader.h"
#include "lib/journal/record_codec.h"
#include "tests/journal/journal_testing.h"
#include "tests/support/temporary_folder.h"

namespace assay::journal {
namespace {

Row RowOf(const Record& record) {
  return {record.time, record.ref, record.queue_id, record.message_id,
          "none",      "none",     Encode(record)};
}

Row PaddedRow(const std::string& ref, std::int64_t time, std::size_t bytes) {
  Record record = MakeRecord(ref);
  record.time = time;
  record.verdict.reason = std::string(bytes, 'x');
  return RowOf(record);
}

class StoreTest : public testing::Test {
 protected:
  Store MustOpen(const Limits& limits = {}) {
    auto store = Store::Open(folder_.Path(kFileName), limits);
    if (!store) throw std::runtime_error(store.error().what);
    return std::move(*store);
  }
  std::vector<std::string> Refs(std::string_view name) {
    const auto found = Find(folder_.Path(kFileName), name);
    std::vector<std::string> refs;
    if (!found) return {found.error().what};
    for (const Record& record : found->records) refs.push_back(record.ref);
    return refs;
  }

  test::TemporaryFolder folder_;
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(StoreTest, FindsByEachName) {
  Store store = MustOpen();
  const Row rows[] = {RowOf(MakeRecord("7K3FQ2A", "4XyZ1w", "1@example.com")),
                      RowOf(MakeRecord("0123456", "4XyZ2w", "2@example.com"))};
  ASSERT_TRUE(store.Append(rows));
  EXPECT_THAT(Refs("7K3FQ2A"), ElementsAre("7K3FQ2A"));
  EXPECT_THAT(Refs("7k3fq2a"), ElementsAre("7K3FQ2A")) << "as heard on the telephone";
  EXPECT_THAT(Refs("[ref 7K3FQ2A]"), ElementsAre("7K3FQ2A")) << "as it stands in a reply";
  EXPECT_THAT(Refs("ref=7K3FQ2A"), ElementsAre("7K3FQ2A")) << "as it stands in the log";
  EXPECT_THAT(Refs("OI23456"), ElementsAre("0123456")) << "letters that are no digits there";
  EXPECT_THAT(Refs("4XyZ2w"), ElementsAre("0123456"));
  EXPECT_THAT(Refs("4xyz2w"), IsEmpty()) << "queue ids have case";
  EXPECT_THAT(Refs("<1@example.com>"), ElementsAre("7K3FQ2A"));
  EXPECT_THAT(Refs("1@example.com"), ElementsAre("7K3FQ2A"));
  EXPECT_THAT(Refs("3@example.com"), IsEmpty());
  EXPECT_THAT(Refs("' OR 1 --"), IsEmpty());
}

TEST_F(StoreTest, EmptyNamesMatchNothing) {
  Store store = MustOpen();
  const Row rows[] = {RowOf(MakeRecord("7K3FQ2A", "", ""))};
  ASSERT_TRUE(store.Append(rows));
  for (const char* name : {"", "<>", "[]", "ref=", " "}) EXPECT_THAT(Refs(name), IsEmpty()) << name;
}

TEST_F(StoreTest, AllMatchesTheNewestFirst) {
  Store store = MustOpen();
  const Row rows[] = {RowOf(MakeRecord("A")), RowOf(MakeRecord("B", "other")),
                      RowOf(MakeRecord("C"))};
  ASSERT_TRUE(store.Append(rows));
  EXPECT_THAT(Refs("4XyZ1w"), ElementsAre("C", "A"));
  EXPECT_THAT(Refs("1@mail.example.com"), ElementsAre("C", "B", "A"));
}

TEST_F(StoreTest, SaysWhenThereAreMore) {
  Store store = MustOpen();
  const std::vector<Row> rows(kMostFound + 1, RowOf(MakeRecord("A")));
  ASSERT_TRUE(store.Append(rows));
  const auto found = Find(folder_.Path(kFileName), "A");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->records.size(), kMostFound);
  EXPECT_TRUE(found->more);
}

TEST_F(StoreTest, ADamagedRecordIsCounted) {
  Store store = MustOpen();
  Row rows[] = {RowOf(MakeRecord("A")), RowOf(MakeRecord("A"))};
  rows[0].data = "no record";
  ASSERT_TRUE(store.Append(rows));
  const auto found = Find(folder_.Path(kFileName), "A");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->records.size(), 1U);
  EXPECT_EQ(found->unreadable, 1U);
}

TEST_F(StoreTest, ReadsWithAndWithoutAWriterAndLeavesNothingBehind) {
  {
    Store store = MustOpen();
    const Row rows[] = {RowOf(MakeRecord("A"))};
    ASSERT_TRUE(store.Append(rows));
    EXPECT_TRUE(std::filesystem::exists(folder_.Path("journal.db-wal")));
    EXPECT_THAT(Refs("A"), ElementsAre("A"));
    const Row more[] = {RowOf(MakeRecord("B"))};
    ASSERT_TRUE(store.Append(more)) << "a reader does not stand in the way";
  }
  EXPECT_THAT(Refs("B"), ElementsAre("B"));
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("journal.db-wal")));
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("journal.db-shm")));
}

TEST_F(StoreTest, TheFileIsForOwnerAndGroup) {
  const mode_t before = ::umask(0);
  Store store = MustOpen();
  ::umask(before);
  const Row rows[] = {RowOf(MakeRecord("A"))};
  ASSERT_TRUE(store.Append(rows));
  for (const char* name : {"journal.db", "journal.db-wal"}) {
    struct stat status {};
    ASSERT_EQ(::stat(folder_.Path(name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0640U) << name;
  }
}

TEST_F(StoreTest, OldRecordsAreRemoved) {
  Limits limits;
  limits.max_age = std::chrono::seconds(100);
  Store store = MustOpen(limits);
  const Row rows[] = {PaddedRow("A000", 1000, 10), PaddedRow("B000", 1090, 10)};
  ASSERT_TRUE(store.Append(rows));
  EXPECT_EQ(store.Prune(WallTime(std::chrono::seconds(1100))).value_or(true), false);
  EXPECT_THAT(Refs("A000"), ElementsAre("A000"));
  EXPECT_EQ(store.Prune(WallTime(std::chrono::seconds(1101))).value_or(false), true);
  EXPECT_THAT(Refs("A000"), IsEmpty());
  EXPECT_THAT(Refs("B000"), ElementsAre("B000"));
}

// A clock that ran ahead for a while, then was set right; and one that falls back to 1970.
TEST_F(StoreTest, AClockThatJumpsKeepsNothingForEver) {
  Limits limits;
  limits.max_age = std::chrono::seconds(100);
  Store store = MustOpen(limits);
  const std::vector<Row> ahead(1500, PaddedRow("A000", 1'000'000, 10));
  const Row rows[] = {PaddedRow("B000", 1000, 10), PaddedRow("C000", 1090, 10)};
  ASSERT_TRUE(store.Append(ahead));
  ASSERT_TRUE(store.Append(rows));
  EXPECT_EQ(store.Prune(WallTime(std::chrono::seconds(1050))).value_or(true), false);
  EXPECT_EQ(Refs("A000").size(), kMostFound);
  EXPECT_EQ(store.Prune(WallTime(std::chrono::seconds(10))).value_or(true), false) << "1970";
  EXPECT_THAT(Refs("B000"), ElementsAre("B000"));
  EXPECT_EQ(store.Prune(WallTime(std::chrono::seconds(1101))).value_or(false), true);
  EXPECT_THAT(Refs("A000"), IsEmpty());
  EXPECT_THAT(Refs("B000"), IsEmpty());
  EXPECT_THAT(Refs("C000"), ElementsAre("C000"));
}

// However long it goes on, the file stays below its limit and the newest records are there.
TEST_F(StoreTest, SizeIsBounded) {
  Limits limits;
  limits.max_bytes = 2UL * 1024 * 1024;
  Store store = MustOpen(limits);
  for (int batch = 0; batch < 60; ++batch) {
    std::vector<Row> rows;
    for (int i = 0; i < 20; ++i) rows.push_back(PaddedRow(std::to_string(batch), 1000, 5000));
    auto appended = store.Append(rows);
    if (!appended) {
      ASSERT_EQ(appended.error().trouble, Trouble::kFull);
      ASSERT_TRUE(store.Prune(WallTime(std::chrono::seconds(1000))).value_or(false));
      appended = store.Append(rows);
    }
    ASSERT_TRUE(appended) << batch << ": " << appended.error().what;
    (void)store.Prune(WallTime(std::chrono::seconds(1000)));
    EXPECT_LE(std::filesystem::file_size(folder_.Path(kFileName)), limits.max_bytes);
  }
  EXPECT_EQ(Refs("59").size(), 20U);
  EXPECT_EQ(Refs("50").size(), 20U);
  EXPECT_THAT(Refs("0"), IsEmpty());
}

TEST_F(StoreTest, ALowerLimitShrinksTheFile) {
  Limits limits;
  limits.max_bytes = 8UL * 1024 * 1024;
  {
    Store store = MustOpen(limits);
    const std::vector<Row> rows(1000, PaddedRow("A", 1000, 5000));
    ASSERT_TRUE(store.Append(rows));
  }
  limits.max_bytes = 1024UL * 1024;
  {
    Store store = MustOpen(limits);
    while (store.Prune(WallTime(std::chrono::seconds(1000))).value_or(false)) continue;
    const Row row[] = {PaddedRow("B", 1000, 100)};
    ASSERT_TRUE(store.Append(row));
  }
  EXPECT_THAT(Refs("B"), ElementsAre("B"));
  EXPECT_LE(std::filesystem::file_size(folder_.Path(kFileName)), limits.max_bytes);
}

struct OpenCase {
  const char* name;
  const char* make;  // what stands at the path, see Make()
  Trouble want;
};

constexpr OpenCase kOpenCases[] = {
    {"garbage", "garbage", Trouble::kDamaged},
    {"folder", "folder", Trouble::kUnavailable},
    {"symlink", "symlink", Trouble::kUnavailable},
    {"fifo", "fifo", Trouble::kUnavailable},
    {"foreign", "foreign", Trouble::kForeign},
    {"other_schema", "schema", Trouble::kOtherSchema},
    {"no_folder", "nowhere", Trouble::kUnavailable},
};

class StoreOpen : public testing::TestWithParam<OpenCase> {
 protected:
  std::string Make(std::string_view what) {
    std::string path = folder_.Path(kFileName);
    if (what == "garbage") std::ofstream(path) << std::string(20'000, 'g');
    if (what == "folder") std::filesystem::create_directory(path);
    if (what == "symlink") std::filesystem::create_symlink("/dev/null", path);
    if (what == "fifo" && ::mkfifo(path.c_str(), 0600) != 0) ADD_FAILURE();
    if (what == "nowhere") return folder_.Path("missing/journal.db");
    if (what == "foreign" || what == "schema") {
      auto database = Database::Open(path, Database::Access::kWrite, 100);
      const char* sql = what == "foreign"
                            ? "CREATE TABLE bookmarks(id)"
                            : "PRAGMA application_id=1098085241; PRAGMA user_version=99;";
      EXPECT_TRUE(database && database->Execute(sql));
    }
    return path;
  }
  test::TemporaryFolder folder_;
};

TEST_P(StoreOpen, SaysWhatIsThere) {
  const auto store = Store::Open(Make(GetParam().make), {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().trouble, GetParam().want) << store.error().what;
  EXPECT_FALSE(store.error().what.empty());
}

INSTANTIATE_TEST_SUITE_P(Journal, StoreOpen, testing::ValuesIn(kOpenCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(StoreForeign, IsNotTouched) {
  const test::TemporaryFolder folder;
  {
    auto database = Database::Open(folder.Path(kFileName), Database::Access::kWrite, 100);
    ASSERT_TRUE(database && database->Execute("CREATE TABLE bookmarks(id)"));
  }
  const auto read = [&] {
    std::ifstream file(folder.Path(kFileName), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string before = read();
  EXPECT_FALSE(Store::Open(folder.Path(kFileName), {}));
  EXPECT_EQ(read(), before);
  EXPECT_FALSE(Find(folder.Path(kFileName), "A")) << "nor taken for a journal by the reader";
}

TEST(StoreMoveAside, KeepsOneAndItsLog) {
  const test::TemporaryFolder folder;
  for (const char* name : {"journal.db", "journal.db-wal", "journal.db-shm"}) {
    std::ofstream(folder.Path(name)) << name;
  }
  EXPECT_TRUE(MoveAside(folder.Path(kFileName), "damaged"));
  EXPECT_TRUE(std::filesystem::exists(folder.Path("journal.db.damaged")));
  EXPECT_TRUE(std::filesystem::exists(folder.Path("journal.db.damaged-wal")));
  for (const char* name : {"journal.db", "journal.db-wal", "journal.db-shm"}) {
    EXPECT_FALSE(std::filesystem::exists(folder.Path(name))) << name;
  }
  EXPECT_FALSE(MoveAside(folder.Path(kFileName), "damaged")) << "nothing is there";
}

TEST(Reader, AMissingFileIsUnavailable) {
  const auto found = Find("/nonexistent/journal.db", "A");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().trouble, Trouble::kUnavailable);
  EXPECT_EQ(found.error().what, "No such file or directory");
}

}  // namespace
}  // namespace assay::journal
