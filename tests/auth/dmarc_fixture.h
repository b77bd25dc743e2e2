// SPDX-License-Identifier: Apache-2.0
// Evaluates DMARC against a zone, round by round, and keeps what it asked.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "lib/auth/dmarc.h"
#include "lib/dns/zone.h"

namespace assay::auth {

struct DmarcRun {
  DmarcOutcome outcome;
  std::vector<dns::Question> asked;  // needed ones, in order
  int rounds = 0;
};

// Every round answers all that was needed, in the order given or in the reverse one. `answers` is
// what is known before.
inline DmarcRun RunDmarc(const DmarcCheck& check, const dns::Zone& zone, dns::Answers answers = {},
                         bool reverse = false) {
  DmarcRun run;
  for (; run.rounds < 20; ++run.rounds) {
    auto result = CheckDmarc(check, answers);
    if (auto* outcome = std::get_if<DmarcOutcome>(&result)) {
      run.outcome = std::move(*outcome);
      return run;
    }
    auto needed = std::get<dns::Questions>(result).needed;
    EXPECT_FALSE(needed.empty());
    if (reverse) std::reverse(needed.begin(), needed.end());
    for (const dns::Question& question : needed) {
      EXPECT_EQ(answers.Find(question), nullptr) << "asked again: " << question.name;
      answers.Add(question, std::make_shared<const dns::Answer>(zone.Lookup(question)));
      run.asked.push_back(question);
    }
  }
  ADD_FAILURE() << "does not come to an end";
  return run;
}

inline DkimOutcome DkimPass(std::string domain) {
  DkimOutcome outcome;
  outcome.result = DkimResult::kPass;
  outcome.signing_domain = std::move(domain);
  return outcome;
}

inline dns::Zone ZoneOf(std::string_view text) {
  auto zone = dns::Zone::Parse(text, "test");
  EXPECT_TRUE(zone.has_value()) << (zone ? "" : zone.error().what);
  return zone ? *zone : dns::Zone();
}

}  // namespace assay::auth
