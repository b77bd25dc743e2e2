// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstddef>

#include "lib/rules/program.h"

namespace assay::rules {

struct FactsUsed {
  std::bitset<facts::kFactCount> facts;

  [[nodiscard]] bool Has(facts::Id id) const { return facts.test(static_cast<std::size_t>(id)); }
  void Add(facts::Id id) { facts.set(static_cast<std::size_t>(id)); }
};

// The facts that one condition reads, not those of rules it names.
[[nodiscard]] FactsUsed UsedBy(const Program& program, ConditionId condition);

}  // namespace assay::rules
