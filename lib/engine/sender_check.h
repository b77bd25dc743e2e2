// SPDX-License-Identifier: Apache-2.0
// The sender of one message held against its login: who has logged in, what is looked up when, and
// what the configuration makes of it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/config/config.h"
#include "lib/engine/identity_tables.h"
#include "lib/facts/fact.h"
#include "lib/identity/sender_judge.h"
#include "lib/mail/message.h"
#include "lib/policy/verdict.h"

namespace assay::engine {

struct Client;
struct MailCommand;

// Whose mail it is.
struct EffectiveLogin {
  std::string name;     // empty: nobody's
  std::string_view by;  // "sasl", "certificate" or "network"; empty for nobody
};
// A real login goes before a certificate, and that before a network, which counts only outside
// inbound_daemons.
[[nodiscard]] EffectiveLogin FindLogin(const config::IdentityConfig& config, const Client& client,
                                       const MailCommand& command);

// From, Sender and the Resent- fields of a header.
[[nodiscard]] identity::HeaderSenders ReadSenders(const mail::Message& message);

// A value of one transaction, not thread-safe. Everything is decided at once where all tables are
// in memory; else Pending() says that LookUp() has something to wait for.
class SenderCheck {
 public:
  // `tables` must outlive this object: the generation holds them. `lookup_wait`: how long one step
  // may look things up in memory (patterns take time, too).
  SenderCheck(const IdentityTables& tables, std::string login,
              std::chrono::milliseconds lookup_wait);
  SenderCheck(const SenderCheck&) = delete;  // judge_ refers to tables_
  SenderCheck& operator=(const SenderCheck&) = delete;

  void MailFrom(const mail::Address& address, bool null_path);
  void Header(const mail::Message& message);

  [[nodiscard]] bool MailFromPending() const { return mail_from_asked_ && !mail_from_; }
  [[nodiscard]] bool Pending() const { return MailFromPending() || (asked_ && !header_); }
  // Decides what is pending; returns by `until`, and what is not known then is a temporary error.
  void LookUp(Deadline until);

  [[nodiscard]] const std::optional<identity::SenderDecision>& mail_from() const {
    return mail_from_;
  }
  [[nodiscard]] const std::optional<identity::HeaderDecision>& header() const { return header_; }
  void FillFacts(facts::FactSet& facts) const;
  // The decision for the log: "mail_from:match", …; the entry that would allow what is refused, and
  // why it is.
  [[nodiscard]] std::vector<std::string> Words() const;
  [[nodiscard]] const identity::SenderDecision* Worst() const;

  // What the configuration asks for.
  [[nodiscard]] std::optional<policy::Finding> MailFromFinding(
      const config::IdentityConfig& config) const;
  [[nodiscard]] std::vector<policy::Finding> Findings(const config::IdentityConfig& config) const;

 private:
  identity::OwnershipTables tables_;
  identity::SenderJudge judge_;
  std::chrono::milliseconds lookup_wait_;
  bool mail_from_asked_ = false;
  mail::Address address_;
  bool null_path_ = false;
  std::optional<identity::HeaderSenders> asked_;
  std::optional<identity::SenderDecision> mail_from_;
  std::optional<identity::HeaderDecision> header_;
};

}  // namespace assay::engine
