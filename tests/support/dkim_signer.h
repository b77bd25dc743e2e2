// SPDX-License-Identifier: Apache-2.0
// A small DKIM signer and verifier (RFC 6376, RFC 8463) for tests: whole strings, no streaming,
// nothing shared with lib/auth, so that they can judge it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/dkim_test_keys.h"

namespace assay::test {

struct TestField {
  std::string name;
  std::string value;  // as mail::Field: verbatim after the colon, folds as LF + white space
};

struct TestMessage {
  std::vector<TestField> fields;
  std::string body;  // CRLF line ends
};

struct SignOptions {
  std::string domain = "example.com";
  std::string selector = "test";
  TestKey key = TestKey::kRsa2048;
  std::string algorithm = "rsa-sha256";
  std::string canonicalization = "relaxed/relaxed";  // c=; "" leaves the tag out
  std::vector<std::string> signed_fields = {"From", "To", "Subject", "Date"};
  std::optional<std::size_t> body_length;  // l=, in canonical octets
  std::optional<std::string> body_hash;    // bh= as given, whatever the body
  std::string more_tags;                   // put in front of bh=, as "t=1; x=2; "
};

// The value of the DKIM-Signature field for `message`, folded, with a leading space.
[[nodiscard]] std::string SignDkim(const TestMessage& message, const SignOptions& options);

// Signs and puts the new field on top.
void AddDkimSignature(TestMessage& message, const SignOptions& options);

enum class PublicKeyForm { kSubjectPublicKeyInfo, kPkcs1 };  // ed25519 keys are always bare

// p= of the key record.
[[nodiscard]] std::string PublicKeyBase64(TestKey key, PublicKeyForm form);
// "v=DKIM1; k=rsa; p=…"
[[nodiscard]] std::string KeyRecord(TestKey key);

// Whether the field at `signature_field` verifies with the key record, by this file's own means:
// body hash, l= and signature. Its tags must be well-formed; times, key size and the record's other
// tags are not looked at.
[[nodiscard]] bool OracleVerifies(const TestMessage& message, std::size_t signature_field,
                                  std::string_view key_record);

// A message as in a file: fields with CRLF, an empty line, the body. Lines may end in LF alone. The
// fields' values keep their folds as LF + white space.
[[nodiscard]] TestMessage ReadMessage(std::string_view text);

}  // namespace assay::test
