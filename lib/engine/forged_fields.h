// SPDX-License-Identifier: Apache-2.0
// Fields that only we may write: those that came with the message are found here, so that they can
// be removed.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "lib/engine/transaction.h"

namespace assay::engine {

// Our own fields. X-Spam-* are written, and so taken over, only while something is enforced: in
// monitor they may be another filter's.
inline constexpr std::string_view kAuthenticationResults = "Authentication-Results";
inline constexpr std::string_view kXAssay = "X-Assay";
inline constexpr std::array<std::string_view, 3> kSpamFields = {"X-Spam-Flag", "X-Spam-Score",
                                                                "X-Spam-Status"};

// Postfix 3.7 searches the header anew for each deletion: 4,000 take it 0.8 s, at 12,000 its
// cleanup gives up.
inline constexpr std::size_t kMaxDeletions = 1000;

// Sees every field of the message, also those beyond what is kept of it.
class ForgedFields {
 public:
  explicit ForgedFields(std::string authserv_id) : authserv_id_(std::move(authserv_id)) {}

  void See(std::string_view name, std::string_view value);
  // Deletions, in descending index order within each name: Postfix renumbers after each one,
  // Sendmail does not.
  // Never more than kMaxDeletions, the lowest indices first in line: MTAs search the header anew
  // for each.
  [[nodiscard]] std::vector<HeaderEdit> Deletions(bool with_spam_fields) const;
  // More came than Deletions() removes. No honest message has that many.
  [[nodiscard]] bool flooded() const { return flooded_; }

 private:
  struct Seen {
    int count = 0;            // fields of this name so far
    std::vector<int> forged;  // their indices, from 1
  };
  void Count(Seen& seen, bool forged);

  std::size_t forged_ = 0;
  bool flooded_ = false;

  std::string authserv_id_;
  Seen authentication_results_;
  Seen x_assay_;
  std::array<Seen, kSpamFields.size()> spam_;
};

}  // namespace assay::engine
