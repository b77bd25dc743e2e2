// SPDX-License-Identifier: Apache-2.0
#include "cli/identity_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "cli/input.h"
#include "cli/visible.h"
#include "lib/engine/sender_check.h"
#include "lib/engine/transaction.h"
#include "lib/mail/address.h"

namespace assay::cli {
namespace {

using identity::Ownership;
using identity::OwnershipDecision;

std::string_view ToWord(Ownership ownership) {
  switch (ownership) {
    case Ownership::kMatch:
      return "match";
    case Ownership::kMismatch:
      return "mismatch";
    case Ownership::kUnlisted:
      return "unlisted";
    case Ownership::kTempError:
      return "temperror";
    case Ownership::kOff:
      return "off";
  }
  return "mismatch";
}

int ExitCodeOf(Ownership ownership) {
  switch (ownership) {
    case Ownership::kMatch:
      return kOk;
    case Ownership::kMismatch:
    case Ownership::kUnlisted:
      return kNotOwned;
    case Ownership::kTempError:
    case Ownership::kOff:
      return kTemporary;
  }
  return kNotOwned;
}

struct Question {
  std::string_view name;
  std::string address;
};

std::vector<Question> Questions(const IdentityOptions& options) {
  std::vector<Question> questions;
  if (!options.mail_from.empty()) questions.push_back({"mail_from", options.mail_from});
  for (const std::string& author : options.from) questions.push_back({"from", author});
  if (!options.sender.empty()) questions.push_back({"sender", options.sender});
  return questions;
}

class Check {
 public:
  Check(const config::IdentityConfig& config, const engine::IdentityTables& tables,
        std::string login)
      : config_(config),
        rules_(tables.rules),
        tables_(tables.Snapshot()),
        login_(std::move(login)) {}

  // Explains one address; false when it is no address.
  bool Explain(const Question& question, Outcome& outcome);

 private:
  void Print(const Question& question, const OwnershipDecision& decision, std::string& out) const;

  const config::IdentityConfig& config_;
  const identity::OwnershipRules& rules_;
  identity::OwnershipTables tables_;
  std::string login_;
};

bool Check::Explain(const Question& question, Outcome& outcome) {
  if (question.address == "<>" && question.name == "mail_from") {
    fmt::format_to(std::back_inserter(outcome.out), "mail_from <>: null\n  action: {}\n",
                   ToWord(config_.null_sender));
    return true;
  }
  const auto address = mail::ParsePath(question.address);
  if (!address || address->local.empty()) {
    outcome.Complain(kUsage,
                     fmt::format("assay identity check: \"{}\" is not an address; give it as in "
                                 "bob@example.com",
                                 Visible(question.address, 64)));
    return false;
  }
  const Deadline until = SteadyClock::now() + config_.lookup_wait;
  const OwnershipDecision decision = JudgeOwnership(rules_, tables_, login_, *address, until);
  Print(question, decision, outcome.out);
  outcome.code = std::max(outcome.code, ExitCodeOf(decision.result));
  return true;
}

void Check::Print(const Question& question, const OwnershipDecision& decision,
                  std::string& out) const {
  const auto line = [&out](std::string_view label, std::string_view text) {
    fmt::format_to(std::back_inserter(out), "  {}: {}\n", label, Visible(text));
  };
  fmt::format_to(std::back_inserter(out), "{} {}: {}\n", question.name, Visible(decision.address),
                 ToWord(decision.result));
  std::string keys;
  const auto address = mail::ParsePath(question.address);
  for (const std::string& key : identity::LookupKeys(rules_, *address)) {
    keys.append(keys.empty() ? "" : ", ").append(key);
  }
  line("keys", keys);
  if (!decision.table.empty()) {
    line("entry", fmt::format("{}: {} {}", decision.table, decision.key, decision.value));
  }
  for (const std::string& alias : decision.aliases) line("alias", alias);
  line("because", decision.reason);
  if (decision.result == Ownership::kMismatch || decision.result == Ownership::kUnlisted) {
    line("would be allowed by", decision.allow);
  }
}

// The login given, or the one that the client's network stands for.
std::optional<std::string> LoginOf(const IdentityOptions& options,
                                   const config::IdentityConfig& config, Outcome& outcome) {
  engine::Client client;
  if (!options.client_ip.empty()) {
    client.ip = IpAddress::Parse(options.client_ip);
    if (!client.ip) {
      outcome.Complain(kUsage,
                       fmt::format("assay identity check: --client-ip: \"{}\" is not an IP address",
                                   Visible(options.client_ip, 64)));
      return {};
    }
  }
  engine::MailCommand command;
  command.login = options.login;
  engine::EffectiveLogin login = engine::FindLogin(config, client, command);
  if (!login.name.empty()) return std::move(login.name);
  outcome.Complain(kUsage,
                   "assay identity check: give --login, or a --client-ip that "
                   "identity.network_logins has");
  return {};
}

}  // namespace

Outcome RunIdentityCheck(const IdentityOptions& options) {
  Outcome outcome;
  const std::vector<Question> questions = Questions(options);
  if (questions.empty()) {
    outcome.Complain(kUsage, "assay identity check: give --mail-from, --from or --sender");
    return outcome;
  }
  const auto config = LoadConfig(options.config, outcome);
  if (!config) return outcome;
  auto login = LoginOf(options, config->identity, outcome);
  if (!login) return outcome;
  std::vector<std::string> messages;
  const auto tables = engine::LoadIdentityTables(config->identity, {}, messages);
  outcome.Note(messages);
  if (!tables.configured()) {
    outcome.Complain(kBadConfig,
                     "assay identity check: neither identity.login_maps nor alias_maps nor "
                     "login_is_address is set, so nothing is checked");
    return outcome;
  }
  outcome.out = fmt::format("login {}\n", Visible(*login));
  Check check(config->identity, tables, std::move(*login));
  for (const Question& question : questions) {
    if (!check.Explain(question, outcome)) break;
  }
  return outcome;
}

}  // namespace assay::cli
