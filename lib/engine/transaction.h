// SPDX-License-Identifier: Apache-2.0
// One message on its way through the pipeline: facts, evidence, hits, verdict. Knows no milter:
// assayd and `assay scan` drive it alike.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/ip_address.h"
#include "lib/engine/generation.h"
#include "lib/facts/fact.h"
#include "lib/journal/record.h"
#include "lib/mail/address.h"
#include "lib/policy/verdict.h"

namespace assay::engine {

// What the MTA said about the connection.
struct Client {
  std::optional<IpAddress> ip;   // none: mail that did not come by SMTP
  std::string name;              // verified host name; empty or "[…]" when there is none
  std::string daemon_name;       // {daemon_name}
  std::string helo;              // the last HELO or EHLO argument; may be empty
  std::string mta_name;          // {j}: our host's name, for authserv-id and %{r}
  std::string daemon_port = {};  // {daemon_port}
};

// What MAIL brought.
struct MailCommand {
  std::string argument;  // as MAIL passed it: "<a@example.com>", "<>"
  std::string login;     // {auth_authen}; empty: not logged in
  bool utf8 = false;     // SMTPUTF8 was asked for
  // {mail_addr}: the address as the MTA understood it, which is the sender of the queued message;
  // it counts where `argument` is not a path of RFC 5321 with a domain. May be empty.
  std::string mta_address = {};
  // {cert_subject} and {cert_issuer} of a client certificate that the MTA has verified; else empty.
  std::string certificate_subject = {};
  std::string certificate_issuer = {};
};

// One change to the header, to be carried out in the given order.
struct HeaderEdit {
  enum class Kind {
    kDelete,  // the `index`-th field of that name, counted from 1
    kInsert,  // above the field at `index`; 0 is the very top
  };
  Kind kind = Kind::kInsert;
  std::string name;
  int index = 0;
  std::string value;  // with its leading space; folds are "\n\t"
};

// What the log line says about a finished (or refused) message.
struct Record {
  std::string queue_id;  // empty: NOQUEUE
  policy::Verdict verdict;
  std::string client_name;
  std::string client_ip;
  std::string origin = "-";  // behind a trusted relay: its client's address, or "unknown"
  std::string helo;
  std::string login;
  std::string mail_from;
  std::vector<std::string> header_from;
  std::vector<std::string> rcpt_to;
  std::string spf, spf_helo, dkim, dmarc, dmarc_policy;  // result words, "-" where not known
  // What decided about a DMARC fail in place of the policy: "override", "sealer", "list"; or empty.
  std::string dmarc_instead;
  std::string arc = "-";
  std::string profile;
  std::vector<std::string> rules;   // that fired
  std::vector<std::string> shadow;  // that fired in shadow: without effect
  std::vector<std::string> checks;  // findings that ask for something, "spf=reject"
  std::vector<std::string> limits;  // names of limit facts that hold
  // What DNS lists say, "zen:sbl"; "zen:unknown" where they could not say all, "zen:off" where they
  // are switched off.
  std::vector<std::string> lists;
  // Of a sender with a login; empty without one.
  std::string login_by;               // "sasl", "certificate" or "network"
  std::vector<std::string> identity;  // "mail_from:match", "header_from:mismatch", …
  std::string denied;                 // the address that does not belong to the login
  std::string allow;                  // the entry that would allow it, "TABLE:KEY=LOGIN"
  std::string why;                    // what the tables have instead
  std::optional<identity::LoginCounts> login_counts;  // of the last hour
  std::string not_judged;  // why part of the work could not be done (on_error), empty when all was
  std::uint64_t milliseconds = 0;         // from MAIL to the verdict
  std::uint64_t waited_milliseconds = 0;  // of these, spent waiting for DNS
  std::uint64_t generation = 0;
  std::string ref;
};

// A value of one session; any thread may hold it, one at a time. Calls come in SMTP order: Mail,
// Rcpt*, Field*, EndFields, Body*, EndOfMessage, Conclude; it may be destroyed at any point (late
// DNS answers are dropped).
class Transaction {
 public:
  Transaction(std::shared_ptr<const Generation> generation, std::shared_ptr<Shared> shared,
              Client client, WallTime now);
  ~Transaction();
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;

