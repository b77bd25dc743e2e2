// SPDX-License-Identifier: Apache-2.0
// assayd: the milter daemon. See assayd(8).
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string>

#include "lib/config/load.h"
#include "milter/daemon.h"

namespace {

using assay::milter::DaemonOptions;

struct Arguments {
  std::string config_path{assay::config::kDefaultPath};
  std::string socket;
  bool test = false;
};

void Declare(CLI::App& app, Arguments& arguments) {
  app.add_option("-c,--config", arguments.config_path, "Configuration file")->capture_default_str();
  app.add_flag("-t,--test", arguments.test, "Check configuration and rules, then exit");
  app.add_option(
      "--socket", arguments.socket,
      "Listen here instead of milter.socket: unix:PATH, inet:PORT@HOST, inet6:PORT@HOST, fd:N");
  app.set_version_flag("-v,--version", "assayd " ASSAY_VERSION);
}

int Run(const Arguments& arguments) {
  DaemonOptions options;
  options.config_path = arguments.config_path;
  if (!arguments.socket.empty()) {
    auto socket = assay::milter::ParseSocketSpec(arguments.socket);
    if (!socket) {
      std::cerr << "assayd: --socket: " << socket.error().what << '\n';
      return assay::milter::kExitUsage;
    }
    options.socket = *socket;
  }
  return arguments.test ? assay::milter::CheckConfiguration(options)
                        : assay::milter::RunDaemon(options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    CLI::App app("Anti-spam milter; stays in the foreground.", "assayd");
    Arguments arguments;
    Declare(app, arguments);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app.exit(error) == 0 ? assay::milter::kExitOk : assay::milter::kExitUsage;
    }
    return Run(arguments);
  } catch (const std::exception& error) {
    std::cerr << "assayd: " << error.what() << '\n';
    return assay::milter::kExitOsError;
  }
}
