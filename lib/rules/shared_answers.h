// SPDX-License-Identifier: Apache-2.0
// Which conditions of a Program ask the same.
#pragma once

#include "lib/rules/program.h"

namespace assay::rules {

// Sets Condition::answer, and Program::answers to how many there are.
void ShareAnswers(Program& program);

}  // namespace assay::rules
