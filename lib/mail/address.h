// SPDX-License-Identifier: Apache-2.0
// Addresses: the paths of the SMTP envelope (RFC 5321) and the mailboxes of From, Sender and
// Reply-To (RFC 5322, 6532).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::mail {

// local@domain. The local part is unquoted ("a b"@x gives `a b`) and keeps its case; the domain is
// in lower-case A-labels without trailing dot, or an address literal with its brackets, or empty
// when there was none.
struct Address {
  std::string local;
  std::string domain;

  [[nodiscard]] bool has_domain() const { return !domain.empty(); }
  [[nodiscard]] bool is_address_literal() const { return !domain.empty() && domain.front() == '['; }
  // local@domain, the local part quoted where RFC 5321 4.1.2 asks for it; just the local part when
  // there is no domain.
  [[nodiscard]] std::string ToString() const;
  bool operator==(const Address&) const = default;
};

// The argument of MAIL FROM or RCPT TO as an MTA passes it: "<a@x>", "a@x", "<@r1,@r2:a@x>", "<>",
// "<postmaster>". A null path gives an Address with both parts empty. Nothing when it is none of
// these.
[[nodiscard]] std::optional<Address> ParsePath(std::string_view argument);

// The domain in lower-case A-labels (IDNA 2008, libidn2) without trailing dot; nothing when it is
// not a valid domain.
[[nodiscard]] std::optional<std::string> NormalizeDomain(std::string_view domain);

struct Mailbox {
  std::string display_name;  // encoded words decoded, comments cut, UTF-8
  Address address;
};

// Why an address field cannot be trusted to name one author; facts header_from.* and DMARC
// permerror follow from it.
enum class AddressFieldProblem {
  kNone,
  kEmpty,   // no mailbox at all
  kSyntax,  // not RFC 5322: text after ">", unbalanced quotes, brackets or comments, missing domain
  kGroup,   // group syntax (RFC 6854)
  kControlBytes,  // NUL, bare CR or other control characters
  kUtf8,          // bytes that are not valid UTF-8
  kTooMany,       // more than kMaxMailboxes
};
inline constexpr std::size_t kMaxMailboxes = 100;

struct AddressField {
  std::vector<Mailbox> mailboxes;  // in order; what could be read before the problem
  AddressFieldProblem problem = AddressFieldProblem::kNone;
};

// Reads the value of one From, Sender, Reply-To, To or Cc field strictly (RFC 5322 3.4 with
// obs-route, RFC 6532): never guesses an address out of something malformed. Linear in the value.
[[nodiscard]] AddressField ParseAddressField(std::string_view value);

}  // namespace assay::mail
