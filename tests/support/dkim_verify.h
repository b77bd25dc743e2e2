// SPDX-License-Identifier: Apache-2.0
// Runs the DKIM verifier over whole messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/auth/dkim.h"
#include "lib/base/clock.h"
#include "lib/dns/answer.h"
#include "tests/support/dkim_signer.h"

namespace assay::test {

// One library for the whole test program.
[[nodiscard]] std::shared_ptr<const auth::DkimLibrary> SharedDkimLibrary();

[[nodiscard]] inline WallTime At(long long seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

// TXT answers; the same name twice gives one answer with two records.
[[nodiscard]] dns::Answers TxtAnswers(
    const std::vector<std::pair<std::string, std::string>>& records);
// An answer without records.
void AddTxtStatus(dns::Answers& answers, std::string_view name, dns::Status status);

// Gives a DkimVerifier or ArcVerifier what is behind its fields: the body in pieces of `chunk`
// bytes, each a copy of its own on the heap, so that a read past one is seen.
template <class Verifier>
[[nodiscard]] auto FinishWith(Verifier& verifier, std::string_view body, std::size_t chunk,
                              const dns::Answers& answers) {
  while (!body.empty()) {
    const std::string_view piece = body.substr(0, chunk);
    const std::vector<char> bytes(piece.begin(), piece.end());
    verifier.AddBody({bytes.data(), bytes.size()});
    body.remove_prefix(piece.size());
  }
  return verifier.Conclude(answers);
}

// The same answer to every question.
[[nodiscard]] dns::Answers AnswerAll(const std::vector<dns::Question>& questions,
                                     const std::string& record);

// The body goes in in pieces of `chunk` bytes.
[[nodiscard]] auth::DkimEvidence VerifyDkim(const TestMessage& message, const dns::Answers& answers,
                                            WallTime now, std::size_t chunk = 65535);

// "pass pass fail"; "none" without signatures.
[[nodiscard]] std::string ResultWords(const auth::DkimEvidence& evidence);
// "pass" or "fail (reason)"; for messages of failing tests.
[[nodiscard]] std::string Describe(const auth::DkimEvidence& evidence);

// The folder of a third-party suite, or "" when ASSAY_SUITES is not set.
[[nodiscard]] std::string SuiteFolder(const std::string& name);
// The lines of a text that are neither empty nor begin with #.
[[nodiscard]] std::vector<std::string> Lines(const std::string& text);
// The whole file; empty when it cannot be read.
[[nodiscard]] std::string ReadFile(const std::string& path);

}  // namespace assay::test
