// SPDX-License-Identifier: Apache-2.0
#include "milter/connection.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "milter/apply.h"

namespace assay::milter {
namespace {

// Both MTAs restart their timer at every sign of progress; Sendmail's default for one is 10 s.
constexpr std::chrono::seconds kProgressInterval{3};

}  // namespace

Connection::Connection(const Services& services, Abilities abilities)
    : services_(services), abilities_(abilities), ticket_(services.sessions) {}

void Connection::OnConnect(Mta& mta, std::string_view host, std::optional<IpAddress> ip) {
  client_ = {};
  client_.ip = ip ? ip : IpAddress::Parse(mta.Macro("{client_addr}"));
  client_.name = host;
  client_.daemon_name = mta.Macro("{daemon_name}");
  client_.daemon_port = mta.Macro("{daemon_port}");
  client_.mta_name = mta.Macro("j");
  mta_is_postfix_ = mta.Macro("v").starts_with("Postfix");
  asked_ahead_ = engine::AskListsAhead(*services_.generation.Get(), *services_.shared, client_);
}

void Connection::OnHelo(std::string_view argument) { client_.helo = argument; }

Reaction Connection::OnMail(Mta& mta, std::span<const std::string_view> arguments) {
  transaction_.reset();
  queue_id_.clear();
  if (arguments.empty()) return Reaction::kContinue;
  auto generation = services_.generation.Get();
  envelope_budget_ = generation->config.milter.mail_wait;
  transaction_.emplace(std::move(generation), services_.shared, client_, Now());
  LearnQueueId(mta);
  engine::MailCommand command;
  command.argument = arguments.front();
  command.login = mta.Macro("{auth_authen}");
  command.mta_address = mta.Macro("{mail_addr}");
  if (HasVerifiedCertificate(mta)) {
    command.certificate_subject = mta.Macro("{cert_subject}");
    command.certificate_issuer = mta.Macro("{cert_issuer}");
  }
  command.utf8 = std::any_of(
      arguments.begin() + 1, arguments.end(),
      [](std::string_view parameter) { return EqualsIgnoreCase(parameter, "SMTPUTF8"); });
  transaction_->Mail(command);
  return AnswerEarly(mta, Stage::kMail);
}

Reaction Connection::OnRcpt(Mta& mta, std::string_view argument) {
  if (!transaction_) return Reaction::kContinue;
  LearnQueueId(mta);
  transaction_->Rcpt(argument, mta.Macro("{rcpt_addr}"));
  return AnswerEarly(mta, Stage::kRcpt);
}

void Connection::OnField(std::string_view name, std::string_view value) {
  if (!transaction_) return;
  if (abilities_.leading_space) {
    transaction_->Field(name, value);
  } else {
    // The MTA took one space away, if there was one; nearly every field has it.
    std::string spaced(1, ' ');
    transaction_->Field(name, spaced += value);
  }
}

void Connection::OnEndOfFields() {
  if (transaction_) transaction_->EndFields();
}

void Connection::OnBody(std::string_view chunk) {
  if (transaction_) transaction_->Body(chunk);
}

Reaction Connection::OnEndOfMessage(Mta& mta) {
  if (!transaction_) return Reaction::kContinue;
  LearnQueueId(mta);
  // Taken out first: whatever happens below, the next message starts with nothing.
  engine::Transaction transaction = std::move(*transaction_);
  transaction_.reset();
  transaction.EndOfMessage();
  if (!WaitForMessage(transaction, mta)) {
    services_.log.Info(LogId() + ": the MTA has gone before the verdict");
    return Reaction::kTempFail;
  }
  const policy::Verdict& verdict = transaction.Conclude();
  const Applied applied = ApplyVerdict(mta, abilities_, verdict, transaction.HeaderEdits());
  Tell(transaction, transaction.MakeRecord());
  if (!applied.trouble.empty()) services_.log.Warning(LogId() + ": " + applied.trouble);
  return applied.reaction;
}

void Connection::OnAbort() {
  transaction_.reset();
  queue_id_.clear();
}

Reaction Connection::OnFault(Mta& mta, std::string_view what) {
  services_.log.Error(LogId() + ": internal error: " + EscapeForLog(what));
  // Without a message there is nothing that could be let through unjudged.
  if (!transaction_) return Reaction::kContinue;
  transaction_->Fault(what);
  if (!transaction_->FaultTempFails()) return Reaction::kContinue;
  mta.SetReply(SanitizeReply({451, "4.3.0", "internal error, try again later"}, Action::kTempFail));
  return Reaction::kTempFail;
}

// A refusal at MAIL ends the message, one at RCPT only that recipient.
Reaction Connection::AnswerEarly(Mta& mta, Stage stage) {
  WaitForEnvelope(stage);
  const std::optional<policy::Verdict> verdict = transaction_->Early(stage);
  if (!verdict) return Reaction::kContinue;
  const Reaction reaction = ApplyRefusal(mta, *verdict);
  if (reaction == Reaction::kContinue) return reaction;
  engine::Record record = transaction_->MakeRecord();
  record.verdict = *verdict;
  Tell(*transaction_, record);
  if (stage == Stage::kMail) {
    transaction_.reset();
  } else {
    transaction_->RejectedRcpt();
  }
  return reaction;
}

// No progress message here: only end of message knows them. What one command used is gone for the
// next.
void Connection::WaitForEnvelope(Stage stage) {
  if (!transaction_->Waiting(stage)) return;
  const WaitingGauge::Entry entry(services_.waiting);
  const Deadline start = SteadyClock::now();
  const Deadline until = start + envelope_budget_;
  while (transaction_->Waiting(stage)) {
    if (SteadyClock::now() >= until) {
      transaction_->GiveUp();
      break;
    }
    transaction_->Await(until);
  }
  envelope_budget_ = std::max(SteadyClock::duration::zero(), until - SteadyClock::now());
}

bool Connection::WaitForMessage(engine::Transaction& transaction, Mta& mta) {
  if (!transaction.Waiting(Stage::kEndOfMessage)) return true;
  const WaitingGauge::Entry entry(services_.waiting);
  const Deadline until = SteadyClock::now() + transaction.generation().config.milter.eom_wait;
  Deadline progress = SteadyClock::now() + kProgressInterval;
  while (transaction.Waiting(Stage::kEndOfMessage)) {
    const Deadline now = SteadyClock::now();
    if (now >= until) {
      transaction.GiveUp();
      return true;
    }
    if (now >= progress) {
      if (!mta.Progress()) return false;
      progress = now + kProgressInterval;
    }
    transaction.Await(std::min(until, progress));
  }
  return true;
}

// Sendmail says in {verify} what came of the client's certificate, and names its subject even when
// that was nothing good. Postfix has no such macro and names subject and issuer of a certificate
// only when it trusts it.
bool Connection::HasVerifiedCertificate(Mta& mta) const {
  const std::string verify = mta.Macro("{verify}");
  return verify == "OK" || (verify.empty() && mta_is_postfix_);
}

// Sendmail has it from MAIL on, Postfix from the second RCPT or the end of message on.
void Connection::LearnQueueId(Mta& mta) {
  if (!queue_id_.empty()) return;
  const std::string id = mta.Macro("i");
  if (id.empty()) return;
  transaction_->SetQueueId(id);
  queue_id_ = EscapeForLog(id);
}

std::string Connection::LogId() const { return queue_id_.empty() ? "NOQUEUE" : queue_id_; }

void Connection::Tell(const engine::Transaction& transaction, const engine::Record& record) {
  services_.log.Info(transaction.generation().config.log.format == config::LogFormat::kJson
                         ? engine::FormatJson(record)
                         : engine::FormatText(record));
  transaction.WriteJournal(record);
}

}  // namespace assay::milter
