// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/watched_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "lib/engine/generation.h"
#include "lib/rules/entry_set.h"
#include "lib/rules/list_reader.h"

namespace assay::engine {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Files in a folder of their own; time goes as the test says.
class Lists : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "lists.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string Path(const std::string& name) const { return folder_ / name; }
  void Write(const std::string& name, std::string_view text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
  }
  // The list l.txt as it is now.
  [[nodiscard]] std::unique_ptr<WatchedList> Watch() const {
    const auto file = ReadFileText(Path("l.txt"), 1000000);
    EXPECT_TRUE(file);
    auto entries = rules::ReadListText(Path("l.txt"), file->text).entries;
    return std::make_unique<WatchedList>(
        rules::RuleSet::ListFile{"l", Path("l.txt"), std::move(entries)}, file->state);
  }
  WatchNews After(WatchedList& list, std::chrono::milliseconds time) {
    now_ += time;
    return list.Refresh(now_);
  }
  // Looks until a change is old enough.
  WatchNews Settle(WatchedList& list) {
    (void)After(list, 1s);
    return After(list, 2s);
  }
  static bool Has(const WatchedList& list, std::string_view domain) {
    return list.Get().entries->HasDomain(domain);
  }

  std::filesystem::path folder_;
  SteadyClock::time_point now_ = SteadyClock::now();
};

TEST_F(Lists, AreReadAgainOnceTheyAreStill) {
  Write("l.txt", "example.com\n");
  const auto list = Watch();
  EXPECT_FALSE(After(*list, 10s).changed);
  Write("l.txt", "example.com\nexample.net\n");
  EXPECT_FALSE(After(*list, 1s).changed) << "it may still be being written";
  EXPECT_FALSE(After(*list, 1s).changed);
  const WatchNews news = After(*list, 1s);
  EXPECT_TRUE(news.changed);
  EXPECT_THAT(news.infos, ElementsAre("list l: " + Path("l.txt") + " read, 2 entries"));
  EXPECT_TRUE(Has(*list, "example.net"));
  EXPECT_FALSE(After(*list, 10s).changed);
}

TEST_F(Lists, AnotherFileOfTheSameSizeIsNoticed) {
  Write("l.txt", "example.com\n");
  const auto list = Watch();
  Write("new", "example.net\n");
  std::filesystem::last_write_time(Path("new"), std::filesystem::last_write_time(Path("l.txt")));
  std::filesystem::rename(Path("new"), Path("l.txt"));
  EXPECT_TRUE(Settle(*list).changed);
  EXPECT_TRUE(Has(*list, "example.net"));
}

TEST_F(Lists, MistakesKeepWhatWasRead) {
  Write("l.txt", "example.com\n");
  const auto list = Watch();
  Write("l.txt", "example.com\n/a(b/\n");
  const WatchNews news = Settle(*list);
  EXPECT_FALSE(news.changed);
  EXPECT_THAT(news.warnings,
              ElementsAre("list l: " + Path("l.txt") +
                          ":2:3: this ( is never closed: what was read before stays in force"));
  EXPECT_TRUE(Has(*list, "example.com"));
  EXPECT_THAT(After(*list, 60s).warnings, IsEmpty()) << "said once";
  Write("l.txt", "example.com\n/a(b)/\n");
  EXPECT_TRUE(Settle(*list).changed);
}

TEST_F(Lists, FileThatIsGoneKeepsWhatWasRead) {
  Write("l.txt", "example.com\n");
  const auto list = Watch();
  std::filesystem::remove(Path("l.txt"));
  EXPECT_THAT(Settle(*list).warnings, ElementsAre(HasSubstr("what was read before stays")));
  EXPECT_THAT(After(*list, 60s).warnings, IsEmpty());
  EXPECT_TRUE(Has(*list, "example.com"));
  Write("l.txt", "example.com\nexample.net\n");
  EXPECT_TRUE(Settle(*list).changed);
}

struct Shrink {
  int before;
  int now;
  bool kept;
};

TEST_F(Lists, MoreThanHalfLostIsKept) {
  for (const Shrink& c : {Shrink{10, 5, false}, Shrink{10, 4, true}, Shrink{1, 0, true},
                          Shrink{3, 2, false}, Shrink{3, 1, true}, Shrink{0, 0, false}}) {
    const auto text = [](int entries) {
      std::string lines = "# some\n";
      for (int i = 0; i < entries; ++i) lines += "e" + std::to_string(i) + ".example\n";
      return lines;
    };
    Write("l.txt", text(c.before));
    const auto list = Watch();
    Write("l.txt", text(c.now) + "#\n");
    const WatchNews news = Settle(*list);
    EXPECT_EQ(news.changed, !c.kept) << c.before << " " << c.now;
    EXPECT_EQ(list->Get().entries->size(), static_cast<std::size_t>(c.kept ? c.before : c.now));
    if (!c.kept) continue;
    EXPECT_THAT(news.warnings, ElementsAre(HasSubstr("`assay reload --accept-shrink`")));
    EXPECT_THAT(After(*list, 60s).warnings, IsEmpty());
  }
}

