// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/sender_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/engine/findings.h"
#include "lib/engine/transaction.h"

namespace assay::engine {
namespace {

using facts::Id;
using identity::SenderDecision;
using identity::SenderResult;

constexpr std::size_t kMaxSenders = 100;  // in all fields of a kind; each is looked up

identity::AddressList ReadList(const mail::Message& message,
                               std::initializer_list<std::string_view> names) {
  identity::AddressList list;
  for (const std::string_view name : names) {
    for (const mail::Field* field : message.Find(name)) {
      list.present = true;
      const mail::AddressField parsed = mail::ParseAddressField(field->value);
      if (parsed.problem != mail::AddressFieldProblem::kNone) list.readable = false;
      for (const mail::Mailbox& mailbox : parsed.mailboxes) {
        if (list.addresses.size() < kMaxSenders)
          list.addresses.push_back(mailbox.address);
        else
          list.readable = false;
      }
    }
  }
  return list;
}

Action ActionFor(const config::IdentityConfig& config, SenderResult result, Action mismatch) {
  switch (result) {
    case SenderResult::kMatch:
    case SenderResult::kOff:  // said in the log and by the daemon; nothing is known to be wrong
      return Action::kNone;
    case SenderResult::kNull:
      return config.null_sender;
    case SenderResult::kTempError:
      return config.lookup_error;
    case SenderResult::kResent:
      return config.resent;
    case SenderResult::kUnlisted:
      return config.unlisted;
    case SenderResult::kMismatch:
    case SenderResult::kMalformed:
      return mismatch;
  }
  return mismatch;
}

struct FieldCheck {
  std::string_view name;   // "mail_from"
  std::string_view label;  // what the sender is told
  int code;                // of a refusal
  Action mismatch;
};

std::string ReplyText(const FieldCheck& field, const SenderDecision& decision, bool retry) {
  switch (decision.result) {
    case SenderResult::kNull:
      return fmt::format("{} rejected: an address of yours is needed", field.label);
    case SenderResult::kMalformed:
      return fmt::format("{} rejected: it names no sender that could be yours", field.label);
    case SenderResult::kTempError:
      return retry ? "Cannot check now whether the sender address is yours"
                   : "Cannot check whether the sender address is yours";
    default:
      return fmt::format("{} rejected: not owned by your login", field.label);
  }
}

// 553 5.7.1 at MAIL is what Postfix says for the same (reject_sender_login_mismatch).
std::optional<policy::Finding> FindingFor(const config::IdentityConfig& config,
                                          const FieldCheck& field, const SenderDecision& decision) {
  const Action action = ActionFor(config, decision.result, field.mismatch);
  if (action == Action::kNone) return {};
  const bool retry = action == Action::kTempFail;
  const bool trouble = decision.result == SenderResult::kTempError;
  policy::Reply reply;
  reply.code = retry ? 451 : trouble ? 550 : field.code;
  reply.enhanced_code = fmt::format("{}.{}", retry ? 4 : 5, trouble ? "3.0" : "7.1");
  reply.text = ReplyText(field, decision, retry);
  std::string reason = fmt::format("{}: {}", ToWord(decision.result), decision.reason);
  if (!decision.address.empty()) reason = decision.address + " is " + reason;
  return policy::Finding{fmt::format("identity.{}", field.name),
                         action,
                         std::move(reply),
                         EscapeForLog(reason, 400),
                         ModeOf(config.mode),
                         true};
}

void SetWord(facts::FactSet& facts, Id id, const SenderDecision& decision) {
  facts.Set(id, std::string(ToWord(decision.result)));
}

}  // namespace

EffectiveLogin FindLogin(const config::IdentityConfig& config, const Client& client,
                         const MailCommand& command) {
  if (!command.login.empty()) return {command.login, "sasl"};
  for (const config::CertificateLogin& certificate : config.certificate_logins) {
    if (!command.certificate_subject.empty() &&
        command.certificate_subject == certificate.subject &&
        command.certificate_issuer == certificate.issuer) {
      return {certificate.login, "certificate"};
    }
  }
  // What comes through a proxy or filter has its address, whoever it is from.
  if (std::ranges::find(config.inbound_daemons, client.daemon_name) !=
      config.inbound_daemons.end()) {
    return {};
  }
  // The narrowest network that holds the client.
  const config::NetworkLogin* best = nullptr;
  for (const config::NetworkLogin& network : config.network_logins) {
    if (!client.ip || !network.network.Contains(*client.ip)) continue;
    if (best == nullptr || network.network.prefix() > best->network.prefix()) best = &network;
  }
  if (best != nullptr) return {best->login, "network"};
  return {};
}

identity::HeaderSenders ReadSenders(const mail::Message& message) {
  identity::HeaderSenders senders;
  senders.from = ReadList(message, {"From"});
  // Two From fields are no field: readers show one or the other (RFC 5322, 3.6).
  if (message.Find("From").size() > 1) senders.from.readable = false;
  senders.sender = ReadList(message, {"Sender"});
  if (message.Find("Sender").size() > 1) senders.sender.readable = false;
  senders.resent = ReadList(message, {"Resent-From", "Resent-Sender"});
  return senders;
}

SenderCheck::SenderCheck(const IdentityTables& tables, std::string login,
                         std::chrono::milliseconds lookup_wait)
    : tables_(tables.Snapshot()),
      judge_(tables.rules, tables_, std::move(login)),
      lookup_wait_(lookup_wait) {}

void SenderCheck::MailFrom(const mail::Address& address, bool null_path) {
  mail_from_asked_ = true;
  address_ = address;
  null_path_ = null_path;
  if (!tables_.may_wait()) LookUp(SteadyClock::now() + lookup_wait_);
}

void SenderCheck::Header(const mail::Message& message) {
  asked_ = ReadSenders(message);
  if (!tables_.may_wait()) LookUp(SteadyClock::now() + lookup_wait_);
}

void SenderCheck::LookUp(Deadline until) {
  if (MailFromPending()) mail_from_ = judge_.MailFrom(address_, null_path_, until);
  if (asked_ && !header_) header_ = judge_.Header(*asked_, until);
}

void SenderCheck::FillFacts(facts::FactSet& facts) const {
  if (mail_from_) SetWord(facts, Id::kIdentityMailFrom, *mail_from_);
  if (header_) SetWord(facts, Id::kIdentityHeaderFrom, header_->from);
  if (header_ && header_->sender) SetWord(facts, Id::kIdentitySender, *header_->sender);
}

std::vector<std::string> SenderCheck::Words() const {
  std::vector<std::string> words;
  const auto add = [&](std::string_view name, const SenderDecision& decision) {
    words.push_back(fmt::format("{}:{}", name, ToWord(decision.result)));
  };
  if (mail_from_) add("mail_from", *mail_from_);
  if (header_) add("header_from", header_->from);
  if (header_ && header_->sender) add("sender", *header_->sender);
  return words;
}

const SenderDecision* SenderCheck::Worst() const {
  const SenderDecision* worst = mail_from_ ? &*mail_from_ : nullptr;
  const auto consider = [&](const SenderDecision& decision) {
    if (worst == nullptr || decision.result > worst->result) worst = &decision;
  };
  if (header_) consider(header_->from);
  if (header_ && header_->sender) consider(*header_->sender);
  const bool fine = worst == nullptr || worst->result == SenderResult::kMatch ||
                    worst->result == SenderResult::kNull;
  return fine ? nullptr : worst;
}

std::optional<policy::Finding> SenderCheck::MailFromFinding(
    const config::IdentityConfig& config) const {
  if (!mail_from_) return {};
  return FindingFor(config, {"mail_from", "Sender address", 553, config.mail_from}, *mail_from_);
}

std::vector<policy::Finding> SenderCheck::Findings(const config::IdentityConfig& config) const {
  std::vector<policy::Finding> findings;
  const auto append = [&](std::optional<policy::Finding> finding) {
    if (finding) findings.push_back(std::move(*finding));
  };
  append(MailFromFinding(config));
  if (!header_) return findings;
  append(
      FindingFor(config, {"header_from", "From address", 550, config.header_from}, header_->from));
  if (header_->sender) {
    append(FindingFor(config, {"sender", "Sender field", 550, config.sender}, *header_->sender));
  }
  return findings;
}

}  // namespace assay::engine
