// SPDX-License-Identifier: Apache-2.0
#include "cli/explain_command.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "cli/input.h"
#include "cli/json.h"
#include "cli/scan_report.h"
#include "cli/visible.h"
#include "lib/journal/reader.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMaxPrintedName = 200;

int CodeOf(journal::Trouble trouble) {
  switch (trouble) {
    case journal::Trouble::kBusy:
      return kTemporary;
    case journal::Trouble::kDamaged:
    case journal::Trouble::kForeign:
    case journal::Trouble::kOtherSchema:
      return kBadData;
    case journal::Trouble::kFull:
    case journal::Trouble::kUnavailable:
      break;
  }
  return kNoInput;
}

std::string AsText(const std::vector<ScanReport>& reports) {
  std::string out;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    if (reports.size() > 1) {
      out += fmt::format("{}=== {} of {}\n", i == 0 ? "" : "\n", i + 1, reports.size());
    }
    out += ReportAsText(reports[i]);
  }
  return out;
}

}  // namespace

Outcome RunExplain(const ExplainOptions& options) {
  Outcome outcome;
  std::string path = options.journal;
  if (path.empty()) {
    const auto config = LoadConfig(options.config, outcome);
    if (!config) return outcome;
    path = config->journal.path;
    if (!config->journal.enabled) outcome.Note({{"assay explain: journal.enabled is false"}});
  }
  auto found = journal::Find(path, options.name);
  if (!found) {
    outcome.Complain(CodeOf(found.error().trouble),
                     fmt::format("assay explain: {}: {}", Visible(path), found.error().what));
    return outcome;
  }
  std::vector<ScanReport> reports;
  for (journal::Record& record : found->records) reports.push_back(MakeReport(std::move(record)));
  if (!reports.empty()) outcome.out = options.json ? ReportsAsJson(reports) : AsText(reports);
  if (found->more) {
    outcome.Note({{fmt::format("assay explain: only the newest {} are shown", reports.size())}});
  }
  if (found->unreadable > 0) {
    outcome.Complain(kBadData, fmt::format("assay explain: {}: {} records that match are damaged",
                                           Visible(path), found->unreadable));
  } else if (reports.empty()) {
    outcome.Complain(kNotFound, fmt::format("assay explain: {} has no message {}", Visible(path),
                                            Visible(options.name, kMaxPrintedName)));
  }
  return outcome;
}

}  // namespace assay::cli
