// SPDX-License-Identifier: Apache-2.0
// The Public Suffix List (publicsuffix.org) as it was built into libpsl.
#pragma once

#include <string>
#include <string_view>

namespace assay::mail {

// The part of `host` (lower-case A-labels) that somebody can register: the longest public suffix,
// private ones such as blogspot.com included, with one label more. Empty when the host is a suffix
// itself, has one label only or is an address literal. A suffix that the list does not know has one
// label. The result points into `host`.
[[nodiscard]] std::string_view RegistrableDomain(const std::string& host);

// Whether the last label of `host`, in lower case, A-labels or UTF-8, is a suffix that the list
// knows: what is not is a file name, a version or a slip of the pen rather than a host.
[[nodiscard]] bool EndsInPublicSuffix(std::string_view host);

}  // namespace assay::mail
