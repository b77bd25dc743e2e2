// SPDX-License-Identifier: Apache-2.0
// Skips that cannot go unnoticed.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

namespace assay::test {

// contrib/run-tests has installed every package that tests want: one that is missing is a fault
// of contrib/install-deps.
inline bool ExpectsPackages() { return std::getenv("ASSAY_PACKAGES_INSTALLED") != nullptr; }

}  // namespace assay::test

// Ends the test, which needs a package that is not there: skipped on a developer's machine, failed
// under contrib/run-tests. `reason` names the package and the tests of ours that cover the same.
#define ASSAY_SKIP_WITHOUT_PACKAGE(reason)                                                    \
  if (::assay::test::ExpectsPackages()) FAIL() << (reason) << " (contrib/install-deps test)"; \
  GTEST_SKIP() << (reason) << " (contrib/install-deps test)"
