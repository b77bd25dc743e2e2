// SPDX-License-Identifier: Apache-2.0
// A record out of a damaged journal: no input breaks the decoder, and what it takes comes back the
// same once it has been written anew.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/journal/record_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const void* bytes = data;
  const auto record =
      assay::journal::Decode(std::string_view(static_cast<const char*>(bytes), size));
  if (!record) return 0;
  const std::string again = assay::journal::Encode(*record);
  const auto second = assay::journal::Decode(again);
  // Written twice, it is the same bytes (a NaN is no value that equals itself).
  if (!second || assay::journal::Encode(*second) != again) std::abort();
  return 0;
}
