// SPDX-License-Identifier: Apache-2.0
// Which domains are ours, and whether mail from outside that uses one of them is vouched for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace assay::identity {

// The configured local domains. Immutable after construction; shared by all threads.
class LocalDomains {
 public:
  LocalDomains() = default;
  // Entries are lower-case A-labels; ".example.com" stands for example.com and everything below it.
  explicit LocalDomains(std::span<const std::string> entries);

  [[nodiscard]] bool empty() const { return exact_.empty() && trees_.empty(); }
  // `domain` in lower-case A-labels.
  [[nodiscard]] bool Contains(std::string_view domain) const;

 private:
  std::unordered_set<std::string> exact_;
  std::unordered_set<std::string> trees_;
};

enum class LocalClaim { kNone, kVouched, kUnvouched, kTempError };
[[nodiscard]] std::string_view ToWord(LocalClaim claim);

// What is known about a message from outside.
struct LocalClaimCheck {
  std::vector<std::string> claimed_domains;  // of MAIL FROM and of every author in From
  std::vector<std::string>
      verified_domains;  // with an SPF pass for MAIL FROM, or a passing signature
  // Domains that would be verified but for a temporary error.
  std::vector<std::string> troubled_domains;
  // Something else speaks for every domain: a client or a verified domain that the site has named.
  bool excepted = false;
  bool domains_cut = false;  // there are more claimed domains, nobody knows which
};

// Every local domain that the message claims needs a verified domain that is itself local and is
// the same, a parent or a child of it. kTempError: a domain is unvouched while DNS trouble may be
// the reason. With `excepted` every claim is vouched for.
[[nodiscard]] LocalClaim JudgeLocalClaim(const LocalDomains& local, const LocalClaimCheck& check);

}  // namespace assay::identity
