// SPDX-License-Identifier: Apache-2.0
// SPF macro strings with senders and HELO names as strangers write them. Input: lines with macro
// string, sender, HELO name and domain; a client over IPv6 when there is a fifth.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/auth/spf_macro.h"
#include "lib/base/text.h"

namespace {

using namespace assay::auth::spf;

constexpr std::size_t kMaxText = 1000;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool EscapesAll(const MacroString& macro) {
  return std::ranges::all_of(macro, [](const MacroPart& part) {
    return part.kind != MacroPart::Kind::kMacro || part.escape;
  });
}

void RequireProperties(const MacroString& macro, const MacroValues& values) {
  const std::string printed = ToString(macro);
  const auto again = ParseMacroString(printed, MacroUse::kExplanation);
  Require(again.has_value() && ToString(*again) == printed);

  const std::string text = ExpandText(macro, values, kMaxText);
  Require(text.size() <= kMaxText);
  Require(!EscapesAll(macro) || IsPrintable(text));
  const std::string whole = ExpandText(macro, values, 10 * kMaxText);
  Require(whole.starts_with(text));

  const std::string name = ExpandName(macro, values);
  Require(name.size() <= kMaxNameLength ||
          name.find('.', name.size() - kMaxNameLength - 1) == std::string::npos);
  if (whole.size() < 10 * kMaxText) {
    const std::string_view undotted =
        whole.ends_with('.') ? std::string_view(whole).substr(0, whole.size() - 1) : whole;
    Require(undotted.ends_with(name));
  }
  if (IsConstant(macro)) {
    const assay::auth::SpfCheck other;
    Require(ExpandText(macro, {other, "other.example"}, kMaxText) == text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  auto lines = assay::Split(input, '\n');
  const bool v6 = lines.size() > 4;
  lines.resize(4);
  assay::auth::SpfCheck check;
  check.client_ip = *assay::IpAddress::Parse(v6 ? "2001:db8::1" : "192.0.2.1");
  check.sender = lines[1];
  check.helo_domain = lines[2];
  for (const MacroUse use : {MacroUse::kDomain, MacroUse::kModifier, MacroUse::kExplanation}) {
    const auto macro = ParseMacroString(lines[0], use);
    if (macro) {
      RequireProperties(*macro, {check, lines[3]});
    } else {
      Require(!macro.error().what.empty() && IsPrintable(macro.error().what));
    }
  }
  if (const auto domain = ParseDomainSpec(lines[0])) {
    RequireProperties(*domain, {check, lines[3]});
  }
  return 0;
}
