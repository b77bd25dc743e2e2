// SPDX-License-Identifier: Apache-2.0
// Engines are deprecated in OpenSSL 3 and still supported in all of its releases.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "lib/auth/openssl_rsa.h"

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <mutex>

namespace assay::auth {
#ifndef OPENSSL_NO_ENGINE
namespace {

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

void Register() {
  ENGINE* const engine = ENGINE_new();
  if (engine == nullptr) return;
  const bool registered = ENGINE_set_id(engine, "assay-rsa") == 1 &&
                          ENGINE_set_name(engine, "OpenSSL's own RSA") == 1 &&
                          ENGINE_set_pkey_meths(engine, RsaMethod) == 1 &&
                          ENGINE_add(engine) == 1 && ENGINE_register_pkey_meths(engine) == 1;
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
