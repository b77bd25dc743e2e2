// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/list_test.h"

#include <fmt/format.h>

#include "lib/engine/list_health.h"

namespace assay::engine {
namespace {

using Kind = ListTestOutcome::Kind;

// 127.0.0.2 for its question, a name as it is.
std::string Subject(const rules::DnsList& list, const dns::Question& question) {
  for (const std::uint8_t last : {std::uint8_t{1}, std::uint8_t{2}}) {
    const IpAddress address = IpAddress::V4({127, 0, 0, last});
    if (question.name == list.QuestionFor(address)) return address.ToString();
  }
  return question.name.substr(0, question.name.size() - list.zone.size() - 1);
}

}  // namespace

std::array<dns::Question, 2> ListTestQuestions(const rules::DnsList& list) {
  return {dns::Question(list.QuestionFor(*list.test), dns::RrType::kA),
          dns::Question(list.QuestionFor(*list.no_test), dns::RrType::kA)};
}

std::optional<ListTestOutcome> JudgeListTest(const rules::DnsList& list,
                                             const dns::Answers& answers) {
  const auto questions = ListTestQuestions(list);
  const dns::Answer* listed = answers.Find(questions[0]);
  const dns::Answer* unlisted = answers.Find(questions[1]);
  if (listed == nullptr || unlisted == nullptr) return {};
  for (const dns::Answer* answer : {listed, unlisted}) {
    const std::string trouble = TroubleOf(list.Read(answer->addresses));
    if (!trouble.empty()) return ListTestOutcome{Kind::kFailed, trouble};
  }
  for (const dns::Answer* answer : {listed, unlisted}) {
    if (!dns::IsTemporary(answer->status)) continue;
    return ListTestOutcome{Kind::kSilent,
                           fmt::format("does not answer ({})", dns::ToWord(answer->status))};
  }
  if (listed->addresses.empty()) {
    return ListTestOutcome{Kind::kFailed,
                           fmt::format("does not list {}, as every list that works does",
                                       Subject(list, questions[0]))};
  }
  if (!unlisted->addresses.empty()) {
    return ListTestOutcome{Kind::kFailed, fmt::format("lists {}, and so perhaps everything",
                                                      Subject(list, questions[1]))};
  }
  return ListTestOutcome{};
}

}  // namespace assay::engine
