// SPDX-License-Identifier: Apache-2.0
// Whole messages, signed here, through the verifier: algorithms, header fields, limits, calls.
#include "lib/auth/dkim.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/auth/dkim_sample.h"

namespace assay::auth {
namespace {

using test::AddDkimSignature;
using test::At;
using test::kDkimNow;
using test::KeyAnswer;
using test::kRowName;
using test::ResultWords;
using test::SampleMessage;
using test::SignOptions;
using test::TestKey;
using test::TestMessage;
using test::VerifyDkim;
using test::VerifyOne;

struct AlgorithmCase {
  const char* name;
  TestKey key;
  const char* algorithm;
  int bits;
  DkimResult want;
};

class DkimAlgorithms : public testing::TestWithParam<AlgorithmCase> {};

constexpr AlgorithmCase kAlgorithms[] = {
    {"rsa_512_is_too_short", TestKey::kRsa512, "rsa-sha256", 512, DkimResult::kPolicy},
    {"rsa_1024", TestKey::kRsa1024, "rsa-sha256", 1024, DkimResult::kPass},
    {"rsa_2048", TestKey::kRsa2048, "rsa-sha256", 2048, DkimResult::kPass},
    {"rsa_4096", TestKey::kRsa4096, "rsa-sha256", 4096, DkimResult::kPass},
    {"rsa_sha1_is_not_accepted", TestKey::kRsa2048, "rsa-sha1", 2048, DkimResult::kPolicy},
    {"ed25519", TestKey::kEd25519, "ed25519-sha256", 256, DkimResult::kPass},
};

TEST_P(DkimAlgorithms, VerifiesInEveryCanonicalization) {
  const AlgorithmCase& row = GetParam();
  for (const char* canonicalization : {"", "simple", "relaxed", "simple/simple", "simple/relaxed",
                                       "relaxed/simple", "relaxed/relaxed"}) {
    SignOptions options;
    options.key = row.key;
    options.algorithm = row.algorithm;
    options.canonicalization = canonicalization;
    TestMessage message = SampleMessage();
    AddDkimSignature(message, options);
    const DkimOutcome outcome = VerifyOne(message, KeyAnswer(row.key));
    EXPECT_EQ(outcome.result, row.want) << canonicalization << ": " << outcome.reason;
    EXPECT_EQ(outcome.key_bits, row.bits);
    EXPECT_EQ(outcome.algorithm, row.algorithm);
    EXPECT_EQ(outcome.signing_domain, "example.com");
    EXPECT_EQ(outcome.selector, "test");
    EXPECT_EQ(outcome.auid, "@example.com");
    EXPECT_EQ(outcome.signature_start.size(), 8U);
  }
}

TEST_P(DkimAlgorithms, FailsWhenTheBodyIsChanged) {
  SignOptions options;
  options.key = GetParam().key;
  options.algorithm = GetParam().algorithm;
  TestMessage message = SampleMessage();
  AddDkimSignature(message, options);
  message.body[0] = 'd';
  const DkimOutcome outcome = VerifyOne(message, KeyAnswer(options.key));
  EXPECT_EQ(outcome.result, DkimResult::kFail);
  EXPECT_EQ(outcome.reason, "the body hash does not match");
}

TEST_P(DkimAlgorithms, FailsWhenASignedFieldIsChanged) {
  SignOptions options;
  options.key = GetParam().key;
  options.algorithm = GetParam().algorithm;
  TestMessage message = SampleMessage();
  AddDkimSignature(message, options);
  message.fields[4].value += "!";
  ASSERT_EQ(message.fields[4].name, "Subject");
  const DkimOutcome outcome = VerifyOne(message, KeyAnswer(options.key));
  EXPECT_EQ(outcome.result, DkimResult::kFail);
  EXPECT_EQ(outcome.reason, "the signature does not match");
}

INSTANTIATE_TEST_SUITE_P(All, DkimAlgorithms, testing::ValuesIn(kAlgorithms), kRowName);

TEST(Dkim, UnsignedFieldsMayChange) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, {});
  message.fields.back().value = " changed";
  message.fields.insert(message.fields.begin(), {"Received", " from elsewhere"});
  EXPECT_EQ(VerifyOne(message, KeyAnswer(TestKey::kRsa2048)).result, DkimResult::kPass);
}

