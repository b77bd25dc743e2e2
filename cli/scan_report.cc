// SPDX-License-Identifier: Apache-2.0
#include "cli/scan_report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <span>
#include <utility>

#include "cli/visible.h"
#include "lib/base/text.h"
#include "lib/rules/view_facts.h"

namespace assay::cli {
namespace {

constexpr std::size_t kMaxFactText = 200;  // bytes of a fact's value in the table
constexpr std::size_t kMaxFactTexts = 20;  // of a fact with several; a newsletter has 100 links
constexpr std::size_t kReasonIndent = 11;
constexpr std::size_t kMaxDepth = 10;  // of reasons, as far as it is shown

template <class... Args>
void Print(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

std::string_view ActionWord(std::string_view action) {
  return action.empty() ? ToWord(Action::kNone) : action;
}

// Quotes keep an empty text apart from nothing, and two texts from one with a comma in it.
std::string FactValue(const FactLine& line) {
  if (const auto* text = std::get_if<std::string>(&line.value)) {
    return line.word ? Visible(*text, kMaxFactText) : '"' + Visible(*text, kMaxFactText) + '"';
  }
  const auto* texts = std::get_if<std::vector<std::string>>(&line.value);
  if (texts == nullptr) return facts::Print(line.value);
  std::string out;
  for (const std::string& each : std::span(*texts).first(std::min(texts->size(), kMaxFactTexts))) {
    out.append(out.empty() ? "\"" : ", \"").append(Visible(each, kMaxFactText)).append("\"");
  }
  if (texts->size() > kMaxFactTexts) Print(out, " and {} more", texts->size() - kMaxFactTexts);
  return out.empty() ? "none" : out;
}

void PrintLine(std::string_view name, std::string_view value, std::string& out) {
  if (!value.empty()) Print(out, "  {:<24} {}\n", name, Visible(value, kMaxFactText));
}

std::string TimeText(std::int64_t seconds) {
  constexpr std::int64_t kYear10000 = 253'402'300'800;  // a damaged record
  if (seconds >= kYear10000) return fmt::format("{}", seconds);
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

void PrintMessage(const journal::Record& record, std::string& out) {
  const journal::Session& session = record.session;
  out += "message\n";
  PrintLine("ref", record.ref, out);
  PrintLine("time", TimeText(record.time), out);
  PrintLine("queue id", record.queue_id, out);
  PrintLine("message id", record.message_id, out);
  if (!session.client_ip.empty()) {
    PrintLine("client", fmt::format("{}[{}]", session.client_name, session.client_ip), out);
  }
  PrintLine("behind relay", session.origin, out);
  PrintLine("mail from", '<' + session.mail_from + '>', out);
  std::string rcpt_to;
  for (const std::string& rcpt : session.rcpt_to) {
    rcpt_to.append(rcpt_to.empty() ? "<" : ", <").append(rcpt).append(">");
  }
  PrintLine("rcpt to", rcpt_to, out);
  if (session.rcpt_count > session.rcpt_to.size()) {
    Print(out, "  {:<24} {}\n", "recipients in all", session.rcpt_count);
  }
  PrintLine("configuration", fmt::format("gen={} {}", record.generation, record.fingerprint), out);
}

void PrintFacts(const ScanReport& report, std::string& out) {
  out += "facts\n";
  for (const FactLine& line : report.facts)
    Print(out, "  {:<24} {}\n", Visible(line.name), FactValue(line));
}

void PrintDns(const journal::Record& record, std::string& out) {
  if (record.dns.empty()) return;
  out += "dns\n";
  for (const journal::DnsAnswer& answer : record.dns) {
    Print(out, "  {:<40} {:<4} ", Visible(answer.name), Visible(answer.type));
    if (answer.status != "NOERROR") Print(out, "{} ", Visible(answer.status));
    Print(out, "ttl={}", answer.ttl);
    for (const std::string& data : answer.data) {
      const std::string_view quote = answer.type == "TXT" ? "\"" : "";
      Print(out, " {0}{1}{0}", quote, Visible(data, kMaxFactText));
    }
    out += '\n';
  }
  if (record.dns_cut) out += "  ... more than is recorded\n";
}

void PrintSignatures(const journal::Record& record, std::string& out) {
  if (record.signatures.empty()) return;
  out += "signatures\n";
  for (const journal::Signature& signature : record.signatures) {
    Print(out, "  {:<24} {} s={} a={} bits={}", Visible(signature.domain),
          Visible(signature.result), Visible(signature.selector, kMaxFactText),
          Visible(signature.algorithm), signature.key_bits);
    Print(out, "{}{}\n", signature.reason.empty() ? "" : ": ", Visible(signature.reason));
  }
}

void PrintFindings(const journal::Record& record, std::string& out) {
  if (record.findings.empty()) return;
  out += "checks\n";
  for (const journal::Finding& finding : record.findings) {
    const std::string asked = finding.score > 0 ? fmt::format("score {}", finding.score)
                                                : Visible(ActionWord(finding.action));
    Print(out, "  {:<24} {}: {}\n", Visible(finding.check), asked, Visible(finding.text));
  }
}

void PrintLists(const journal::Record& record, std::string& out) {
  if (record.lists.empty()) return;
  out += "lists\n";
  for (const journal::ListAnswer& line : record.lists) {
    Print(out, "  {:<24} {}{}{}\n", Visible(line.list), Visible(line.asked),
          line.asked.empty() ? "" : ": ", Visible(line.says));
  }
}

// Out of a rule file, so backslashes stand there for themselves.
std::string AsWritten(std::string_view condition) {
  std::string text = Visible(condition);
  for (std::size_t at = 0; (at = text.find("\\\\", at)) != std::string::npos; ++at)
    text.erase(at, 1);
  return text;
}

void PrintReasons(const std::vector<journal::Reason>& reasons, std::size_t indent,
                  std::string& out) {
  for (const journal::Reason& reason : reasons) {
    const std::size_t depth = std::min<std::size_t>(reason.depth, kMaxDepth);
    Print(out, "{:{}}{:<7} {}", "", indent + 2 * depth, Visible(reason.result),
          AsWritten(reason.condition));
    for (const journal::Asked& asked : reason.asked) {
      Print(out, "  [{}: {}]", Visible(asked.source), Visible(asked.value));
    }
    out += '\n';
  }
}

void PrintHit(const journal::Hit& hit, std::string& out) {
  Print(out, "  {:>8} {}  {}:{}", hit.score, Visible(hit.rule), Visible(hit.file), hit.line);
  if (!hit.group.empty()) Print(out, "  group {}", Visible(hit.group));
  if (!hit.action.empty()) Print(out, "  {}", Visible(hit.action));
  out += '\n';
  if (!hit.about.empty()) Print(out, "           {}\n", Visible(hit.about));
  for (const std::string& change : hit.changes) Print(out, "           {}\n", Visible(change));
  PrintReasons(hit.reasons, kReasonIndent, out);
  for (const journal::Span& match : hit.matches) {
    Print(out, "           {}: \"{}\"\n", Visible(match.source), Visible(match.text));
  }
}

void PrintScore(const journal::Record& record, std::string& out) {
  out += "score\n";
  for (const journal::Hit& hit : record.hits) PrintHit(hit, out);
  if (record.more_hits > 0) {
    Print(out, "  {:>8} {} further rules\n", record.more_score, record.more_hits);
  }
  for (const journal::GroupCut& cut : record.group_cuts) {
    Print(out, "  {:>8} cap of group {}\n", cut.score, Visible(cut.group));
  }
  for (const journal::Finding& finding : record.findings) {
    if (finding.score > 0) Print(out, "  {:>8} {}\n", finding.score, Visible(finding.score_name));
  }
  Print(out, "  {:>8} in all\n", record.score);
  if (!record.allowed_by.empty()) {
    Print(out, "  allowed by {}: scores and rules ask for nothing\n", Visible(record.allowed_by));
  }
  if (std::ranges::find(record.limits, "limit.rules") != record.limits.end()) {
    out += "  some rule was not evaluated: limit.rules\n";
  }
}

// What these would add is no part of the sum.
void PrintShadow(const journal::Record& record, std::string& out) {
  if (record.shadow.empty()) return;
  out += "in shadow, without effect\n";
  for (const journal::Hit& hit : record.shadow) PrintHit(hit, out);
}

void PrintThreshold(std::string_view name, const journal::Threshold& threshold, std::string& out) {
  const std::string value = threshold.value ? fmt::format("{}", *threshold.value) : "never";
  Print(out, "{} {} {} ({})", out.ends_with('\t') ? "" : ",", name, value,
        Visible(threshold.origin));
}

void PrintPolicies(const journal::Record& record, std::string& out) {
  out += "thresholds\n";
  for (const journal::Policy& policy : record.policies) {
    std::string values = "\t";
    PrintThreshold("tag", policy.tag, values);
    PrintThreshold("quarantine", policy.quarantine, values);
    PrintThreshold("reject", policy.reject, values);
    Print(out, "  {:<24}{}; {}\n", Visible(policy.name), values.substr(1), Visible(policy.mode));
  }
}

void PrintOwnership(const journal::Record& record, std::string& out) {
  const journal::Ownership& ownership = record.ownership;
  if (ownership.results.empty()) return;
  out += "login\n";
  PrintLine("addresses", Join(ownership.results, ", "), out);
  PrintLine("not its own", ownership.denied, out);
  PrintLine("because", ownership.why, out);
  PrintLine("would be allowed by", ownership.allow, out);
}

void PrintAskedRules(const ScanReport& report, std::string& out) {
  for (const RuleLine& line : report.asked_rules) {
    Print(out, "rule {}: {}\n", Visible(line.rule), line.result);
    PrintReasons(line.reasons, 2, out);
  }
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

// What the client hears, or would.
void PrintReply(std::string_view action, const journal::Reply& reply, std::string& out) {
  const bool refuses = action == ToWord(Action::kReject) || action == ToWord(Action::kTempFail);
  if (refuses && reply.code != 0) {
    Print(out, "  reply: {} {} {}\n", reply.code, Visible(reply.enhanced_code),
          Visible(reply.text));
  }
}

void PrintVerdict(const ScanReport& report, std::string& out) {
  const journal::Verdict& verdict = report.record.verdict;
  for (const std::string& rcpt : report.refused_rcpt_to)
    Print(out, "recipient refused: {}\n", Visible(rcpt));
  Print(out, "verdict: {}", Visible(VerdictWord(verdict.action)));
  if (verdict.would != verdict.action)
    Print(out, ", would be {} in enforce mode", Visible(VerdictWord(verdict.would)));
  if (verdict.stage != ToWord(Stage::kEndOfMessage)) Print(out, " at {}", Visible(verdict.stage));
  out += '\n';
  if (!verdict.decided_by.empty()) {
    Print(out, "  by {}: {}\n", Visible(verdict.decided_by), Visible(verdict.reason));
  }
  if (verdict.conflict) out += "  the recipients' policies asked for different actions\n";
  if (!verdict.not_judged.empty()) {
    Print(out, "  not fully judged: {}\n", Visible(verdict.not_judged));
  }
  if (verdict.action == verdict.would) {
    PrintReply(verdict.action, verdict.reply, out);
  } else {
    PrintReply(verdict.would, verdict.would_reply, out);
  }
}

FactLine LineOf(const facts::Info& fact, facts::Value value) {
  return {std::string(fact.name), fact.type == facts::Type::kWord, std::move(value)};
}

// Known facts as they were, those of today's table that were not known as unknown. What is never
// recorded (texts, at this `keep`) is left out.
std::vector<FactLine> RecordedFacts(const journal::Record& record) {
  std::vector<FactLine> lines;
  for (const facts::Info& info : facts::Table()) {
    const auto known = std::ranges::find(record.facts, info.name, &journal::Fact::name);
    const bool recorded = known != record.facts.end();
    const bool kept = info.id != facts::Id::kHeaderFromName || record.keep != "rules";
    if (recorded) {
      lines.push_back(LineOf(info, known->value));
    } else if (!info.from_views && kept) {
      lines.push_back(LineOf(info, {}));
    }
  }
  for (const journal::Fact& fact : record.facts) {
    if (facts::FindByName(fact.name) == nullptr) lines.push_back({fact.name, false, fact.value});
  }
  return lines;
}

}  // namespace

std::string_view VerdictWord(std::string_view action) {
  return action == ToWord(Action::kNone) ? "accept" : action;
}

ScanReport MakeReport(engine::Transaction& transaction, const std::optional<policy::Verdict>& early,
                      const std::vector<std::string>& refused_rcpt_to) {
  ScanReport report;
  report.refused_rcpt_to = refused_rcpt_to;
  engine::Record record = transaction.MakeRecord();
  if (early) record.verdict = *early;
  report.record = transaction.MakeJournalRecord(record, config::Keep::kText);
  if (early) {
    report.facts = RecordedFacts(report.record);
    return report;
  }
  for (const facts::Info& fact : facts::Table()) {
    if (!fact.from_views) {
      report.facts.push_back(LineOf(fact, transaction.facts().Get(fact.id)));
    } else if (auto value = rules::ViewValue(fact.id, transaction.views())) {
      report.facts.push_back(LineOf(fact, std::move(*value)));
    }
  }
  report.header_edits = transaction.HeaderEdits();
  return report;
}

ScanReport MakeReport(journal::Record record) {
  ScanReport report;
  report.record = std::move(record);
  report.facts = RecordedFacts(report.record);
  return report;
}

std::string ReportAsText(const ScanReport& report) {
  std::string out;
  PrintMessage(report.record, out);
  PrintFacts(report, out);
  PrintDns(report.record, out);
  PrintSignatures(report.record, out);
  PrintFindings(report.record, out);
  PrintLists(report.record, out);
  PrintOwnership(report.record, out);
  PrintScore(report.record, out);
  PrintShadow(report.record, out);
  PrintAskedRules(report, out);
  PrintPolicies(report.record, out);
  PrintHeaderEdits(report, out);
  PrintVerdict(report, out);
  return out;
}

}  // namespace assay::cli
