// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/exit_codes.h"

namespace assay::cli {

// What a subcommand has to say. main() prints it; nothing else writes.
struct Outcome {
  int code = kOk;
  std::string out;  // standard output
  std::string err;  // standard error

  void Complain(int exit_code, std::string_view message) {
    code = exit_code;
    err.append(message).append("\n");
  }
  void Note(std::span<const std::string> messages) {
    for (const std::string& message : messages) err.append(message).append("\n");
  }
};

}  // namespace assay::cli
