// SPDX-License-Identifier: Apache-2.0
#include "cli/scan.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/input.h"
#include "cli/json.h"
#include "cli/message_file.h"
#include "cli/scan_report.h"
#include "cli/visible.h"
#include "lib/engine/transaction.h"

namespace assay::cli {
namespace {

std::string InBrackets(const std::string& path) {
  return path.starts_with('<') ? path : '<' + path + '>';
}

// Takes one message through the steps of SMTP.
class Scan {
 public:
  Scan(const ScanOptions& options, engine::Transaction& transaction)
      : options_(options), transaction_(transaction) {}

  void Run(const MessageFile& message) {
    const std::string path = options_.mail_from.empty() ? ReturnPath(message) : options_.mail_from;
    transaction_.KeepBody();
    transaction_.Mail({InBrackets(path), options_.login, false});
    if (Refused(Stage::kMail)) return;
    std::size_t refused = 0;
    for (const std::string& rcpt : options_.rcpt_to) {
      transaction_.Rcpt(InBrackets(rcpt));
      if (!Refused(Stage::kRcpt)) continue;
      refused_rcpt_to_.push_back(rcpt);
      // Where no recipient is left, the client never sends the message.
      if (++refused == options_.rcpt_to.size()) return;
      transaction_.RejectedRcpt();
      early_.reset();
    }
    for (const FileField& field : message.fields) transaction_.Field(field.name, field.value);
    transaction_.EndFields();
    SendBody(message.body, [this](std::string_view chunk) { transaction_.Body(chunk); });
    transaction_.EndOfMessage();
    Await(Stage::kEndOfMessage, transaction_.generation().config.milter.eom_wait);
    (void)transaction_.Conclude();
  }

  // The refusal that came before the message did.
  [[nodiscard]] const std::optional<policy::Verdict>& early() const { return early_; }
  [[nodiscard]] const std::vector<std::string>& refused_rcpt_to() const { return refused_rcpt_to_; }

 private:
  bool Refused(Stage stage) {
    Await(stage, transaction_.generation().config.milter.mail_wait);
    early_ = transaction_.Early(stage);
    return early_ && (early_->action == Action::kReject || early_->action == Action::kTempFail);
  }

  void Await(Stage stage, std::chrono::seconds longest) {
    const Deadline until = SteadyClock::now() + longest;
    while (transaction_.Waiting(stage)) {
      if (SteadyClock::now() >= until) {
        transaction_.GiveUp();
        return;
      }
      transaction_.Await(until);
    }
  }

  const ScanOptions& options_;
  engine::Transaction& transaction_;
  std::optional<policy::Verdict> early_;
  std::vector<std::string> refused_rcpt_to_;
};

std::optional<engine::Client> MakeClient(const ScanOptions& options, Outcome& outcome) {
  engine::Client client;
  client.name = options.client_name;
  client.helo = options.helo;
  if (options.client_ip.empty()) return client;
  client.ip = IpAddress::Parse(options.client_ip);
  if (client.ip) return client;
  outcome.Complain(kUsage, fmt::format("assay scan: --client-ip: \"{}\" is not an IP address",
                                       Visible(options.client_ip, 64)));
  return {};
}

std::optional<std::string> ReadMessage(const std::string& path, Outcome& outcome) {
  auto text = ReadInput(path, kMaxMessageBytes);
  if (!text) {
    outcome.Complain(kNoInput, "assay scan: " + text.error().what);
    return {};
  }
  if (text->empty()) {
    outcome.Complain(kBadData, fmt::format("assay scan: {}: is empty", path));
    return {};
  }
  return std::move(*text);
}

// One rule that the user wants to know of.
void Explain(engine::Transaction& transaction, const std::string& rule, ScanReport& report,
             Outcome& outcome) {
  const rules::RuleSet& rules = *transaction.generation().rules;
  const auto explanation =
      rules.Explain({transaction.facts(), transaction.views(), transaction.list_results()}, rule);
  if (!explanation) {
    outcome.Note({{fmt::format("assay scan: --why: there is no rule {}", Visible(rule, 64))}});
    return;
  }
  report.asked_rules.push_back({rule, std::string(rules::ToWord(explanation->result)),
                                engine::ReasonsForJournal(explanation->reasons)});
}

}  // namespace

Outcome RunScan(const ScanOptions& options) {
  Outcome outcome;
  const auto client = MakeClient(options, outcome);
  if (!client) return outcome;
  const auto text = ReadMessage(options.file, outcome);
  if (!text) return outcome;
  auto config = LoadConfig(options.config, outcome);
  if (!config) return outcome;
  if (!options.zone.empty()) config->dns.zone = options.zone;
  const engine::LoadReport loaded =
      engine::LoadGeneration(*config, {.number = 1, .dkim = nullptr, .rule_files = options.rules});
  outcome.Note(loaded.messages);
  auto resolver = engine::MakeResolver(config->dns);
  if (!resolver) outcome.Note({{"assay scan: " + resolver.error().what}});
  if (!loaded.generation || !resolver) {
    outcome.code = kBadConfig;
    return outcome;
  }
  const MessageFile message = SplitMessage(*text);
  const auto shared =
      std::make_shared<engine::Shared>(std::move(*resolver), config->milter.memory_mib << 20U, 1);
  engine::Transaction transaction(loaded.generation, shared, *client, Now());
  transaction.ExplainHits();
  Scan scan(options, transaction);
  scan.Run(message);
  ScanReport report = MakeReport(transaction, scan.early(), scan.refused_rcpt_to());
  for (const std::string& rule : options.why) Explain(transaction, rule, report, outcome);
  outcome.out = options.json ? ReportAsJson(report) : ReportAsText(report);
  const auto would = ParseAction(report.record.verdict.would);
  outcome.code = ExitCode(would.value_or(Action::kNone));
  return outcome;
}

}  // namespace assay::cli
