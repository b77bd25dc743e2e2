// SPDX-License-Identifier: Apache-2.0
#include "cli/facts_command.h"

#include <fmt/format.h>

#include <iterator>

#include "cli/json.h"
#include "cli/words.h"
#include "lib/facts/fact.h"
#include "lib/facts/manual.h"

namespace assay::cli {

Outcome RunFacts(bool json, bool mdoc) {
  Outcome outcome;
  if (json || mdoc) {
    outcome.out = json ? FactTableAsJson() : facts::FactTableAsMdoc();
    return outcome;
  }
  for (const facts::Info& fact : facts::Table()) {
    std::string type(ToWord(fact.type));
    for (const std::string_view word : fact.words) {
      type.append(word == fact.words.front() ? ": " : " ").append(word);
    }
    fmt::format_to(std::back_inserter(outcome.out), "{}  ({}; from {})\n    {}\n", fact.name, type,
                   ToWord(fact.stage), fact.meaning);
  }
  return outcome;
}

}  // namespace assay::cli
