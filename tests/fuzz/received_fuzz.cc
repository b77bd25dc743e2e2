// SPDX-License-Identifier: Apache-2.0
// A Received field as a relay or a stranger writes it: what is read from it stands in it, and text
// behind its "by" changes nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/base/text.h"
#include "lib/mail/received.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const auto from = assay::mail::ParseReceived(value);
  if (!from) return 0;
  const bool escaped = from->helo.find('\\') != std::string::npos || from->helo.size() >= 255;
  Require(!from->helo.empty() && (escaped || value.find(from->helo) != std::string_view::npos));
  Require(assay::ToLower(value).find(from->name) != std::string::npos);
  for (const char c : from->helo) Require(c > ' ' && c <= '~');
  Require(value.find('[') != std::string_view::npos && value.size() >= 16);
  const std::string longer = std::string(value) + " ([203.0.113.99] helo=x) from [203.0.113.99]";
  Require(assay::mail::ParseReceived(longer) == from);
  return 0;
}
