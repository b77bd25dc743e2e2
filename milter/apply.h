// SPDX-License-Identifier: Apache-2.0
// From a verdict to what the MTA is told.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lib/engine/transaction.h"
#include "lib/policy/verdict.h"
#include "milter/mta.h"

namespace assay::milter {

// libmilter refuses a longer text (smfi_setreply).
inline constexpr std::size_t kMaxReplyText = 980;
// Both MTAs show it in a queue listing or a log line.
inline constexpr std::size_t kMaxQuarantineReason = 200;

// The reply in a form that both MTAs pass on: a 5xx code with an enhanced code of class 5 for
// kReject, 4xx and class 4 for everything else (Postfix answers "451 4.3.5 Server configuration
// problem" when they disagree), never 421 (it would close the client's session), one line of
// printable ASCII, every "%" doubled (a single one makes Sendmail drop the text), at most
// kMaxReplyText bytes.
[[nodiscard]] policy::Reply SanitizeReply(const policy::Reply& reply, Action action);

// The refusal of a command: sets the reply. kContinue for verdicts that refuse nothing.
[[nodiscard]] Reaction ApplyRefusal(Mta& mta, const policy::Verdict& verdict);

struct Applied {
  Reaction reaction = Reaction::kContinue;
  std::string trouble;  // what the MTA could not or would not do; empty when all went well
};
// End of message: carries out `edits` in their order, quarantines, sets the reply. A quarantine
// that the MTA does not know becomes a temporary failure: delivering would be wrong, and nothing is
// lost.
[[nodiscard]] Applied ApplyVerdict(Mta& mta, const Abilities& abilities,
                                   const policy::Verdict& verdict,
                                   const std::vector<engine::HeaderEdit>& edits);

}  // namespace assay::milter
