// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/answer.h"

#include <utility>

#include "lib/base/text.h"

namespace assay::dns {

std::string_view ToWord(RrType type) {
  switch (type) {
    case RrType::kA:
      return "A";
    case RrType::kPtr:
      return "PTR";
    case RrType::kMx:
      return "MX";
    case RrType::kTxt:
      return "TXT";
    case RrType::kAaaa:
      return "AAAA";
  }
  return "TYPE?";
}

std::string_view ToWord(Status status) {
  switch (status) {
    case Status::kSuccess:
      return "NOERROR";
    case Status::kNoData:
      return "NODATA";
    case Status::kNxDomain:
      return "NXDOMAIN";
    case Status::kServFail:
      return "SERVFAIL";
    case Status::kRefused:
      return "REFUSED";
    case Status::kTimeout:
      return "TIMEOUT";
    case Status::kMalformed:
      return "MALFORMED";
    case Status::kLimit:
      return "LIMIT";
  }
  return "LIMIT";
}

bool IsTemporary(Status status) {
  return status != Status::kSuccess && status != Status::kNoData && status != Status::kNxDomain;
}

Question::Question(std::string_view asked, RrType asked_type)
    : name(ToLower(asked.ends_with('.') ? asked.substr(0, asked.size() - 1) : asked)),
      type(asked_type) {}

const Answer* Answers::Find(const Question& question) const {
  const auto found = known_.find(question);
  return found == known_.end() ? nullptr : found->second.get();
}

void Answers::Add(const Question& question, AnswerPtr answer) {
  known_.emplace(question, std::move(answer));
}

}  // namespace assay::dns
