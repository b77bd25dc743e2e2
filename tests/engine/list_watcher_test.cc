// SPDX-License-Identifier: Apache-2.0
// The thread that tests DNS lists.
#include "lib/engine/list_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "lib/dns/zone_resolver.h"
#include "tests/support/temporary_folder.h"

namespace assay::engine {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kLists = R"(
dnsbl good zone "good.example" { bad 127.0.0.2 }
dnsbl dead zone "dead.example" { bad 127.0.0.2 }
dnsbl free zone "free.example" test none { bad 127.0.0.2 }
dnsbl spare zone "spare.example" { bad 127.0.0.2 }
rule ANY {
  about "x"
  when dnsbl.good or dnsbl.dead or dnsbl.free
  hit with dnsbl.good = bad
  miss "\nx"
}
)";

class ListWatcherTest : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  ListWatcherTest() {
    config_.rules.directory.clear();
    config_.rules.local = folder_.Path("local.rules");
    Load(kLists);
    dns::ZoneOptions options;
    options.record = true;
    resolver_ = std::make_shared<dns::ZoneResolver>(
        *dns::Zone::Parse("2.0.0.127.good.example A 127.0.0.2\n", "zone"), options);
    shared_ = std::make_shared<Shared>(resolver_, 1 << 20, 4);
    shared_->list_health().SetTell([this](bool warning, std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.push_back((warning ? "W " : "I ") + std::string(line));
    });
  }

  void Load(const char* rules) {
    std::ofstream(config_.rules.local) << rules;
    auto report = LoadGeneration(config_, {});
    ASSERT_TRUE(report.generation) << testing::PrintToString(report.messages);
    generation_ = report.generation;
  }

  bool InUse(std::string_view name) {
    for (const rules::DnsList& list : generation_->rules->dns_lists()) {
      if (list.name == name) return shared_->list_health().InUse(list);
    }
    return false;
  }

  std::vector<std::string> Lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  template <class Condition>
  static bool WaitFor(const Condition& condition) {
    for (const auto until = SteadyClock::now() + 20s; SteadyClock::now() < until;) {
      if (condition()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  config::Config config_;
  std::shared_ptr<const Generation> generation_;
  std::shared_ptr<dns::ZoneResolver> resolver_;
  std::shared_ptr<Shared> shared_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

TEST_F(ListWatcherTest, TestsWhatRulesAskAndTellsOfWhatFails) {
  ListWatcher watcher(shared_);
  watcher.Watch(*generation_);
  EXPECT_TRUE(WaitFor([&] { return InUse("good") && !Lines().empty(); }));
  EXPECT_FALSE(InUse("dead"));
  EXPECT_TRUE(InUse("free"));
  watcher.Stop();
  EXPECT_THAT(Lines(), ElementsAre("W dnsbl.dead does not list 127.0.0.2, as every list that works "
                                   "does; it is switched off until it passes its test"));
  std::vector<std::string> asked;
  for (const dns::Question& question : resolver_->asked()) asked.push_back(question.name);
  EXPECT_THAT(asked, ElementsAre("2.0.0.127.good.example", "1.0.0.127.good.example",
                                 "2.0.0.127.dead.example", "1.0.0.127.dead.example"));
}

TEST_F(ListWatcherTest, AReloadTestsAgain) {
  ListWatcher watcher(shared_);
  watcher.Watch(*generation_);
  EXPECT_TRUE(WaitFor([&] { return !Lines().empty() && InUse("good"); }));
  Load(
      "dnsbl good zone \"good.example\" { bad 127.0.0.2 }\n"
      "rule ANY { about \"x\" when dnsbl.good hit with dnsbl.good = bad miss \"\\nx\" }\n");
  watcher.Watch(*generation_);
  EXPECT_TRUE(InUse("good")) << "a list that works goes on while it is tested";
  EXPECT_TRUE(WaitFor([&] { return resolver_->asked().size() == 6; }));
}

TEST_F(ListWatcherTest, WithoutListsThereIsNothingToDo) {
  Load("");
  ListWatcher watcher(shared_);
  watcher.Watch(*generation_);
  watcher.Stop();
  watcher.Stop();
  EXPECT_THAT(resolver_->asked(), IsEmpty());
}

TEST_F(ListWatcherTest, WithoutQuestionsNothingIsTested) {
  config_.dns.list_questions = 0;
  Load(kLists);
  ListWatcher watcher(shared_);
  watcher.Watch(*generation_);
  watcher.Stop();
  EXPECT_THAT(resolver_->asked(), IsEmpty());
}

TEST_F(ListWatcherTest, EndsAtOnceWhileAnswersAreOnTheirWay) {
  dns::ZoneOptions options;
  options.timeout = 30s;
  shared_ = std::make_shared<Shared>(
      std::make_shared<dns::ZoneResolver>(
          *dns::Zone::Parse("2.0.0.127.good.example TIMEOUT\n", "zone"), options),
      1 << 20, 4);
  ListWatcher watcher(shared_);
  watcher.Watch(*generation_);
  std::this_thread::sleep_for(50ms);
  const auto begin = SteadyClock::now();
  watcher.Stop();
  EXPECT_LT(SteadyClock::now() - begin, 10s);
  EXPECT_FALSE(InUse("good")) << "not tested yet";
}

}  // namespace
}  // namespace assay::engine
