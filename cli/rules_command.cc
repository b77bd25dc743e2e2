// SPDX-License-Identifier: Apache-2.0
#include "cli/rules_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/input.h"
#include "lib/config/load.h"
#include "lib/engine/generation.h"
#include "lib/engine/transaction.h"
#include "lib/rules/coverage.h"
#include "lib/rules/limits.h"

namespace assay::cli {
namespace {

// Diagnostics are what these commands are asked for: they belong on standard output.
void PutOut(const std::vector<std::string>& messages, Outcome& outcome) {
  for (const std::string& message : messages) outcome.out.append(message).append("\n");
}

void Worsen(int code, Outcome& outcome) {
  if (outcome.code == kOk) outcome.code = code;
}

void LintConfigFile(const std::string& path, Outcome& outcome) {
  const config::LoadResult loaded = config::Load(path);
  PutOut(loaded ? loaded->warnings : loaded.error().messages, outcome);
  if (!loaded) Worsen(loaded.error().unreadable ? kNoInput : kBadConfig, outcome);
}

// The configured rules, or the given files in their place.
std::optional<engine::LoadReport> LoadRules(const RulesOptions& options, Outcome& outcome) {
  const auto config = LoadConfig(options.config, outcome);
  outcome.out += std::exchange(outcome.err, {});
  if (!config) return {};
  engine::LoadReport report =
      engine::LoadGeneration(*config, {.number = 1, .dkim = nullptr, .rule_files = options.files});
  PutOut(report.messages, outcome);
  return report;
}

// A file that is not there is another fault than one that is wrong; one that is too large is wrong,
// and loading it says so.
bool AllReadable(const std::vector<std::string>& files, Outcome& outcome) {
  for (const std::string& file : files) {
    if (const auto text = ReadInput(file, rules::kMaxSetBytes); !text) {
      outcome.Complain(kNoInput, "assay: " + text.error().what);
    }
  }
  return outcome.code == kOk;
}

void PutCoverage(const rules::RuleSet& rules, Outcome& outcome) {
  const auto coverage = rules::Coverage::Run(rules, engine::DeriveMessageFacts);
  for (const rules::Diagnostic& gap : coverage.gaps) outcome.out += rules::Format(gap);
  outcome.out += fmt::format("{} of {} conditions decide a hit and a miss\n", coverage.covered,
                             coverage.tests);
  if (!coverage.gaps.empty()) Worsen(kTestsFailed, outcome);
}

}  // namespace

Outcome RunLint(const RulesOptions& options) {
  Outcome outcome;
  RulesOptions rules = options;
  std::erase_if(rules.files, [](const std::string& file) { return file.ends_with(".toml"); });
  for (const std::string& file : options.files) {
    if (file.ends_with(".toml")) LintConfigFile(file, outcome);
  }
  if (!options.files.empty() && rules.files.empty()) return outcome;
  if (!AllReadable(rules.files, outcome)) return outcome;
  const auto report = LoadRules(rules, outcome);
  if (report && !report->generation) Worsen(kBadConfig, outcome);
  return outcome;
}

Outcome RunTest(const RulesOptions& options) {
  Outcome outcome;
  if (!AllReadable(options.files, outcome)) return outcome;
  const auto report = LoadRules(options, outcome);
  if (!report) return outcome;
  if (!report->generation && report->tests_failed == 0) {
    outcome.code = kBadConfig;
    return outcome;
  }
  const std::size_t failed = std::min(report->tests_failed, report->tests_run);
  outcome.out += fmt::format("{} passed, {} failed\n", report->tests_run - failed, failed);
  outcome.code = failed == 0 ? kOk : kTestsFailed;
  if (options.coverage && report->generation) PutCoverage(*report->generation->rules, outcome);
  return outcome;
}

}  // namespace assay::cli
