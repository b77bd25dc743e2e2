// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/zone_resolver.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace assay::dns {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSoon{10'000};

const Question kText("a.example", RrType::kTxt);

Zone ZoneOf(std::string_view text) { return Zone::Parse(text, "test.zone").value(); }

TEST(ZoneResolver, AnswersAtOnceWithoutDelay) {
  ZoneResolver resolver(ZoneOf("a.example TXT \"x\""));
  const auto inbox = std::make_shared<Inbox>();
  resolver.Ask(kText, inbox);
  const auto arrivals = inbox->Take();
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].first, kText);
  EXPECT_EQ(arrivals[0].second->texts.front(), "x");
}

TEST(ZoneResolver, DelayIsKept) {
  ZoneResolver resolver(ZoneOf("$DELAY 30\na.example TXT \"x\""));
  const auto inbox = std::make_shared<Inbox>();
  const Deadline begin = SteadyClock::now();
  resolver.Ask(kText, inbox);
  resolver.Ask(Question("b.example", RrType::kA), inbox);
  EXPECT_TRUE(inbox->Take().empty());
  std::size_t count = 0;
  while (count < 2 && inbox->Wait(begin + kSoon)) count += inbox->Take().size();
  EXPECT_EQ(count, 2U);
  EXPECT_GE(SteadyClock::now() - begin, milliseconds(30));
}

TEST(ZoneResolver, TimeoutArrivesAfterTheTimeout) {
  ZoneOptions options;
  options.timeout = milliseconds(40);
  ZoneResolver resolver(ZoneOf("a.example TIMEOUT\nb.example A 192.0.2.1"), options);
  const auto inbox = std::make_shared<Inbox>();
  const Deadline begin = SteadyClock::now();
  resolver.Ask(kText, inbox);
  resolver.Ask(Question("b.example", RrType::kA), inbox);
  EXPECT_EQ(inbox->Take().size(), 1U);  // the other one did not wait
  ASSERT_TRUE(inbox->Wait(begin + kSoon));
  EXPECT_GE(SteadyClock::now() - begin, milliseconds(40));
  EXPECT_EQ(inbox->Take().front().second->status, Status::kTimeout);
}

TEST(ZoneResolver, DelayBeyondTheTimeoutIsATimeout) {
  ZoneOptions options;
  options.timeout = milliseconds(20);
  ZoneResolver resolver(ZoneOf("$DELAY 60000\na.example TXT \"x\""), options);
  const auto inbox = std::make_shared<Inbox>();
  resolver.Ask(kText, inbox);
  ASSERT_TRUE(inbox->Wait(SteadyClock::now() + kSoon));
  EXPECT_EQ(inbox->Take().front().second->status, Status::kTimeout);
}

TEST(ZoneResolver, DestructionAnswersWhatIsOpen) {
  const auto inbox = std::make_shared<Inbox>();
  {
    ZoneResolver resolver(ZoneOf("$DELAY 4000\na.example TXT \"x\""));
    resolver.Ask(kText, inbox);
  }
  const auto arrivals = inbox->Take();
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].second->status, Status::kTimeout);
}

TEST(ZoneResolver, InboxMayBeGone) {
  ZoneResolver resolver(ZoneOf("$DELAY 5\na.example TXT \"x\""));
  auto gone = std::make_shared<Inbox>();
  resolver.Ask(kText, gone);
  gone.reset();
  const auto inbox = std::make_shared<Inbox>();
  resolver.Ask(kText, inbox);
  EXPECT_TRUE(inbox->Wait(SteadyClock::now() + kSoon));
}

TEST(ZoneResolver, RecordsWhatWasAskedAndUnexpected) {
  ZoneOptions options;
  options.record = true;
  ZoneResolver resolver(ZoneOf("a.b.example TXT \"x\"\nno.example NXDOMAIN"), options);
  const auto inbox = std::make_shared<Inbox>();
  for (const char* name : {"a.b.example", "b.example", "no.example", "c.example"}) {
    resolver.Ask(Question(name, RrType::kMx), inbox);
  }
  EXPECT_EQ(resolver.asked().size(), 4U);
  EXPECT_EQ(resolver.unexpected(), std::vector<Question>{Question("c.example", RrType::kMx)});
}

}  // namespace
}  // namespace assay::dns
