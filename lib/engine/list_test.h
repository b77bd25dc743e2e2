// SPDX-License-Identifier: Apache-2.0
// The test that a DNS list has to pass before it is believed (RFC 5782, 5): something that must be
// listed is, and something that must not be is not.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "lib/dns/answer.h"
#include "lib/rules/dns_list.h"

namespace assay::engine {

struct ListTestOutcome {
  enum class Kind {
    kPassed,
    kFailed,  // the list is not to be believed
    kSilent,  // an answer is missing: nobody knows
  };
  Kind kind = Kind::kPassed;
  std::string reason;  // a clause for the log, unless passed
};

// What must be listed, and what must not. `list` has a test.
[[nodiscard]] std::array<dns::Question, 2> ListTestQuestions(const rules::DnsList& list);
// Pure; nothing while an answer has not arrived.
[[nodiscard]] std::optional<ListTestOutcome> JudgeListTest(const rules::DnsList& list,
                                                           const dns::Answers& answers);

}  // namespace assay::engine
