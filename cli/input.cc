// SPDX-License-Identifier: Apache-2.0
#include "cli/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "lib/base/unique_fd.h"
#include "lib/config/load.h"

namespace assay::cli {

Result<std::string> ReadInput(const std::string& path, std::size_t max) {
  const bool standard_input = path == "-";
  const UniqueFd file(standard_input ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int fd = standard_input ? STDIN_FILENO : file.get();
  if (fd < 0) return Permanent(fmt::format("{}: {}", path, std::strerror(errno)));
  std::string text;
  std::array<char, 65536> buffer;
  while (text.size() <= max) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Permanent(fmt::format("{}: {}", path, std::strerror(errno)));
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return Permanent(fmt::format("{}: larger than {} bytes", path, max));
}

std::optional<config::Config> LoadConfig(const std::string& path, Outcome& outcome) {
  const std::string default_path(config::kDefaultPath);
  if (path.empty() && ::access(default_path.c_str(), F_OK) != 0) return config::Config();
  const config::LoadResult loaded = config::Load(path.empty() ? default_path : path);
  if (!loaded) {
    outcome.Note(loaded.error().messages);
    outcome.code = loaded.error().unreadable ? kNoInput : kBadConfig;
    return {};
  }
  outcome.Note(loaded->warnings);
  return loaded->config;
}

}  // namespace assay::cli
