// SPDX-License-Identifier: Apache-2.0
// Everything that assay prints as JSON. One object or array, indented, with a line break at the
// end; bytes that are not UTF-8 become U+FFFD.
#pragma once

#include <span>
#include <string>

#include "cli/scan_report.h"
#include "lib/config/config.h"
#include "lib/config/keys.h"
#include "lib/rules/cost_meter.h"

namespace assay::cli {

[[nodiscard]] std::string ReportAsJson(const ScanReport& report);
[[nodiscard]] std::string ReportsAsJson(std::span<const ScanReport> reports);
[[nodiscard]] std::string ConfigAsJson(const config::Config& config);
[[nodiscard]] std::string KeysAsJson(std::span<const config::KeyInfo> keys);
[[nodiscard]] std::string FactTableAsJson();
[[nodiscard]] std::string RulesAsJson(std::span<const rules::RuleInfo* const> rules);
[[nodiscard]] std::string CostsAsJson(const rules::CostMeter& meter);

}  // namespace assay::cli
