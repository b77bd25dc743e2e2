// SPDX-License-Identifier: Apache-2.0
#include "cli/rules_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include "cli/input.h"
#include "cli/json.h"
#include "cli/message_file.h"
#include "cli/visible.h"
#include "lib/base/text.h"
#include "lib/engine/generation.h"
#include "lib/engine/transaction.h"
#include "lib/rules/cost_meter.h"
#include "lib/rules/rule_text.h"

namespace assay::cli {
namespace {

using rules::RuleInfo;
using rules::ScoreText;

template <class... Args>
void Append(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

// Nothing, with the reasons and the exit code in `outcome`, when the rules are in error. Warnings
// belong to `assay lint`.
std::shared_ptr<const rules::RuleSet> LoadRuleSet(const RulesViewOptions& options,
                                                  Outcome& outcome) {
  const auto config = LoadConfig(options.config, outcome);
  if (!config) return nullptr;
  const engine::LoadReport report =
      engine::LoadGeneration(*config, {.number = 1, .dkim = nullptr, .rule_files = options.rules});
  if (report.generation) return report.generation->rules;
  outcome.Note(report.messages);
  outcome.code = kBadConfig;
  return nullptr;
}

// A rule file is no program for the terminal.
std::string Printable(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out,
      [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
      },
      '?');
  return out;
}

std::string_view StateOf(const RuleInfo& rule) {
  if (!rule.live) return "disabled";
  return rule.shadow ? "shadow" : "live";
}

std::string ActionOf(const RuleInfo& rule) {
  return rule.action == Action::kNone ? "-" : std::string(ToWord(rule.action));
}

std::string Or(const std::string& text, std::string_view otherwise) {
  return text.empty() ? std::string(otherwise) : text;
}

std::string FactNames(const RuleInfo& rule) {
  std::vector<std::string> names;
  for (const facts::Id id : rule.facts) names.emplace_back(facts::Describe(id).name);
  return Join(names, ", ");
}

const RuleInfo* FindRule(const rules::RuleSet& set, const std::string& name) {
  const auto all = set.all_rules();
  const auto found = std::ranges::find(all, name, &RuleInfo::name);
  return found == all.end() ? nullptr : *found;
}

void NoSuchRule(const rules::RuleSet& set, const std::string& name, Outcome& outcome) {
  std::vector<std::string_view> names;
  for (const RuleInfo* rule : set.all_rules()) names.push_back(rule->name);
  const auto nearest = NearestName(name, names);
  outcome.Complain(kUsage,
                   fmt::format("assay rules show: no rule \"{}\"{}", Visible(name, 64),
                               nearest ? fmt::format("; did you mean \"{}\"?", *nearest) : ""));
}

// All files below a folder, in the order of their names; a file as it is.
std::vector<std::string> FilesAt(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    const std::size_t begin = files.size();
    for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->is_regular_file(error)) files.push_back(entry->path().string());
    }
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(begin), files.end());
  }
  return files;
}

void MeasureFile(std::string_view text, rules::CostMeter& meter) {
  const mail::Message message = MakeMessage(SplitMessage(text));
  mail::Views views(message);
  facts::FactSet facts;
  facts.Set(facts::Id::kProfile, std::string("inbound"));
  engine::DeriveMessageFacts(message, facts);
  meter.Measure({facts, views});
}

double Microseconds(SteadyClock::duration time, std::size_t messages) {
  const std::chrono::duration<double, std::micro> all = time;
  return all.count() / static_cast<double>(std::max<std::size_t>(messages, 1));
}

std::string CostsAsText(const rules::CostMeter& meter) {
  const std::size_t messages = meter.messages();
  SteadyClock::duration sum{};
  const auto costs = meter.Costs();
  for (const auto& cost : costs) sum += cost.time;
  std::string out = fmt::format("{:>10} {:>6} {:>7}  rule\n", "us/mail", "share", "hits");
  for (const auto& cost : costs) {
    const double share = sum.count() == 0 ? 0
                                          : 100 * static_cast<double>(cost.time.count()) /
                                                static_cast<double>(sum.count());
    Append(out, "{:>10.2f} {:>5.1f}% {:>7}  {}  {}:{}\n", Microseconds(cost.time, messages), share,
           cost.hits, cost.rule->name, Visible(cost.rule->file), cost.rule->line);
  }
  Append(out,
         "{} messages; all rules together: {:.1f} us/mail, {:.1f} of them for the pass that all "
         "patterns share; with the texts that they read {:.1f}\n",
         messages, Microseconds(meter.rules_time(), messages),
         Microseconds(meter.shared_time(), messages), Microseconds(meter.first_time(), messages));
  return out;
}

}  // namespace

Outcome RunRulesList(const RulesViewOptions& options) {
  Outcome outcome;
  const auto set = LoadRuleSet(options, outcome);
  if (!set) return outcome;
  const auto all = set->all_rules();
  if (options.json) {
    outcome.out = RulesAsJson(all);
    return outcome;
  }
  std::size_t width = 4;
  for (const RuleInfo* rule : all) width = std::max(width, rule->name.size());
  for (const RuleInfo* rule : all) {
    Append(outcome.out, "{:<{}}  {:<16} {:<12} {:<10} {:<8} {}:{}  {}\n", rule->name, width,
           ScoreText(*rule), Or(rule->group, "-"), ActionOf(*rule), StateOf(*rule),
           Visible(rule->file), rule->line, Visible(rule->about));
  }
  return outcome;
}

Outcome RunRulesShow(const RulesViewOptions& options, const std::string& name) {
  Outcome outcome;
  const auto set = LoadRuleSet(options, outcome);
  if (!set) return outcome;
  const RuleInfo* rule = FindRule(*set, name);
  if (rule == nullptr) {
    NoSuchRule(*set, name, outcome);
    return outcome;
  }
  if (options.json) {
    outcome.out = RulesAsJson(std::vector<const RuleInfo*>{rule});
    return outcome;
  }
  std::string& out = outcome.out;
  Append(out, "# {}:{}\n{}\n\n", Visible(rule->file), rule->line, Printable(set->Text(*rule)));
  for (const std::string& change : rule->changes) Append(out, "changed  {}\n", Visible(change));
  Append(out, "score    {}\n", ScoreText(*rule));
  if (!rule->group.empty()) Append(out, "group    {}\n", rule->group);
  const std::string text =
      rule->action_text.empty() ? "" : fmt::format(" \"{}\"", Visible(rule->action_text));
  Append(out, "action   {}{}\n", ActionOf(*rule), text);
  Append(out, "state    {}{}\n", StateOf(*rule), rule->precaution ? ", precaution" : "");
  Append(out, "reads    {}\n", FactNames(*rule));
  return outcome;
}

Outcome RunRulesCost(const RulesViewOptions& options, const std::vector<std::string>& paths) {
  Outcome outcome;
  const auto set = LoadRuleSet(options, outcome);
  if (!set) return outcome;
  rules::CostMeter meter(*set);
  for (const std::string& path : FilesAt(paths)) {
    const auto text = ReadInput(path, kMaxMessageBytes);
    if (text) {
      MeasureFile(*text, meter);
    } else {
      outcome.Complain(kNoInput, "assay rules cost: " + text.error().what);
    }
  }
  outcome.out = options.json ? CostsAsJson(meter) : CostsAsText(meter);
  return outcome;
}

}  // namespace assay::cli
