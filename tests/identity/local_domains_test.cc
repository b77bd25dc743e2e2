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
  std::vector<std::string> troubled;
  LocalClaim want;
};
const ClaimCase kClaimCases[] = {
    {"claims nothing of ours", {"example.org"}, {}, {}, LocalClaim::kNone},
    {"nobody vouches", {"example.com"}, {}, {}, LocalClaim::kUnvouched},
    {"the same domain vouches", {"example.com"}, {"example.com"}, {}, LocalClaim::kVouched},
    {"a stranger's pass is worth nothing",
     {"example.com"},
     {"example.org"},
     {},
     LocalClaim::kUnvouched},
    {"a parent that is ours vouches",
     {"news.example.net"},
     {"example.net"},
     {},
     LocalClaim::kVouched},
    {"a child that is ours vouches",
     {"example.net"},
     {"news.example.net"},
     {},
     LocalClaim::kVouched},
    {"a child that is not ours does not",
     {"example.com"},
     {"evil.example.com"},
     {},
     LocalClaim::kUnvouched},
    {"a public suffix is not ours", {"example.com"}, {"com"}, {}, LocalClaim::kUnvouched},
    {"one of two claims is open",
     {"example.com", "example.net"},
     {"example.com"},
     {},
     LocalClaim::kUnvouched},
    {"DNS trouble leaves it open", {"example.com"}, {}, {"example.com"}, LocalClaim::kTempError},
    {"DNS trouble of a stranger does not",
     {"example.com"},
     {},
     {"example.org"},
     LocalClaim::kUnvouched},
    {"DNS trouble elsewhere does not matter",
     {"example.com"},
     {"example.com"},
     {"example.com"},
     LocalClaim::kVouched},
};

TEST(JudgeLocalClaim, Table) {
  const LocalDomains local(kEntries);
  for (const ClaimCase& c : kClaimCases) {
    EXPECT_EQ(JudgeLocalClaim(local, {c.claimed, c.verified, c.troubled}), c.want) << c.name;
  }
}

}  // namespace
}  // namespace assay::identity
