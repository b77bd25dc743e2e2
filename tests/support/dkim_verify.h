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

// The body goes in in pieces of `chunk` bytes.
[[nodiscard]] auth::DkimEvidence VerifyDkim(const TestMessage& message, const dns::Answers& answers,
                                            WallTime now, std::size_t chunk = 65535);

// "pass pass fail"; "none" without signatures.
[[nodiscard]] std::string ResultWords(const auth::DkimEvidence& evidence);
// "pass" or "fail (reason)"; for messages of failing tests.
[[nodiscard]] std::string Describe(const auth::DkimEvidence& evidence);

// The whole file; empty when it cannot be read.
[[nodiscard]] std::string ReadFile(const std::string& path);

}  // namespace assay::test
