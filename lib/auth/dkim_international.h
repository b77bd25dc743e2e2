// SPDX-License-Identifier: Apache-2.0
// A DKIM signature with U-labels in d=, s= or i= (RFC 8616). libopendkim takes no field with bytes
// above 127, so these are verified without it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/dkim_canonical.h"
#include "lib/auth/dkim_fields.h"
#include "lib/auth/dkim_key.h"
#include "lib/auth/dkim_signature.h"

namespace assay::auth {

// The header part of one signature. Immutable.
class DkimInternational {
 public:
  // `signature` was read from `field`, has no problem, is no rsa-sha1 and has no l=. `fields`: all
  // fields of the message in order; needed for this call only.
  DkimInternational(const DkimSignature& signature, const DkimFieldStore::Field& field,
                    const std::vector<DkimFieldStore::Field>& fields);

  // Whether b= is the key's signature over the header; bh= is the caller's to compare.
  [[nodiscard]] bool Verifies(const DkimKey& key) const;

 private:
  std::string header_digest_;
  std::string signature_;  // b= decoded
};

}  // namespace assay::auth
