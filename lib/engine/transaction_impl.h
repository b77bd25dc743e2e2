// SPDX-License-Identifier: Apache-2.0
// What a Transaction is made of; for the files of transaction*.cc only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/engine/asker.h"
#include "lib/engine/author_domains.h"
#include "lib/engine/dmarc_action.h"
#include "lib/engine/evidence.h"
#include "lib/engine/forged_fields.h"
#include "lib/engine/list_check.h"
#include "lib/engine/origin.h"
#include "lib/engine/reference.h"
#include "lib/engine/sender_check.h"
#include "lib/engine/transaction.h"
#include "lib/mail/address.h"
#include "lib/mail/views.h"

namespace assay::engine {

// authserv_id as configured, else the MTA's own name.
[[nodiscard]] std::string AuthservId(const Generation& generation, const Client& client);

// The address that the message will have: the argument of MAIL or RCPT where it is a path of RFC
// 5321 with a domain, or null; else what the MTA made of it; else the argument as a local part.
// MTAs take more than the RFC ("a(b)@example.com", "a%example.com"), and deliver it.
[[nodiscard]] mail::Address UnderstoodPath(std::string_view argument, std::string_view mta_address);

// The lists of the generation's rules, which must outlive the result.
[[nodiscard]] ListCheck MakeListCheck(const Generation& generation, Shared& shared);

struct Transaction::Impl {
  std::shared_ptr<const Generation> generation;
  std::shared_ptr<Shared> shared;
  Client client;
  WallTime now;
  std::string ref = MakeReference();
  std::string authserv_id = AuthservId(*generation, client);

  SteadyClock::time_point started = SteadyClock::now();
  SteadyClock::duration waited{};
  std::string queue_id;
  std::string login;
  std::string login_by;                     // see EffectiveLogin
  std::optional<SenderCheck> sender_check;  // of mail with a login, where tables are configured
  std::optional<identity::LoginCounts> login_counts;
  std::string not_judged;
  bool utf8 = false;
  AuthorDomains claimed;  // where From does not name one author; once the header is there
  std::optional<mail::ReceivedFrom> origin;  // of relayed mail, once the header is there
  mail::Address mail_from;
  std::vector<mail::Address> rcpt_to;

  facts::FactSet facts;
  mail::Message message;
  bool needs_body = generation->rules->reads_body();
  std::optional<mail::Views> views;
  std::size_t reserved = 0;
  Asker asker{shared->resolver()};
  Evidence evidence;
  ListCheck lists{MakeListCheck(*generation, *shared)};
  std::vector<rules::ListResult> list_results;  // once concluded
  TrustedPath path;
  ForgedFields forged{authserv_id};
  rules::Hits hits;
  std::vector<policy::Finding> findings;
  policy::Verdict verdict;
  bool concluded = false;
  bool explain_hits = false;

  Impl(std::shared_ptr<const Generation> g, std::shared_ptr<Shared> s, Client c, WallTime t)
      : generation(std::move(g)), shared(std::move(s)), client(std::move(c)), now(t) {}
  ~Impl() {
    if (reserved > 0) shared->Release(reserved);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] const config::Config& config() const { return generation->config; }
  [[nodiscard]] bool inbound() const {
    const auto* profile = std::get_if<std::string>(&facts.Get(facts::Id::kProfile));
    return profile != nullptr && *profile == "inbound";
  }
  [[nodiscard]] std::string_view Profile() const;
  // Parts of Transaction::MakeRecord().
  void RecordResults(Record& record) const;
  void RecordReasons(Record& record) const;
  void FillConnectionFacts();
  void FillMailFacts(const MailCommand& command);
  void FillRcptFacts();
  void StartSpf();
  // The connected host is a trusted relay: the client to judge stands in the header.
  [[nodiscard]] bool relayed() const;
  void TakeOrigin();
  void AskForAuthors();
  [[nodiscard]] const policy::Policy& PolicyFor(const mail::Address& rcpt) const;
  [[nodiscard]] std::vector<const policy::Policy*> RecipientPolicies() const;
  [[nodiscard]] Stage SpfStage() const;
  [[nodiscard]] bool SpfAnswersAt(Stage stage) const;
  [[nodiscard]] std::optional<policy::Verdict> EarlySpf(Stage stage, const policy::Policy& policy);
  [[nodiscard]] std::optional<policy::Verdict> SplitRecipient() const;
  void JudgeIdentity();
  [[nodiscard]] bool ClaimExcepted() const;
  [[nodiscard]] bool MayBeClaimed(std::string_view address) const;
  void StartSenderCheck();
  // Whether MAIL FROM has to be decided at MAIL, because it could be refused there.
  [[nodiscard]] bool SenderAnswersAtMail() const;
  [[nodiscard]] std::optional<policy::Verdict> EarlySender();
  void JudgeSender();
  void CountLogin();
  // Lets every check go on that can.
  void Advance();
  void BeginLists();
  void TellLists(rules::Asked what, facts::Id fact, bool all = true);
  void ListsAboutClient();
  void ListsAtEndOfFields();
  void ListsAboutSigners();
  void ListsAtEndOfMessage();
  void ListsAboutLinks();
  void Scan();
  void AddReference(policy::Reply& reply) const;
  void JournalSession(const Record& record, journal::Record& out) const;
  void JournalFacts(config::Keep keep, journal::Record& out) const;
  void JournalDns(journal::Record& out) const;
  void JournalLists(journal::Record& out) const;
  void JournalHits(config::Keep keep, journal::Record& out) const;
  void JournalPolicies(journal::Record& out) const;
};

// The registrable domain of a host, where it has one.
void SetRegistrable(facts::Id fact, const std::string& host, facts::FactSet& facts);

}  // namespace assay::engine
