// SPDX-License-Identifier: Apache-2.0
#include "cli/scan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/visible.h"
#include "lib/rules/view_facts.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMaxFactText = 200;  // bytes of a fact's value in the table

template <class... Args>
void Print(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

// Quotes keep an empty text apart from nothing, and two texts from one with a comma in it.
std::string FactValue(const FactLine& line) {
  if (const auto* text = std::get_if<std::string>(&line.value)) {
    return line.fact->type == facts::Type::kWord ? *text : '"' + Visible(*text, kMaxFactText) + '"';
  }
  const auto* texts = std::get_if<std::vector<std::string>>(&line.value);
  if (texts == nullptr) return facts::Print(line.value);
  std::string out;
  for (const std::string& each : *texts) {
    out.append(out.empty() ? "\"" : ", \"").append(Visible(each, kMaxFactText)).append("\"");
  }
  return out.empty() ? "none" : out;
}

void PrintFacts(const ScanReport& report, std::string& out) {
  out += "facts\n";
  for (const FactLine& line : report.facts)
    Print(out, "  {:<24} {}\n", line.fact->name, FactValue(line));
}

void PrintFindings(const ScanReport& report, std::string& out) {
  if (report.findings.empty()) return;
  out += "checks\n";
  for (const policy::Finding& finding : report.findings) {
    const std::string asked = finding.score > 0 ? fmt::format("score {}", finding.score)
                                                : std::string(ToWord(finding.action));
    Print(out, "  {:<24} {}: {}\n", finding.check, asked, Visible(finding.text));
  }
}

void PrintThreshold(std::string_view name, double value, std::string& out) {
  if (value != policy::kNever)
    Print(out, "{} {} at {}", out.ends_with(')') ? "" : ",", name, value);
}

void PrintHit(const rules::Hit& hit, std::string& out) {
  Print(out, "  {:>8} {}  {}:{}", hit.score, hit.rule->name, Visible(hit.rule->file),
        hit.rule->line);
  if (hit.rule->action != Action::kNone) Print(out, "  {}", ToWord(hit.rule->action));
  Print(out, "\n           {}\n", Visible(hit.rule->about));
  for (const rules::Match& match : hit.matches) {
    Print(out, "           {}: \"{}\"\n", Visible(match.source), Visible(match.text));
  }
}

// What these would add is no part of the sum.
void PrintShadow(const ScanReport& report, std::string& out) {
  if (report.hits.shadow.empty()) return;
  out += "in shadow, without effect\n";
  for (const rules::Hit& hit : report.hits.shadow) PrintHit(hit, out);
}

void PrintScore(const ScanReport& report, std::string& out) {
  out += "score\n";
  for (const rules::Hit& hit : report.hits.hits) PrintHit(hit, out);
  for (const rules::GroupCut& cut : report.hits.group_cuts) {
    Print(out, "  {:>8} cap of group {}\n", cut.score, cut.group);
  }
  for (const policy::Finding& finding : report.findings) {
    if (finding.score > 0) Print(out, "  {:>8} {}\n", finding.score, finding.score_name);
  }
  Print(out, "  {:>8} in all", report.verdict.score);
  PrintThreshold("tag", report.verdict.thresholds.tag, out);
  PrintThreshold("quarantine", report.verdict.thresholds.quarantine, out);
  PrintThreshold("reject", report.verdict.thresholds.reject, out);
  out += "\n";
  if (!report.hits.allowed_by.empty()) {
    Print(out, "  allowed by {}: scores and rules ask for nothing\n",
          Visible(report.hits.allowed_by));
  }
  if (report.hits.limited) out += "  some rule was not evaluated: limit.rules\n";
}

void PrintHeaderEdits(const ScanReport& report, std::string& out) {
  if (report.header_edits.empty()) return;
  out += "header\n";
  for (const engine::HeaderEdit& edit : report.header_edits) {
    if (edit.kind == engine::HeaderEdit::Kind::kDelete) {
      Print(out, "  - {} #{}\n", Visible(edit.name), edit.index);
      continue;
    }
    Print(out, "  + {}:", edit.name);
    for (std::size_t begin = 0; begin < edit.value.size();) {
      const std::size_t end = std::min(edit.value.find('\n', begin), edit.value.size());
      std::string_view line = std::string_view(edit.value).substr(begin, end - begin);
      if (begin > 0) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        out += "\n        ";
      }
      out += Visible(line);
      begin = end + 1;
    }
    out += '\n';
  }
}

void PrintReply(const policy::Reply& reply, std::string& out) {
  if (reply.code != 0) {
    Print(out, "  reply: {} {} {}\n", reply.code, reply.enhanced_code, Visible(reply.text));
  }
}

void PrintVerdict(const ScanReport& report, std::string& out) {
  const policy::Verdict& verdict = report.verdict;
  for (const std::string& rcpt : report.refused_rcpt_to)
    Print(out, "recipient refused: {}\n", Visible(rcpt));
  Print(out, "verdict: {}", VerdictWord(verdict.action));
  if (verdict.would != verdict.action)
    Print(out, ", would be {} in enforce mode", VerdictWord(verdict.would));
  if (verdict.stage != Stage::kEndOfMessage) Print(out, " at {}", ToWord(verdict.stage));
  out += '\n';
  if (!verdict.decided_by.empty()) {
    Print(out, "  by {}: {}\n", Visible(verdict.decided_by), Visible(verdict.reason));
  }
  PrintReply(verdict.reply.code != 0 ? verdict.reply : verdict.would_reply, out);
}

}  // namespace

std::string_view VerdictWord(Action action) {
  return action == Action::kNone ? "accept" : ToWord(action);
}

ScanReport MakeReport(engine::Transaction& transaction, const std::optional<policy::Verdict>& early,
                      const std::vector<std::string>& refused_rcpt_to) {
  ScanReport report;
  report.refused_rcpt_to = refused_rcpt_to;
  report.enforcing = transaction.generation().config.mode == config::Mode::kEnforce;
  report.ref = transaction.ref();
  for (const facts::Info& fact : facts::Table()) {
    if (!fact.from_views) {
      report.facts.push_back({&fact, transaction.facts().Get(fact.id)});
    } else if (!early) {
      if (auto value = rules::ViewValue(fact.id, transaction.views())) {
        report.facts.push_back({&fact, std::move(*value)});
      }
    }
  }
  if (early) {
    report.verdict = *early;
    return report;
  }
  report.findings = transaction.findings();
  report.hits = transaction.hits();
  report.header_edits = transaction.HeaderEdits();
  report.verdict = transaction.MakeRecord().verdict;
  return report;
}

std::string ReportAsText(const ScanReport& report) {
  std::string out;
  PrintFacts(report, out);
  PrintFindings(report, out);
  PrintScore(report, out);
  PrintShadow(report, out);
  PrintHeaderEdits(report, out);
  PrintVerdict(report, out);
  return out;
}

}  // namespace assay::cli
