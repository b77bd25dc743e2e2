// SPDX-License-Identifier: Apache-2.0
#include "tests/support/burst.h"

#include <poll.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

namespace assay::test {
namespace {

// libmilter takes a moment to put its workers to sleep after the sessions have opened; only then
// does the burst hurt.
constexpr std::chrono::milliseconds kQuiet{300};
constexpr std::chrono::seconds kLimit{120};

// Sends `packet` on all sessions and waits for the first packet of each answer.
BurstTimes Measure(std::vector<MilterClient>& sessions, const std::string& packet) {
  std::this_thread::sleep_for(kQuiet);
  std::vector<pollfd> waiting;
  waiting.reserve(sessions.size());
  for (const MilterClient& session : sessions) waiting.push_back({session.fd(), POLLIN, 0});
  const Deadline start = SteadyClock::now();
  for (MilterClient& session : sessions) session.SendRaw(packet);
  std::vector<SteadyClock::duration> times;
  while (times.size() < sessions.size()) {
    if (SteadyClock::now() - start > kLimit) throw MilterClosed("a burst without end");
    (void)::poll(waiting.data(), waiting.size(), 1000);
    for (pollfd& entry : waiting) {
      if (entry.fd < 0 || entry.revents == 0) continue;
      times.push_back(SteadyClock::now() - start);
      entry.fd = -1;  // poll() leaves it out
    }
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.back()};
}

std::vector<MilterClient> OpenSessions(const Dial& dial, std::size_t count) {
  std::vector<MilterClient> sessions;
  for (std::size_t i = 0; i < count; ++i) {
    sessions.push_back(dial());
    sessions.back().Open();
  }
  return sessions;
}

}  // namespace

BurstTimes MailBurst(const Dial& dial, std::size_t count, std::string_view mail_from) {
  auto sessions = OpenSessions(dial, count);
  return Measure(sessions, MilterClient::Packet('M', std::string(mail_from) + '\0'));
}

BurstTimes EndOfMessageBurst(const Dial& dial, std::size_t count, std::string_view mail_from) {
  auto sessions = OpenSessions(dial, count);
  for (MilterClient& session : sessions) {
    session.Mail(mail_from);
    session.Rcpt("<user@example.net>");
    session.Header("Subject", " hello");
    session.EndOfHeaders();
  }
  return Measure(sessions, MilterClient::Packet('E', {}));
}

}  // namespace assay::test
