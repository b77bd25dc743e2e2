// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lib/facts/manual.h"

namespace assay::cli {

using facts::ToWord;

}  // namespace assay::cli
