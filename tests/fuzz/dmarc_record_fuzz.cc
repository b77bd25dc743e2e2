// SPDX-License-Identifier: Apache-2.0
// The record parser is total, and a message judged by any record ends in a result that makes sense.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "lib/auth/dmarc.h"
#include "lib/auth/dmarc_record.h"
#include "lib/auth/dmarc_walk.h"

namespace {

using namespace assay::auth;
namespace dns = assay::dns;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckRecord(std::string_view text) {
  const auto record = ParseDmarcRecord(text);
  Require(!record || text.front() == 'v' || text.front() == 'V');
  if (!record) return;
  Require(record->applies || (record->p == DmarcPolicy::kNone && !record->sp && !record->np));
  // What stands after the record is one more tag that nobody knows.
  const auto longer = ParseDmarcRecord(std::string(text) + "; unknown=reject");
  Require(longer && longer->p == record->p && longer->sp == record->sp &&
          longer->np == record->np && longer->strict_dkim == record->strict_dkim &&
          longer->strict_spf == record->strict_spf && longer->psd == record->psd &&
          longer->applies == record->applies);
}

// Lines of the input are the records of the author domain, its parent and the top level.
dns::Answers Spread(std::string_view text, std::string_view author) {
  dns::Answers answers;
  for (const std::string& name : WalkNames(author)) {
    const std::size_t end = text.find('\n');
    dns::Answer answer;
    answer.status = dns::Status::kSuccess;
    answer.texts.emplace_back(text.substr(0, end));
    if (answer.texts[0].empty()) answer.status = dns::Status::kNxDomain;
    if (answer.texts[0] == "!") answer.status = dns::Status::kServFail;
    answers.Add(DmarcQuestion(name), std::make_shared<const dns::Answer>(std::move(answer)));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return answers;
}

void CheckOutcome(const DmarcOutcome& outcome) {
  const bool passes = outcome.spf_aligned || outcome.dkim_aligned;
  Require(passes == (outcome.result == DmarcResult::kPass));
  Require(outcome.policy == DmarcPolicy::kNone || !outcome.policy_domain.empty());
  Require((outcome.result == DmarcResult::kTempError) == !outcome.problem.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckRecord(text);
  DmarcCheck check;
  check.author_domain = "a.example.com";
  check.spf_result = SpfResult::kPass;
  check.spf_domain = size % 2 == 0 ? "b.example.com" : "example.net";
  dns::Answers answers = Spread(text, check.author_domain);
  dns::Answer missing;
  missing.status = dns::Status::kNxDomain;
  // The identifier's own walk, then perhaps whether the author domain exists.
  for (int round = 0; round < 3; ++round) {
    const auto result = CheckDmarc(check, answers);
    if (const auto* outcome = std::get_if<DmarcOutcome>(&result)) {
      CheckOutcome(*outcome);
      return 0;
    }
    for (const dns::Question& question : std::get<dns::Questions>(result).needed) {
      answers.Add(question, std::make_shared<const dns::Answer>(missing));
    }
  }
  std::abort();
}