  // Holds the body even where no rule reads it, for who wants to show all that is known. Before
  // Mail().
  void KeepBody();
  // Each takes what has arrived meanwhile and asks what can be asked; none of them waits.
  void Mail(const MailCommand& command);
  // A recipient that is up for acceptance. It counts from now on, unless RejectedRcpt() follows.
  // `mta_address`: {rcpt_addr}, used as MailCommand::mta_address is.
  void Rcpt(std::string_view argument, std::string_view mta_address = {});
  // Early(kRcpt) refused the last recipient.
  void RejectedRcpt();
  void Field(std::string_view name, std::string_view value);
  void EndFields();
  void Body(std::string_view chunk);
  void EndOfMessage();

  // Whether a check that has to answer at `stage` (kMail, kRcpt, kEndOfMessage) still lacks DNS
  // answers.
  [[nodiscard]] bool Waiting(Stage stage) const;
  // Waits for DNS until something has arrived or `until` has passed, and goes on with the checks.
  void Await(Deadline until);
  // The deadline has passed: what is missing counts as a time-out from here on (limit.deadline).
  void GiveUp();

  // After Mail() or Rcpt(), once !Waiting(stage): the refusal of this command or recipient, if
  // there is one. Only checks that the configuration puts at this stage can refuse; in monitor
  // nothing does.
  [[nodiscard]] std::optional<policy::Verdict> Early(Stage stage);
  // After EndOfMessage(), once !Waiting(kEndOfMessage): runs the rules and decides. Exactly once.
  [[nodiscard]] const policy::Verdict& Conclude();
  // Changes to the header that go with the verdict: first forged results and own headers of the
  // past removed in descending index order, then ours. Empty for verdicts that refuse the message.
  [[nodiscard]] std::vector<HeaderEdit> HeaderEdits() const;

  // The MTA's queue id, when it becomes known.
  void SetQueueId(std::string_view id);
  // An internal fault (never the sender's doing): the message is not fully judged; on_error
  // decides.
  void Fault(std::string_view what);
  // Whether on_error wants a message that is not fully judged to be tried again: only where the
  // policy of every recipient (of the site, before there are any) enforces.
  [[nodiscard]] bool FaultTempFails() const;
  [[nodiscard]] Record MakeRecord() const;
  // Before Conclude(): hits are to say which conditions decided. Where there is a journal they do
  // anyway.
  void ExplainHits();
  // All that led to the verdict of `record`, with as much of the message's text as `keep` allows.
  [[nodiscard]] journal::Record MakeJournalRecord(const Record& record, config::Keep keep) const;
  // Hands that to the journal, where there is one. `record` is what was logged.
  void WriteJournal(const Record& record) const noexcept;

  [[nodiscard]] const Generation& generation() const;
  [[nodiscard]] const facts::FactSet& facts() const;
  [[nodiscard]] const dns::Answers& answers() const;
  [[nodiscard]] const rules::Hits& hits() const;                       // after Conclude()
  [[nodiscard]] const std::vector<policy::Finding>& findings() const;  // after Conclude()
  // By the place of the rule set's DNS lists; after Conclude().
  [[nodiscard]] const std::vector<rules::ListResult>& list_results() const;
  [[nodiscard]] mail::Views& views();
  [[nodiscard]] const std::string& ref()
      const;  // reference of this message, in replies, headers and the log

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Asks the lists about a client that connects to a listener which takes nothing but mail from
// outside, so that the answers are on their way before MAIL. They end up in the resolver's cache;
// the result is to be kept until the connection ends, and null when there is nothing to ask.
[[nodiscard]] std::shared_ptr<dns::Inbox> AskListsAhead(const Generation& generation,
                                                        Shared& shared, const Client& client);
// Reasons as the journal has them, with all that they asked about.
[[nodiscard]] std::vector<journal::Reason> ReasonsForJournal(
    const std::vector<rules::Reason>& reasons, config::Keep keep = config::Keep::kText);

// Fills the facts mail_from and mail_from.*. An address without local part and domain is the null
// reverse-path.
void DeriveMailFromFacts(const mail::Address& mail_from, facts::FactSet& facts);

// Fills the facts that follow from the message alone: header_from.*, reply_to.*, message.*.
void DeriveMessageFacts(const mail::Message& message, facts::FactSet& facts);

// One line, queue id first, fixed key=value order, everything that a sender controls escaped.
[[nodiscard]] std::string FormatText(const Record& record);
// The same as one JSON object without line break.
[[nodiscard]] std::string FormatJson(const Record& record);

}  // namespace assay::engine
