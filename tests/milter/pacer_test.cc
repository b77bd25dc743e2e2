// SPDX-License-Identifier: Apache-2.0
#include "milter/pacer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <optional>
#include <thread>

#include "milter/negotiation.h"
#include "tests/milter/assayd_process.h"

namespace assay::milter {
namespace {

using std::chrono::milliseconds;

// libmilter's side of the internal connections.
class Peer {
 public:
  explicit Peer(const Listener& listener) : fd_(::accept(listener.fd(), nullptr, nullptr)) {}

  // The bytes that arrive within `limit`; at least one, if any comes.
  std::string Read(milliseconds limit) {
    pollfd poll_fd{fd_.get(), POLLIN, 0};
    if (::poll(&poll_fd, 1, static_cast<int>(limit.count())) <= 0) return {};
    std::array<char, 65536> buffer{};
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    return size <= 0 ? std::string("closed")
                     : std::string(buffer.data(), static_cast<std::size_t>(size));
  }
  void Answer() { (void)::send(fd_.get(), "\0\0\0\1O", 5, MSG_NOSIGNAL); }

 private:
  UniqueFd fd_;
};

class PacerTest : public testing::Test {
 protected:
  PacerTest() {
    auto listener = Listener::Open(*ParseSocketSpec("unix:" + folder_.Path("a.sock")), {});
    listener_ = std::move(*listener);
  }

  void Dial(std::size_t connections,
            std::chrono::seconds idle_timeout = std::chrono::seconds(7210)) {
    pacer_.emplace(*listener_, gauge_, log_, Pacer::Options{connections, idle_timeout});
    ASSERT_TRUE(pacer_->Dial());
    ASSERT_TRUE(listener_->Publish());
    for (std::size_t i = 0; i < connections; ++i) {
      peers_.push_back(std::make_unique<Peer>(*listener_));
      EXPECT_EQ(peers_.back()->Read(milliseconds(1000)).size(), 17U) << "the negotiation";
    }
  }

