// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

#include "lib/dns/resolver.h"

namespace assay::dns {
namespace {

using std::chrono::milliseconds;

const Question kQuestion("example.com", RrType::kTxt);

TEST(Inbox, TakesInOrderAndOnce) {
  Inbox inbox;
  EXPECT_TRUE(inbox.Take().empty());
  const auto answer = std::make_shared<const Answer>();
  inbox.Put(kQuestion, answer);
  inbox.Put(Question("example.org", RrType::kA), answer);
  const auto arrivals = inbox.Take();
  ASSERT_EQ(arrivals.size(), 2U);
  EXPECT_EQ(arrivals[0].first, kQuestion);
  EXPECT_EQ(arrivals[0].second, answer);
  EXPECT_EQ(arrivals[1].first.name, "example.org");
  EXPECT_TRUE(inbox.Take().empty());
}

TEST(Inbox, WaitEndsAtItsDeadline) {
  Inbox inbox;
  const Deadline begin = SteadyClock::now();
  EXPECT_FALSE(inbox.Wait(begin + milliseconds(20)));
  EXPECT_GE(SteadyClock::now() - begin, milliseconds(20));
  EXPECT_FALSE(inbox.Wait(begin));  // in the past: no wait at all
}

TEST(Inbox, WaitSeesWhatIsThereAlready) {
  Inbox inbox;
  inbox.Put(kQuestion, std::make_shared<const Answer>());
  EXPECT_TRUE(inbox.Wait(SteadyClock::now()));
  EXPECT_EQ(inbox.Take().size(), 1U);
}

TEST(Inbox, WaitWakesForAnotherThread) {
  Inbox inbox;
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(10));
    inbox.Put(kQuestion, std::make_shared<const Answer>());
  });
  EXPECT_TRUE(inbox.Wait(SteadyClock::now() + std::chrono::seconds(30)));
  EXPECT_EQ(inbox.Take().size(), 1U);
  other.join();
}

}  // namespace
}  // namespace assay::dns
