// SPDX-License-Identifier: Apache-2.0
// Chains made and broken on the spot.
#include "lib/auth/arc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "tests/auth/dkim_sample.h"
#include "tests/support/arc_sealer.h"

namespace assay::auth {
namespace {

using test::At;
using test::SealOptions;
using test::TestKey;
using test::TestMessage;

constexpr char kSealerKey[] = "arc._domainkey.lists.example.org";

dns::Answers Keys(TestKey key = TestKey::kRsa2048) {
  return test::TxtAnswers({{kSealerKey, test::KeyRecord(key)},
                           {"arc._domainkey.next.example.net", test::KeyRecord(TestKey::kEd25519)},
                           {"old._domainkey.lists.example.org", test::KeyRecord(key)}});
}

TestMessage Chain(int sets, const SealOptions& base = {}) {
  TestMessage message = test::SampleMessage();
  for (int i = 1; i <= sets; ++i) {
    SealOptions options = base;
    options.instance = i;
    AddArcSet(message, options);
  }
  return message;
}

ArcEvidence Verify(const TestMessage& message, const dns::Answers& answers,
                   std::size_t chunk = 65535) {
  ArcVerifier verifier(test::SharedDkimLibrary(), At(test::kDkimNow));
  for (const auto& field : message.fields) verifier.AddField(field.name, field.value);
  (void)verifier.EndFields();
  return test::FinishWith(verifier, message.body, chunk, answers);
}

std::string& Value(TestMessage& message, std::string_view name, std::size_t nth = 0) {
  for (auto& field : message.fields) {
    if (EqualsIgnoreCase(field.name, name) && nth-- == 0) return field.value;
  }
  ADD_FAILURE() << "no " << name;
  return message.fields.front().value;
}

void Replace(std::string& text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

TEST(Arc, WithoutFieldsThereIsNoChain) {
  const ArcEvidence evidence = Verify(test::SampleMessage(), Keys());
  EXPECT_EQ(evidence.result, ArcResult::kNone);
  EXPECT_EQ(evidence.seals, 0U);
  EXPECT_TRUE(evidence.reason.empty());
}

struct GoodCase {
  const char* name;
  TestKey key;
  const char* algorithm;
  const char* canonicalization;
};
constexpr GoodCase kGood[] = {
    {"relaxed_relaxed", TestKey::kRsa2048, "rsa-sha256", "relaxed/relaxed"},
    {"relaxed_simple", TestKey::kRsa2048, "rsa-sha256", "relaxed/simple"},
    {"simple_relaxed", TestKey::kRsa2048, "rsa-sha256", "simple/relaxed"},
    {"simple_simple", TestKey::kRsa2048, "rsa-sha256", "simple/simple"},
    {"rsa1024", TestKey::kRsa1024, "rsa-sha256", "relaxed/relaxed"},
    {"rsa4096", TestKey::kRsa4096, "rsa-sha256", "relaxed/relaxed"},
    {"ed25519", TestKey::kEd25519, "ed25519-sha256", "relaxed/relaxed"},
};
class GoodChain : public testing::TestWithParam<GoodCase> {};

TEST_P(GoodChain, PassesInPiecesOfAnySize) {
  SealOptions options;
  options.key = GetParam().key;
  options.algorithm = GetParam().algorithm;
  options.canonicalization = GetParam().canonicalization;
  for (const int sets : {1, 2, 3}) {
    const TestMessage message = Chain(sets, options);
    for (const std::size_t chunk : {1U, 2U, 7U, 65535U}) {
      const ArcEvidence evidence = Verify(message, Keys(options.key), chunk);
      EXPECT_EQ(evidence.result, ArcResult::kPass) << evidence.reason;
      EXPECT_EQ(evidence.sets.size(), static_cast<std::size_t>(sets));
      EXPECT_EQ(evidence.oldest_pass, 0U);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Arc, GoodChain, testing::ValuesIn(kGood), test::kRowName);

TEST(Arc, TellsWhoSealedWhat) {
  TestMessage message = Chain(1);
  AddArcSet(message, {.instance = 2,
                      .domain = "next.example.net",
                      .key = TestKey::kEd25519,
                      .algorithm = "ed25519-sha256",
                      .signed_fields = {"To"},
                      .results = "next.example.net; arc=pass"});
  const ArcEvidence evidence = Verify(message, Keys());
  ASSERT_EQ(evidence.result, ArcResult::kPass) << evidence.reason;
  ASSERT_EQ(evidence.sets.size(), 2U);
  EXPECT_EQ(evidence.sets[0].sealer, "lists.example.org");
  EXPECT_EQ(evidence.sets[0].selector, "arc");
  EXPECT_TRUE(evidence.sets[0].covers_from);
  EXPECT_EQ(Trim(evidence.sets[0].authentication_results),
            "lists.example.org; dmarc=pass header.from=example.com");
  EXPECT_EQ(evidence.sets[1].sealer, "next.example.net");
  EXPECT_FALSE(evidence.sets[1].covers_from);
}

TEST(Arc, OrderAndCaseOfTheFieldsDoNotMatter) {
  TestMessage message = Chain(3);
  std::reverse(message.fields.begin(), message.fields.begin() + 9);
  for (auto& field : message.fields) {
    if (field.name == "ARC-Seal") field.name = "arc-SEAL ";
  }
  EXPECT_EQ(Verify(message, Keys()).result, ArcResult::kPass);
}

TEST(Arc, FiftySetsAreAChainAndFiftyOneAreNot) {
  TestMessage message = Chain(50);
  const ArcEvidence evidence = Verify(message, Keys());
  EXPECT_EQ(evidence.result, ArcResult::kPass) << evidence.reason;
  EXPECT_EQ(evidence.seals, 50U);
  AddArcSet(message, {.instance = 51});
  const ArcEvidence longer = Verify(message, Keys());
  EXPECT_EQ(longer.result, ArcResult::kFail);
  EXPECT_TRUE(longer.limited);
}

// What the newest set covers may have been changed before it; how far back it was not is told.
TEST(Arc, OldestPass) {
  TestMessage message = Chain(2);
  Value(message, "Subject") = " [list] Invoice";
  message.body += "-- \r\nlist footer\r\n";
  AddArcSet(message, {.instance = 3});
  AddArcSet(message, {.instance = 4});
  const ArcEvidence evidence = Verify(message, Keys());
  EXPECT_EQ(evidence.result, ArcResult::kPass) << evidence.reason;
  EXPECT_EQ(evidence.oldest_pass, 3U);
}

struct BrokenCase {
  const char* name;
  void (*damage)(TestMessage& message);  // a chain of two sets
  const char* reason;
};
const BrokenCase kBroken[] = {
    {"body", [](TestMessage& m) { m.body += "more\r\n"; },
     "ARC-Message-Signature: the body hash does not match"},
    {"signed_field", [](TestMessage& m) { Value(m, "Subject") += "x"; },
     "ARC-Message-Signature: the signature does not match"},
    {"results_of_the_first_set",
     [](TestMessage& m) { Replace(Value(m, "ARC-Authentication-Results", 1), "pass", "fail"); },
     "ARC-Seal of lists.example.org: the signature does not match"},
    {"newest_results",
     [](TestMessage& m) { Replace(Value(m, "ARC-Authentication-Results"), "pass", "fail"); },
     "ARC-Seal of lists.example.org: the signature does not match"},
    {"set_lacks_its_seal",
     [](TestMessage& m) { std::erase_if(m.fields, [](auto& f) { return f.name == "ARC-Seal"; }); },
     "set 1 is not complete"},
    {"first_set_is_gone",
     [](TestMessage& m) { m.fields.erase(m.fields.begin() + 3, m.fields.begin() + 6); },
     "set 1 is not complete"},
    {"set_twice", [](TestMessage& m) { m.fields.insert(m.fields.begin(), m.fields.front()); },
     "ARC-Seal i=2 occurs twice"},
    {"results_twice",
     [](TestMessage& m) {
       m.fields.push_back({"ARC-Authentication-Results", " i=2; x; spf=pass"});
     },
     "ARC-Authentication-Results i=2 occurs twice"},
    {"signature_without_instance",
     [](TestMessage& m) { Replace(Value(m, "ARC-Message-Signature"), "i=2;", ""); },
     "ARC-Message-Signature without a valid i="},
    {"instance_51", [](TestMessage& m) { Replace(Value(m, "ARC-Seal"), "i=2;", "i=51;"); },
     "ARC-Seal without a valid i="},
    {"instance_with_sign", [](TestMessage& m) { Replace(Value(m, "ARC-Seal"), "i=2;", "i=+2;"); },
     "ARC-Seal without a valid i="},
    {"instance_not_first",
     [](TestMessage& m) { Replace(Value(m, "ARC-Authentication-Results"), " i=2;", " x; i=2;"); },
     "ARC-Authentication-Results does not begin with its instance"},
    {"comment_without_end",
     [](TestMessage& m) { Replace(Value(m, "ARC-Authentication-Results"), " i=2;", " (i=2;"); },
     "ARC-Authentication-Results does not begin with its instance"},
    {"seal_with_h", [](TestMessage& m) { Replace(Value(m, "ARC-Seal"), "cv=", "h=from; cv="); },
     "ARC-Seal: h= in an ARC-Seal"},
    {"seal_is_no_tag_list", [](TestMessage& m) { Value(m, "ARC-Seal") = " nonsense"; },
     "ARC-Seal: no = in tag 'nonsense'"},
    {"seal_signed",
     [](TestMessage& m) { Replace(Value(m, "ARC-Message-Signature"), "h=", "h=arc-seal:"); },
     "ARC-Message-Signature: h= names ARC-Seal"},
    {"length", [](TestMessage& m) { Replace(Value(m, "ARC-Message-Signature"), "h=", "l=3; h="); },
     "ARC-Message-Signature: l= is not accepted"},
    {"sha1", [](TestMessage& m) { Replace(Value(m, "ARC-Seal"), "rsa-sha256", "rsa-sha1"); },
     "ARC-Seal: rsa-sha1 is not accepted"},
    {"expired",
     [](TestMessage& m) { Replace(Value(m, "ARC-Message-Signature"), "h=", "x=1600000000; h="); },
     "ARC-Message-Signature: the signature has expired"},
    {"first_says_pass",
     [](TestMessage& m) { Replace(Value(m, "ARC-Seal", 1), "cv=none", "cv=pass"); },
     "seal 1 has cv='pass'"},
    {"second_says_none",
     [](TestMessage& m) { Replace(Value(m, "ARC-Seal"), "cv=pass", "cv=none"); },
     "seal 2 has cv='none'"},
    {"newest_says_fail",
     [](TestMessage& m) { Replace(Value(m, "ARC-Seal"), "cv=pass", "cv=fail"); },
     "the newest seal says cv=fail"},
    {"no_state", [](TestMessage& m) { Replace(Value(m, "ARC-Seal"), " cv=pass;", ""); },
     "seal 2 has cv=''"},
};
class BrokenChain : public testing::TestWithParam<BrokenCase> {};

TEST_P(BrokenChain, Fails) {
  TestMessage message = Chain(2);
  GetParam().damage(message);
  const ArcEvidence evidence = Verify(message, Keys());
  EXPECT_EQ(evidence.result, ArcResult::kFail);
  EXPECT_EQ(evidence.reason, GetParam().reason);
  EXPECT_FALSE(evidence.limited);
}
INSTANTIATE_TEST_SUITE_P(Arc, BrokenChain, testing::ValuesIn(kBroken), test::kRowName);

TEST(Arc, KeysDecide) {
  const TestMessage message = Chain(1);
  dns::Answers none;
  test::AddTxtStatus(none, kSealerKey, dns::Status::kNxDomain);
  EXPECT_EQ(Verify(message, none).reason, "ARC-Message-Signature: there is no key");
  dns::Answers trouble;
  test::AddTxtStatus(trouble, kSealerKey, dns::Status::kServFail);
  EXPECT_EQ(Verify(message, trouble).result, ArcResult::kTempError);
  EXPECT_EQ(Verify(message, {}).result, ArcResult::kTempError) << "unanswered is a time-out";
  EXPECT_EQ(Verify(message, Keys(TestKey::kRsa1024)).result, ArcResult::kFail) << "another's key";
  SealOptions small;
  small.key = TestKey::kRsa512;
  EXPECT_EQ(Verify(Chain(1, small), Keys(TestKey::kRsa512)).reason,
            "ARC-Message-Signature: the key of 512 bits is too short");
}

TEST(Arc, AsksForTheKeysOfTheNewestSignatureAndOfEachSealOnce) {
  SealOptions older;
  older.selector = "old";
  TestMessage message = Chain(1, older);
  AddArcSet(message, {.instance = 2});
  AddArcSet(message, {.instance = 3});
  ArcVerifier verifier(test::SharedDkimLibrary(), At(test::kDkimNow));
  for (const auto& field : message.fields) verifier.AddField(field.name, field.value);
  std::vector<std::string> names;
  for (const auto& question : verifier.EndFields()) names.push_back(question.name);
  EXPECT_EQ(names, (std::vector<std::string>{kSealerKey, "old._domainkey.lists.example.org"}));
}

TEST(Arc, ABrokenChainAsksForNothing) {
  TestMessage message = Chain(50);
  Replace(Value(message, "ARC-Seal", 49), "cv=none", "cv=pass");
  ArcVerifier verifier(test::SharedDkimLibrary(), At(test::kDkimNow));
  for (const auto& field : message.fields) verifier.AddField(field.name, field.value);
  EXPECT_TRUE(verifier.EndFields().empty());
}

TEST(Arc, LimitsAreTold) {
  TestMessage field = Chain(1);
  Value(field, "ARC-Authentication-Results") += std::string(kMaxArcFieldBytes, 'x');
  EXPECT_TRUE(Verify(field, Keys()).limited);
  TestMessage many = Chain(1);
  for (int i = 0; i < 200; ++i) many.fields.push_back({"ARC-Seal", " i=1"});
  EXPECT_TRUE(Verify(many, Keys()).limited);
  EXPECT_EQ(Verify(many, Keys()).seals, kMaxArcSets);
  TestMessage header = Chain(1);
  for (int i = 0; i < 5000; ++i) header.fields.push_back({"X-Padding", std::string(1000, 'x')});
  EXPECT_TRUE(Verify(header, Keys()).limited);
  EXPECT_EQ(Verify(header, Keys()).result, ArcResult::kFail);
}

// Older signatures that cover a huge header are left out; the chain is judged all the same.
TEST(Arc, OlderSignaturesHaveABudget) {
  TestMessage message = test::SampleMessage();
  SealOptions options;
  for (int i = 0; i < 100; ++i) {
    message.fields.push_back({"X-Big", " " + std::string(5000, 'x')});
    options.signed_fields.emplace_back("X-Big");
  }
  for (options.instance = 1; options.instance <= 10; ++options.instance)
    AddArcSet(message, options);
  const ArcEvidence evidence = Verify(message, Keys());
  EXPECT_EQ(evidence.result, ArcResult::kPass) << evidence.reason;
  EXPECT_GT(evidence.oldest_pass, 1U);
  EXPECT_LT(evidence.oldest_pass, 10U);
}

TEST(Arc, OddBodies) {
  for (const char* body :
       {"", "\r\n", "\r\n\r\n", "a", "a\r\n \t\r\n\r\n", " a  b \r", "a\rb\nc\r\n"}) {
    for (const char* canonicalization : {"simple/simple", "relaxed/relaxed"}) {
      TestMessage message = test::SampleMessage();
      message.body = body;
      SealOptions options;
      options.canonicalization = canonicalization;
      AddArcSet(message, options);
      for (const std::size_t chunk : {1U, 65535U}) {
        EXPECT_EQ(Verify(message, Keys(), chunk).result, ArcResult::kPass)
            << testing::PrintToString(body) << ' ' << canonicalization;
      }
    }
  }
}

}  // namespace
}  // namespace assay::auth
