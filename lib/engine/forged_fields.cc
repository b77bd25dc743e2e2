// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/forged_fields.h"

#include "lib/auth/authentication_results.h"
#include "lib/base/text.h"

namespace assay::engine {
namespace {

// "Authentication-Results :" is the same field (RFC 5322, 4.5: white space before the colon);
// readers take it so.
std::string_view WithoutTrailingSpace(std::string_view name) {
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
  return name;
}

}  // namespace

void ForgedFields::Count(Seen& seen, bool forged) {
  ++seen.count;
  if (!forged) return;
  flooded_ = ++forged_ > kMaxDeletions;
  if (!flooded_) seen.forged.push_back(seen.count);
}

void ForgedFields::See(std::string_view name, std::string_view value) {
  name = WithoutTrailingSpace(name);
  if (EqualsIgnoreCase(name, kAuthenticationResults)) {
    Count(authentication_results_, auth::ClaimsAuthservId(value, authserv_id_));
  } else if (EqualsIgnoreCase(name, kXAssay)) {
    Count(x_assay_, true);
  } else {
    for (std::size_t i = 0; i < kSpamFields.size(); ++i) {
      if (EqualsIgnoreCase(name, kSpamFields[i])) Count(spam_[i], true);
    }
  }
}

std::vector<HeaderEdit> ForgedFields::Deletions(bool with_spam_fields) const {
  std::vector<HeaderEdit> edits;
  const auto append = [&](std::string_view name, const Seen& seen) {
    for (auto index = seen.forged.rbegin(); index != seen.forged.rend(); ++index) {
      edits.push_back({HeaderEdit::Kind::kDelete, std::string(name), *index, {}});
    }
  };
  append(kAuthenticationResults, authentication_results_);
  append(kXAssay, x_assay_);
  if (with_spam_fields) {
    for (std::size_t i = 0; i < kSpamFields.size(); ++i) append(kSpamFields[i], spam_[i]);
  }
  return edits;
}

}  // namespace assay::engine
