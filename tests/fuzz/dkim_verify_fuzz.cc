// SPDX-License-Identifier: Apache-2.0
// A key record, a line "%%", and a message. The record is the answer to every key question. No
// message may harm the verifier; how the body is cut up makes no difference; and nothing passes
// that an independent verifier refuses.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/dkim.h"
#include "lib/auth/dkim_signature.h"
#include "lib/base/text.h"
#include "tests/support/dkim_signer.h"
#include "tests/support/dkim_verify.h"

namespace {

using assay::auth::DkimEvidence;
using assay::auth::DkimOutcome;
using assay::auth::DkimResult;
using assay::test::ResultWords;
using assay::test::TestMessage;

void Check(bool holds) {
  if (!holds) std::abort();
}

DkimEvidence Run(const TestMessage& message, const std::string& record, std::size_t chunk) {
  assay::auth::DkimVerifier verifier(assay::test::SharedDkimLibrary(),
                                     assay::test::At(1'700'000'000));
  for (const auto& field : message.fields) verifier.AddField(field.name, field.value);
  const auto questions = verifier.EndFields();
  return assay::test::FinishWith(verifier, message.body, chunk,
                                 assay::test::AnswerAll(questions, record));
}

void CheckOutcome(const DkimOutcome& outcome) {
  Check(outcome.result != DkimResult::kNone && outcome.result != DkimResult::kTempError);
  Check(outcome.reason.empty() == (outcome.result == DkimResult::kPass));
  if (outcome.result != DkimResult::kPass) return;
  Check(outcome.algorithm == "ed25519-sha256" ||
        (outcome.algorithm == "rsa-sha256" && outcome.key_bits >= assay::auth::kMinRsaBits));
  Check(!outcome.body_partly_signed && !outcome.signing_domain.empty());
}

// Bytes that libopendkim hashes wrongly: it may then refuse what the oracle accepts.
bool HasOddBytes(const TestMessage& message) {
  const auto is_odd = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
  for (const auto& field : message.fields) {
    if (field.name.find_first_of("\t") != std::string::npos) return true;
    for (std::size_t i = 0; i < field.value.size(); ++i) {
      if (is_odd(field.value[i]) && field.value[i] != '\n') return true;
    }
  }
  for (std::size_t i = 0; i < message.body.size(); ++i) {
    const char c = message.body[i];
    if (c == '\r' && message.body.substr(i + 1, 1) != "\n") return true;
    if (c == '\n' && (i == 0 || message.body[i - 1] != '\r')) return true;
  }
  return false;
}

void CompareWithOracle(const TestMessage& message, const std::string& record,
                       const DkimEvidence& evidence) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < message.fields.size() && next < evidence.signatures.size(); ++i) {
    const std::string name = assay::ToLower(assay::Trim(message.fields[i].name));
    if (name != "dkim-signature") continue;
    const DkimOutcome& outcome = evidence.signatures[next++];
    const auto signature = assay::auth::ParseDkimSignature(message.fields[i].value);
    // The oracle takes signatures to be fields like others.
    if (signature.Covers("dkim-signature")) continue;
    if (outcome.result == DkimResult::kPass) Check(OracleVerifies(message, i, record));
    if (outcome.result == DkimResult::kFail && !HasOddBytes(message)) {
      Check(!OracleVerifies(message, i, record));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t mark = input.find("\n%%\n");
  if (mark == std::string_view::npos) return 0;
  const std::string record(input.substr(0, mark));
  const TestMessage message = assay::test::ReadMessage(input.substr(mark + 4));
  const DkimEvidence whole = Run(message, record, 65535);
  Check(whole.signatures.size() <= assay::auth::kMaxDkimSignatures);
  for (const DkimOutcome& outcome : whole.signatures) CheckOutcome(outcome);
  const DkimEvidence pieces = Run(message, record, 1 + size % 7);
  Check(ResultWords(whole) == ResultWords(pieces));
  CompareWithOracle(message, record, whole);
  return 0;
}
