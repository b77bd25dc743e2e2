// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "lib/mail/message.h"
#include "lib/mail/views.h"
#include "lib/rules/evaluator.h"
#include "lib/rules/rule_set.h"

namespace assay::rules {

// One example as the rules see it: what it states, what follows from that, and nothing else. Refers
// to the program and the example, which must live longer.
class ExampleRun {
 public:
  ExampleRun(const Program& program, const Example& example, const TestRunner::DeriveFacts& derive);
  ExampleRun(const ExampleRun&) = delete;
  ExampleRun& operator=(const ExampleRun&) = delete;

  [[nodiscard]] Evaluator& evaluator() { return evaluator_; }

 private:
  const EntrySet no_entries_;
  mail::Message message_;
  mail::Views views_;
  facts::FactSet facts_;
  std::vector<ListResult> list_results_;
  Input input_;
  Evaluator evaluator_;
};

}  // namespace assay::rules
