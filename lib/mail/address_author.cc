// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/address_author.h"

#include <algorithm>

#include "lib/mail/address.h"

namespace assay::mail {

namespace {

std::string_view Describe(AddressFieldProblem problem) {
  switch (problem) {
    case AddressFieldProblem::kNone:
      return "";
    case AddressFieldProblem::kEmpty:
      return "From field without a mailbox";
    case AddressFieldProblem::kSyntax:
      return "From field is not RFC 5322";
    case AddressFieldProblem::kGroup:
      return "From field with a group";
    case AddressFieldProblem::kControlBytes:
      return "From field with control characters";
    case AddressFieldProblem::kUtf8:
      return "From field is not valid UTF-8";
    case AddressFieldProblem::kTooMany:
      return "From field with too many mailboxes";
  }
  return "";
}

}  // namespace

AuthorDomain FindAuthorDomain(std::span<const std::string_view> from_values) {
  if (from_values.empty()) return {{}, "no From field"};
  if (from_values.size() > 1) return {{}, "several From fields"};
  const AddressField field = ParseAddressField(from_values.front());
  if (field.problem != AddressFieldProblem::kNone) {
    return {{}, std::string(Describe(field.problem))};
  }
  const std::string& domain = field.mailboxes.front().address.domain;
  const bool same = std::ranges::all_of(field.mailboxes, [&domain](const Mailbox& mailbox) {
    return mailbox.address.domain == domain;
  });
  if (!same) return {{}, "From field with several domains"};
  return {domain, {}};
}

}  // namespace assay::mail
