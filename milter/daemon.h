// SPDX-License-Identifier: Apache-2.0
// assayd from its first line of configuration to its end.
#pragma once

#include <optional>
#include <string>

#include "milter/listener.h"

namespace assay::milter {

// sysexits.h; assayd(8) describes them.
enum ExitCode : int {
  kExitOk = 0,
  kExitUsage = 64,
  kExitSoftware = 70,      // libmilter ended by itself
  kExitOsError = 71,       // the system lacks something
  kExitCannotCreate = 73,  // the socket
  kExitConfig = 78,
};

struct DaemonOptions {
  std::string config_path;
  std::optional<SocketSpec> socket;  // instead of milter.socket
};

// Reads the configuration and the rules and runs their tests. Messages go to standard error;
// nothing is said when there is nothing to say.
[[nodiscard]] int CheckConfiguration(const DaemonOptions& options);

// Serves until SIGTERM or SIGINT. Returns only when it could not start; a daemon that has served
// ends the process.
[[nodiscard]] int RunDaemon(const DaemonOptions& options);

}  // namespace assay::milter