TEST(Dkim, OversigningRefusesAddedFields) {
  SignOptions options;
  options.signed_fields = {"From", "From", "Subject", "Subject", "Reply-To"};
  TestMessage message = SampleMessage();
  AddDkimSignature(message, options);
  const dns::Answers answers = KeyAnswer(options.key);
  EXPECT_EQ(VerifyOne(message, answers).result, DkimResult::kPass);
  for (const char* name : {"From", "from", "Subject", "SUBJECT ", "Reply-To"}) {
    TestMessage changed = message;
    changed.fields.insert(changed.fields.begin(), {name, " mallory@example.net"});
    EXPECT_EQ(VerifyOne(changed, answers).result, DkimResult::kFail) << name;
  }
}

TEST(Dkim, LowestFieldsOfANameAreSigned) {
  TestMessage message = SampleMessage();
  message.fields.push_back({"Received", " lower"});
  SignOptions options;
  options.signed_fields = {"From", "Received"};
  AddDkimSignature(message, options);
  message.fields.insert(message.fields.begin(), {"Received", " from a later hop"});
  EXPECT_EQ(VerifyOne(message, KeyAnswer(options.key)).result, DkimResult::kPass);
  message.fields.push_back({"Received", " below"});
  EXPECT_EQ(VerifyOne(message, KeyAnswer(options.key)).result, DkimResult::kFail);
}

TEST(Dkim, TwoFromFieldsDoNotBreakASignature) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, {});
  message.fields.insert(message.fields.begin(), {"From", " mallory@example.net"});
  // Only the lower one is signed; that there are two is for DMARC to judge.
  EXPECT_EQ(VerifyOne(message, KeyAnswer(TestKey::kRsa2048)).result, DkimResult::kPass);
}

TEST(Dkim, OddFieldShapesAreHarmless) {
  for (const char* canonicalization : {"simple/simple", "relaxed/relaxed"}) {
    TestMessage message = SampleMessage();
    message.fields.push_back({"Subject ", " space before the colon"});
    message.fields.push_back({"", " no name"});
    message.fields.push_back({"\x01\xFF", std::string("\0\r\n", 3)});
    message.fields.push_back({"X-Empty", ""});
    message.fields.push_back({"X-Semi;colon", " x"});
    message.fields.push_back(
        {"X-Long", " " + std::string(60'000, 'x') + "\n\t" + std::string(5'000, '\xE4')});
    SignOptions options;
    options.canonicalization = canonicalization;
    options.signed_fields = {"From", "X-Long", "Subject", "X-Empty", "X-Absent"};
    AddDkimSignature(message, options);
    EXPECT_EQ(VerifyOne(message, KeyAnswer(options.key)).result, DkimResult::kPass)
        << canonicalization;
  }
}

TEST(Dkim, FoldsAreVerifiedAsCrlf) {
  TestMessage message = SampleMessage();
  SignOptions options;
  options.canonicalization = "simple/simple";
  options.signed_fields = {"From", "To"};
  AddDkimSignature(message, options);
  const dns::Answers answers = KeyAnswer(options.key);
  EXPECT_EQ(VerifyOne(message, answers).result, DkimResult::kPass);
  message.fields[3].value = " bob@example.org,\r\n  carol@example.org";
  ASSERT_EQ(message.fields[3].name, "To");
  EXPECT_EQ(VerifyOne(message, answers).result, DkimResult::kPass);
  message.fields[3].value = " bob@example.org,  carol@example.org";
  EXPECT_EQ(VerifyOne(message, answers).result, DkimResult::kFail);
}

struct TroubleCase {
  const char* name;
  std::string_view subject;  // that the message has when it arrives
  const char* field_name;
  DkimResult want;
};

class DkimHeaderTrouble : public testing::TestWithParam<TroubleCase> {};

const TroubleCase kTroubles[] = {
    {"none", " a b", "Subject", DkimResult::kPass},
    {"bare_cr", " a\rb", "Subject", DkimResult::kPolicy},
    {"cr_at_end", " a b\r", "Subject", DkimResult::kPolicy},
    {"vertical_tab", " a\vb", "Subject", DkimResult::kPolicy},
    {"form_feed", " a\fb", "Subject", DkimResult::kPolicy},
    {"bare_lf", " a\nb", "Subject", DkimResult::kPolicy},
    {"text_behind_nul", std::string_view(" a b\0evil", 9), "Subject", DkimResult::kPermError},
    {"tab_before_colon", " a b", "Subject\t", DkimResult::kPermError},
};

// Each of these is hashed by libopendkim as if it were " a b", which was signed.
TEST_P(DkimHeaderTrouble, IsNotPassed) {
  TestMessage message = SampleMessage();
  message.fields[3].value = " a b";
  AddDkimSignature(message, {});
  message.fields[4].name = GetParam().field_name;
  message.fields[4].value = GetParam().subject;
  const DkimOutcome outcome = VerifyOne(message, KeyAnswer(TestKey::kRsa2048));
  EXPECT_EQ(outcome.result, GetParam().want) << outcome.reason;
}

