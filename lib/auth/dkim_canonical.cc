// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_canonical.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <new>
#include <utility>

#include "lib/auth/dkim_base64.h"
#include "lib/auth/dkim_fields.h"
#include "lib/base/c_ptr.h"
#include "lib/base/text.h"

namespace assay::auth {
namespace {

using Digest = CPtr<EVP_MD_CTX, EVP_MD_CTX_free>;
using EvpKey = CPtr<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = CPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL fails here only for want of memory.
void Require(bool holds) {
  if (!holds) throw std::bad_alloc();
}

// RFC 6376, 3.4.2.
std::string RelaxedField(std::string_view raw, std::size_t colon) {
  std::string text = ToLower(Trim(raw.substr(0, colon)));
  text += ':';
  const std::size_t begin = text.size();
  bool after_space = false;
  for (std::size_t i = colon + 1; i < raw.size(); ++i) {
    const char c = raw[i];
    const char next = i + 1 < raw.size() ? raw[i + 1] : '\0';
    const bool fold = c == '\n' && IsWsp(next);
    if (fold || (c == '\r' && next == '\n' && i + 2 < raw.size() && IsWsp(raw[i + 2]))) continue;
    if (IsWsp(c)) {
      after_space = true;
      continue;
    }
    if (after_space && text.size() > begin) text += ' ';
    after_space = false;
    text += c;
  }
  return text;
}

// The p= of a record in the normal form that ParseDkimKey() writes.
EvpKey ReadKey(const DkimKey& key) {
  const std::string_view record = key.record;
  const auto bytes =
      DecodeBase64(record.substr(record.rfind("; p=") + 4), Base64Padding::kRequired);
  if (!bytes) return nullptr;
  if (key.type == DkimKey::Type::kEd25519) {
    return EvpKey(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(*bytes), bytes->size()));
  }
  const unsigned char* begin = Bytes(*bytes);
  return EvpKey(d2i_PUBKEY(nullptr, &begin, static_cast<long>(bytes->size())));
}

bool VerifiesRsa(EVP_PKEY* key, std::string_view digest, std::string_view signature) {
  const KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
  return context != nullptr && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 &&
         EVP_PKEY_verify(context.get(), Bytes(signature), signature.size(), Bytes(digest),
                         digest.size()) == 1;
}

bool VerifiesEd25519(EVP_PKEY* key, std::string_view digest, std::string_view signature) {
  const Digest context(EVP_MD_CTX_new());
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(digest),
                          digest.size()) == 1;
}

}  // namespace

std::string CanonicalField(std::string_view raw, std::size_t colon,
                           Canonicalization canonicalization) {
  return canonicalization == Canonicalization::kRelaxed ? RelaxedField(raw, colon)
                                                        : ToMessageForm(raw);
}

struct RunningDigest::Impl {
  Digest context{EVP_MD_CTX_new()};
};

RunningDigest::RunningDigest(HashAlgorithm algorithm) : impl_(std::make_unique<Impl>()) {
  const EVP_MD* const type = algorithm == HashAlgorithm::kSha1 ? EVP_sha1() : EVP_sha256();
  Require(impl_->context != nullptr && EVP_DigestInit_ex(impl_->context.get(), type, nullptr) == 1);
}
RunningDigest::~RunningDigest() = default;
RunningDigest::RunningDigest(RunningDigest&&) noexcept = default;
RunningDigest& RunningDigest::operator=(RunningDigest&&) noexcept = default;

void RunningDigest::Add(std::string_view bytes) {
  Require(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string RunningDigest::DigestWith(std::string_view end) const {
  const Digest copy(EVP_MD_CTX_new());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  Require(copy != nullptr && EVP_MD_CTX_copy_ex(copy.get(), impl_->context.get()) == 1 &&
          EVP_DigestUpdate(copy.get(), end.data(), end.size()) == 1 &&
          EVP_DigestFinal_ex(copy.get(), digest.data(), &size) == 1);
  return {digest.begin(), digest.begin() + size};
}

struct KeyRing::Impl {
  std::map<std::string, EvpKey, std::less<>> keys;  // by normal form
};

KeyRing::KeyRing() : impl_(std::make_unique<Impl>()) {}
KeyRing::~KeyRing() = default;

bool KeyRing::Verifies(const DkimKey& key, std::string_view digest, std::string_view signature) {
  auto found = impl_->keys.find(key.record);
  if (found == impl_->keys.end()) found = impl_->keys.emplace(key.record, ReadKey(key)).first;
  EVP_PKEY* const evp = found->second.get();
  if (evp == nullptr) return false;
  const bool good = key.type == DkimKey::Type::kRsa ? VerifiesRsa(evp, digest, signature)
                                                    : VerifiesEd25519(evp, digest, signature);
  ERR_clear_error();
  return good;
}

}  // namespace assay::auth
