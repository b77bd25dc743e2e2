// SPDX-License-Identifier: Apache-2.0
// The normal form of a key record is the same key, is its own normal form and fits libopendkim's
// buffer.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/auth/dkim_key.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto key = assay::auth::ParseDkimKey(text);
  if (!key) {
    Check(!key.error().reason.empty());
    return 0;
  }
  Check(key->bits > 0 && key->bits <= assay::auth::kMaxRsaBits);
  Check(key->record.size() < 1024);
  Check(std::all_of(key->record.begin(), key->record.end(),
                    [](char c) { return c >= ' ' && c <= '~'; }));
  const auto again = assay::auth::ParseDkimKey(key->record);
  Check(again && again->record == key->record && again->bits == key->bits);
  Check(again->type == key->type && again->test_mode == key->test_mode);
  Check(again->no_subdomains == key->no_subdomains);
  Check(again->allows_sha1 == key->allows_sha1 && again->allows_sha256 == key->allows_sha256);
  return 0;
}