// A generation whose rules read l.txt.
class ListGenerations : public Lists {
 protected:
  static constexpr std::string_view kRules =
      "list l from \"l.txt\"\n"
      "rule R { about \"r\" score 1 when helo in @l hit with helo = \"a\", list l = \"a\" miss "
      "\"\\n\" }\n";

  LoadReport Load(const Generation* previous, bool accept_shrink = false) {
    Write("site.rules", kRules);
    config::Config config;
    LoadOptions options;
    options.rule_files = {Path("site.rules")};
    options.accept_shrink = accept_shrink;
    if (previous != nullptr) {
      options.number = previous->number + 1;
      options.dkim = previous->dkim;
      options.lists = previous->rules->list_files();
    }
    return LoadGeneration(config, options);
  }
  static std::size_t Entries(const Generation& generation) {
    return generation.rules->list_files().at(0).entries->size();
  }
};

TEST_F(ListGenerations, ReloadKeepsAShrunkListUntilItIsAccepted) {
  Write("l.txt", "a.example\nb.example\nc.example\nd.example\n");
  const auto first = Load(nullptr).generation;
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(Entries(*first), 4U);
  Write("l.txt", "a.example\n");
  const LoadReport report = Load(first.get());
  ASSERT_NE(report.generation, nullptr);
  EXPECT_EQ(Entries(*report.generation), 4U);
  EXPECT_THAT(report.messages,
              ElementsAre("warning: list l: " + Path("l.txt") +
                          " has lost more than half of its entries (4 before, 1 now): what was "
                          "read before stays in force until `assay reload --accept-shrink`"));
  // The watch does not take it either, until the file changes again.
  EXPECT_FALSE(report.generation->lists.at(0)->Refresh(now_ + 60s).changed);
  const auto accepted = Load(report.generation.get(), true).generation;
  ASSERT_NE(accepted, nullptr);
  EXPECT_EQ(Entries(*accepted), 1U);
}

TEST_F(ListGenerations, ChangedListMakesTheNextGeneration) {
  Write("l.txt", "a.example\n");
  const auto first = Load(nullptr).generation;
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(WithCurrentLists(*first, 2), nullptr);
  Write("l.txt", "a.example\nb.example\n");
  (void)first->lists.at(0)->Refresh(now_ + 1s);
  ASSERT_TRUE(first->lists.at(0)->Refresh(now_ + 4s).changed);
  const auto second = WithCurrentLists(*first, 2);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->number, 2U);
  EXPECT_EQ(Entries(*first), 1U) << "transactions keep what they began with";
  EXPECT_EQ(Entries(*second), 2U);
  EXPECT_EQ(WithCurrentLists(*second, 3), nullptr);
}

// A path in a rule file may name anything. Nothing of it is waited for, or read to an end that
// never comes.
TEST_F(Lists, OnlyRegularFilesAreRead) {
  ASSERT_EQ(::mkfifo(Path("fifo").c_str(), 0600), 0);
  std::filesystem::create_directory(Path("folder"));
  std::filesystem::create_symlink("nowhere", Path("dangling"));
  std::filesystem::create_symlink("loop", Path("loop"));
  for (const std::string& path : {Path("fifo"), Path("folder"), Path("dangling"), Path("loop"),
                                  std::string("/dev/zero"), std::string("/dev/null")}) {
    const auto file = ReadFileText(path, 1000);
    ASSERT_FALSE(file) << path;
    EXPECT_TRUE(file.error().what.starts_with(path + ": ")) << file.error().what;
  }
  // Says that it is empty, and is as long as the address space.
  const auto endless = ReadFileText("/proc/self/pagemap", 1 << 20);
  ASSERT_FALSE(endless);
  Write("exact", std::string(1000, 'x'));
  EXPECT_TRUE(ReadFileText(Path("exact"), 1000));
  EXPECT_FALSE(ReadFileText(Path("exact"), 999));
}

TEST_F(ListGenerations, MissingAndLargeFilesRefuseTheLoad) {
  EXPECT_EQ(Load(nullptr).generation, nullptr);
  std::ofstream(Path("l.txt")).close();
  std::filesystem::resize_file(Path("l.txt"), 65UL * 1024 * 1024);
  const LoadReport report = Load(nullptr);
  EXPECT_EQ(report.generation, nullptr);
  EXPECT_THAT(report.messages.at(0), HasSubstr("larger than 67108864 bytes"));
}

}  // namespace
}  // namespace assay::engine
