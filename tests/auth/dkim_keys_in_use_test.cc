// SPDX-License-Identifier: Apache-2.0
// Keys, answers and several signatures in one message.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/auth/dkim_sample.h"

namespace assay::auth {
namespace {

using test::AddDkimSignature;
using test::At;
using test::Describe;
using test::kDkimKeyName;
using test::kDkimNow;
using test::KeyAnswer;
using test::KeyRecord;
using test::ResultWords;
using test::SampleMessage;
using test::SignOptions;
using test::TestKey;
using test::TestMessage;
using test::TxtAnswers;
using test::VerifyDkim;
using test::VerifyOne;

TEST(Dkim, AnswersDecideBetweenTempAndPermError) {
  struct Case {
    dns::Status status;
    DkimResult want;
  };
  constexpr Case kCases[] = {{dns::Status::kNxDomain, DkimResult::kPermError},
                             {dns::Status::kNoData, DkimResult::kPermError},
                             {dns::Status::kServFail, DkimResult::kTempError},
                             {dns::Status::kRefused, DkimResult::kTempError},
                             {dns::Status::kTimeout, DkimResult::kTempError},
                             {dns::Status::kMalformed, DkimResult::kTempError},
                             {dns::Status::kLimit, DkimResult::kTempError}};
  TestMessage message = SampleMessage();
  AddDkimSignature(message, {});
  for (const Case& row : kCases) {
    dns::Answers answers;
    test::AddTxtStatus(answers, kDkimKeyName, row.status);
    EXPECT_EQ(VerifyOne(message, answers).result, row.want) << dns::ToWord(row.status);
  }
  EXPECT_EQ(VerifyOne(message, {}).result, DkimResult::kTempError);
}

TEST(Dkim, SeveralKeyRecordsArePermError) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, {});
  const std::string record = KeyRecord(TestKey::kRsa2048);
  const DkimOutcome outcome =
      VerifyOne(message, TxtAnswers({{kDkimKeyName, record}, {kDkimKeyName, record}}));
  EXPECT_EQ(outcome.result, DkimResult::kPermError);
  EXPECT_EQ(outcome.reason, "there are several key records");
}

TEST(Dkim, Pkcs1KeysVerify) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, {});
  const std::string p = test::PublicKeyBase64(TestKey::kRsa2048, test::PublicKeyForm::kPkcs1);
  EXPECT_EQ(VerifyOne(message, TxtAnswers({{kDkimKeyName, "p=" + p}})).result, DkimResult::kPass);
}

TEST(Dkim, LongRecordsVerify) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, {});
  const std::string record = "v=DKIM1; n=" + std::string(3000, 'n') + "\xC3\xA4; " +
                             KeyRecord(TestKey::kRsa2048).substr(9);
  EXPECT_EQ(VerifyOne(message, TxtAnswers({{kDkimKeyName, record}})).result, DkimResult::kPass);
}

TEST(Dkim, TestModeIsReported) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, {});
  const DkimOutcome outcome =
      VerifyOne(message, TxtAnswers({{kDkimKeyName, KeyRecord(TestKey::kRsa2048) + "; t=y"}}));
  EXPECT_EQ(outcome.result, DkimResult::kPass);
  EXPECT_TRUE(outcome.key_in_test_mode);
}

TEST(Dkim, StrictKeysRefuseSubdomainsInAuid) {
  const dns::Answers answers = TxtAnswers({{kDkimKeyName, KeyRecord(TestKey::kRsa2048) + "; t=s"}});
  struct Case {
    const char* auid;
    DkimResult want;
  };
  for (const Case& row :
       {Case{"i=a@example.com; ", DkimResult::kPass}, Case{"i=@EXAMPLE.com; ", DkimResult::kPass},
        Case{"i=a@sub.example.com; ", DkimResult::kPermError}}) {
    SignOptions options;
    options.more_tags = row.auid;
    TestMessage message = SampleMessage();
    AddDkimSignature(message, options);
    EXPECT_EQ(VerifyOne(message, answers).result, row.want) << row.auid;
    if (row.want == DkimResult::kPermError) {
      EXPECT_EQ(VerifyOne(message, KeyAnswer(options.key)).result, DkimResult::kPass);
    }
  }
}

TEST(Dkim, KeysOfTheWrongTypeArePermError) {
  TestMessage rsa = SampleMessage();
  AddDkimSignature(rsa, {});
  EXPECT_EQ(VerifyOne(rsa, KeyAnswer(TestKey::kEd25519)).result, DkimResult::kPermError);
  SignOptions options;
  options.key = TestKey::kEd25519;
  options.algorithm = "ed25519-sha256";
  TestMessage ed25519 = SampleMessage();
  AddDkimSignature(ed25519, options);
  EXPECT_EQ(VerifyOne(ed25519, KeyAnswer(TestKey::kRsa2048)).result, DkimResult::kPermError);
}

TEST(Dkim, AnotherKeyFails) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, {});
  EXPECT_EQ(VerifyOne(message, KeyAnswer(TestKey::kRsa1024)).result, DkimResult::kFail);
}

SignOptions Named(const char* selector, TestKey key, const char* algorithm) {
  SignOptions options;
  options.selector = selector;
  options.key = key;
  options.algorithm = algorithm;
  return options;
}

dns::Answers ManyKeys() {
  return TxtAnswers({{"a._domainkey.example.com", KeyRecord(TestKey::kRsa1024)},
                     {"b._domainkey.example.com", KeyRecord(TestKey::kRsa2048)},
                     {"c._domainkey.example.com", KeyRecord(TestKey::kEd25519)}});
}

