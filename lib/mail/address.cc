// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/address.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/mail/address_scanner.h"
#include "lib/mail/charset.h"

namespace assay::mail {

namespace {

// RFC 5321 4.1.2: Dot-string, with the UTF-8 of RFC 6531.
bool IsDotString(std::string_view local) {
  return std::ranges::all_of(Split(local, '.'), [](std::string_view atom) {
    return !atom.empty() && std::ranges::all_of(atom, IsAtomText);
  });
}

std::string Quote(std::string_view local) {
  std::string quoted = "\"";
  for (const char c : local) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

bool HasControl(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return (c >= '\0' && c < ' ' && c != '\t') || c == '\x7f'; });
}

// A-d-l of RFC 5321 4.1.2 with its colon: to be accepted and ignored.
bool SkipRoute(AddressScanner& scanner) {
  do {
    if (!scanner.Take('@') || !scanner.TakeDomain()) return false;
  } while (scanner.Take(','));
  return scanner.Take(':');
}

std::optional<std::string> TakeLocalPart(AddressScanner& scanner) {
  if (scanner.Peek() == '"') return scanner.TakeQuotedString();
  const std::string_view atoms = scanner.TakeAtoms();
  if (atoms.find_first_not_of('.') == std::string_view::npos) return {};
  return std::string(atoms);
}

}  // namespace

std::string Address::ToString() const {
  const std::string safe_local =
      IsDotString(local) || (local.empty() && domain.empty()) ? local : Quote(local);
  return has_domain() ? safe_local + "@" + domain : safe_local;
}

std::optional<Address> ParsePath(std::string_view argument) {
  argument = Trim(argument);
  if (HasControl(argument) || !IsValidUtf8(argument)) return {};
  AddressScanner scanner(argument);
  const bool bracketed = scanner.Take('<');
  if (bracketed && scanner.Take('>'))
    return scanner.AtEnd() ? std::optional<Address>(Address{}) : std::nullopt;
  if (bracketed && scanner.Peek() == '@' && !SkipRoute(scanner)) return {};
  Address address;
  auto local = TakeLocalPart(scanner);
  if (!local) return {};
  address.local = std::move(*local);
  if (scanner.Take('@')) {
    auto domain = scanner.TakeDomain();
    if (!domain) return {};
    address.domain = std::move(*domain);
  }
  if (bracketed != scanner.Take('>') || !scanner.AtEnd()) return {};
  // Only a null path is empty.
  if (address.local.empty() && !address.has_domain()) return {};
  return address;
}

}  // namespace assay::mail
