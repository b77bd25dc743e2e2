// SPDX-License-Identifier: Apache-2.0
// The Authentication-Results field (RFC 8601): ours is written conservatively, those of others are
// read tolerantly, only to find the ones that claim to be ours.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::auth {

// One "method=result" with its properties, in the order in which they are to be written.
struct MethodResult {
  std::string method;   // "spf", "dkim", "dmarc", "arc", "iprev", "auth"
  std::string result;   // "pass", …
  std::string comment;  // without parentheses; may hold anything, is made safe
  std::string reason;   // reason= text; may hold anything, is quoted
  std::vector<std::pair<std::string, std::string>>
      properties;  // {"smtp.mailfrom", "a@example.com"}; values may hold anything
};

// The value of the field, to be inserted at index 0, with its leading space (LEADSPC) and folds as
// "\n\t"; no line over 78 characters unless a single value is longer; ASCII unless `utf8` (SMTPUTF8
// mail), where valid UTF-8 passes. Without methods: "authserv-id; none". Values that are no tokens
// are quoted; control characters never get through.
[[nodiscard]] std::string WriteAuthenticationResults(std::string_view authserv_id,
                                                     const std::vector<MethodResult>& methods,
                                                     bool utf8 = false);

// Whether a field value that came with a message claims our authserv-id (RFC 8601, 5): case,
// comments, quoting, folding and a version make no difference; what cannot be parsed but begins
// like ours counts as ours. No length limit; linear.
[[nodiscard]] bool ClaimsAuthservId(std::string_view value, std::string_view authserv_id);

// The results in a field that somebody else wrote, authserv-id included in `value`; methods,
// results and property names in lower case, quotes undone. Results that are not of the form
// method=result are left out; where comments or quotes do not end, all are. Linear.
[[nodiscard]] std::vector<MethodResult> ReadMethodResults(std::string_view value);

}  // namespace assay::auth
