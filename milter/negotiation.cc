// SPDX-License-Identifier: Apache-2.0
#include "milter/negotiation.h"

#include <libmilter/mfapi.h>

namespace assay::milter {
namespace {

constexpr unsigned long kNeededActions = SMFIF_ADDHDRS | SMFIF_CHGHDRS;
constexpr unsigned long kWantedActions = SMFIF_QUARANTINE | SMFIF_SETSYMLIST;
// libmilter answers in our place where an MTA insists on a reply.
constexpr unsigned long kNoReplySteps =
    SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY;

}  // namespace

Agreement Negotiate(const Offer& offer) {
  Agreement agreement;
  if ((offer.actions & kNeededActions) != kNeededActions) {
    agreement.refusal =
        "the MTA does not let a milter add and change header fields: forged results could not be "
        "removed";
    return agreement;
  }
  agreement.actions = kNeededActions | (offer.actions & kWantedActions);
  // No SMFIP_SKIP and no SMFIP_RCPT_REJ: every body chunk goes into the DKIM hash, and refused
  // recipients are not ours.
  agreement.steps = kNoReplySteps | (offer.steps & SMFIP_HDR_LEADSPC);
  agreement.abilities.leading_space = (offer.steps & SMFIP_HDR_LEADSPC) != 0;
  agreement.abilities.quarantine = (offer.actions & SMFIF_QUARANTINE) != 0;
  agreement.macros = (offer.actions & SMFIF_SETSYMLIST) != 0;
  if (!agreement.abilities.quarantine) {
    agreement.degraded = "the MTA cannot quarantine: what would be held is deferred (451)";
  } else if (!agreement.abilities.leading_space) {
    agreement.degraded =
        "the MTA hides the space after a field's colon: DKIM signatures with simple header "
        "canonicalization may fail";
  }
  return agreement;
}

}  // namespace assay::milter
