// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/asker.h"

namespace assay::engine {
namespace {

dns::AnswerPtr Failure(dns::Status status) {
  auto answer = std::make_shared<dns::Answer>();
  answer->status = status;
  return answer;
}

}  // namespace

void Asker::Ask(Purse& purse, std::span<const dns::Question> needed,
                std::span<const dns::Question> prefetch) {
  for (const dns::Question& question : needed) AskOne(purse, question, true);
  for (const dns::Question& question : prefetch) AskOne(purse, question, false);
  Take();
}

void Asker::AskOne(Purse& purse, const dns::Question& question, bool needed) {
  if (answers_.Find(question) != nullptr) return;
  if (gave_up_) {
    if (!needed) return;
    missed_deadline_ = true;
    answers_.Add(question, Failure(dns::Status::kTimeout));
    return;
  }
  if (asked_.contains(question)) return;
  if (purse.asked_ >= purse.limit_) {
    if (!needed) return;
    purse.overdrawn_ = over_budget_ = true;
    answers_.Add(question, Failure(dns::Status::kLimit));
    return;
  }
  if (!needed && ++purse.prefetched_ > kMaxPrefetch) return;
  ++purse.asked_;
  asked_.insert(question);
  resolver_.Ask(question, inbox_);
}

void Asker::Take() {
  for (auto& [question, answer] : inbox_->Take()) answers_.Add(question, std::move(answer));
}

void Asker::Wait(Deadline until) {
  inbox_->Wait(until);
  Take();
}

void Asker::GiveUp() {
  Take();
  gave_up_ = true;
}

}  // namespace assay::engine
