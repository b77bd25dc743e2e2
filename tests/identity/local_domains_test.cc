// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/local_domains.h"

#include <gtest/gtest.h>

namespace assay::identity {
namespace {

const std::vector<std::string> kEntries = {"example.com", ".example.net"};

TEST(LocalDomains, ExactAndTree) {
  const LocalDomains local(kEntries);
  EXPECT_TRUE(local.Contains("example.com"));
  EXPECT_FALSE(local.Contains("mail.example.com"));
  EXPECT_TRUE(local.Contains("example.net"));
  EXPECT_TRUE(local.Contains("a.b.example.net"));
  EXPECT_FALSE(local.Contains("badexample.net"));
  EXPECT_FALSE(local.Contains(""));
  EXPECT_TRUE(LocalDomains().empty());
}

struct ClaimCase {
  const char* name;
  std::vector<std::string> claimed;
  std::vector<std::string> verified;
  bool dns_trouble;
  LocalClaim want;
};
const ClaimCase kClaimCases[] = {
    {"claims nothing of ours", {"example.org"}, {}, false, LocalClaim::kNone},
    {"nobody vouches", {"example.com"}, {}, false, LocalClaim::kUnvouched},
    {"the same domain vouches", {"example.com"}, {"example.com"}, false, LocalClaim::kVouched},
    {"a stranger's pass is worth nothing",
     {"example.com"},
     {"example.org"},
     false,
     LocalClaim::kUnvouched},
    {"a parent that is ours vouches",
     {"news.example.net"},
     {"example.net"},
     false,
     LocalClaim::kVouched},
    {"a child that is ours vouches",
     {"example.net"},
     {"news.example.net"},
     false,
     LocalClaim::kVouched},
    {"a child that is not ours does not",
     {"example.com"},
     {"evil.example.com"},
     false,
     LocalClaim::kUnvouched},
    {"a public suffix is not ours", {"example.com"}, {"com"}, false, LocalClaim::kUnvouched},
    {"one of two claims is open",
     {"example.com", "example.net"},
     {"example.com"},
     false,
     LocalClaim::kUnvouched},
    {"DNS trouble leaves it open", {"example.com"}, {}, true, LocalClaim::kTempError},
    {"DNS trouble elsewhere does not matter",
     {"example.com"},
     {"example.com"},
     true,
     LocalClaim::kVouched},
};

TEST(JudgeLocalClaim, Table) {
  const LocalDomains local(kEntries);
  for (const ClaimCase& c : kClaimCases) {
    EXPECT_EQ(JudgeLocalClaim(local, {c.claimed, c.verified, c.dns_trouble}), c.want) << c.name;
  }
}

}  // namespace
}  // namespace assay::identity
