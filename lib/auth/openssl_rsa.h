// SPDX-License-Identifier: Apache-2.0
// Faster reading of RSA public keys in OpenSSL 3.
#pragma once

namespace assay::auth {

// OpenSSL 3.0 looks for a decoder among all of its providers' each time that d2i_PUBKEY() is
// called, which costs three times the verification of an RSA-2048 signature, and libopendkim calls
// it for each signature. Where an ENGINE says that it handles RSA, OpenSSL decodes the key in its
// own built-in way first; so this registers one that names OpenSSL's own RSA method. What it adds
// is that a key is read once: up to 1,000 are kept with the constants that OpenSSL
// computes for their modulus, a quarter of a verification. What is computed stays the same.
// For the whole process, once; call it before other threads use OpenSSL. Does nothing where OpenSSL
// has no engines; a failure only costs speed.
void SpeedUpRsaKeyReading();

}  // namespace assay::auth
