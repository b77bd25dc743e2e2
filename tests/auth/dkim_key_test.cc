// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_key.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "lib/auth/dkim_base64.h"
#include "lib/auth/dkim_key_cache.h"
#include "tests/support/dkim_signer.h"

namespace assay::auth {
namespace {

using test::PublicKeyBase64;
using test::PublicKeyForm;
using test::TestKey;

constexpr auto kRowName = [](const auto& row) { return std::string(row.param.name); };

struct KeyCase {
  const char* name;
  std::string before_p;
  std::string p;  // "" leaves the tag out
  std::string after_p;
  std::string want;  // the normal form up to "p=", or "permerror …" or "neutral …"
};

class DkimKeys : public testing::TestWithParam<KeyCase> {};

std::string Rsa(TestKey key = TestKey::kRsa1024,
                PublicKeyForm form = PublicKeyForm::kSubjectPublicKeyInfo) {
  return "p=" + PublicKeyBase64(key, form);
}

std::string Spaced(std::string text) {
  for (std::size_t at = 20; at < text.size(); at += 21) text.insert(at, 1, ' ');
  return text;
}

std::string WithByteAtEnd(const std::string& p) {
  const auto bytes = DecodeBase64(p.substr(2), Base64Padding::kRequired);
  return "p=" + EncodeBase64(bytes.value_or("") + "x");
}

std::vector<KeyCase> KeyCases() {
  const std::string rsa = Rsa();
  const std::string pkcs1 = Rsa(TestKey::kRsa1024, PublicKeyForm::kPkcs1);
  const std::string ed25519 = Rsa(TestKey::kEd25519);
  return {
      {"plain", "v=DKIM1; k=rsa; ", rsa, "", "v=DKIM1; k=rsa; "},
      {"only_p", "", rsa, "", "v=DKIM1; k=rsa; "},
      {"semicolon_at_end", "v=DKIM1;", rsa, "; ", "v=DKIM1; k=rsa; "},
      {"space_around_equals", "v = DKIM1 ; k = rsa ; ", rsa, "", "v=DKIM1; k=rsa; "},
      {"p_first", "", rsa, "; k=rsa; h=sha256", "v=DKIM1; k=rsa; h=sha256; "},
      {"v_not_first", "k=rsa; v=DKIM1; ", rsa, "", "permerror v= is not first in the key record"},
      {"v_lower_case", "v=dkim1; ", rsa, "", "permerror the key record is not v=DKIM1"},
      {"v_two", "v=DKIM2; ", rsa, "", "permerror the key record is not v=DKIM1"},
      {"not_a_key", "v=spf1 -all", "", "", "permerror the key record is not v=DKIM1"},
      {"tag_twice", "k=rsa; k=ed25519; ", rsa, "",
       "permerror bad key record: tag 'k' occurs twice"},
      {"p_twice", rsa + "; ", rsa, "", "permerror bad key record: tag 'p' occurs twice"},
      {"tag_without_value", "k=rsa; t; ", rsa, "", "permerror bad key record: no = in tag 't'"},
      {"empty_record", "", "", "", "permerror bad key record: no tags"},
      {"no_p", "v=DKIM1; k=rsa", "", "", "permerror no p= in the key record"},
      {"revoked", "v=DKIM1; k=rsa; ", "p=", "", "permerror the key is revoked"},
      {"revoked_space", "v=DKIM1; ", "p= ", ";", "permerror the key is revoked"},
      {"k_unknown", "k=dsa; ", rsa, "", "permerror unknown key type 'dsa'"},
      {"k_upper_case", "k=RSA; ", rsa, "", "v=DKIM1; k=rsa; "},
      {"k_empty", "k=; ", rsa, "", "permerror unknown key type ''"},
      {"h_sha256", "h=sha256; ", rsa, "", "v=DKIM1; k=rsa; h=sha256; "},
      {"h_sha1", "h=sha1; ", rsa, "", "v=DKIM1; k=rsa; h=sha1; "},
      {"h_several", "h=sha512 : sha256 : sha1; ", rsa, "", "v=DKIM1; k=rsa; h=sha1:sha256; "},
      {"h_unknown", "h=sha512; ", rsa, "", "permerror h= of the key allows no known hash"},
      {"h_empty", "h=; ", rsa, "", "permerror h= of the key allows no known hash"},
      {"s_email", "s=email; ", rsa, "", "v=DKIM1; k=rsa; "},
      {"s_any", "s=*; ", rsa, "", "v=DKIM1; k=rsa; "},
      {"s_one_of_several", "s=chat:email; ", rsa, "", "v=DKIM1; k=rsa; "},
      {"s_other", "s=chat; ", rsa, "", "permerror the key is not for mail"},
      {"t_both", "t=s:y; ", rsa, "", "v=DKIM1; k=rsa; t=y:s; "},
      {"t_testing", "t=y; ", rsa, "", "v=DKIM1; k=rsa; t=y; "},
      {"t_strict", "", rsa, "; t=s", "v=DKIM1; k=rsa; t=s; "},
      {"t_unknown", "t=q; ", rsa, "", "v=DKIM1; k=rsa; "},
      {"n_utf8", "n=Schl\xC3\xBCssel; ", rsa, "", "v=DKIM1; k=rsa; "},
      {"g_is_ignored", "g=*; ", rsa, "", "v=DKIM1; k=rsa; "},
      {"unknown_tags", "x=y; ", rsa, "; zz=1", "v=DKIM1; k=rsa; "},
      {"record_over_1_kb", "n=" + std::string(2000, 'n') + "; ", rsa, "", "v=DKIM1; k=rsa; "},
      {"record_over_16_kb", "n=" + std::string(17000, 'n') + "; ", rsa, "",
       "neutral the key record is longer than 16384 bytes"},
      {"p_with_space", "", Spaced(rsa), "", "v=DKIM1; k=rsa; "},
      {"p_pkcs1", "", pkcs1, "", "v=DKIM1; k=rsa; "},
      {"p_not_base64", "", rsa + "*", "", "permerror p= of the key is not base64"},
      {"p_quoted", "", "p=\"" + rsa.substr(2) + "\"", "", "permerror p= of the key is not base64"},
      {"p_no_key", "", "p=YWJj", "", "permerror p= is not an RSA key"},
      {"p_cut", "", rsa.substr(0, 102), "", "permerror p= is not an RSA key"},
      {"p_byte_behind_key", "", WithByteAtEnd(rsa), "", "permerror p= is not an RSA key"},
      {"p_byte_behind_pkcs1", "", WithByteAtEnd(pkcs1), "", "permerror p= is not an RSA key"},
      {"p_very_long", "", "p=" + std::string(8000, 'A'), "", "neutral the key is too long"},
      {"ed25519", "k=ed25519; ", ed25519, "", "v=DKIM1; k=ed25519; "},
      {"ed25519_as_rsa", "", ed25519, "", "permerror p= is not an RSA key"},
      {"rsa_as_ed25519", "k=ed25519; ", rsa, "", "permerror the ed25519 key is not 32 bytes long"},
      {"ed25519_in_spki", "k=ed25519; ",
       "p=MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", "",
       "permerror the ed25519 key is not 32 bytes long"},
      {"ed25519_in_spki_as_rsa", "",
       "p=MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", "",
       "permerror p= is not an RSA key"},
      {"rsa_512", "", Rsa(TestKey::kRsa512), "", "v=DKIM1; k=rsa; "},
      {"rsa_4096", "", Rsa(TestKey::kRsa4096), "", "v=DKIM1; k=rsa; "},
      {"control_byte", "n=\x01; ", rsa, "",
       "permerror bad key record: byte not allowed in a tag list"},
  };
}

TEST_P(DkimKeys, HaveOneNormalForm) {
  const KeyCase& row = GetParam();
  const auto key = ParseDkimKey(row.before_p + row.p + row.after_p);
  if (!key) {
    EXPECT_EQ(std::string(ToWord(key.error().result)) + " " + key.error().reason, row.want);
    return;
  }
  EXPECT_EQ(key->record.substr(0, key->record.find("p=")), row.want);
  const auto again = ParseDkimKey(key->record);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->record, key->record);
  EXPECT_EQ(again->bits, key->bits);
}

INSTANTIATE_TEST_SUITE_P(Rfc6376, DkimKeys, testing::ValuesIn(KeyCases()), kRowName);

TEST(DkimKey, Pkcs1KeysAreTheSameKeys) {
  for (const TestKey key :
       {TestKey::kRsa512, TestKey::kRsa1024, TestKey::kRsa2048, TestKey::kRsa4096}) {
    const auto spki = ParseDkimKey(Rsa(key));
    const auto pkcs1 = ParseDkimKey(Rsa(key, PublicKeyForm::kPkcs1));
    ASSERT_TRUE(spki && pkcs1);
    EXPECT_EQ(spki->record, pkcs1->record);
  }
}

TEST(DkimKey, BitsAreThoseOfTheModulus) {
  EXPECT_EQ(ParseDkimKey(Rsa(TestKey::kRsa512))->bits, 512);
  EXPECT_EQ(ParseDkimKey(Rsa(TestKey::kRsa1024))->bits, 1024);
  EXPECT_EQ(ParseDkimKey(Rsa(TestKey::kRsa4096))->bits, 4096);
  EXPECT_EQ(ParseDkimKey("k=ed25519; " + Rsa(TestKey::kEd25519))->bits, 256);
}

TEST(DkimKey, KeysOver4096BitsAreNotUsed) {
  // A PKCS #1 key with an odd modulus of 8192 bits and the exponent 65537.
  std::string der("\x30\x82\x04\x0A\x02\x82\x04\x01\x00", 9);
  der += std::string(1024, '\xFF') + "\x02\x03\x01" + std::string("\x00\x01", 2);
  const auto key = ParseDkimKey("p=" + EncodeBase64(der));
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().result, DkimResult::kNeutral);
  EXPECT_EQ(key.error().reason, "8192-bit RSA keys are too long");
}

