// SPDX-License-Identifier: Apache-2.0
// A zone text. Properties: an error names file and line; a zone printed and parsed again is the
// same zone; every name in it can be looked up without a hang, and is never an accidental NXDOMAIN.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/base/text.h"
#include "lib/dns/zone.h"

namespace {

using assay::dns::Question;
using assay::dns::RrType;
using assay::dns::Status;
using assay::dns::Zone;

void Require(bool property) {
  if (!property) std::abort();
}

void CheckLookups(const Zone& zone, std::string_view text) {
  for (const std::string_view line : assay::Split(text, '\n')) {
    const std::string_view name = line.substr(0, line.find_first_of(" \t;\\\""));
    for (const RrType type : {RrType::kA, RrType::kTxt}) {
      const auto answer = zone.Lookup(Question(name, type));
      Require((answer.status == Status::kSuccess) ==
              (!answer.addresses.empty() || !answer.texts.empty()));
      Require(answer.status != Status::kLimit && answer.ttl.count() >= 0);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto zone = Zone::Parse(text, "z");
  if (!zone) {
    Require(zone.error().what.starts_with("z:") &&
            zone.error().what.find(": error: ") != std::string::npos);
    Require(std::ranges::none_of(zone.error().what, [](char c) { return c == '\n' || c == '\0'; }));
    return 0;
  }
  CheckLookups(*zone, text);
  const std::string printed = zone->ToText();
  const auto again = Zone::Parse(printed, "z");
  Require(again.has_value() && *again == *zone);
  Require(again->ToText() == printed);
  return 0;
}
