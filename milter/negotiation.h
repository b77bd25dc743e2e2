// SPDX-License-Identifier: Apache-2.0
// What we ask of an MTA, out of what it offers.
#pragma once

#include <cstdint>
#include <string>

#include "milter/mta.h"

namespace assay::milter {

// Bit masks as in libmilter/mfdef.h: SMFIF_* for actions, SMFIP_* for steps.
struct Offer {
  unsigned long actions = 0;
  unsigned long steps = 0;
};

struct Agreement {
  unsigned long actions = 0;  // to ask for
  unsigned long steps = 0;    // to ask for, besides those that follow from the callbacks
  Abilities abilities;
  bool macros = false;   // we may say which macros we want (SMFIF_SETSYMLIST)
  std::string refusal;   // why we cannot work with this MTA; empty when we can
  std::string degraded;  // what will be missing; empty when nothing is
};

// Replies are kept for MAIL, RCPT and end of message, so that a reload may move a check to another
// stage while the connection lives. Every other step is taken without a reply, which halves the
// cost of a message.
[[nodiscard]] Agreement Negotiate(const Offer& offer);

// Stands in the actions that our own internal connections offer, which no MTA does: such a
// connection is never a session. libmilter passes unknown bits of an offer on.
inline constexpr unsigned long kInternalOffer = 0x40000000;

}  // namespace assay::milter
