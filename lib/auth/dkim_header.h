// SPDX-License-Identifier: Apache-2.0
// The header part of a signature that libopendkim does not verify: ARC's, and those with U-labels.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/dkim_canonical.h"
#include "lib/auth/dkim_fields.h"
#include "lib/auth/dkim_tags.h"

namespace assay::auth {

// RFC 6376, 3.7: the field with the value of b= and all white space around it taken out, canonical,
// without its CRLF. `b` was parsed from field.value().
[[nodiscard]] std::string HashedForm(const DkimFieldStore::Field& field, const DkimTag& b,
                                     Canonicalization canonicalization);

// The fields of a message by name, as h= takes them. Refers to `fields`, which must outlive it.
class SignedFields {
 public:
  using Fields = std::vector<DkimFieldStore::Field>;
  using Hidden = std::set<const DkimFieldStore::Field*>;
  explicit SignedFields(const Fields& fields);

  // The SHA-256 of the fields that `names` (h=, lower case) takes and of `hashed_form` behind them.
  // A name that is repeated takes the next field from the bottom up; beyond the last one there is
  // nothing (RFC 6376, 5.4.2). `hidden`: the signature itself, and what was not there when it was
  // made. `bytes` grows by what was hashed.
  [[nodiscard]] std::string Digest(const std::vector<std::string>& names,
                                   Canonicalization canonicalization, const Hidden& hidden,
                                   std::string_view hashed_form, std::size_t& bytes) const;

 private:
  const Fields& fields_;
  std::map<std::string_view, std::vector<std::size_t>> by_name_;
};

}  // namespace assay::auth
