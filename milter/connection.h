// SPDX-License-Identifier: Apache-2.0
// One milter session: the client, and the message that is under way. Knows no libmilter.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/ip_address.h"
#include "lib/engine/generation.h"
#include "lib/engine/transaction.h"
#include "milter/current_generation.h"
#include "milter/log.h"
#include "milter/mta.h"
#include "milter/session_count.h"
#include "milter/waiting_gauge.h"

namespace assay::milter {

// What all sessions of the process share. Everything in it outlives them and is thread-safe.
struct Services {
  CurrentGeneration& generation;
  std::shared_ptr<engine::Shared> shared;
  WaitingGauge& waiting;
  SessionCount& sessions;
  Log& log;
};

// The steps of the protocol in their order. Debian's libmilter may run each step on another thread,
// one at a time; so nothing here is bound to a thread. A new MAIL, an abort and the end of message
// all leave no trace of the message before. After an exception out of any step OnFault() follows,
// and the connection goes on.
class Connection {
 public:
  Connection(const Services& services, Abilities abilities);

  void OnConnect(Mta& mta, std::string_view host, std::optional<IpAddress> ip);
  void OnHelo(std::string_view argument);
  // `arguments`: the address as the client typed it, then the ESMTP parameters.
  [[nodiscard]] Reaction OnMail(Mta& mta, std::span<const std::string_view> arguments);
  [[nodiscard]] Reaction OnRcpt(Mta& mta, std::string_view argument);
  void OnField(std::string_view name, std::string_view value);
  void OnEndOfFields();
  void OnBody(std::string_view chunk);
  [[nodiscard]] Reaction OnEndOfMessage(Mta& mta);
  void OnAbort();
  // A step ended with an exception, `what` says which. Marks the message as not fully judged; the
  // reaction is what on_error asks for (steps without a reply ignore it: the end of message comes
  // back to it).
  [[nodiscard]] Reaction OnFault(Mta& mta, std::string_view what);

  // Whether a message is under way.
  [[nodiscard]] bool has_transaction() const { return transaction_.has_value(); }

 private:
  [[nodiscard]] Reaction AnswerEarly(Mta& mta, Stage stage);
  void WaitForEnvelope(Stage stage);
  // False: the MTA has gone meanwhile.
  [[nodiscard]] bool WaitForMessage(engine::Transaction& transaction, Mta& mta);
  [[nodiscard]] bool HasVerifiedCertificate(Mta& mta) const;
  void LearnQueueId(Mta& mta);
  [[nodiscard]] std::string LogId() const;  // the queue id, NOQUEUE before there is one
  // The log line and the journal's record of a verdict.
  void Tell(const engine::Transaction& transaction, const engine::Record& record);

  Services services_;
  Abilities abilities_;
  SessionCount::Ticket ticket_;
  engine::Client client_;
  bool mta_is_postfix_ = false;
  std::shared_ptr<dns::Inbox> asked_ahead_;  // about the client, before MAIL
  std::optional<engine::Transaction> transaction_;
  std::string queue_id_;                     // of the message under way, once known
  SteadyClock::duration envelope_budget_{};  // what MAIL and RCPT may still wait
};

}  // namespace assay::milter