struct FitCase {
  const char* name;
  const char* record_tags;
  TestKey key;
  const char* algorithm;
  const char* auid_domain;
  bool fits;
};

class DkimKeyFits : public testing::TestWithParam<FitCase> {};

constexpr FitCase kFits[] = {
    {"rsa", "", TestKey::kRsa1024, "rsa-sha256", "example.com", true},
    {"rsa_with_sha1", "", TestKey::kRsa1024, "rsa-sha1", "example.com", true},
    {"only_sha256", "h=sha256; ", TestKey::kRsa1024, "rsa-sha1", "example.com", false},
    {"only_sha1", "h=sha1; ", TestKey::kRsa1024, "rsa-sha256", "example.com", false},
    {"ed25519", "k=ed25519; ", TestKey::kEd25519, "ed25519-sha256", "example.com", true},
    {"ed25519_for_rsa", "k=ed25519; ", TestKey::kEd25519, "rsa-sha256", "example.com", false},
    {"rsa_for_ed25519", "", TestKey::kRsa1024, "ed25519-sha256", "example.com", false},
    {"strict_same_domain", "t=s; ", TestKey::kRsa1024, "rsa-sha256", "example.com", true},
    {"strict_subdomain", "t=s; ", TestKey::kRsa1024, "rsa-sha256", "a.example.com", false},
    {"subdomain", "t=y; ", TestKey::kRsa1024, "rsa-sha256", "a.example.com", true},
};

