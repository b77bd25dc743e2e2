// SPDX-License-Identifier: Apache-2.0
#include "lib/config/text_checks.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <optional>

#include "lib/base/ip_address.h"
#include "lib/base/text.h"
#include "lib/identity/table_spec.h"

namespace assay::config {
namespace {

constexpr std::size_t kMaxDomain = 253;  // RFC 1035, 2.3.4, as text
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxName = 64;    // log lines stay readable
constexpr std::size_t kMaxLogin = 256;  // counted and logged; longer ones are no names
constexpr std::size_t kMaxDelimiters = 8;
constexpr std::size_t kMaxCertificateName = 1024;
constexpr std::size_t kMaxPath = 4096;  // Linux: PATH_MAX
// assayd binds PATH.new first and moves it into place.
constexpr std::size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1 - sizeof(".new") + 1;
constexpr std::uint64_t kMaxPort = 65535;
constexpr std::uint64_t kMaxDescriptor = 1023;  // far above what a service manager hands over

bool IsPort(std::string_view text) {
  const auto port = ParseNumber(text);
  return port && *port >= 1 && *port <= kMaxPort;
}

bool IsControl(char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; }

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabel && label.front() != '-' &&
         label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return IsAsciiAlnum(c) || c == '-' || c == '_'; });
}

Objection CheckUnixSocket(std::string_view path) {
  if (Objection objection = CheckPath(path); !objection.message.empty()) {
    return {"needs an absolute path after the colon", std::move(objection.hint)};
  }
  if (path.size() > kMaxSocketPath) {
    return {fmt::format("has a path longer than the {} bytes that are possible", kMaxSocketPath),
            {}};
  }
  return {};
}

std::string_view WithoutBrackets(std::string_view host) {
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

Objection CheckInetSocket(std::string_view kind, std::string_view where) {
  const std::size_t at = where.find('@');
  const std::string_view port = where.substr(0, at);
  if (at != std::string_view::npos && IsPort(port)) {
    const std::string_view host = WithoutBrackets(where.substr(at + 1));
    const auto address = IpAddress::Parse(host);
    if (!address && CheckDomain(host).message.empty()) return {};
    if (address && address->is_v4() == (kind == "inet")) return {};
    if (address) return {fmt::format("has an address that is not of the family {}", kind), {}};
    return {"needs a host name or an IP address after the @", {}};
  }
  // Postfix writes inet:host:port in main.cf for the very same socket.
  const std::size_t colon = where.rfind(':');
  if (colon != std::string_view::npos && IsPort(where.substr(colon + 1))) {
    const std::string_view host = WithoutBrackets(where.substr(0, colon));
    const bool is_v6 = host.find(':') != std::string_view::npos;
    return {"has host and port the way main.cf writes them",
            fmt::format("did you mean \"{}:{}@{}\"?", is_v6 ? "inet6" : kind,
                        where.substr(colon + 1), EscapeForLog(host))};
  }
  return {"needs PORT@HOST after the colon, with a port from 1 to 65535", {}};
}

}  // namespace

Objection CheckSocket(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view where = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (kind == "unix" || kind == "local") return CheckUnixSocket(where);
  if (kind == "inet" || kind == "inet6") return CheckInetSocket(kind, where);
  if (kind == "fd") {
    const auto number = ParseNumber(where);
    if (number && *number <= kMaxDescriptor) return {};
    return {"needs the number of a descriptor after the colon", {}};
  }
  Objection objection{"is none of unix:PATH, inet:PORT@HOST, inet6:PORT@HOST, fd:N", {}};
  if (text.starts_with('/')) objection.hint = "put unix: before the path";
  return objection;
}

Objection CheckPath(std::string_view text) {
  if (!text.starts_with('/')) return {"is not an absolute path", {}};
  if (text.size() > kMaxPath) return {fmt::format("is longer than {} bytes", kMaxPath), {}};
  if (std::ranges::any_of(text, IsControl)) return {"has control characters in it", {}};
  return {};
}

