// SPDX-License-Identifier: Apache-2.0
// A transaction's part in holding senders against their logins.
#include <utility>

#include "lib/engine/findings.h"
#include "lib/engine/transaction_impl.h"

namespace assay::engine {

using facts::Id;

void Transaction::Impl::StartSenderCheck() {
  if (login.empty() || !generation->identity_tables.configured()) return;
  sender_check.emplace(generation->identity_tables, login, config().identity.lookup_wait);
  sender_check->MailFrom(mail_from, mail_from.local.empty() && mail_from.domain.empty());
}

bool Transaction::Impl::SenderAnswersAtMail() const {
  const policy::Mode mode = ModeOf(config().identity.mode).value_or(generation->site.site.mode);
  return sender_check.has_value() && mode == policy::Mode::kEnforce;
}

std::optional<policy::Verdict> Transaction::Impl::EarlySender() {
  if (!SenderAnswersAtMail()) return {};
  auto finding = sender_check->MailFromFinding(config().identity);
  if (!finding || (finding->action != Action::kReject && finding->action != Action::kTempFail))
    return {};
  policy::Verdict early = policy::Decide(generation->site, {}, {{*finding}}, {});
  if (early.action == Action::kNone) return {};
  early.stage = Stage::kMail;
  CountLogin();
  findings = {std::move(*finding)};
  AddReference(early.reply);
  early.would_reply = early.reply;
  return early;
}

void Transaction::Impl::JudgeSender() {
  if (!sender_check) return;
  sender_check->FillFacts(facts);
  for (policy::Finding& finding : sender_check->Findings(config().identity)) {
    findings.push_back(std::move(finding));
  }
}

// Whatever becomes of the message: an account that is misused shows in what it tries, too.
void Transaction::Impl::CountLogin() {
  if (login.empty()) return;
  std::vector<std::string> authors;
  if (const auto* known = std::get_if<std::vector<std::string>>(&facts.Get(Id::kHeaderFrom))) {
    authors = *known;
  }
  login_counts = shared->logins().Add(login, rcpt_to.size(), authors, now);
  facts.Set(Id::kLoginMessages, static_cast<double>(login_counts->messages));
  facts.Set(Id::kLoginRecipients, static_cast<double>(login_counts->recipients));
  facts.Set(Id::kLoginAuthors, static_cast<double>(login_counts->authors));
}

}  // namespace assay::engine
