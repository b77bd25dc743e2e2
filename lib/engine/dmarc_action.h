// SPDX-License-Identifier: Apache-2.0
// What the site makes of a DMARC result: its own overrides, the forwarders and lists it trusts, and
// From fields without a single author.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/config/config.h"
#include "lib/engine/evidence.h"
#include "lib/mail/message.h"
#include "lib/policy/verdict.h"

namespace assay::engine {

// Who of those that the site trusts stands behind a message that was changed on its way.
struct TrustedPath {
  std::string sealer;  // of arc.trusted_sealers; empty: none
  std::string list;    // of dmarc.lists; empty: none
  // A trusted sealer might stand behind it, but DNS did not give the keys of the chain.
  bool sealer_in_doubt = false;
};

// `evidence` is done. A list's header fields alone prove nothing: its domain must be verified.
[[nodiscard]] TrustedPath FindTrustedPath(const config::Config& config, const Evidence& evidence,
                                          const mail::Message& message);

struct DmarcDecision {
  Action action = Action::kNone;
  // What decided in place of the published policy: "override", "sealer", "list"; empty: nothing.
  std::string_view instead;
  bool for_temperror = false;  // DNS trouble decided, not a fail
};

// An override for the author domain counts before everything else; else a fail that took a trusted
// path asks for nothing. Without a single author domain the strictest of dmarc.permerror and what
// the failed domains lead to counts, and no path changes that.
[[nodiscard]] DmarcDecision DecideDmarc(const config::DmarcConfig& dmarc, const Evidence& evidence,
                                        const TrustedPath& path);

// The same as a finding; nothing when it asks for nothing.
[[nodiscard]] std::optional<policy::Finding> DmarcFinding(const config::DmarcConfig& dmarc,
                                                          const Evidence& evidence,
                                                          const TrustedPath& path);

}  // namespace assay::engine