Objection CheckDomain(std::string_view text) {
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return {"is not in A-labels", "write what idn2 prints for it, xn--..."};
  }
  if (text.find('@') != std::string_view::npos) return {"is an address, not a domain", {}};
  if (text.ends_with('.')) return {"ends in a dot; names here are always complete", {}};
  if (text.size() > kMaxDomain || !std::ranges::all_of(Split(text, '.'), IsLabel)) {
    return {"is not a domain", {}};
  }
  return {};
}

Objection CheckLocalDomain(std::string_view text) {
  if (text.starts_with("*.")) {
    return {"is not a domain", fmt::format("a leading dot stands for subdomains: \"{}\"",
                                           EscapeForLog(text.substr(1)))};
  }
  return CheckDomain(text.starts_with('.') ? text.substr(1) : text);
}

Objection CheckServer(std::string_view text) {
  const Objection wrong{"is not an IP address, with or without a port",
                        "192.0.2.53, 192.0.2.53:5353, 2001:db8::53 or [2001:db8::53]:5353"};
  if (IpAddress::Parse(text)) return {};
  std::string_view host = text;
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    if (close == std::string_view::npos) return wrong;
    const std::string_view rest = host.substr(close + 1);
    if (!rest.empty() && (rest.front() != ':' || !IsPort(rest.substr(1)))) return wrong;
    host = host.substr(1, close - 1);
    return IpAddress::Parse(host) && host.find(':') != std::string_view::npos ? Objection{} : wrong;
  }
  const std::size_t colon = host.find(':');
  if (colon == std::string_view::npos || !IsPort(host.substr(colon + 1))) return wrong;
  return IpAddress::Parse(host.substr(0, colon)) ? Objection{} : wrong;
}

Objection CheckTable(std::string_view text) {
  const auto spec = identity::ParseTableSpec(text);
  return spec ? Objection{} : Objection{spec.error().what, {}};
}

Objection CheckDelimiters(std::string_view text) {
  const bool fits =
      !text.empty() && text.size() <= kMaxDelimiters && std::ranges::all_of(text, [](char c) {
        return c > ' ' && c < '\x7f' && !IsAsciiAlnum(c) && c != '@' && c != '.' && c != '"' &&
               c != '\\';
      });
  if (fits) return {};
  return {fmt::format("is not 1 to {} characters such as \"+\" or \"+-\"", kMaxDelimiters), {}};
}

Objection CheckLogin(std::string_view text) {
  const bool fits =
      !text.empty() && text.size() <= kMaxLogin &&
      std::ranges::none_of(text, [](char c) { return IsControl(c) || c == ' ' || c == ','; });
  if (fits) return {};
  return {fmt::format("is not a login: 1 to {} bytes without spaces and commas", kMaxLogin), {}};
}

Objection CheckCertificateName(std::string_view text) {
  const bool fits =
      !text.empty() && text.size() <= kMaxCertificateName && std::ranges::none_of(text, IsControl);
  if (fits) return {};
  return {"is not a name as {cert_subject} and {cert_issuer} have it", {}};
}

Objection CheckAddressPattern(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) {
    return {"is neither an address nor \"@\" and a domain", "for a whole domain: \"@example.com\""};
  }
  if (Objection objection = CheckDomain(text.substr(at + 1)); !objection.message.empty()) {
    return {"has a domain that " + objection.message, std::move(objection.hint)};
  }
  if (std::ranges::any_of(text, [](char c) { return IsControl(c) || c == ' '; })) {
    return {"is not an address", {}};
  }
  return {};
}

Objection CheckName(std::string_view text) {
  const bool fits = !text.empty() && text.size() <= kMaxName && text.front() != '-' &&
                    std::ranges::all_of(text, [](char c) {
                      return IsAsciiAlnum(c) || c == '.' || c == '_' || c == '-';
                    });
  if (fits) return {};
  return {fmt::format("is not a name of 1 to {} letters, digits and . _ -", kMaxName), {}};
}

}  // namespace assay::config
