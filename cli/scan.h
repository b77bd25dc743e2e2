// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/outcome.h"

namespace assay::cli {

struct ScanOptions {
  std::string file;       // "-": standard input
  std::string config;     // empty: see LoadConfig()
  std::string zone;       // file with zone text; empty: as configured
  std::string client_ip;  // empty: not by SMTP
  std::string client_name;
  std::string helo;
  std::string mail_from;  // empty: Return-Path of the message, else <>
  std::vector<std::string> rcpt_to;
  std::string login;
  std::vector<std::string> rules;  // instead of the configured ones
  std::vector<std::string> why;    // rules to explain, whether they fire or not
  bool json = false;
};

// `assay scan`: one message through the engine that assayd uses.
[[nodiscard]] Outcome RunScan(const ScanOptions& options);

}  // namespace assay::cli
