// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/reference.h"

#include <sys/random.h>

#include <cstdint>
#include <string_view>

namespace assay::engine {

std::string MakeReference() {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  constexpr int kLength = 7;
  std::uint64_t bits = 0;
  // Never short for so few bytes once the kernel's pool is up (getrandom(2)).
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) bits = 0;
  std::string reference;
  for (int i = 0; i < kLength; ++i, bits >>= 5U) reference += kDigits[bits & 31U];
  return reference;
}

}  // namespace assay::engine
