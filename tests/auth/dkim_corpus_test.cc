// SPDX-License-Identifier: Apache-2.0
// Real mail: how many of the top signatures of public mailing lists still match the body. That
// needs no DNS: a signature of our own with the same bh=, c= and l= passes where the body hash
// matches. The counts were found by other implementations.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "lib/auth/dkim_tags.h"
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

// Whether the body still has the hash that this signature states.
bool BodyMatches(test::TestMessage message, const std::string& value) {
  const auto tags = DkimTagList::Parse(value, TagBytes::kAny);
  if (!tags) return false;
  const auto tag = [&tags](std::string_view name) {
    const DkimTag* found = tags->Find(name);
    std::string text = found == nullptr ? std::string() : std::string(found->value);
    std::erase_if(text, IsFoldingSpace);
    return text;
  };
  test::SignOptions options;
  options.algorithm = tag("a") == "rsa-sha1" ? "rsa-sha1" : "rsa-sha256";
  options.canonicalization = tag("c");
  options.signed_fields = {"From"};
  options.body_hash = tag("bh");
  if (const auto length = ParseNumber(tag("l"))) options.body_length = *length;
  std::erase_if(message.fields, [](const test::TestField& field) {
    return EqualsIgnoreCase(field.name, "DKIM-Signature");
  });
  AddDkimSignature(message, options);
  const auto answers =
      test::TxtAnswers({{"test._domainkey.example.com", test::KeyRecord(test::TestKey::kRsa2048)}});
  const DkimEvidence evidence = VerifyDkim(message, answers, test::At(1'700'000'000));
  if (evidence.signatures.size() != 1) return false;
  const DkimOutcome& outcome = evidence.signatures.front();
  return outcome.result == DkimResult::kPass || outcome.result == DkimResult::kPolicy;
}

TEST_P(BodyHashes, ReachTheCount) {
  const char* const corpus = std::getenv("ASSAY_CORPUS");
  if (corpus == nullptr)
    GTEST_SKIP() << "ASSAY_CORPUS is not set; dkim_digest_test hashes bodies of ours";
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
    match += BodyMatches(message, top->value) ? 1 : 0;
  }
  EXPECT_EQ(of_signed, GetParam().of_signed);
  EXPECT_EQ(match, GetParam().match);
}

constexpr Count kCounts[] = {
    {"l_kasan", 449, 449},  {"l_man", 388, 388},  {"l_cifs", 395, 395},    {"l_openbmc", 330, 331},
    {"l_blinux", 359, 369}, {"l_cake", 422, 445}, {"l_speakup", 208, 254}, {"l_usrp", 183, 414},
};
INSTANTIATE_TEST_SUITE_P(Lists, BodyHashes, testing::ValuesIn(kCounts),
                         [](const auto& i) { return std::string(i.param.list); });

}  // namespace
}  // namespace assay::auth