TEST_P(DkimKeyFits, OnlyTheSignaturesTheyAreFor) {
  const FitCase& row = GetParam();
  const auto key = ParseDkimKey(row.record_tags + Rsa(row.key));
  ASSERT_TRUE(key);
  DkimSignature signature;
  signature.signing_domain = "example.com";
  signature.auid_domain = row.auid_domain;
  for (const DkimAlgorithm algorithm :
       {DkimAlgorithm::kRsaSha1, DkimAlgorithm::kRsaSha256, DkimAlgorithm::kEd25519Sha256}) {
    if (ToWord(algorithm) == row.algorithm) signature.algorithm = algorithm;
  }
  EXPECT_EQ(!CheckKeyFits(*key, signature), row.fits);
}

INSTANTIATE_TEST_SUITE_P(All, DkimKeyFits, testing::ValuesIn(kFits), kRowName);

TEST(DkimKeyCache, GivesTheSameKeyAndStaysSmall) {
  DkimKeyCache cache;
  const std::string record = Rsa();
  const auto first = cache.Parse(record);
  EXPECT_EQ(cache.Parse(record), first);
  EXPECT_TRUE(*first);
  for (std::size_t i = 0; i < 2 * DkimKeyCache::kMaxKeys; ++i) {
    EXPECT_FALSE(*cache.Parse("bad" + std::to_string(i)));
  }
  EXPECT_EQ(cache.size(), DkimKeyCache::kMaxKeys);
  EXPECT_NE(cache.Parse(record), first);
  EXPECT_TRUE(*cache.Parse("n=" + std::string(DkimKeyCache::kMaxKeptBytes, 'n') + "; " + record));
  EXPECT_EQ(cache.size(), DkimKeyCache::kMaxKeys);
}

TEST(DkimKeyCache, ServesSeveralThreads) {
  DkimKeyCache cache;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache] {
      for (int i = 0; i < 200; ++i) EXPECT_FALSE(*cache.Parse("v=DKIM1; n=" + std::to_string(i)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cache.size(), 200U);
}

}  // namespace
}  // namespace assay::auth
