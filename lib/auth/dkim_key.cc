// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lib/auth/dkim_base64.h"
#include "lib/base/c_ptr.h"
#include "lib/base/text.h"

namespace assay::auth {
namespace {

using EvpKey = CPtr<EVP_PKEY, EVP_PKEY_free>;

constexpr std::size_t kEd25519Bytes = 32;
constexpr std::size_t kMaxDerBytes = 4096;     // an RSA key of 16384 bits takes 2.1 KB
constexpr std::size_t kMaxRecordBytes = 1000;  // libopendkim copies a record into 1024 bytes

tl::unexpected<DkimProblem> UnusableKey(DkimResult result, std::string reason) {
  return tl::unexpected(DkimProblem{result, std::move(reason)});
}
tl::unexpected<DkimProblem> BadKey(std::string reason) {
  return UnusableKey(DkimResult::kPermError, std::move(reason));
}

bool Lists(const std::vector<std::string_view>& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(),
                     [word](std::string_view w) { return EqualsIgnoreCase(w, word); });
}

// An RSA key as SubjectPublicKeyInfo (RFC 6376 3.6.1 erratum 3017) or as bare RSAPublicKey (PKCS
// #1): both are in use. The whole of `der` must be the key.
EvpKey ReadRsaKey(const std::string& der) {
  const auto size = static_cast<long>(der.size());
  const auto* const begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* end = begin;
  EvpKey key(d2i_PUBKEY(nullptr, &end, size));
  if (key == nullptr) {
    end = begin;
    key.reset(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &end, size));
  }
  ERR_clear_error();
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA || end - begin != size) {
    return nullptr;
  }
  return key;
}

std::string WriteRsaKey(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return {};
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

// Sets type and bits; gives the bytes that p= shall hold.
tl::expected<std::string, DkimProblem> ReadPublicKey(std::string_view base64, DkimKey& key) {
  const std::string text = WithoutFoldingSpace(base64);
  if (text.empty()) return BadKey("the key is revoked");
  auto bytes = DecodeBase64(text, Base64Padding::kOptional);
  if (!bytes) return BadKey("p= of the key is not base64");
  if (key.type == DkimKey::Type::kEd25519) {
    if (bytes->size() != kEd25519Bytes) return BadKey("the ed25519 key is not 32 bytes long");
    key.bits = 256;
    return *std::move(bytes);
  }
  if (bytes->size() > kMaxDerBytes) return UnusableKey(DkimResult::kNeutral, "the key is too long");
  const EvpKey rsa = ReadRsaKey(*bytes);
  if (rsa == nullptr) return BadKey("p= is not an RSA key");
  key.bits = EVP_PKEY_get_bits(rsa.get());
  if (key.bits > kMaxRsaBits) {
    return UnusableKey(DkimResult::kNeutral,
                       std::to_string(key.bits) + "-bit RSA keys are too long");
  }
  std::string der = WriteRsaKey(rsa.get());
  if (der.empty()) return BadKey("p= is not an RSA key");
  return der;
}

// RFC 6376, 3.6.1: unknown hashes, flags and services are ignored, but something known must be left
// of h= and s=.
std::optional<DkimProblem> ReadUse(const DkimTagList& tags, DkimKey& key) {
  if (const DkimTag* hashes = tags.Find("h")) {
    const auto words = SplitColons(hashes->value);
    key.allows_sha1 = Lists(words, "sha1");
    key.allows_sha256 = Lists(words, "sha256");
    if (!key.allows_sha1 && !key.allows_sha256) {
      return DkimProblem{DkimResult::kPermError, "h= of the key allows no known hash"};
    }
  }
  if (const DkimTag* services = tags.Find("s")) {
    const auto words = SplitColons(services->value);
    if (!Lists(words, "*") && !Lists(words, "email")) {
      return DkimProblem{DkimResult::kPermError, "the key is not for mail"};
    }
  }
  if (const DkimTag* flags = tags.Find("t")) {
    const auto words = SplitColons(flags->value);
    key.test_mode = Lists(words, "y");
    key.no_subdomains = Lists(words, "s");
  }
  return {};
}

std::string WriteRecord(const DkimKey& key, bool names_hashes, std::string_view public_key) {
  std::string record = "v=DKIM1; k=";
  record += key.type == DkimKey::Type::kRsa ? "rsa" : "ed25519";
  if (names_hashes) {
    record += "; h=";
    if (key.allows_sha1) record += key.allows_sha256 ? "sha1:sha256" : "sha1";
    if (!key.allows_sha1) record += "sha256";
  }
  if (key.test_mode || key.no_subdomains) {
    record += "; t=";
    if (key.test_mode) record += key.no_subdomains ? "y:s" : "y";
    if (!key.test_mode) record += "s";
  }
  record += "; p=";
  record += EncodeBase64(public_key);
  return record;
}

}  // namespace

tl::expected<DkimKey, DkimProblem> ParseDkimKey(std::string_view record) {
  if (record.size() > kMaxKeyRecordBytes) {
    return UnusableKey(DkimResult::kNeutral, "the key record is longer than 16384 bytes");
  }
  const auto tags = DkimTagList::Parse(record, TagBytes::kAny);
  if (!tags) return BadKey("bad key record: " + tags.error());
  if (const DkimTag* version = tags->Find("v")) {
    if (version != &tags->all().front()) return BadKey("v= is not first in the key record");
    if (version->value != "DKIM1") return BadKey("the key record is not v=DKIM1");
  }
  DkimKey key;
  if (const DkimTag* type = tags->Find("k")) {
    if (EqualsIgnoreCase(type->value, "ed25519")) {
      key.type = DkimKey::Type::kEd25519;
    } else if (!EqualsIgnoreCase(type->value, "rsa")) {
      return BadKey("unknown key type " + QuoteForReason(type->value));
    }
  }
  if (auto problem = ReadUse(*tags, key)) return tl::unexpected(*std::move(problem));
  const DkimTag* const p = tags->Find("p");
  if (p == nullptr) return BadKey("no p= in the key record");
  const auto public_key = ReadPublicKey(p->value, key);
  if (!public_key) return tl::unexpected(public_key.error());
  key.record = WriteRecord(key, tags->Find("h") != nullptr, *public_key);
  if (key.record.size() > kMaxRecordBytes) {
    return UnusableKey(DkimResult::kNeutral, "the key is too long");
  }
  return key;
}

std::optional<DkimProblem> CheckKeyFits(const DkimKey& key, const DkimSignature& signature) {
  const auto problem = [](std::string reason) {
    return DkimProblem{DkimResult::kPermError, std::move(reason)};
  };
  const bool wants_ed25519 = signature.algorithm == DkimAlgorithm::kEd25519Sha256;
  if (wants_ed25519 != (key.type == DkimKey::Type::kEd25519)) {
    return problem("the key is not of the type that a= names");
  }
  const bool wants_sha1 = signature.algorithm == DkimAlgorithm::kRsaSha1;
  if (wants_sha1 ? !key.allows_sha1 : !key.allows_sha256) {
    return problem("the key does not allow the hash that a= names");
  }
  // RFC 6376, 3.6.1, t=s.
  if (key.no_subdomains && signature.auid_domain != signature.signing_domain) {
    return problem("the key does not allow a subdomain in i=");
  }
  return {};
}

}  // namespace assay::auth
