// SPDX-License-Identifier: Apache-2.0
// What a chain is worth: whether somebody that the site trusts saw the author authenticated.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/auth/arc.h"

namespace assay::auth {

struct ArcTrustCheck {
  std::string_view author_domain;          // of the message as it is now; empty: nothing is trusted
  std::string_view organizational_domain;  // of it, where DMARC found one
  std::span<const std::string> trusted_sealers;  // as in base/domain_list.h
};

// The sealer whose record counts, of a chain that passes (the caller looks at `result`). The newest
// set must be by a trusted sealer and its signature must cover From. Going back from there as long
// as the sealers are trusted, the first set that recorded the author as authenticated decides:
// exactly one dmarc=pass with header.from the author domain; or, where no dmarc result was
// recorded, an spf or dkim pass for the author domain or a parent of it within the same
// organizational domain. A set that recorded a dmarc result other than pass vouches for nothing,
// but one before it may. Linear.
[[nodiscard]] std::optional<std::string> FindTrustedSealer(const ArcEvidence& chain,
                                                           const ArcTrustCheck& check);

}  // namespace assay::auth
