// SPDX-License-Identifier: Apache-2.0
#define OPENSSL_SUPPRESS_DEPRECATED
#include "lib/auth/openssl_rsa.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <string>
#include <thread>
#include <vector>

#include "lib/base/c_ptr.h"

namespace assay::auth {
namespace {

using KeyPtr = CPtr<EVP_PKEY, EVP_PKEY_free>;
using ContextPtr = CPtr<EVP_MD_CTX, EVP_MD_CTX_free>;

KeyPtr Read(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  return KeyPtr(d2i_PUBKEY(nullptr, &bytes, static_cast<long>(der.size())));
}

std::string Write(EVP_PKEY* key) {
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key, &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

std::string Sign(EVP_PKEY* key, std::string_view text) {
  const ContextPtr context(EVP_MD_CTX_new());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
  std::size_t size = signature.size();
  EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key), 1);
  EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<const unsigned char*>(text.data()), text.size()),
            1);
  return signature;
}

bool Verifies(EVP_PKEY* key, std::string_view text, const std::string& signature) {
  const ContextPtr context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
}

struct Pair {
  KeyPtr key;
  std::string der;
};

Pair Generate() {
  SpeedUpRsaKeyReading();
  KeyPtr key(EVP_RSA_gen(1024));
  std::string der = Write(key.get());
  return {std::move(key), std::move(der)};
}

TEST(OpensslRsa, KeysReadAgainVerifyTheSame) {
  const Pair one = Generate();
  const Pair other = Generate();
  const std::string signature = Sign(one.key.get(), "text");
  for (int time = 0; time < 3; ++time) {
    const KeyPtr key = Read(one.der);
    ASSERT_TRUE(key);
    EXPECT_EQ(EVP_PKEY_get_bits(key.get()), 1024);
    EXPECT_EQ(EVP_PKEY_get_size(key.get()), 128);
    EXPECT_TRUE(Verifies(key.get(), "text", signature));
    EXPECT_FALSE(Verifies(key.get(), "Text", signature));
    EXPECT_FALSE(Verifies(Read(other.der).get(), "text", signature));
  }
}

TEST(OpensslRsa, KeysAreWrittenAndComparedAsBefore) {
  const Pair one = Generate();
  const Pair other = Generate();
  EXPECT_EQ(Write(Read(one.der).get()), one.der);
  EXPECT_EQ(EVP_PKEY_eq(Read(one.der).get(), Read(one.der).get()), 1);
  EXPECT_EQ(EVP_PKEY_eq(Read(one.der).get(), one.key.get()), 1);
  EXPECT_EQ(EVP_PKEY_eq(Read(one.der).get(), Read(other.der).get()), 0);
}

TEST(OpensslRsa, WhatIsNoKeyIsRefused) {
  const Pair one = Generate();
  EXPECT_FALSE(Read(""));
  EXPECT_FALSE(Read("not a key"));
  EXPECT_FALSE(Read(one.der.substr(0, one.der.size() - 1)));
  std::string broken = one.der;
  broken[24] =
      '\x02';  // the tag of RSAPublicKey's sequence, behind the algorithm and the bit string
  EXPECT_FALSE(Read(broken));
  EXPECT_TRUE(Read(one.der));
}

// More keys than are kept, each of them read twice.
TEST(OpensslRsa, ManyKeys) {
  Pair one = Generate();
  const std::string signature = Sign(one.key.get(), "text");
  for (int round = 0; round < 2; ++round) {
    for (unsigned number = 0; number < 1'500; ++number) {
      std::string der = one.der;
      der[40] = static_cast<char>(number % 256);  // within the modulus
      der[41] = static_cast<char>(number / 256);
      ASSERT_TRUE(Read(der));
    }
    EXPECT_TRUE(Verifies(Read(one.der).get(), "text", signature));
  }
}

TEST(OpensslRsa, ThreadsShareKeys) {
  const Pair one = Generate();
  const std::string signature = Sign(one.key.get(), "text");
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int time = 0; time < 100; ++time) {
        EXPECT_TRUE(Verifies(Read(one.der).get(), "text", signature));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace assay::auth
