// SPDX-License-Identifier: Apache-2.0
// The MTA as one session sees it while it handles one command. assayd puts libmilter behind it,
// tests put a recorder.
#pragma once

#include <string>

#include "lib/policy/verdict.h"

namespace assay::milter {

// What a step of the protocol answers.
enum class Reaction {
  kContinue,
  kReject,    // with the reply set before, else the MTA's own text
  kTempFail,  // likewise
  kDiscard,   // end of message only
};

// What the MTA offered of what we would like to have. Both MTAs of today offer everything.
struct Abilities {
  bool leading_space =
      true;  // field values come and go with the space after the colon (SMFIP_HDR_LEADSPC)
  bool quarantine = true;  // SMFIF_QUARANTINE
};

// Lives as long as one callback; used by the thread that runs it. The functions that return bool
// say whether libmilter took the request; most of them are only allowed at end of message.
class Mta {
 public:
  virtual ~Mta() = default;
  // The value of a macro as libmilter spells it ("i", "{auth_authen}"); empty when the MTA did not
  // send it.
  [[nodiscard]] virtual std::string Macro(const char* name) = 0;
  // The reply that goes with kReject or kTempFail. `reply` has been through SanitizeReply().
  virtual bool SetReply(const policy::Reply& reply) = 0;
  // Removes the `index`-th field of that name, counted from 1.
  virtual bool DeleteField(const std::string& name, int index) = 0;
  virtual bool InsertField(const std::string& name, int index, const std::string& value) = 0;
  virtual bool Quarantine(const std::string& reason) = 0;
  // "Still working": restarts the MTA's timer. Never outside end of message: Sendmail would take it
  // for the answer.
  virtual bool Progress() = 0;
};

}  // namespace assay::milter