TEST(Dkim, EachSignatureHasItsOwnResultInOrder) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, Named("a", TestKey::kRsa1024, "rsa-sha256"));
  SignOptions partly = Named("b", TestKey::kRsa2048, "rsa-sha256");
  partly.body_length = 3;
  AddDkimSignature(message, partly);
  AddDkimSignature(message, Named("b", TestKey::kRsa2048, "rsa-sha1"));
  AddDkimSignature(message, Named("c", TestKey::kEd25519, "ed25519-sha256"));
  AddDkimSignature(message, Named("c", TestKey::kRsa1024, "rsa-sha256"));
  AddDkimSignature(message, Named("d", TestKey::kRsa1024, "rsa-sha256"));
  message.fields.insert(message.fields.begin(), {"DKIM-Signature", " rubbish"});
  const DkimEvidence evidence = VerifyDkim(message, ManyKeys(), At(kDkimNow));
  EXPECT_EQ(ResultWords(evidence), "permerror temperror permerror pass policy policy pass")
      << Describe(evidence);
  EXPECT_TRUE(evidence.signatures[5].body_partly_signed);
  EXPECT_FALSE(evidence.signatures[4].body_partly_signed);
}

TEST(Dkim, QuestionsAreThoseOfUsableSignaturesOnce) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, Named("a", TestKey::kRsa1024, "rsa-sha256"));
  AddDkimSignature(message, Named("a", TestKey::kRsa1024, "rsa-sha1"));
  AddDkimSignature(message, Named("B", TestKey::kRsa1024, "rsa-sha256"));
  SignOptions expired = Named("c", TestKey::kRsa1024, "rsa-sha256");
  expired.more_tags = "x=5; ";
  AddDkimSignature(message, expired);
  message.fields.insert(message.fields.begin(), {"DKIM-Signature", " v=2; d=example.com; s=d"});
  DkimVerifier verifier(test::SharedDkimLibrary(), At(kDkimNow));
  for (const auto& field : message.fields) verifier.AddField(field.name, field.value);
  const std::vector<dns::Question> want = {{"b._domainkey.example.com", dns::RrType::kTxt},
                                           {"a._domainkey.example.com", dns::RrType::kTxt}};
  EXPECT_EQ(verifier.EndFields(), want);
}

TEST(Dkim, OnlyTheFirstTenSignaturesAreEvaluated) {
  TestMessage message = SampleMessage();
  for (int i = 0; i < 12; ++i) {
    SignOptions options = Named("a", TestKey::kRsa1024, "rsa-sha256");
    options.more_tags = "t=" + std::to_string(kDkimNow - i) + "; ";
    AddDkimSignature(message, options);
  }
  const DkimEvidence evidence = VerifyDkim(message, ManyKeys(), At(kDkimNow));
  EXPECT_EQ(evidence.signatures.size(), kMaxDkimSignatures);
  EXPECT_TRUE(evidence.signatures_cut);
  for (const DkimOutcome& outcome : evidence.signatures) {
    EXPECT_EQ(outcome.result, DkimResult::kPass) << outcome.reason;
  }
}

TEST(Dkim, RepeatedSignaturesAreEvaluatedOnce) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, Named("a", TestKey::kRsa1024, "rsa-sha256"));
  message.fields.insert(message.fields.begin(), message.fields.front());
  EXPECT_EQ(ResultWords(VerifyDkim(message, ManyKeys(), At(kDkimNow))), "pass pass");
  message.fields.front().value.insert(1, "n=1; ");
  EXPECT_EQ(ResultWords(VerifyDkim(message, ManyKeys(), At(kDkimNow))), "fail neutral");
}

TEST(Dkim, SignaturesMayCoverOtherSignatures) {
  TestMessage message = SampleMessage();
  SignOptions expired = Named("a", TestKey::kRsa1024, "rsa-sha256");
  expired.more_tags = "x=5; ";
  AddDkimSignature(message, expired);
  SignOptions outer = Named("b", TestKey::kRsa2048, "rsa-sha256");
  outer.signed_fields.emplace_back("DKIM-Signature");
  AddDkimSignature(message, outer);
  EXPECT_EQ(ResultWords(VerifyDkim(message, ManyKeys(), At(kDkimNow))), "pass permerror");
  message.fields[1].value += " ";
  message.fields[1].value.insert(1, "q=dns/txt; ");
  EXPECT_EQ(ResultWords(VerifyDkim(message, ManyKeys(), At(kDkimNow))), "fail permerror");
  message.fields[1].value = " rubbish";
  EXPECT_EQ(ResultWords(VerifyDkim(message, ManyKeys(), At(kDkimNow))), "neutral permerror");
}

TEST(Dkim, OneLibraryServesManyThreads) {
  TestMessage message = SampleMessage();
  AddDkimSignature(message, Named("a", TestKey::kRsa1024, "rsa-sha256"));
  AddDkimSignature(message, Named("c", TestKey::kEd25519, "ed25519-sha256"));
  const dns::Answers answers = ManyKeys();
  std::vector<std::string> words(4);
  std::vector<std::thread> threads;
  for (std::string& word : words) {
    threads.emplace_back([&word, &message, &answers] {
      for (int i = 0; i < 20; ++i)
        word = ResultWords(VerifyDkim(message, answers, At(kDkimNow), 7));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& word : words) EXPECT_EQ(word, "pass pass");
}

}  // namespace
}  // namespace assay::auth
