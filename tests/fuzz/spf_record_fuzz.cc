// SPDX-License-Identifier: Apache-2.0
// SPF record parser: what is accepted prints to a record that reads the same, and names expand to
// something bounded.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/auth/spf_record.h"

using assay::auth::SpfCheck;
using assay::auth::spf::ExpandName;
using assay::auth::spf::MacroString;
using assay::auth::spf::ParseRecord;
using assay::auth::spf::Record;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// Domain-specs hold views into their texts, so they are compared as text.
std::string Print(const std::optional<MacroString>& macro) {
  return macro ? ToString(*macro) : "-";
}

void RequireSame(const Record& a, const Record& b) {
  Require(a.directives.size() == b.directives.size());
  for (std::size_t i = 0; i < a.directives.size(); ++i) {
    const auto& x = a.directives[i];
    const auto& y = b.directives[i];
    Require(x.qualifier == y.qualifier && x.mechanism == y.mechanism && x.network == y.network &&
            x.prefix_v4 == y.prefix_v4 && x.prefix_v6 == y.prefix_v6);
    Require(Print(x.domain) == Print(y.domain));
  }
  Require(Print(a.redirect) == Print(b.redirect));
  Require(Print(a.explanation) == Print(b.explanation));
}

void RequireNames(const Record& record) {
  SpfCheck check;
  check.sender = "local-part+x@example.com";
  check.helo_domain = "helo.example.net";
  for (const auto& directive : record.directives) {
    if (!directive.domain) continue;
    const std::string name = ExpandName(*directive.domain, {check, "example.com"});
    // Only a single label that cannot be cut stays longer.
    Require(name.size() <= assay::auth::spf::kMaxNameLength ||
            name.rfind('.') < name.size() - 253 || name.find('.') == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto record = ParseRecord(text);
  if (!record) {
    Require(!record.error().what.empty());
    return 0;
  }
  const std::string printed = ToString(*record);
  const auto again = ParseRecord(printed);
  Require(again.has_value());
  RequireSame(*record, *again);
  Require(ToString(*again) == printed);
  RequireNames(*record);
  return 0;
}