TEST_P(DkimHeaderTrouble, DoesNotMatterInUnsignedFields) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, {});
  message.fields.push_back({"X-Unsigned", std::string(GetParam().subject)});
  EXPECT_EQ(VerifyOne(message, KeyAnswer(TestKey::kRsa2048)).result, DkimResult::kPass);
}

INSTANTIATE_TEST_SUITE_P(All, DkimHeaderTrouble, testing::ValuesIn(kTroubles), kRowName);

TEST(Dkim, FromThatCannotBeReadIsPermError) {
  for (const char* from : {" <>", " undisclosed", ""}) {
    TestMessage message = SampleMessage();
    message.fields[1].value = from;
    AddDkimSignature(message, {});
    const DkimOutcome outcome = VerifyOne(message, KeyAnswer(TestKey::kRsa2048));
    EXPECT_EQ(outcome.result, DkimResult::kPermError) << from;
    EXPECT_EQ(outcome.reason, "there is no From field that could be read");
  }
  TestMessage message = SampleMessage();
  message.fields.erase(message.fields.begin() + 1);
  AddDkimSignature(message, {});
  EXPECT_EQ(VerifyOne(message, KeyAnswer(TestKey::kRsa2048)).result, DkimResult::kPermError);
}

TEST(Dkim, TooManySignedFieldsAreNotFed) {
  TestMessage message = SampleMessage();
  SignOptions options;
  options.signed_fields = {"From", "X-Many"};
  for (int i = 0; i < 990; ++i) message.fields.push_back({"X-Many", " x"});
  for (int i = 0; i < 5000; ++i) message.fields.push_back({"X-Unsigned", " x"});
  AddDkimSignature(message, options);
  const dns::Answers answers = KeyAnswer(options.key);
  DkimEvidence evidence = VerifyDkim(message, answers, At(kDkimNow));
  EXPECT_EQ(ResultWords(evidence), "pass");
  EXPECT_FALSE(evidence.fields_cut);
  EXPECT_FALSE(evidence.limited);
  for (int i = 0; i < 20; ++i) message.fields.insert(message.fields.begin(), {"X-Many", " x"});
  evidence = VerifyDkim(message, answers, At(kDkimNow));
  EXPECT_EQ(ResultWords(evidence), "neutral");
  EXPECT_TRUE(evidence.fields_cut);
  EXPECT_TRUE(evidence.limited);
}

TEST(Dkim, HugeHeadersAreNotHeld) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, {});
  for (int i = 0; i < 80; ++i) {
    message.fields.insert(message.fields.begin(), {"X-Big", std::string(60'000, 'x')});
  }
  const DkimEvidence evidence = VerifyDkim(message, KeyAnswer(TestKey::kRsa2048), At(kDkimNow));
  EXPECT_EQ(ResultWords(evidence), "neutral");
  EXPECT_TRUE(evidence.fields_cut);
  EXPECT_TRUE(evidence.limited);
}

TEST(Dkim, LongSignatureFieldsAreNotRead) {
  TestMessage message = SampleMessage();
  SignOptions options;
  options.more_tags = "z=" + std::string(kMaxDkimSignatureBytes, 'z') + "; ";
  AddDkimSignature(message, options);
  const DkimEvidence evidence = VerifyDkim(message, KeyAnswer(options.key), At(kDkimNow));
  EXPECT_EQ(ResultWords(evidence), "neutral");
  EXPECT_TRUE(evidence.limited);
}

TEST(Dkim, UnsignedMessagesHaveNoSignatures) {
  const DkimEvidence evidence = VerifyDkim(SampleMessage(), {}, At(kDkimNow));
  EXPECT_TRUE(evidence.signatures.empty());
  EXPECT_FALSE(evidence.signatures_cut);
  EXPECT_FALSE(evidence.fields_cut);
  EXPECT_FALSE(evidence.limited);
}

TEST(Dkim, MayBeDestroyedAndMovedAtAnyPoint) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, {});
  for (int stop = 0; stop < 4; ++stop) {
    DkimVerifier first(test::SharedDkimLibrary(), At(kDkimNow));
    for (const auto& field : message.fields) first.AddField(field.name, field.value);
    if (stop == 0) continue;
    (void)first.EndFields();
    if (stop == 1) continue;
    DkimVerifier second(std::move(first));
    second.AddBody(message.body);
    if (stop == 2) continue;
    DkimVerifier third = std::move(second);
    EXPECT_EQ(ResultWords(third.Conclude(KeyAnswer(TestKey::kRsa2048))), "pass");
  }
}

}  // namespace
}  // namespace assay::auth
