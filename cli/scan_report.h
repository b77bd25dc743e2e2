// SPDX-License-Identifier: Apache-2.0
// What `assay scan` tells about one message, as a plain value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/engine/transaction.h"
#include "lib/facts/fact.h"
#include "lib/policy/verdict.h"
#include "lib/rules/rule_set.h"

namespace assay::cli {

struct FactLine {
  const facts::Info* fact;
  facts::Value value;
};

// What a DNS list says: "192.0.2.1: sbl", or why it says nothing.
struct ListLine {
  std::string list;   // "dnsbl.zen"
  std::string asked;  // empty: `says` is about the whole list
  std::string says;
};

struct ScanReport {
  std::vector<FactLine> facts;  // the long views (header, body, rawbody) are left out
  std::vector<policy::Finding> findings;
  std::vector<ListLine> lists;  // those that were asked, or should have been
  rules::Hits hits;             // points into the rule set of the transaction's generation
  std::vector<engine::HeaderEdit> header_edits;
  std::vector<std::string> refused_rcpt_to;
  policy::Verdict verdict;
  bool enforcing = false;  // the site's mode
  std::string ref;
};

// After Conclude(), or after `early` refused the message. The report must not outlive the
// transaction.
[[nodiscard]] ScanReport MakeReport(engine::Transaction& transaction,
                                    const std::optional<policy::Verdict>& early,
                                    const std::vector<std::string>& refused_rcpt_to);

// For a person. The score is the sum of the parts above it, in the digits printed.
[[nodiscard]] std::string ReportAsText(const ScanReport& report);

// "accept" where nothing, or only a mark, is asked for; else the action's own word.
[[nodiscard]] std::string_view VerdictWord(Action action);

}  // namespace assay::cli
