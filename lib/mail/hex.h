// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lib/base/text.h"

namespace assay::mail {

// 0 to 15 for a hexadecimal digit of either case, else -1.
[[nodiscard]] constexpr int HexDigit(char c) {
  if (IsAsciiDigit(c)) return c - '0';
  const char lower = AsciiLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace assay::mail