  test::TemporaryFolder folder_;
  Log log_{Log::Sink::kStderr};
  WaitingGauge gauge_;
  std::unique_ptr<Listener> listener_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::optional<Pacer> pacer_;
};

TEST_F(PacerTest, ConnectionsAreMarkedInTheirOffer) {
  pacer_.emplace(*listener_, gauge_, log_, Pacer::Options{1, std::chrono::seconds(60)});
  ASSERT_TRUE(pacer_->Dial());
  Peer peer(*listener_);
  const std::string offer = peer.Read(milliseconds(1000));
  ASSERT_EQ(offer.size(), 17U);
  EXPECT_EQ(offer[4], 'O');
  EXPECT_EQ(static_cast<unsigned char>(offer[9]), kInternalOffer >> 24U);
}

TEST_F(PacerTest, IsServedOnceLibmilterAnswers) {
  Dial(2);
  EXPECT_FALSE(pacer_->WaitUntilServed(SteadyClock::now() + milliseconds(30)));
  peers_[0]->Answer();
  EXPECT_TRUE(pacer_->WaitUntilServed(SteadyClock::now() + milliseconds(1000)));
}

TEST_F(PacerTest, SendsNothingWhileNobodyWaits) {
  Dial(1);
  pacer_->Start();
  EXPECT_EQ(peers_[0]->Read(milliseconds(150)), "");
}

TEST_F(PacerTest, AnswersABurstOnAllConnections) {
  Dial(3);
  pacer_->Start();
  const WaitingGauge::Entry first(gauge_);
  const WaitingGauge::Entry second(gauge_);
  for (const auto& peer : peers_) {
    const std::string packets = peer->Read(milliseconds(1000));
    ASSERT_GE(packets.size(), 10U);
    EXPECT_EQ(packets.substr(0, 6), std::string("\0\0\0\6DC", 6)) << "a macro, which has no answer";
    EXPECT_EQ(packets.size() % 10, 0U) << "whole packets";
  }
}

TEST_F(PacerTest, GoesOnAsLongAsTheyWaitAndStopsThen) {
  Dial(1);
  pacer_->Start();
  {
    const WaitingGauge::Entry first(gauge_);
    const WaitingGauge::Entry second(gauge_);
    for (int i = 0; i < 20; ++i) EXPECT_NE(peers_[0]->Read(milliseconds(1000)), "");
  }
  std::this_thread::sleep_for(milliseconds(50));
  (void)peers_[0]->Read(milliseconds(0));
  EXPECT_EQ(peers_[0]->Read(milliseconds(150)), "");
}

TEST_F(PacerTest, ALoneCallbackCostsNextToNothing) {
  Dial(1);
  pacer_->Start();
  const WaitingGauge::Entry entry(gauge_);
  std::this_thread::sleep_for(milliseconds(210));
  const std::size_t packets = peers_[0]->Read(milliseconds(0)).size() / 10;
  EXPECT_GE(packets, 1U);
  EXPECT_LE(packets, 11U);
}

TEST_F(PacerTest, KeepsConnectionsAliveWellBelowTheIdleTimeout) {
  Dial(2, std::chrono::seconds(1));
  pacer_->Start();
  for (const auto& peer : peers_) EXPECT_EQ(peer->Read(milliseconds(900)).size(), 10U);
}

TEST_F(PacerTest, DialsLostConnectionsAnew) {
  Dial(2, std::chrono::seconds(1));
  pacer_->Start();
  peers_.erase(peers_.begin());
  pollfd poll_fd{listener_->fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&poll_fd, 1, 3000), 1);
  Peer again(*listener_);
  EXPECT_EQ(again.Read(milliseconds(1000)).size(), 17U);
  EXPECT_EQ(again.Read(milliseconds(1000)).size(), 10U);
}

TEST_F(PacerTest, NeverDialsASuccessor) {
  Dial(1, std::chrono::seconds(1));
  auto successor = Listener::Open(*ParseSocketSpec("unix:" + folder_.Path("a.sock")), {});
  ASSERT_TRUE((*successor)->Publish());
  pacer_->Start();
  peers_.clear();
  pollfd poll_fd{(*successor)->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&poll_fd, 1, 1200), 0);
}

TEST_F(PacerTest, AStalledPeerDoesNotBlockIt) {
  Dial(1);
  pacer_->Start();
  {
    const WaitingGauge::Entry entry(gauge_);
    std::this_thread::sleep_for(milliseconds(100));
  }
  pacer_.reset();  // joins at once, whatever the buffer holds
}

TEST(WaitingGauge, CountsThoseThatWaitAndThoseThatEverDid) {
  WaitingGauge gauge;
  EXPECT_EQ(gauge.Look().waiting, 0U);
  {
    const WaitingGauge::Entry one(gauge);
    const WaitingGauge::Entry two(gauge);
    EXPECT_EQ(gauge.Look().waiting, 2U);
  }
  EXPECT_EQ(gauge.Look().waiting, 0U);
  EXPECT_EQ(gauge.Look().arrivals, 2U);
}

TEST(WaitingGauge, WakesForAnArrivalAndForItsEnd) {
  WaitingGauge gauge;
  const Deadline far = SteadyClock::now() + std::chrono::seconds(30);
  std::thread waiter([&] { EXPECT_EQ(gauge.WaitForArrival(0, far).arrivals, 1U); });
  std::this_thread::sleep_for(milliseconds(10));
  const WaitingGauge::Entry entry(gauge);
  waiter.join();
  std::thread pausing([&] { EXPECT_TRUE(gauge.Pause(std::chrono::seconds(30)).closed); });
  gauge.Close();
  pausing.join();
  EXPECT_LT(SteadyClock::now(), far);
}

TEST(WaitingGauge, StopsWaitingWhenTheTimeIsOver) {
  const WaitingGauge gauge;
  EXPECT_EQ(gauge.WaitForArrival(0, SteadyClock::now() + milliseconds(10)).waiting, 0U);
}

}  // namespace
}  // namespace assay::milter
