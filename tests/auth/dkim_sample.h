// SPDX-License-Identifier: Apache-2.0
// What the tests of whole messages have in common: one message, one name for the key.
#pragma once

#include <string>
#include <vector>

#include "tests/support/dkim_verify.h"

namespace assay::test {

inline constexpr long long kDkimNow = 1'700'000'000;
inline constexpr char kDkimKeyName[] = "test._domainkey.example.com";  // of SignOptions

inline constexpr auto kRowName = [](const auto& row) { return std::string(row.param.name); };

// Folds, runs of space, 8-bit text and empty lines: the canonicalizations all differ.
inline TestMessage SampleMessage() {
  return {{{"Received", " from a.example by b.example;\n\tMon, 1 Jan 2024 00:00:00 +0000"},
           {"From", " Alice  <alice@example.com>"},
           {"To", " bob@example.org,\n  carol@example.org"},
           {"Subject", " Invoice \t 42 \xC3\xA4 "},
           {"Date", " Mon, 1 Jan 2024 00:00:00 +0000"},
           {"X-Other", " not signed"}},
          "Dear Bob, \r\n\r\nplease \t pay\t\r\n  soon.\r\n\r\n\r\n"};
}

inline dns::Answers KeyAnswer(TestKey key) { return TxtAnswers({{kDkimKeyName, KeyRecord(key)}}); }

// The outcome of the only signature; kNone when there is not exactly one.
inline auth::DkimOutcome VerifyOne(const TestMessage& message, const dns::Answers& answers,
                                   long long now = kDkimNow) {
  const auth::DkimEvidence evidence = VerifyDkim(message, answers, At(now));
  return evidence.signatures.size() == 1 ? evidence.signatures.front() : auth::DkimOutcome{};
}

}  // namespace assay::test
