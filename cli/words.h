// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "lib/facts/fact.h"

namespace assay::cli {

[[nodiscard]] constexpr std::string_view ToWord(facts::Type type) {
  switch (type) {
    case facts::Type::kFlag:
      return "flag";
    case facts::Type::kNumber:
      return "number";
    case facts::Type::kWord:
      return "word";
    case facts::Type::kText:
      return "text";
    case facts::Type::kTexts:
      return "texts";
    case facts::Type::kAddress:
      return "address";
  }
  return "text";
}

}  // namespace assay::cli
