// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace assay::dns {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMegabyte = 1 << 20;
constexpr std::size_t kSmall = 1 << 16;
const Deadline kNow = Deadline(std::chrono::hours(1000));
const Question kQuestion("example.com", RrType::kTxt);

AnswerPtr Make(Status status, seconds ttl, std::size_t text_bytes = 0) {
  Answer answer;
  answer.status = status;
  answer.ttl = ttl;
  if (text_bytes > 0) answer.texts.emplace_back(text_bytes, 'x');
  return std::make_shared<const Answer>(std::move(answer));
}

Question Numbered(int number) {
  return {"host-" + std::to_string(number) + ".example.com", RrType::kTxt};
}

struct LifeCase {
  const char* name;
  Status status;
  seconds ttl;
  seconds kept;  // 0: not at all
};

class CacheLife : public testing::TestWithParam<LifeCase> {};

TEST_P(CacheLife, KeepsToTheSecond) {
  Cache cache(kMegabyte);
  cache.Add(kQuestion, Make(GetParam().status, GetParam().ttl), kNow);
  const seconds kept = GetParam().kept;
  if (kept.count() > 0) {
    EXPECT_NE(cache.Find(kQuestion, kNow), nullptr);
    EXPECT_NE(cache.Find(kQuestion, kNow + kept - seconds(1)), nullptr);
  }
  EXPECT_EQ(cache.Find(kQuestion, kNow + kept), nullptr);
  EXPECT_EQ(cache.statistics().entries, 0U);
  EXPECT_EQ(cache.statistics().bytes, 0U);
}

constexpr LifeCase kLifeCases[] = {
    {"positive", Status::kSuccess, seconds(300), seconds(300)},
    {"positive_capped", Status::kSuccess, seconds(7 * 86400), seconds(86400)},
    {"positive_zero", Status::kSuccess, seconds(0), seconds(0)},
    {"nodata", Status::kNoData, seconds(60), seconds(60)},
    {"nxdomain_capped", Status::kNxDomain, seconds(86400), seconds(3600)},
    {"nxdomain_without_soa", Status::kNxDomain, seconds(0), seconds(0)},
    {"servfail", Status::kServFail, seconds(0), seconds(5)},
    {"refused", Status::kRefused, seconds(900), seconds(5)},
    {"malformed", Status::kMalformed, seconds(0), seconds(5)},
    {"timeout", Status::kTimeout, seconds(300), seconds(0)},
    {"limit", Status::kLimit, seconds(300), seconds(0)},
};

INSTANTIATE_TEST_SUITE_P(Cache, CacheLife, testing::ValuesIn(kLifeCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Cache, TellsTypesApart) {
  Cache cache(kMegabyte);
  cache.Add(kQuestion, Make(Status::kSuccess, seconds(60)), kNow);
  EXPECT_EQ(cache.Find(Question("example.com", RrType::kA), kNow), nullptr);
}

TEST(Cache, ReplacesWithoutCountingTwice) {
  Cache cache(kMegabyte);
  cache.Add(kQuestion, Make(Status::kSuccess, seconds(60), 4000), kNow);
  const std::size_t bytes = cache.statistics().bytes;
  EXPECT_GT(bytes, 4000U);
  for (int i = 0; i < 10; ++i)
    cache.Add(kQuestion, Make(Status::kSuccess, seconds(60), 4000), kNow);
  EXPECT_EQ(cache.statistics().bytes, bytes);
  EXPECT_EQ(cache.statistics().entries, 1U);
}

TEST(Cache, LeastRecentlyUsedGoesFirst) {
  Cache cache(kSmall);
  cache.Add(Numbered(0), Make(Status::kSuccess, seconds(60), 1000), kNow);
  int last = 0;
  while (cache.statistics().evictions == 0) {
    EXPECT_NE(cache.Find(Numbered(0), kNow), nullptr);  // in use all the time
    cache.Add(Numbered(++last), Make(Status::kSuccess, seconds(60), 1000), kNow);
  }
  EXPECT_NE(cache.Find(Numbered(0), kNow), nullptr);
  EXPECT_EQ(cache.Find(Numbered(1), kNow), nullptr);
  EXPECT_NE(cache.Find(Numbered(2), kNow), nullptr);
  EXPECT_NE(cache.Find(Numbered(last), kNow), nullptr);
  EXPECT_LE(cache.statistics().bytes, kSmall);
}

TEST(Cache, OneLargeAnswerDoesNotPushOutTheRest) {
  Cache cache(kSmall);
  cache.Add(Numbered(0), Make(Status::kSuccess, seconds(60)), kNow);
  cache.Add(Numbered(1), Make(Status::kSuccess, seconds(60), 9000), kNow);
  EXPECT_EQ(cache.Find(Numbered(1), kNow), nullptr);
  EXPECT_NE(cache.Find(Numbered(0), kNow), nullptr);
}

TEST(Cache, SizeZeroKeepsNothing) {
  Cache cache(0);
  cache.Add(kQuestion, Make(Status::kSuccess, seconds(60)), kNow);
  EXPECT_EQ(cache.Find(kQuestion, kNow), nullptr);
}

TEST(Cache, CountsHitsAndMisses) {
  Cache cache(kMegabyte);
  EXPECT_EQ(cache.Find(kQuestion, kNow), nullptr);
  cache.Add(kQuestion, Make(Status::kSuccess, seconds(60)), kNow);
  EXPECT_NE(cache.Find(kQuestion, kNow), nullptr);
  EXPECT_EQ(cache.Find(kQuestion, kNow + seconds(60)), nullptr);
  EXPECT_EQ(cache.statistics().hits, 1U);
  EXPECT_EQ(cache.statistics().misses, 2U);
}

std::size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// What is charged must be what is used: the process must not grow once the bound is reached.
TEST(Cache, MemoryStopsGrowingAtTheBound) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep freed memory";
#endif
  constexpr std::size_t kBound = 8 * kMegabyte;
  Cache cache(kBound);
  const std::size_t before = ResidentBytes();
  int number = 0;
  const auto fill = [&](std::uint64_t evictions) {
    while (cache.statistics().evictions < evictions) {
      const int n = number++;
      const std::size_t size = n % 3 == 0 ? 0 : static_cast<std::size_t>(n % 700);
      cache.Add(Numbered(n), Make(Status::kSuccess, seconds(60), size), kNow);
    }
  };
  fill(10'000);
  const std::size_t at_bound = ResidentBytes();
  EXPECT_LT(at_bound - before, kBound * 5 / 4);
  fill(150'000);
  EXPECT_LT(ResidentBytes(), at_bound + kBound / 8);
  EXPECT_LE(cache.statistics().bytes, kBound);
}

TEST(Cache, ManyThreads) {
  Cache cache(kSmall);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 2000; ++i) {
        cache.Add(Numbered(i % 200), Make(Status::kSuccess, seconds(60), 500), kNow);
        const AnswerPtr found = cache.Find(Numbered((i + t) % 200), kNow);
        if (found == nullptr) continue;
        EXPECT_EQ(found->texts.front().size(), 500U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const CacheStatistics statistics = cache.statistics();
  EXPECT_EQ(statistics.hits + statistics.misses, 8000U);
  EXPECT_LE(statistics.bytes, kSmall);
}

}  // namespace
}  // namespace assay::dns
