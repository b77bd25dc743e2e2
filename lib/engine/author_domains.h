// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "lib/facts/fact.h"
#include "lib/mail/message.h"

namespace assay::engine {

// Of all From fields together, decoded text counted too: so many "@" and bytes behind them are
// looked at. Honest fields have one.
inline constexpr std::size_t kMaxAuthorSigns = 500;
inline constexpr std::size_t kMaxAuthorBytes = 256UL * 1024;

struct AuthorDomains {
  std::vector<std::string> names;  // lower-case A-labels, sorted, without repetition
  bool cut = false;                // there is more than was looked at
};

// Every domain that stands behind an "@" anywhere in the From fields, encoded words decoded. For
// From fields that are not RFC 5322: no author is taken from them, but mail programs show one, and
// it must not be one of ours. So it is read as leniently as any of them does: comments, quotes,
// backslashes, controls and white space around dots are passed over, and where bytes above 127
// make no domain, the name without them and the name before them count.
[[nodiscard]] AuthorDomains DomainsInAuthorFields(const mail::Message& message);

// The domains whose DMARC policies count where header_from.* (in `facts`) does not name exactly one
// author domain: those of all mailboxes, and where the fields are not RFC 5322, all that
// DomainsInAuthorFields() finds.
[[nodiscard]] AuthorDomains ClaimedAuthorDomains(const mail::Message& message,
                                                 const facts::FactSet& facts);

}  // namespace assay::engine
