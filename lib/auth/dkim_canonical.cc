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

constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kFlushBytes = 4096;  // of the canonical body at once into the hash

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL fails here only for want of memory.
void Require(bool holds) {
  if (!holds) throw std::bad_alloc();
}

bool IsSpace(char c) { return c == ' ' || c == '\t'; }

// RFC 6376, 3.4.2.
std::string RelaxedField(std::string_view raw, std::size_t colon) {
  std::string text = ToLower(Trim(raw.substr(0, colon)));
  text += ':';
  const std::size_t begin = text.size();
  bool after_space = false;
  for (std::size_t i = colon + 1; i < raw.size(); ++i) {
    const char c = raw[i];
    const char next = i + 1 < raw.size() ? raw[i + 1] : '\0';
    const bool fold = c == '\n' && IsSpace(next);
    if (fold || (c == '\r' && next == '\n' && i + 2 < raw.size() && IsSpace(raw[i + 2]))) continue;
    if (IsSpace(c)) {
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

struct Sha256::Impl {
  Digest context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  Require(impl_->context != nullptr &&
          EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Add(std::string_view bytes) {
  Require(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::DigestWith(std::string_view end) const {
  const Digest copy(EVP_MD_CTX_new());
  std::array<unsigned char, kDigestBytes> digest{};
  Require(copy != nullptr && EVP_MD_CTX_copy_ex(copy.get(), impl_->context.get()) == 1 &&
          EVP_DigestUpdate(copy.get(), end.data(), end.size()) == 1 &&
          EVP_DigestFinal_ex(copy.get(), digest.data(), nullptr) == 1);
  return {digest.begin(), digest.end()};
}

void BodyDigest::Append(std::string_view text) {
  pending_ += text;
  length_ += text.size();
  if (pending_.size() < kFlushBytes) return;
  hash_.Add(pending_);
  pending_.clear();
}

void BodyDigest::Add(std::string_view chunk) {
  for (const char c : chunk) {
    if (c == '\n' && after_cr_) {
      after_cr_ = false;
      EndLine();
      continue;
    }
    if (after_cr_) AddContent('\r');
    after_cr_ = c == '\r';
    if (!after_cr_) AddContent(c);
  }
}

void BodyDigest::AddContent(char c) {
  line_has_bytes_ = true;
  if (canonicalization_ == Canonicalization::kRelaxed && IsSpace(c)) {
    after_space_ = true;
    return;
  }
  for (; empty_lines_ > 0; --empty_lines_) Append("\r\n");
  if (after_space_) Append(" ");
  after_space_ = false;
  line_has_content_ = true;
  Append({&c, 1});
}

void BodyDigest::EndLine() {
  if (line_has_content_) {
    Append("\r\n");
  } else {
    ++empty_lines_;
  }
  line_has_content_ = false;
  line_has_bytes_ = false;
  after_space_ = false;
}

std::string BodyDigest::Finish() {
  if (after_cr_) AddContent('\r');
  after_cr_ = false;
  if (line_has_bytes_) EndLine();
  // RFC 6376, 3.4.3: an empty body is one CRLF; 3.4.4: it is nothing.
  if (length_ == 0 && canonicalization_ == Canonicalization::kSimple) Append("\r\n");
  return hash_.DigestWith(pending_);
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
