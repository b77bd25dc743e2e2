// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/outcome.h"

namespace assay::cli {

struct IdentityOptions {
  std::string config;             // empty: see LoadConfig()
  std::string login;              // empty: what client_ip stands for
  std::string client_ip;          // for network_logins; may be empty
  std::string mail_from;          // "<>" is the null path; empty: not checked
  std::vector<std::string> from;  // authors
  std::string sender;             // empty: no Sender field
};

// `assay identity check`: what the tables say, and why.
[[nodiscard]] Outcome RunIdentityCheck(const IdentityOptions& options);

}  // namespace assay::cli
