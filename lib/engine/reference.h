// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace assay::engine {

// A fresh reference for one message: 7 characters of Crockford's base 32 (no I, L, O, U), so that
// it survives being read out on the telephone. 35 random bits: with 10,000 messages a day for a
// week the chance of any clash is about 7 %.
[[nodiscard]] std::string MakeReference();

}  // namespace assay::engine
