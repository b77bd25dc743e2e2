// SPDX-License-Identifier: Apache-2.0
// Any bytes as assay.toml: refused with messages that hold nothing but printable ASCII, or loaded;
// and what was loaded prints to a text that loads to the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/config/keys.h"
#include "lib/config/load.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace config = assay::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const config::LoadResult first = config::Parse(text, "fuzz");
  if (!first) {
    Require(!first.error().messages.empty());
    for (const std::string& message : first.error().messages) Require(IsPrintable(message));
    return 0;
  }
  for (const std::string& warning : first->warnings) Require(IsPrintable(warning));
  const std::string printed = config::PrintEffective(first->config);
  const config::LoadResult second = config::Parse(printed, "printed");
  Require(second.has_value());
  Require(second->config == first->config);
  Require(config::PrintEffective(second->config) == printed);
  return 0;
}
