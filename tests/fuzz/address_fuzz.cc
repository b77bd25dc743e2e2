// SPDX-License-Identifier: Apache-2.0
// What is read is well-formed, and what is written reads back as the same address.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/mail/address.h"
#include "lib/mail/charset.h"

namespace {

using namespace assay::mail;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= '\0' && c < ' ' && c != '\t') || c == '\x7f'; });
}

void CheckAddress(const Address& address) {
  Require(!HasControl(address.local) && IsValidUtf8(address.local));
  Require(std::all_of(address.domain.begin(), address.domain.end(),
                      [](char c) { return c > ' ' && c < '\x7f' && (c < 'A' || c > 'Z'); }));
  if (address.has_domain() && !address.is_address_literal()) {
    Require(NormalizeDomain(address.domain) == address.domain);
  }
  Require(address == Address{} || ParsePath("<" + address.ToString() + ">") == address);
}

void CheckField(std::string_view value) {
  const AddressField field = ParseAddressField(value);
  Require(field.mailboxes.size() <= kMaxMailboxes);
  Require(field.problem != AddressFieldProblem::kNone || !field.mailboxes.empty());
  for (const Mailbox& mailbox : field.mailboxes) {
    Require(IsValidUtf8(mailbox.display_name) && !HasControl(mailbox.display_name));
    Require(mailbox.address.has_domain());
    CheckAddress(mailbox.address);
    const AddressField again = ParseAddressField(mailbox.address.ToString());
    Require(again.problem == AddressFieldProblem::kNone && again.mailboxes.size() == 1 &&
            again.mailboxes[0].address == mailbox.address);
  }
  // Leading and trailing white space and comments mean nothing.
  const AddressField padded = ParseAddressField(" (x)\n " + std::string(value) + " (y) ");
  if (field.problem == AddressFieldProblem::kNone) {
    Require(padded.problem == AddressFieldProblem::kNone &&
            padded.mailboxes.size() == field.mailboxes.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  CheckField(value);
  if (const auto path = ParsePath(value)) CheckAddress(*path);
  return 0;
}
