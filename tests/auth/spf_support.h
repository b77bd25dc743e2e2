// SPDX-License-Identifier: Apache-2.0
// Runs SPF checks against a zone, as the engine does against the network: round by round.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/spf.h"
#include "lib/dns/answer.h"
#include "lib/dns/zone.h"

namespace assay::auth {

// A check of MAIL FROM, or of HELO when `mail_from` is empty.
[[nodiscard]] SpfCheck MakeCheck(std::string_view client_ip, std::string_view mail_from,
                                 std::string_view helo = "mail.example.net");

// Builds a zone from zone text; fails the test when it has an error.
[[nodiscard]] dns::Zone MakeZone(std::string_view text);

struct SpfRunOptions {
  std::size_t max_prefetch =
      20;  // questions asked early in the whole run, as the engine allows a transaction
};

struct SpfRun {
  SpfOutcome outcome;
  std::size_t rounds = 0;            // times that answers were waited for
  std::vector<dns::Question> asked;  // everything that was asked, in order, without repetition
};

// Ends with a test failure when the check asks without end or asks what it has been told.
[[nodiscard]] SpfRun RunSpf(const SpfCheck& check, const dns::Zone& zone,
                            const SpfRunOptions& options = {});

// MX with ten hosts of ten terms is the longest legal evaluation; asked one at a time it stays
// below this.
inline constexpr std::size_t kMaxRounds = 150;

}  // namespace assay::auth
