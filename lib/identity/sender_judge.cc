// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/sender_judge.h"

#include <utility>

namespace assay::identity {
namespace {

SenderResult ToResult(Ownership ownership) {
  switch (ownership) {
    case Ownership::kMatch:
      return SenderResult::kMatch;
    case Ownership::kMismatch:
      return SenderResult::kMismatch;
    case Ownership::kUnlisted:
      return SenderResult::kUnlisted;
    case Ownership::kTempError:
      return SenderResult::kTempError;
    case Ownership::kOff:
      return SenderResult::kOff;
  }
  return SenderResult::kMismatch;
}

}  // namespace

std::string_view ToWord(SenderResult result) {
  switch (result) {
    case SenderResult::kMatch:
      return "match";
    case SenderResult::kNull:
      return "null";
    case SenderResult::kOff:
      return "off";
    case SenderResult::kTempError:
      return "temperror";
    case SenderResult::kResent:
      return "resent";
    case SenderResult::kUnlisted:
      return "unlisted";
    case SenderResult::kMismatch:
      return "mismatch";
    case SenderResult::kMalformed:
      return "malformed";
  }
  return "mismatch";
}

SenderDecision SenderJudge::One(const mail::Address& address, Deadline until) {
  const std::string text = address.ToString();
  auto known = known_.find(text);
  if (known == known_.end()) {
    OwnershipDecision decision = JudgeOwnership(rules_, tables_, login_, address, until);
    known = known_.insert_or_assign(text, std::move(decision)).first;
  }
  const OwnershipDecision& decision = known->second;
  SenderDecision result{ToResult(decision.result), decision.address, decision.allow,
                        decision.reason};
  // What gave no answer may give one later on.
  if (decision.result == Ownership::kTempError) known_.erase(known);
  return result;
}

SenderDecision SenderJudge::All(const AddressList& list, std::string_view field, Deadline until) {
  if (!list.readable || list.addresses.empty()) {
    return {
        SenderResult::kMalformed, {}, {}, std::string(field) + " cannot be read with certainty"};
  }
  SenderDecision gravest;
  for (const mail::Address& address : list.addresses) {
    SenderDecision decision = One(address, until);
    const bool first = gravest.address.empty();
    if (first || decision.result > gravest.result) gravest = std::move(decision);
  }
  return gravest;
}

SenderDecision SenderJudge::MailFrom(const mail::Address& address, bool null_path, Deadline until) {
  if (null_path) return {SenderResult::kNull, {}, {}, "MAIL FROM is <>"};
  return One(address, until);
}

HeaderDecision SenderJudge::Header(const HeaderSenders& header, Deadline until) {
  HeaderDecision decision;
  // MTAs put MAIL FROM where there is no From field, and that has been judged.
  decision.from = header.from.present || !header.from.readable
                      ? All(header.from, "From", until)
                      : SenderDecision{SenderResult::kMatch, {}, {}, "From is missing"};
  if (header.sender.present) decision.sender = All(header.sender, "Sender", until);
  const bool of_others = decision.from.result == SenderResult::kMismatch ||
                         decision.from.result == SenderResult::kUnlisted;
  if (of_others && header.resent.present &&
      All(header.resent, "Resent-From", until).result == SenderResult::kMatch) {
    decision.from.result = SenderResult::kResent;
    decision.from.reason += ", but the message is resent by this login";
  }
  return decision;
}

}  // namespace assay::identity
