// SPDX-License-Identifier: Apache-2.0
// NormalizeDomain(): the only place that knows libidn2.
#include <idn2.h>

#include <algorithm>
#include <cstdint>

#include "lib/base/c_ptr.h"
#include "lib/base/text.h"
#include "lib/mail/address.h"
#include "lib/mail/charset.h"

namespace assay::mail {

namespace {

constexpr std::size_t kMaxDomain = 253;  // RFC 1035, 2.3.4, without the root's dot
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxUnicode =
    1024;  // bytes of UTF-8; no domain with a legal A-label form is as long

using IdnString = CPtr<std::uint8_t, idn2_free>;

// Letters, digits and hyphens; the underscore too, since hosts in the DNS have it and their mail
// must be judged.
bool IsHostText(char c) { return IsAsciiAlnum(c) || c == '-' || c == '_'; }

std::optional<std::string> CheckAscii(std::string domain) {
  if (domain.ends_with('.')) domain.pop_back();
  if (domain.empty() || domain.size() > kMaxDomain) return {};
  std::size_t label = 0;  // bytes of it so far
  for (char& c : domain) {
    if (c == '.' ? label == 0 : !IsHostText(c) || label == kMaxLabel) return {};
    label = c == '.' ? 0 : label + 1;
    c = AsciiLower(c);
  }
  if (label == 0) return {};
  return domain;
}

}  // namespace

std::optional<std::string> NormalizeDomain(std::string_view domain) {
  const bool ascii =
      std::ranges::all_of(domain, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) {
    // Compared before the copy is made: a stranger chooses the length.
    if (domain.size() > kMaxDomain + 1) return {};
    return CheckAscii(std::string(domain));
  }
  if (domain.size() > kMaxUnicode || domain.find('\0') != std::string_view::npos ||
      !IsValidUtf8(domain)) {
    return {};
  }
  const std::string text(domain);
  std::uint8_t* result = nullptr;
  const int status = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(text.c_str()), &result,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const IdnString owned(result);
  if (status != IDN2_OK || result == nullptr) return {};
  return CheckAscii(reinterpret_cast<const char*>(result));
}

}  // namespace assay::mail
