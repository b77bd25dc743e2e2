// SPDX-License-Identifier: Apache-2.0
// What need not be asked of a message to know what a Program says of it. The evaluator comes to the
// same hits without.
#pragma once

#include "lib/rules/program.h"

namespace assay::rules {

// Sets Program::order and gates, its screens and what is enough of its counts, once its patterns
// are built.
void FindShortcuts(Program& program);

}  // namespace assay::rules
