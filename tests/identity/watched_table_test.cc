// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/watched_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "lib/base/file_watcher.h"
#include "tests/identity/table_files.h"

namespace assay::identity {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Time goes as the test says.
class Watched : public testing::Test {
 protected:
  WatchedTable Make(const std::string& text) { return WatchedTable(*ParseTableSpec(text)); }
  static std::string Look(const WatchedTable& table, std::string_view key) {
    const TablePtr held = table.Get();
    if (held == nullptr) return "off";
    return held->Lookup(key, Deadline::max())->value_or("-");
  }
  WatchedTable::News After(WatchedTable& table, std::chrono::milliseconds time) {
    now_ += time;
    return table.Refresh(now_);
  }

  test::TempDirectory directory_;
  SteadyClock::time_point now_ = SteadyClock::now();
};

TEST_F(Watched, ChangedFileIsReadOnceItIsStill) {
  WatchedTable table = Make("texthash:" + directory_.Write("t", "a x\n"));
  EXPECT_THAT(table.Load(now_).warnings, IsEmpty());
  EXPECT_EQ(Look(table, "a"), "x");
  EXPECT_THAT(After(table, 10s).infos, IsEmpty());
  directory_.Write("t", "a longer\n");
  (void)After(table, 1s);
  EXPECT_EQ(Look(table, "a"), "x") << "it may still be being written";
  (void)After(table, 1s);
  EXPECT_EQ(Look(table, "a"), "x");
  EXPECT_THAT(After(table, 1s).infos, ElementsAre(HasSubstr("read, 1 entries")));
  EXPECT_EQ(Look(table, "a"), "longer");
  EXPECT_THAT(After(table, 10s).infos, IsEmpty());
}

TEST_F(Watched, FileThatGoesOnChangingIsNotRead) {
  WatchedTable table = Make("texthash:" + directory_.Write("t", "a x\n"));
  (void)table.Load(now_);
  std::string text = "a y\n";
  for (int i = 0; i < 10; ++i) {
    directory_.Write("t", text += "b z\n");
    (void)After(table, 1s);
    EXPECT_EQ(Look(table, "a"), "x");
  }
  (void)After(table, 2s);
  EXPECT_EQ(Look(table, "a"), "y");
}

TEST_F(Watched, SameSizeAndNewInodeIsAChange) {
  WatchedTable table = Make("texthash:" + directory_.Write("t", "a x\n"));
  (void)table.Load(now_);
  const auto time = std::filesystem::last_write_time(directory_.Path("t"));
  directory_.Write("t.new", "a y\n");
  std::filesystem::last_write_time(directory_.Path("t.new"), time);
  std::filesystem::rename(directory_.Path("t.new"), directory_.Path("t"));
  (void)After(table, 1s);
  (void)After(table, 2s);
  EXPECT_EQ(Look(table, "a"), "y");
}

TEST_F(Watched, EmptyMissingAndBrokenKeepWhatWasRead) {
  WatchedTable table = Make("pcre:" + directory_.Write("t", "/a/ x\n"));
  (void)table.Load(now_);
  const auto expect_kept = [&](const char* why) {
    (void)After(table, 1s);
    EXPECT_THAT(After(table, 2s).warnings,
                ElementsAre(testing::AllOf(HasSubstr(why), HasSubstr("stays in force"))));
    EXPECT_EQ(Look(table, "a"), "x");
    EXPECT_THAT(After(table, 11s).warnings, IsEmpty()) << "said once";
  };
  directory_.Write("t", "");
  expect_kept("has no entries any more");
  std::filesystem::remove(directory_.Path("t"));
  expect_kept("No such file");
  directory_.Write("t", "/a/ x\n/(/ broken\n");
  expect_kept("line 2");
  directory_.Write("t", "/a/ mended\n");
  (void)After(table, 1s);
  EXPECT_THAT(After(table, 2s).infos, ElementsAre(HasSubstr("read, 1 entries")));
  EXPECT_EQ(Look(table, "a"), "mended");
}

TEST_F(Watched, UnreadableAtFirstIsTriedAgain) {
  WatchedTable table = Make("texthash:" + directory_.Path("t"));
  EXPECT_THAT(table.Load(now_).warnings,
              ElementsAre(testing::AllOf(HasSubstr("No such file"), HasSubstr("are off"))));
  EXPECT_EQ(Look(table, "a"), "off");
  EXPECT_THAT(After(table, 11s).warnings, IsEmpty()) << "said once";
  directory_.Write("t", "a x\n");
  (void)After(table, 1s);
  EXPECT_THAT(After(table, 2s).infos, ElementsAre(HasSubstr("read, 1 entries")));
  EXPECT_EQ(Look(table, "a"), "x");
}

// Nothing about the file shows that it can be read now: it is tried every ten seconds.
TEST_F(Watched, UnchangedFileIsTriedAgainAfterTenSeconds) {
  test::WriteSqlite(directory_.Path("db"), {"CREATE TABLE t (a TEXT)"});
  WatchedTable table = Make("sqlite:" + directory_.Write("s", "dbpath = " + directory_.Path("db") +
                                                                  "\nquery = SELECT b FROM t\n"));
  EXPECT_EQ(table.Load(now_).warnings.size(), 1U);
  (void)After(table, 1s);
  (void)After(table, 3s);  // the file has been still for long enough: tried, and failed again
  test::WriteSqlite(directory_.Path("db"),
                    {"CREATE TABLE t (b TEXT)", "INSERT INTO t VALUES ('x')"});
  (void)After(table, 9s);
  EXPECT_EQ(Look(table, "a@x"), "off");
  (void)After(table, 2s);
  EXPECT_EQ(Look(table, "a@x"), "x");
}

TEST_F(Watched, EmptyFromTheBeginningIsATable) {
  WatchedTable table = Make("texthash:" + directory_.Write("t", ""));
  EXPECT_THAT(table.Load(now_).warnings, IsEmpty());
  EXPECT_EQ(Look(table, "a"), "-");
}

TEST_F(Watched, LeftOutLinesAreSaid) {
  WatchedTable table = Make("texthash:" + directory_.Write("t", "a x\nkey\n"));
  EXPECT_THAT(table.Load(now_).warnings, ElementsAre(HasSubstr("line 2")));
  EXPECT_EQ(Look(table, "a"), "x");
}

TEST(FileWatcher, ReadsOnItsOwnThreadWhileOthersLookUp) {
  const test::TempDirectory directory;
  auto table =
      std::make_shared<WatchedTable>(*ParseTableSpec("texthash:" + directory.Write("t", "a x\n")));
  (void)table->Load(SteadyClock::now());
  std::atomic<int> told{0};
  FileWatcher watcher([&](bool warning, std::string_view) { told += warning ? 100 : 1; });
  watcher.Watch({table});
  directory.Write("t", "a other\n");
  const Deadline until = SteadyClock::now() + 20s;
  std::string value;
  while (value != "other" && SteadyClock::now() < until) {
    value = table->Get()->Lookup("a", Deadline::max())->value_or("-");
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_EQ(value, "other");
  watcher.Stop();
  EXPECT_EQ(told, 1);
  watcher.Stop();
}

}  // namespace
}  // namespace assay::identity
