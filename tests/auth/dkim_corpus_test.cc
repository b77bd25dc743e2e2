// SPDX-License-Identifier: Apache-2.0
// Real mail: how many of the top signatures of public mailing lists still match the body. That
// needs no DNS: with any key in place of the signer's, a signature whose body hash matches fails in
// the signature itself. The counts were found by other implementations.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "lib/auth/dkim_signature.h"
#include "lib/base/text.h"
#include "tests/support/dkim_verify.h"

namespace assay::auth {
namespace {

struct Count {
  const char* list;
  std::size_t match;
  std::size_t of_signed;
};

class BodyHashes : public testing::TestWithParam<Count> {};

// The topmost signature alone, judged at a time at which it is valid.
bool BodyMatches(test::TestMessage message, std::size_t top) {
  const DkimSignature signature = ParseDkimSignature(message.fields[top].value);
  if (signature.problem) return false;
  std::erase_if(message.fields, [&message, top](const test::TestField& field) {
    return &field != &message.fields[top] && EqualsIgnoreCase(field.name, "DKIM-Signature");
  });
  const auto answers =
      test::TxtAnswers({{signature.KeyQuestion().name, test::KeyRecord(test::TestKey::kRsa2048)}});
  const auto now = static_cast<long long>(signature.timestamp.value_or(1'000'000'000));
  const DkimEvidence evidence = VerifyDkim(message, answers, test::At(now));
  return !evidence.signatures.empty() &&
         evidence.signatures.front().reason == "the signature does not match";
}

TEST_P(BodyHashes, ReachTheCount) {
  const char* const corpus = std::getenv("ASSAY_CORPUS");
  if (corpus == nullptr) GTEST_SKIP() << "ASSAY_CORPUS does not name the unpacked corpus";
  const auto folder = std::filesystem::path(corpus) / "dev" / "ham" / GetParam().list;
  std::size_t of_signed = 0;
  std::size_t match = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const test::TestMessage message = test::ReadMessage(test::ReadFile(entry.path().string()));
    const auto top = std::ranges::find_if(message.fields, [](const test::TestField& field) {
      return EqualsIgnoreCase(field.name, "DKIM-Signature");
    });
    if (top == message.fields.end()) continue;
    ++of_signed;
    match += BodyMatches(message, static_cast<std::size_t>(top - message.fields.begin())) ? 1 : 0;
  }
  EXPECT_EQ(of_signed, GetParam().of_signed);
  EXPECT_GE(match, GetParam().match);
}

constexpr Count kCounts[] = {
    {"l_kasan", 449, 449},   {"l_man", 388, 388},   {"l_cifs", 395, 395},
    {"l_openbmc", 330, 331}, {"l_blinux", 359, 369}, {"l_cake", 422, 445},
    {"l_speakup", 208, 254}, {"l_usrp", 183, 414},
};
INSTANTIATE_TEST_SUITE_P(Lists, BodyHashes, testing::ValuesIn(kCounts),
                         [](const auto& i) { return std::string(i.param.list); });

}  // namespace
}  // namespace assay::auth
