// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "lib/facts/fact.h"
#include "lib/mail/message.h"

namespace assay::engine {

// Every domain that stands behind an "@" anywhere in the From fields, encoded words decoded, in
// lower-case A-labels. For From fields that are not RFC 5322: no author is taken from them, but
// mail programs show one, and it must not be one of ours. At most kMaxAuthorDomains, without
// repetition.
[[nodiscard]] std::vector<std::string> DomainsInAuthorFields(const mail::Message& message);
inline constexpr std::size_t kMaxAuthorDomains = 1000;

// The domains whose DMARC policies count where header_from.* (in `facts`) does not name exactly one
// author domain: those of all mailboxes, and where the fields are not RFC 5322, all that
// DomainsInAuthorFields() finds. Sorted.
[[nodiscard]] std::vector<std::string> ClaimedAuthorDomains(const mail::Message& message,
                                                            const facts::FactSet& facts);

}  // namespace assay::engine
