// SPDX-License-Identifier: Apache-2.0
// Who a message says it is from, in the one way that leaves no room for two readings.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace assay::mail {

struct AuthorDomain {
  std::string
      domain;  // lower-case A-labels, or an address literal; empty when there is not exactly one
  std::string problem;  // then: why not, one line
};

// The author domain (RFC 9989, 5.3.1) of a message with these From fields, all of them, however
// their names were written ("From :", "FROM"). Several mailboxes of one domain have one author
// domain. Anything else than one field that ParseAddressField() reads without a problem has none:
// mail readers differ in what they would show for it.
[[nodiscard]] AuthorDomain FindAuthorDomain(std::span<const std::string_view> from_values);

}  // namespace assay::mail
