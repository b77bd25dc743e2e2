// SPDX-License-Identifier: Apache-2.0
// Engines are deprecated in OpenSSL 3 and still supported in all of its releases.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "lib/auth/openssl_rsa.h"

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "lib/base/c_ptr.h"

namespace assay::auth {
#ifndef OPENSSL_NO_ENGINE
namespace {

using RsaPtr = CPtr<RSA, RSA_free>;

// What the read keys take is bounded: about 2.5 KiB each.
constexpr std::size_t kMaxRsaKeys = 1'000;

// Keys as they were read, by their RSAPublicKey (RFC 8017, A.1.1). OpenSSL counts who uses one and
// keeps its Montgomery constants in it. Thread-safe.
class RsaKeys {
 public:
  // A share of the key; null when the bytes are not one.
  [[nodiscard]] RsaPtr Read(std::string_view der) {
    const std::scoped_lock lock(mutex_);
    auto found = keys_.find(der);
    if (found == keys_.end()) {
      const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
      RsaPtr key(d2i_RSAPublicKey(nullptr, &bytes, static_cast<long>(der.size())));
      if (!key) return nullptr;
      // Which one goes matters little: it is read again when it comes.
      if (keys_.size() >= kMaxRsaKeys) keys_.erase(keys_.begin());
      found = keys_.emplace(der, std::move(key)).first;
    }
    RSA_up_ref(found->second.get());
    return RsaPtr(found->second.get());
  }

 private:
  std::mutex mutex_;
  std::map<std::string, RsaPtr, std::less<>> keys_;
};

// OpenSSL's callbacks carry no pointer of ours, so the keys hang here, and stay for as long as
// OpenSSL may call back: at exit too.
RsaKeys& Keys() {
  static auto* const keys = new RsaKeys;
  return *keys;
}

// As EVP_PKEY_asn1_set_public() wants them, in its order. `key` becomes the RSA key that `info`
// holds.
int DecodeRsaKey(EVP_PKEY* key, const X509_PUBKEY* info) {
  const unsigned char* bytes = nullptr;
  int size = 0;
  if (X509_PUBKEY_get0_param(nullptr, &bytes, &size, nullptr, info) != 1 || size < 0) return 0;
  RsaPtr rsa = Keys().Read(
      std::string_view(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)));
  if (!rsa || EVP_PKEY_assign_RSA(key, rsa.get()) != 1) return 0;
  (void)rsa.release();  // is the EVP_PKEY's now
  return 1;
}

int EncodeRsaKey(X509_PUBKEY* info, const EVP_PKEY* key) {
  unsigned char* bytes = nullptr;
  const int size = i2d_RSAPublicKey(EVP_PKEY_get0_RSA(key), &bytes);
  if (size <= 0) return 0;
  if (X509_PUBKEY_set0_param(info, OBJ_nid2obj(EVP_PKEY_RSA), V_ASN1_NULL, nullptr, bytes, size) ==
      1) {
    return 1;  // the bytes are info's now
  }
  OPENSSL_free(bytes);
  return 0;
}

int AreEqualRsaKeys(const EVP_PKEY* a, const EVP_PKEY* b) {
  const RSA* const left = EVP_PKEY_get0_RSA(a);
  const RSA* const right = EVP_PKEY_get0_RSA(b);
  return BN_cmp(RSA_get0_n(left), RSA_get0_n(right)) == 0 &&
                 BN_cmp(RSA_get0_e(left), RSA_get0_e(right)) == 0
             ? 1
             : 0;
}

int RsaKeySize(const EVP_PKEY* key) { return RSA_size(EVP_PKEY_get0_RSA(key)); }
int RsaKeyBits(const EVP_PKEY* key) { return RSA_bits(EVP_PKEY_get0_RSA(key)); }

// OpenSSL's own way with RSA keys, but for reading them and without printing. Null when it cannot
// be made.
EVP_PKEY_ASN1_METHOD* MakeRsaForm() {
  const EVP_PKEY_ASN1_METHOD* const standard = EVP_PKEY_asn1_find(nullptr, EVP_PKEY_RSA);
  EVP_PKEY_ASN1_METHOD* const form =
      EVP_PKEY_asn1_new(EVP_PKEY_RSA, 0, "RSA", "RSA keys, read once");
  if (standard == nullptr || form == nullptr) return nullptr;
  EVP_PKEY_asn1_copy(form, standard);
  EVP_PKEY_asn1_set_public(form, DecodeRsaKey, EncodeRsaKey, AreEqualRsaKeys, nullptr, RsaKeySize,
                           RsaKeyBits);
  return form;
}

// As ENGINE_PKEY_METHS_PTR: the list of key types for a null `method`, else the method for `nid`.
int RsaMethod(ENGINE* /*engine*/, EVP_PKEY_METHOD** method, const int** nids, int nid) {
  static constexpr int kTypes[] = {EVP_PKEY_RSA};
  if (method == nullptr) {
    *nids = kTypes;
    return 1;
  }
  // OpenSSL's own method, which it does not change or free: the prototype lacks const.
  *method = nid == EVP_PKEY_RSA ? const_cast<EVP_PKEY_METHOD*>(EVP_PKEY_meth_find(EVP_PKEY_RSA))
                                : nullptr;
  return *method != nullptr ? 1 : 0;
}

// As ENGINE_PKEY_ASN1_METHS_PTR, which is to be read like the one above.
int RsaForm(ENGINE* /*engine*/, EVP_PKEY_ASN1_METHOD** form, const int** nids, int nid) {
  static constexpr int kTypes[] = {EVP_PKEY_RSA};
  if (form == nullptr) {
    *nids = kTypes;
    return 1;
  }
  static EVP_PKEY_ASN1_METHOD* const rsa = MakeRsaForm();
  *form = nid == EVP_PKEY_RSA ? rsa : nullptr;
  return *form != nullptr ? 1 : 0;
}

void Register() {
  ENGINE* const engine = ENGINE_new();
  if (engine == nullptr) return;
  const bool registered = ENGINE_set_id(engine, "assay-rsa") == 1 &&
                          ENGINE_set_name(engine, "OpenSSL's own RSA") == 1 &&
                          ENGINE_set_pkey_meths(engine, RsaMethod) == 1 &&
                          ENGINE_set_pkey_asn1_meths(engine, RsaForm) == 1 &&
                          ENGINE_add(engine) == 1 && ENGINE_register_pkey_meths(engine) == 1 &&
                          ENGINE_register_pkey_asn1_meths(engine) == 1;
  ENGINE_free(engine);  // OpenSSL's list of engines holds it from here on
  if (!registered) ERR_clear_error();
}

}  // namespace

void SpeedUpRsaKeyReading() {
  static std::once_flag once;
  std::call_once(once, Register);
}
#else
void SpeedUpRsaKeyReading() {}
#endif

}  // namespace assay::auth
