// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/transaction.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "lib/base/text.h"
#include "lib/engine/author_domains.h"
#include "lib/engine/transaction_impl.h"

namespace assay::engine {
namespace {

using facts::Id;

// RFC 5321, 4.5.1: postmaster must be reachable; RFC 2142 adds abuse. They are judged at end of
// message only.
bool IsRoleAddress(const mail::Address& rcpt) {
  return EqualsIgnoreCase(rcpt.local, "postmaster") || EqualsIgnoreCase(rcpt.local, "abuse");
}

}  // namespace

Transaction::Transaction(std::shared_ptr<const Generation> generation,
                         std::shared_ptr<Shared> shared, Client client, WallTime now)
    : impl_(std::make_unique<Impl>(std::move(generation), std::move(shared), std::move(client),
                                   now)) {}
Transaction::~Transaction() = default;
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;

void Transaction::KeepBody() { impl_->needs_body = true; }

void Transaction::Mail(const MailCommand& command) {
  impl_->FillConnectionFacts();
  impl_->FillMailFacts(command);
  impl_->StartSenderCheck();
  // What no rule reads is not held; signatures see the body as it passes.
  if (!impl_->needs_body) impl_->message.DropBody();
  impl_->BeginLists();
  if (impl_->inbound()) {
    if (!impl_->relayed()) impl_->StartSpf();
    impl_->evidence.StartDkim(impl_->generation->dkim, impl_->now);
  }
  impl_->Advance();
}

void Transaction::Rcpt(std::string_view argument, std::string_view mta_address) {
  impl_->rcpt_to.push_back(UnderstoodPath(argument, mta_address));
  impl_->Advance();
}

void Transaction::RejectedRcpt() {
  assert(!impl_->rcpt_to.empty());
  impl_->rcpt_to.pop_back();
  impl_->verdict = {};
}

void Transaction::Field(std::string_view name, std::string_view value) {
  impl_->message.AddField(name, value);
  impl_->forged.See(name, value);
  impl_->evidence.AddField(name, value);
}

void Transaction::EndFields() {
  // What MAIL and RCPT gave up on stays a time-out; keys and policies have the time of their own.
  impl_->asker.Resume();
  impl_->FillRcptFacts();
  DeriveMessageFacts(impl_->message, impl_->facts);
  if (impl_->relayed()) impl_->TakeOrigin();
  if (impl_->sender_check) impl_->sender_check->Header(impl_->message);
  impl_->AskForAuthors();
  impl_->ListsAtEndOfFields();
  impl_->Advance();
}

void Transaction::Body(std::string_view chunk) {
  impl_->evidence.AddBody(chunk);
  const std::size_t before = impl_->message.body().size();
  impl_->message.AddBody(chunk);
  const std::size_t grown = impl_->message.body().size() - before;
  if (grown == 0) return;
  if (impl_->shared->Reserve(grown)) {
    impl_->reserved += grown;
  } else {
    impl_->message.DropBody();
    impl_->shared->Release(std::exchange(impl_->reserved, 0));
    impl_->facts.Set(Id::kLimitMemory, true);
  }
}

void Transaction::EndOfMessage() {
  DeriveMessageFacts(impl_->message, impl_->facts);  // sizes and limits are final now
  if (!impl_->facts.Known(Id::kLimitMemory)) impl_->facts.Set(Id::kLimitMemory, false);
  if (!impl_->needs_body) impl_->facts.Set(Id::kLimitBody, false);
  impl_->evidence.EndOfMessage();
  impl_->ListsAtEndOfMessage();
  impl_->Advance();
}

bool Transaction::Waiting(Stage stage) const {
  const auto& sender = impl_->sender_check;
  if (stage == Stage::kEndOfMessage)
    return !impl_->evidence.Done() || !impl_->lists.Done() || (sender && sender->Pending());
  if (stage == Stage::kMail && impl_->SenderAnswersAtMail() && sender->MailFromPending())
    return true;
  return impl_->SpfAnswersAt(stage) && !impl_->evidence.MailFromDone();
}

void Transaction::Await(Deadline until) {
  const auto from = SteadyClock::now();
  if (impl_->sender_check && impl_->sender_check->Pending()) {
    // DNS answers arrive meanwhile.
    impl_->sender_check->LookUp(
        std::min<Deadline>(until, from + impl_->config().identity.lookup_wait));
  } else {
    impl_->asker.Wait(until);
  }
  impl_->waited += SteadyClock::now() - from;
  impl_->Advance();
}

void Transaction::GiveUp() {
  if (impl_->sender_check) impl_->sender_check->LookUp(SteadyClock::now());
  impl_->asker.GiveUp();
  impl_->Advance();
}

std::optional<policy::Verdict> Transaction::Early(Stage stage) {
  Impl& impl = *impl_;
  if (stage == Stage::kRcpt && !impl.rcpt_to.empty() && IsRoleAddress(impl.rcpt_to.back()))
    return {};
  std::optional<policy::Verdict> early;
  if (stage == Stage::kMail) early = impl.EarlySender();
  if (!early && impl.SpfAnswersAt(stage) && impl.evidence.MailFromDone()) {
    early = impl.EarlySpf(stage, stage == Stage::kRcpt ? impl.PolicyFor(impl.rcpt_to.back())
                                                       : impl.generation->site.site);
  }
  if (!early && stage == Stage::kRcpt) early = impl.SplitRecipient();
  if (early) impl.verdict = *early;
  return early;
}

const policy::Verdict& Transaction::Conclude() {
  Impl& impl = *impl_;
  assert(!impl.concluded);
  impl.concluded = true;
  impl.evidence.FillFacts(impl.facts);
  impl.facts.Set(Id::kLimitDns, impl.asker.over_budget());
  impl.facts.Set(Id::kLimitDeadline, impl.asker.missed_deadline());
  impl.facts.Set(Id::kLimitLists, impl.lists.limited());
  impl.list_results = impl.lists.Results(impl.asker.answers());
  impl.JudgeIdentity();
  impl.JudgeSender();
  impl.CountLogin();
  impl.Scan();
  const auto policies = impl.RecipientPolicies();
  impl.verdict = policy::Decide(impl.generation->site, policies, impl.findings, impl.hits);
  if (!impl.not_judged.empty() && FaultTempFails() && impl.verdict.action < Action::kQuarantine) {
    impl.verdict.action = impl.verdict.would = Action::kTempFail;
    impl.verdict.reply = {451, "4.3.0", "Cannot check the message now"};
    impl.verdict.would_reply = impl.verdict.reply;
    impl.verdict.decided_by = "on_error";
    impl.verdict.reason = impl.not_judged;
  }
  impl.AddReference(impl.verdict.reply);
  impl.AddReference(impl.verdict.would_reply);
  return impl.verdict;
}

void Transaction::SetQueueId(std::string_view id) { impl_->queue_id = id; }

void Transaction::ExplainHits() { impl_->explain_hits = true; }

void Transaction::Fault(std::string_view what) { impl_->not_judged = what; }

bool Transaction::FaultTempFails() const {
  if (impl_->config().on_error != config::OnError::kTempFail) return false;
  const auto enforces = [](const policy::Policy& p) { return p.mode == policy::Mode::kEnforce; };
  const auto policies = impl_->RecipientPolicies();
  if (policies.empty()) return enforces(impl_->generation->site.site);
  return std::ranges::all_of(policies, [&](const auto* policy) { return enforces(*policy); });
}

const Generation& Transaction::generation() const { return *impl_->generation; }
const facts::FactSet& Transaction::facts() const { return impl_->facts; }
const dns::Answers& Transaction::answers() const { return impl_->asker.answers(); }
const rules::Hits& Transaction::hits() const { return impl_->hits; }
const std::vector<policy::Finding>& Transaction::findings() const { return impl_->findings; }
const std::vector<rules::ListResult>& Transaction::list_results() const {
  return impl_->list_results;
}
const std::string& Transaction::ref() const { return impl_->ref; }
mail::Views& Transaction::views() {
  if (!impl_->views) impl_->views.emplace(impl_->message);
  return *impl_->views;
}

}  // namespace assay::engine
