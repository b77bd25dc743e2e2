// SPDX-License-Identifier: Apache-2.0
// A key record, a line "%%", and a message. The record is the answer to every key question. No
// chain may harm the verifier; how the body is cut up makes no difference; what passes is complete,
// and one more byte in the body or a field more in the chain makes it fail.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/arc.h"
#include "lib/auth/arc_trust.h"
#include "lib/auth/authentication_results.h"
#include "tests/support/dkim_verify.h"

namespace {

using assay::auth::ArcEvidence;
using assay::auth::ArcResult;
using assay::test::TestMessage;

void Check(bool holds) {
  if (!holds) std::abort();
}

ArcEvidence Run(const TestMessage& message, const std::string& record, std::size_t chunk) {
  assay::auth::ArcVerifier verifier(assay::test::SharedDkimLibrary(),
                                    assay::test::At(1'700'000'000));
  for (const auto& field : message.fields) verifier.AddField(field.name, field.value);
  const auto questions = verifier.EndFields();
  Check(questions.size() <= assay::auth::kMaxArcSets + 1);
  return assay::test::FinishWith(verifier, message.body, chunk,
                                 assay::test::AnswerAll(questions, record));
}

void CheckEvidence(const ArcEvidence& evidence) {
  Check(evidence.result != ArcResult::kTempError);
  Check(evidence.reason.empty() == (evidence.result != ArcResult::kFail));
  Check(evidence.seals <= assay::auth::kMaxArcSets);
  Check(evidence.sets.size() <= assay::auth::kMaxArcSets);
  const std::vector<std::string> trusted = {".example.org"};
  (void)FindTrustedSealer(evidence, {"example.com", "example.com", trusted});
  if (evidence.result != ArcResult::kPass) return;
  Check(!evidence.sets.empty() && evidence.seals == evidence.sets.size());
  Check(evidence.oldest_pass <= evidence.sets.size() && !evidence.limited);
  for (const auto& set : evidence.sets) Check(!set.sealer.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const auto& method : assay::auth::ReadMethodResults(input)) {
    Check(!method.method.empty());
  }
  const std::size_t mark = input.find("\n%%\n");
  if (mark == std::string_view::npos) return 0;
  const std::string record(input.substr(0, mark));
  TestMessage message = assay::test::ReadMessage(input.substr(mark + 4));
  const ArcEvidence whole = Run(message, record, 65535);
  CheckEvidence(whole);
  const ArcEvidence pieces = Run(message, record, 1 + size % 7);
  Check(whole.result == pieces.result && whole.reason == pieces.reason &&
        whole.oldest_pass == pieces.oldest_pass);
  if (whole.result != ArcResult::kPass) return 0;
  message.body += "one line more\r\n";
  Check(Run(message, record, 65535).result == ArcResult::kFail);
  message.body = assay::test::ReadMessage(input.substr(mark + 4)).body;
  message.fields.push_back({"ARC-Seal", " i=1; cv=none"});
  Check(Run(message, record, 65535).result == ArcResult::kFail);
  return 0;
}
