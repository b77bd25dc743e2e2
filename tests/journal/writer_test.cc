// SPDX-License-Identifier: Apache-2.0
// The writer's thread, and everything that can be wrong with its file. No test here waits for a
// disk to be repaired but those that repair it.
#include "lib/journal/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <mutex>
#include <thread>

#include "lib/journal/reader.h"
#include "tests/journal/journal_testing.h"
#include "tests/support/temporary_folder.h"

namespace assay::journal {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

// What the writer has said.
class Said {
 public:
  [[nodiscard]] Writer::Tell Tell() {
    return [this](bool warning, std::string_view line) {
      const std::lock_guard lock(mutex_);
      text_.append(warning ? "warning: " : "info: ").append(line).append("\n");
    };
  }
  [[nodiscard]] std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  [[nodiscard]] bool Waits(std::string_view part) const {
    const Deadline until = SteadyClock::now() + 20s;
    while (text().find(part) == std::string::npos) {
      if (SteadyClock::now() >= until) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

class WriterTest : public testing::Test {
 protected:
  WriterOptions Options() {
    WriterOptions options;
    options.path = folder_.Path(kFileName);
    options.gather = 5ms;
    options.retry = 10ms;
    return options;
  }
  std::size_t CountOf(std::string_view name) {
    const auto found = Find(folder_.Path(kFileName), name);
    EXPECT_TRUE(found) << found.error().what;
    return found ? found->records.size() : 0;
  }
  std::ptrdiff_t Lines() const {
    const std::string text = said_.text();
    return std::count(text.begin(), text.end(), '\n');
  }
  static bool WaitForRecorded(const Writer& writer, std::uint64_t records) {
    const Deadline until = SteadyClock::now() + 20s;
    while (writer.counters().recorded < records) {
      if (SteadyClock::now() >= until) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }

  test::TemporaryFolder folder_;
  Said said_;
};

TEST_F(WriterTest, RecordsFromManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 250;
  Writer writer(Options(), said_.Tell());
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&writer] {
      for (int k = 0; k < kEach; ++k) writer.Add(MakeRecord("A"));
    });
  }
  // A reader beside them.
  ASSERT_TRUE(WaitForRecorded(writer, 1));
  EXPECT_GT(CountOf("A"), 0U);
  for (std::thread& thread : threads) thread.join();
  writer.Stop(SteadyClock::now() + 20s);
  EXPECT_EQ(writer.counters().recorded, kThreads * kEach);
  EXPECT_EQ(writer.counters().dropped, 0U);
  EXPECT_EQ(writer.counters().queued, 0U);
  EXPECT_THAT(said_.text(), IsEmpty());
}

TEST_F(WriterTest, StopWritesWhatIsQueued) {
  WriterOptions options = Options();
  options.gather = 10s;
  Writer writer(options, said_.Tell());
  for (int i = 0; i < 50; ++i) writer.Add(MakeRecord("A"));
  const auto begin = SteadyClock::now();
  writer.Stop(begin + 20s);
  EXPECT_LT(SteadyClock::now() - begin, 9s) << "it does not wait for more to come";
  EXPECT_EQ(CountOf("A"), 50U);
  writer.Add(MakeRecord("B"));
  EXPECT_EQ(writer.counters().dropped, 1U);
  writer.Stop(SteadyClock::now());
}

TEST_F(WriterTest, AFullQueueDropsAndCounts) {
  WriterOptions options = Options();
  options.path = folder_.Path("missing/journal.db");
  options.queue_rows = 10;
  options.warn_every = 1h;
  Writer writer(options, said_.Tell());
  ASSERT_TRUE(said_.Waits("warning: ")) << "before the first mail";
  for (int i = 0; i < 30; ++i) writer.Add(MakeRecord("A"));
  EXPECT_EQ(writer.counters().queued, 10U);
  EXPECT_EQ(writer.counters().dropped, 20U);
  EXPECT_THAT(said_.text(), HasSubstr("journal.db: No such file or directory; mail goes on"));
  EXPECT_EQ(Lines(), 1) << "one line in that time";
  std::filesystem::create_directory(folder_.Path("missing"));
  ASSERT_TRUE(WaitForRecorded(writer, 10));
  EXPECT_THAT(said_.text(), HasSubstr("is written again, 20 records were dropped"));
}

// One line when it begins, one when records begin to be lost, one when it is over; a host without
// that directory has a quiet log.
TEST_F(WriterTest, TroubleThatGoesOnIsToldOnce) {
  WriterOptions options = Options();
  options.path = folder_.Path("missing/journal.db");
  options.queue_rows = 10;
  options.retry = 1ms;
  options.warn_every = 0ms;
  Writer writer(options, said_.Tell());
  ASSERT_TRUE(said_.Waits("No such file or directory; mail goes on, records wait, 0 so far\n"));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(Lines(), 1);
  for (int i = 0; i < 11; ++i) writer.Add(MakeRecord("A"));
  ASSERT_TRUE(said_.Waits("; mail goes on, records are dropped, 1 so far\n"));
  for (int i = 0; i < 9; ++i) writer.Add(MakeRecord("A"));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(Lines(), 2) << said_.text();
  std::filesystem::create_directory(folder_.Path("missing"));
  std::filesystem::create_directory(folder_.Path("missing/journal.db"));
  ASSERT_TRUE(said_.Waits("is no regular file; mail goes on, records are dropped, 10 so far\n"));
  std::filesystem::remove(folder_.Path("missing/journal.db"));
  ASSERT_TRUE(said_.Waits("is written again, 10 records were dropped\n"));
  EXPECT_EQ(Lines(), 4) << said_.text();
  EXPECT_TRUE(WaitForRecorded(writer, 10));
}

TEST_F(WriterTest, DropsByAFullQueueAloneAreTold) {
  WriterOptions options = Options();
  options.queue_rows = 1;
  options.gather = 100ms;
  Writer writer(options, said_.Tell());
  for (int i = 0; i < 200; ++i) writer.Add(MakeRecord("A"));
  EXPECT_TRUE(said_.Waits(" records were dropped, more came than could be written\n"));
}

TEST_F(WriterTest, TheQueueIsBoundedInBytes) {
  WriterOptions options = Options();
  options.path = folder_.Path("missing/journal.db");
  options.queue_bytes = 100'000;
  Writer writer(options, said_.Tell());
  Record record = MakeRecord("A");
  record.verdict.reason = std::string(30'000, 'x');
  for (int i = 0; i < 10; ++i) writer.Add(record);
  EXPECT_EQ(writer.counters().queued, 3U);
  record.verdict.reason = std::string(kMaxRecordBytes, 'x');
  writer.Add(record);
  EXPECT_EQ(writer.counters().dropped, 8U);
}

// In a process of its own: the answer of `child` is its exit status.
template <class Body>
int InChild(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

constexpr uid_t kNobody = 65534;

// Root may write everywhere: it becomes the owner of the folder and nobody else.
bool BecomeOwner(const std::string& folder) {
  if (::geteuid() != 0) return true;
  return ::chown(folder.c_str(), kNobody, kNobody) == 0 && ::setuid(kNobody) == 0;
}

TEST_F(WriterTest, AReadOnlyFolderIsNoReasonToStop) {
  using std::filesystem::perms;
  const int code = InChild([&] {
    const std::string folder = folder_.Path(".");
    if (!BecomeOwner(folder)) return 1;
    std::filesystem::permissions(folder, perms::owner_read | perms::owner_exec);
    Writer writer(Options(), said_.Tell());
    const bool said = said_.Waits("Permission denied; mail goes on");
    writer.Add(MakeRecord("A"));
    const bool kept = writer.counters().queued == 1;
    std::filesystem::permissions(folder, perms::owner_all);
    if (!said) return 2;
    if (!kept) return 3;
    return WaitForRecorded(writer, 1) ? 0 : 4;
  });
  EXPECT_EQ(code, 0);
}

// A full disk for one process: no file may grow beyond that size.
TEST_F(WriterTest, AFullDisk) {
  { const Writer writer(Options(), said_.Tell()); }
  const auto size = std::filesystem::file_size(folder_.Path(kFileName));
  const int code = InChild([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    limit.rlim_cur = size;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    Writer writer(Options(), said_.Tell());
    Record record = MakeRecord("A");
    record.verdict.reason = std::string(20'000, 'x');
    for (int i = 0; i < 100; ++i) writer.Add(record);
    if (!said_.Waits("; mail goes on")) return 3;
    if (writer.counters().queued == 0) return 4;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 5;
    return WaitForRecorded(writer, 100) ? 0 : 6;
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(CountOf("A"), 100U);
}

TEST_F(WriterTest, ItsOwnLimitIsNoTrouble) {
  WriterOptions options = Options();
  options.limits.max_bytes = 2UL * 1024 * 1024;
  Writer writer(options, said_.Tell());
  Record record = MakeRecord("A");
  record.verdict.reason = std::string(10'000, 'x');
  for (int i = 0; i < 1000; ++i) {
    record.ref = std::to_string(i);
    writer.Add(record);
    if (i % 50 != 0) continue;
    ASSERT_TRUE(WaitForRecorded(writer, static_cast<std::uint64_t>(i))) << said_.text();
  }
  writer.Stop(SteadyClock::now() + 20s);
  EXPECT_EQ(writer.counters().recorded, 1000U) << said_.text();
  EXPECT_EQ(CountOf("999"), 1U);
  EXPECT_LE(std::filesystem::file_size(folder_.Path(kFileName)), options.limits.max_bytes);
}

// Another process holds the file, as a backup does.
TEST_F(WriterTest, ALockedFile) {
  WriterOptions options = Options();
  options.prune_every = 1ms;
  options.warn_every = 0ms;
  Writer writer(options, said_.Tell());
  writer.Add(MakeRecord("A"));
  ASSERT_TRUE(WaitForRecorded(writer, 1));
  {
    auto other = Database::Open(folder_.Path(kFileName), Database::Access::kWrite, 5000);
    ASSERT_TRUE(other && other->Execute("BEGIN EXCLUSIVE"));
    const auto begin = SteadyClock::now();
    writer.Add(MakeRecord("B"));
    EXPECT_LT(SteadyClock::now() - begin, 200ms) << "who adds does not wait";
    ASSERT_TRUE(said_.Waits("database is locked; mail goes on")) << said_.text();
    std::this_thread::sleep_for(1s);
    EXPECT_EQ(Lines(), 1) << "it is not over because the file can be opened: " << said_.text();
    ASSERT_TRUE(other->Execute("ROLLBACK"));
  }
  ASSERT_TRUE(WaitForRecorded(writer, 2));
  EXPECT_TRUE(said_.Waits("is written again, 0 records were dropped"));
  EXPECT_EQ(CountOf("B"), 1U);
}

TEST_F(WriterTest, StopIsBoundedWhileTheFileIsLocked) {
  Writer writer(Options(), said_.Tell());
  writer.Add(MakeRecord("A"));
  ASSERT_TRUE(WaitForRecorded(writer, 1));
  auto other = Database::Open(folder_.Path(kFileName), Database::Access::kWrite, 5000);
  ASSERT_TRUE(other && other->Execute("BEGIN EXCLUSIVE"));
  writer.Add(MakeRecord("B"));
  const auto begin = SteadyClock::now();
  writer.Stop(begin + 3s);
  EXPECT_LT(SteadyClock::now() - begin, 4s);
  EXPECT_THAT(said_.text(), HasSubstr("1 records are lost"));
  EXPECT_EQ(writer.counters().dropped, 1U);
}

TEST_F(WriterTest, StopLeavesAThreadThatDoesNotAnswerToItself) {
  auto writer = std::make_unique<Writer>(Options(), said_.Tell());
  writer->Stop(SteadyClock::now() - 1s);
  writer.reset();
}

TEST_F(WriterTest, AGarbageFileIsMovedAside) {
  std::ofstream(folder_.Path(kFileName)) << std::string(50'000, 'g');
  Writer writer(Options(), said_.Tell());
  writer.Add(MakeRecord("A"));
  ASSERT_TRUE(WaitForRecorded(writer, 1));
  EXPECT_EQ(CountOf("A"), 1U);
  EXPECT_EQ(std::filesystem::file_size(folder_.Path("journal.db.damaged")), 50'000U);
  EXPECT_THAT(said_.text(), HasSubstr("warning: journal "));
  EXPECT_THAT(said_.text(), HasSubstr("journal.db.damaged, a new one begins"));
}

TEST_F(WriterTest, AFileThatIsDamagedWhileItIsWrittenIsMovedAside) {
  Writer writer(Options(), said_.Tell());
  for (int i = 0; i < 100; ++i) writer.Add(MakeRecord("A"));
  ASSERT_TRUE(WaitForRecorded(writer, 100));
  {
    // Fold the -wal file in, then overwrite everything.
    auto other = Database::Open(folder_.Path(kFileName), Database::Access::kWrite, 5000);
    ASSERT_TRUE(other && other->Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    std::ofstream(folder_.Path(kFileName), std::ios::binary | std::ios::in)
        << std::string(60'000, 'g');
  }
  for (int i = 0; i < 100 && said_.text().empty(); ++i) {
    writer.Add(MakeRecord("B"));
    std::this_thread::sleep_for(20ms);
  }
  ASSERT_TRUE(said_.Waits("a new one begins")) << said_.text();
  writer.Stop(SteadyClock::now() + 20s);
  EXPECT_GT(CountOf("B"), 0U);
}

TEST_F(WriterTest, ADatabaseOfSomethingElseIsLeftAlone) {
  {
    auto other = Database::Open(folder_.Path(kFileName), Database::Access::kWrite, 100);
    ASSERT_TRUE(other && other->Execute("CREATE TABLE bookmarks(id)"));
  }
  Writer writer(Options(), said_.Tell());
  writer.Add(MakeRecord("A"));
  EXPECT_TRUE(said_.Waits("is a database of something else; mail goes on"));
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("journal.db.damaged")));
}

TEST_F(WriterTest, TwoProcessesMayWrite) {
  // A daemon that drains, and its successor.
  Writer first(Options(), said_.Tell());
  Writer second(Options(), said_.Tell());
  for (int i = 0; i < 200; ++i) {
    first.Add(MakeRecord("A"));
    second.Add(MakeRecord("B"));
    if (i % 20 == 0) std::this_thread::sleep_for(5ms);
  }
  first.Stop(SteadyClock::now() + 20s);
  second.Stop(SteadyClock::now() + 20s);
  EXPECT_EQ(CountOf("A") + CountOf("B"), 2 * kMostFound);
  EXPECT_EQ(first.counters().recorded + second.counters().recorded, 400U) << said_.text();
}

}  // namespace
}  // namespace assay::journal
