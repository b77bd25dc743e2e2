// SPDX-License-Identifier: Apache-2.0
// Signatures with U-labels (RFC 8616), which libopendkim does not read.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/dkim_verify.h"

namespace assay::auth {
namespace {

using test::At;
using test::Describe;
using test::ResultWords;
using test::SignOptions;
using test::TestKey;
using test::TestMessage;

constexpr char kDomain[] =
    "b\xC3\xBC"
    "cher.example";  // bücher.example
constexpr char kKeyName[] = "test._domainkey.xn--bcher-kva.example";

TestMessage Message() {
  return {{{"Received", " from a.example by b.example"},
           {"From",
            " J\xC3\xB6rg <j\xC3\xB6rg@b\xC3\xBC"
            "cher.example>"},
           {"To", " bob@example.org,\n  carol@example.org"},
           {"Subject",
            " Gr\xC3\xBC\xC3\x9F"
            "e  \n\t folded "},
           {"Subject", " second"},
           {"Date", " Mon, 1 Jan 2024 00:00:00 +0000"}},
          "Hello \r\n\r\n  tabs\tand \xC3\xA4 \r\n\r\n\r\n"};
}

SignOptions Options() {
  SignOptions options;
  options.domain = kDomain;
  return options;
}

DkimEvidence Verify(const TestMessage& message, TestKey key = TestKey::kRsa2048,
                    std::size_t chunk = 65535) {
  return VerifyDkim(message,
                    test::TxtAnswers({{kKeyName, test::KeyRecord(key)},
                                      {"test._domainkey.example.com", test::KeyRecord(key)}}),
                    At(1'700'000'000), chunk);
}

TEST(DkimInternational, PassesInEveryCanonicalizationAndNoLonger) {
  for (const char* canonicalization :
       {"", "simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"}) {
    SCOPED_TRACE(canonicalization);
    SignOptions options = Options();
    options.canonicalization = canonicalization;
    TestMessage message = Message();
    AddDkimSignature(message, options);
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{65535}}) {
      const DkimEvidence evidence = Verify(message, TestKey::kRsa2048, chunk);
      ASSERT_EQ(ResultWords(evidence), "pass") << Describe(evidence);
      EXPECT_EQ(evidence.signatures[0].signing_domain, "xn--bcher-kva.example");
      EXPECT_EQ(evidence.signatures[0].key_bits, 2048);
    }
    TestMessage changed = message;
    changed.body += "P.S.\r\n";
    EXPECT_EQ(Verify(changed).signatures[0].reason, "the body hash does not match");
    changed = message;
    changed.fields[2].value += "x";
    EXPECT_EQ(Verify(changed).signatures[0].reason, "the signature does not match");
    changed = message;
    changed.fields.erase(changed.fields.begin() + 5);  // the lowest Subject is the one signed
    EXPECT_EQ(ResultWords(Verify(changed)), "fail");
  }
}

TEST(DkimInternational, OtherKeys) {
  for (const TestKey key : {TestKey::kRsa1024, TestKey::kRsa4096, TestKey::kEd25519}) {
    SignOptions options = Options();
    options.key = key;
    if (key == TestKey::kEd25519) options.algorithm = "ed25519-sha256";
    TestMessage message = Message();
    AddDkimSignature(message, options);
    EXPECT_EQ(ResultWords(Verify(message, key)), "pass") << Describe(Verify(message, key));
  }
  SignOptions options = Options();
  options.key = TestKey::kRsa512;
  TestMessage message = Message();
  AddDkimSignature(message, options);
  EXPECT_EQ(ResultWords(Verify(message, TestKey::kRsa512)), "policy");
}

TEST(DkimInternational, IdentityAndSelector) {
  SignOptions options = Options();
  options.more_tags =
      "i=j\xC3\xB6rg@m\xC3\xBC"
      "nchen.b\xC3\xBC"
      "cher.example; ";
  TestMessage message = Message();
  AddDkimSignature(message, options);
  const DkimEvidence evidence = Verify(message);
  ASSERT_EQ(ResultWords(evidence), "pass") << Describe(evidence);
  EXPECT_EQ(evidence.signatures[0].auid, "j\xC3\xB6rg@xn--mnchen-3ya.xn--bcher-kva.example");
}

TEST(DkimInternational, OversignedFieldsMayNotBeAdded) {
  SignOptions options = Options();
  options.signed_fields = {"From", "From", "Subject", "Subject", "Subject", "Reply-To"};
  TestMessage message = Message();
  AddDkimSignature(message, options);
  EXPECT_EQ(ResultWords(Verify(message)), "pass");
  for (const char* name : {"From", "Subject", "Reply-To"}) {
    TestMessage added = message;
    added.fields.insert(added.fields.begin() + 1, {name, " eve@example.net"});
    EXPECT_EQ(ResultWords(Verify(added)), "fail") << name;
  }
}

TEST(DkimInternational, BesideOneForTheLibrary) {
  TestMessage message = Message();
  AddDkimSignature(message, SignOptions());
  AddDkimSignature(message, Options());
  EXPECT_EQ(ResultWords(Verify(message)), "pass pass") << Describe(Verify(message));
  message.body += "x\r\n";
  EXPECT_EQ(ResultWords(Verify(message)), "fail fail");
}

TEST(DkimInternational, WhatIsNotEvaluatedSaysSo) {
  SignOptions sha1 = Options();
  sha1.algorithm = "rsa-sha1";
  SignOptions length = Options();
  length.body_length = 3;
  for (const SignOptions& options : {sha1, length}) {
    TestMessage message = Message();
    AddDkimSignature(message, options);
    EXPECT_EQ(ResultWords(Verify(message)), "neutral");
  }
}

TEST(DkimInternational, BareCarriageReturnsAreNoPass) {
  TestMessage message = Message();
  message.body = "He\rllo\r\n";
  AddDkimSignature(message, Options());
  EXPECT_NE(ResultWords(Verify(message)), "pass");
}

}  // namespace
}  // namespace assay::auth
