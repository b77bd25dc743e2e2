// SPDX-License-Identifier: Apache-2.0
// Key pairs made for tests.
#pragma once

#include <string_view>

namespace assay::test {

enum class TestKey { kRsa512, kRsa1024, kRsa2048, kRsa4096, kEd25519 };

// PKCS #8 in PEM form.
[[nodiscard]] std::string_view PrivateKeyPem(TestKey key);

}  // namespace assay::test
