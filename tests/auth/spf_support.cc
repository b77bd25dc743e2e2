// SPDX-License-Identifier: Apache-2.0
#include "tests/auth/spf_support.h"

#include <gtest/gtest.h>

#include <memory>
#include <variant>

namespace assay::auth {

SpfCheck MakeCheck(std::string_view client_ip, std::string_view mail_from, std::string_view helo) {
  SpfCheck check;
  check.client_ip = IpAddress::Parse(client_ip).value();
  check.helo_domain = helo;
  check.sender = mail_from.empty() ? "postmaster@" + std::string(helo) : std::string(mail_from);
  check.domain = check.sender.substr(check.sender.rfind('@') + 1);
  check.receiver = "mx.example.org";
  check.now = WallTime(std::chrono::seconds(1'700'000'000));
  return check;
}

dns::Zone MakeZone(std::string_view text) {
  auto zone = dns::Zone::Parse(text, "test.zone");
  if (!zone) ADD_FAILURE() << zone.error().what;
  return zone ? *zone : dns::Zone();
}

SpfRun RunSpf(const SpfCheck& check, const dns::Zone& zone, const SpfRunOptions& options) {
  SpfRun run;
  dns::Answers answers;
  std::size_t prefetched = 0;
  const auto answer = [&](const dns::Question& question) {
    EXPECT_EQ(answers.Find(question), nullptr) << "asked twice: " << question.name;
    run.asked.push_back(question);
    answers.Add(question, std::make_shared<dns::Answer>(zone.Lookup(question)));
  };
  for (; run.rounds < kMaxRounds; ++run.rounds) {
    const auto result = CheckSpf(check, answers);
    if (const auto* outcome = std::get_if<SpfOutcome>(&result)) {
      run.outcome = *outcome;
      return run;
    }
    const auto& questions = std::get<dns::Questions>(result);
    EXPECT_FALSE(questions.needed.empty());
    for (const auto& question : questions.needed) answer(question);
    for (const auto& question : questions.prefetch) {
      if (prefetched++ < options.max_prefetch) answer(question);
    }
  }
  ADD_FAILURE() << "no end after " << kMaxRounds << " rounds";
  return run;
}

}  // namespace assay::auth
