// SPDX-License-Identifier: Apache-2.0
// Many milter sessions that do the same thing at the same moment.
#pragma once

#include <functional>
#include <string_view>

#include "lib/base/clock.h"
#include "tests/support/milter_client.h"

namespace assay::test {

struct BurstTimes {
  SteadyClock::duration median{};
  SteadyClock::duration slowest{};
};
using Dial = std::function<MilterClient()>;

// Opens `count` sessions, lets them all send MAIL at once and measures the time to each answer.
[[nodiscard]] BurstTimes MailBurst(const Dial& dial, std::size_t count, std::string_view mail_from);
// The same at the end of a message of a few bytes.
[[nodiscard]] BurstTimes EndOfMessageBurst(const Dial& dial, std::size_t count,
                                           std::string_view mail_from);

}  // namespace assay::test
