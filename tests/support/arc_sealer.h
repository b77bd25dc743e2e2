// SPDX-License-Identifier: Apache-2.0
// A small ARC sealer (RFC 8617) for tests, on tests/support/dkim_signer: nothing shared with
// lib/auth.
#pragma once

#include <string>
#include <vector>

#include "tests/support/dkim_signer.h"

namespace assay::test {

struct SealOptions {
  int instance = 1;
  std::string domain = "lists.example.org";
  std::string selector = "arc";
  TestKey key = TestKey::kRsa2048;
  std::string algorithm = "rsa-sha256";
  std::string canonicalization = "relaxed/relaxed";  // of the message signature
  std::vector<std::string> signed_fields = {"From", "To", "Subject", "Date"};
  std::string cv;  // empty: none for the first set, pass for others
  // Of ARC-Authentication-Results, behind the instance.
  std::string results = "lists.example.org; dmarc=pass header.from=example.com";
  std::string more_message_tags;  // "x=1; "
  std::string more_seal_tags;
};

// Puts one more set on top, which covers the sets of the message so far.
void AddArcSet(TestMessage& message, const SealOptions& options);

}  // namespace assay::test
