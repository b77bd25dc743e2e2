// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <limits>

#include "lib/base/text.h"
#include "milter/listener.h"

namespace assay::milter {
namespace {

template <class Number>
std::optional<Number> ParseUpTo(std::string_view digits, Number max) {
  const auto value = ParseNumber(digits);
  if (!value || *value > static_cast<std::uint64_t>(max)) return {};
  return static_cast<Number>(*value);
}

Result<SocketSpec> ParseUnix(std::string_view path) {
  SocketSpec spec;
  spec.path = path;
  if (!path.starts_with('/'))
    return Permanent(fmt::format("socket path '{}' is not absolute", path));
  if (path.ends_with('/'))
    return Permanent(fmt::format("socket path '{}' names a directory", path));
  if (path.size() > kMaxSocketPath) {
    return Permanent(fmt::format("socket path '{}' has {} bytes, at most {} are possible", path,
                                 path.size(), kMaxSocketPath));
  }
  return spec;
}

Result<SocketSpec> ParseInet(SocketSpec::Kind kind, std::string_view rest) {
  SocketSpec spec;
  spec.kind = kind;
  const std::size_t at = rest.find('@');
  const auto port = ParseUpTo(rest.substr(0, at), std::numeric_limits<std::uint16_t>::max());
  if (!port) {
    return Permanent(
        fmt::format("'{}' is not PORT@HOST with a port number (Postfix writes inet:HOST:PORT in "
                    "main.cf, assayd inet:PORT@HOST)",
                    rest));
  }
  spec.port = *port;
  if (at == std::string_view::npos) return spec;
  std::string_view host = rest.substr(at + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return Permanent(fmt::format("'{}' has no host after '@'", rest));
  spec.host = host;
  return spec;
}

}  // namespace

Result<SocketSpec> ParseSocketSpec(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string kind = ToLower(text.substr(0, colon));
  const std::string_view rest =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (kind == "unix" || kind == "local") return ParseUnix(rest);
  if (kind == "inet") return ParseInet(SocketSpec::Kind::kInet, rest);
  if (kind == "inet6") return ParseInet(SocketSpec::Kind::kInet6, rest);
  if (kind == "fd") {
    const auto fd = ParseUpTo(rest, std::numeric_limits<int>::max());
    if (!fd) return Permanent(fmt::format("'{}' is not a descriptor's number", rest));
    SocketSpec spec;
    spec.kind = SocketSpec::Kind::kFd;
    spec.fd = *fd;
    return spec;
  }
  return Permanent(fmt::format(
      "socket '{}' is none of unix:PATH, inet:PORT@HOST, inet6:PORT@HOST, fd:NUMBER", text));
}

std::string SocketSpec::ToString() const {
  switch (kind) {
    case Kind::kUnix:
      return "unix:" + path;
    case Kind::kFd:
      return fmt::format("fd:{}", fd);
    case Kind::kInet:
    case Kind::kInet6:
      break;
  }
  std::string text = fmt::format("{}:{}", kind == Kind::kInet ? "inet" : "inet6", port);
  if (!host.empty()) text += "@" + host;
  return text;
}

}  // namespace assay::milter
