// SPDX-License-Identifier: Apache-2.0
// Figures for assayd under load: bursts of sessions that wait for a resolver that never answers,
// and commands beside idle sessions. Run by hand on a quiet machine: milter_burst [--quick]
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/base/clock.h"
#include "tests/milter/assayd_process.h"
#include "tests/support/burst.h"

namespace assay::test {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::chrono::seconds kDeadline{2};
const AssaydSettings kSettings = {
    .milter = "mail_wait = \"2s\"\neom_wait = \"2s\"\nidle_timeout = \"5s\"",
    .spf = "at = \"mail\"",
    .dns = "timeout = \"60s\""};

double InDeadlines(SteadyClock::duration time) {
  return Milliseconds(time) / Milliseconds(kDeadline);
}

void PrintBurst(const Assayd& assayd, std::size_t sessions, std::string_view when) {
  const BurstTimes times =
      MailBurst([&] { return assayd.Connect(); }, sessions, "<a@slow.example.com>");
  fmt::print("burst of {:4} sessions {:24} median {:.3f} D   slowest {:.3f} D\n", sessions, when,
             InDeadlines(times.median), InDeadlines(times.slowest));
  std::fflush(stdout);
}

void Bursts(bool quick) {
  TemporaryFolder folder;
  const Assayd assayd = Assayd::Start(folder, kSettings);
  const int rounds = quick ? 1 : 3;
  for (const std::size_t sessions : {20U, 200U}) {
    for (int i = 0; i < rounds; ++i) PrintBurst(assayd, sessions, "");
  }
  std::this_thread::sleep_for(std::chrono::seconds(12));
  for (const std::size_t sessions : {20U, 200U})
    PrintBurst(assayd, sessions, "after 12 s of idling");
}

// HELO has no answer and MAIL waits for nothing here: one command, one answer.
void CommandsBesideIdleSessions(std::size_t idle_count) {
  TemporaryFolder folder;
  const Assayd assayd = Assayd::Start(folder);
  std::vector<MilterClient> idle;
  for (std::size_t i = 0; i < idle_count; ++i) {
    idle.push_back(assayd.Connect());
    idle.back().Open();
  }
  MilterClient mta = assayd.Connect();
  mta.Open();
  std::vector<Milliseconds> times;
  for (int i = 0; i < 2000; ++i) {
    const Deadline start = SteadyClock::now();
    mta.Mail("<a@pass.example.com>");
    times.emplace_back(SteadyClock::now() - start);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::sort(times.begin(), times.end());
  fmt::print(
      "command beside {:4} idle sessions   p50 {:.2f} ms   p99 {:.2f} ms   max {:.2f} ms   RSS {} "
      "KiB\n",
      idle_count, times[times.size() / 2].count(), times[times.size() * 99 / 100].count(),
      times.back().count(), assayd.ResidentKib());
}

}  // namespace
}  // namespace assay::test

int main(int argc, char** argv) {
  try {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    for (const std::size_t idle : {0U, 1000U}) assay::test::CommandsBesideIdleSessions(idle);
    assay::test::Bursts(argc > 1 && std::string_view(argv[1]) == "--quick");
  } catch (const std::exception& error) {
    fmt::print(stderr, "milter_burst: {}\n", error.what());
    return 1;
  }
  return 0;
}
