// SPDX-License-Identifier: Apache-2.0
#include "milter/apply.h"

#include <string_view>

#include "lib/base/text.h"

namespace assay::milter {
namespace {

char Printable(char c) { return c >= ' ' && c <= '~' ? c : '?'; }

// Printable ASCII with "%" doubled; whole characters only, so that a cut never leaves half of a
// "%%".
std::string EscapeReplyText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (escaped.size() + 2 > kMaxReplyText) break;
    escaped += Printable(c);
    if (c == '%') escaped += '%';
  }
  return escaped;
}

// RFC 3463: class "." subject "." detail, here of the class that fits the code.
bool HasClass(std::string_view enhanced_code, char wanted) {
  const auto parts = Split(enhanced_code, '.');
  if (parts.size() != 3 || parts[0] != std::string_view(&wanted, 1)) return false;
  return parts[1].size() <= 3 && parts[2].size() <= 3 && ParseNumber(parts[1]) &&
         ParseNumber(parts[2]);
}

std::string QuarantineReason(std::string_view reason) {
  if (reason.empty()) return "assay";
  std::string clean(reason.substr(0, kMaxQuarantineReason));
  for (char& c : clean) c = Printable(c);
  return clean;
}

bool ApplyEdit(Mta& mta, const Abilities& abilities, const engine::HeaderEdit& edit) {
  if (edit.kind == engine::HeaderEdit::Kind::kDelete) return mta.DeleteField(edit.name, edit.index);
  // Without SMFIP_HDR_LEADSPC the MTA puts the space after the colon itself.
  const bool strip = !abilities.leading_space && StartsWithIgnoreCase(edit.value, " ");
  return mta.InsertField(edit.name, edit.index, strip ? edit.value.substr(1) : edit.value);
}

policy::Verdict DeferInsteadOfQuarantine() {
  policy::Verdict verdict;
  verdict.action = Action::kTempFail;
  verdict.reply = {451, "4.7.1", "message cannot be held for review now, try again later"};
  return verdict;
}

}  // namespace

policy::Reply SanitizeReply(const policy::Reply& reply, Action action) {
  const bool reject = action == Action::kReject;
  const int hundreds = reject ? 5 : 4;
  policy::Reply clean = reply;
  if (clean.code / 100 != hundreds || clean.code == 421) clean.code = reject ? 550 : 451;
  if (!HasClass(clean.enhanced_code, reject ? '5' : '4'))
    clean.enhanced_code = reject ? "5.7.1" : "4.7.1";
  clean.text = EscapeReplyText(reply.text);
  if (clean.text.empty()) clean.text = reject ? "message refused by policy" : "try again later";
  return clean;
}

Reaction ApplyRefusal(Mta& mta, const policy::Verdict& verdict) {
  if (verdict.action != Action::kReject && verdict.action != Action::kTempFail)
    return Reaction::kContinue;
  // When libmilter does not take it the MTA says its own text; the refusal stands.
  mta.SetReply(SanitizeReply(verdict.reply, verdict.action));
  return verdict.action == Action::kReject ? Reaction::kReject : Reaction::kTempFail;
}

Applied ApplyVerdict(Mta& mta, const Abilities& abilities, const policy::Verdict& verdict,
                     const std::vector<engine::HeaderEdit>& edits) {
  if (verdict.action == Action::kDiscard) return {Reaction::kDiscard, {}};
  if (verdict.action == Action::kReject || verdict.action == Action::kTempFail) {
    return {ApplyRefusal(mta, verdict), {}};
  }
  Applied applied;
  for (const engine::HeaderEdit& edit : edits) {
    if (!ApplyEdit(mta, abilities, edit)) applied.trouble = "the MTA took no header edit";
  }
  if (verdict.action == Action::kQuarantine &&
      !(abilities.quarantine && mta.Quarantine(QuarantineReason(verdict.reason)))) {
    return {ApplyRefusal(mta, DeferInsteadOfQuarantine()),
            "the MTA took no quarantine: deferred instead"};
  }
  return applied;
}

}  // namespace assay::milter
