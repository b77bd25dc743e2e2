// SPDX-License-Identifier: Apache-2.0
// What `assay scan` and `assay explain` tell about one message, as a plain value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/engine/transaction.h"
#include "lib/facts/fact.h"
#include "lib/journal/record.h"
#include "lib/policy/verdict.h"
#include "lib/rules/rule_set.h"

namespace assay::cli {

struct FactLine {
  std::string name;
  bool word = false;  // one of a fixed set of words
  facts::Value value;
};

// A rule that was asked about, whether it fired or not.
struct RuleLine {
  std::string rule;
  std::string result;  // "yes", "no", "unknown"
  std::vector<journal::Reason> reasons;
};

struct ScanReport {
  journal::Record record;
  std::vector<FactLine> facts;  // the long views (header, body, rawbody) are left out
  std::vector<RuleLine> asked_rules;
  std::vector<engine::HeaderEdit> header_edits;
  std::vector<std::string> refused_rcpt_to;
};

// After Conclude(), or after `early` refused the message. The report must not outlive the
// transaction.
[[nodiscard]] ScanReport MakeReport(engine::Transaction& transaction,
                                    const std::optional<policy::Verdict>& early,
                                    const std::vector<std::string>& refused_rcpt_to);
// Of a message that was judged some time ago.
[[nodiscard]] ScanReport MakeReport(journal::Record record);

// For a person. The score is the sum of the parts above it, in the digits printed.
[[nodiscard]] std::string ReportAsText(const ScanReport& report);

// "accept" where nothing is asked for; else the action's own word.
[[nodiscard]] std::string_view VerdictWord(std::string_view action);

}  // namespace assay::cli
