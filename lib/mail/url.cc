// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/url.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <vector>

#include "lib/base/ip_address.h"
#include "lib/base/text.h"
#include "lib/mail/address.h"
#include "lib/mail/byte_set.h"
#include "lib/mail/charset.h"
#include "lib/mail/hex.h"
#include "lib/mail/public_suffix.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMaxHost = 1024;  // bytes as written; no host that exists is as long

struct DefaultPort {
  std::string_view scheme;
  std::string_view port;
};
// "Special" schemes (URL Standard, 4.2) that lead to a host.
constexpr DefaultPort kHostSchemes[] = {
    {"http", "80"}, {"https", "443"}, {"ftp", "21"}, {"ws", "80"}, {"wss", "443"}};

const DefaultPort* FindHostScheme(std::string_view scheme) {
  for (const DefaultPort& entry : kHostSchemes) {
    if (entry.scheme == scheme) return &entry;
  }
  return nullptr;
}

constexpr ByteSet kHostEnd("/\\?#");
constexpr ByteSet kBareHostEnd("/\\?#:");
constexpr ByteSet kChangedInRest(" \\");  // by NormalizeRest()

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

// Without control characters, which browsers drop or encode, and spaces at both ends: a part of
// `text` or of `buffer`.
std::string_view Clean(std::string_view text, std::string& buffer) {
  std::string_view clean = Utf8Prefix(text, 2 * kMaxUrl);
  if (std::ranges::any_of(clean, IsControl)) {
    std::ranges::remove_copy_if(clean, std::back_inserter(buffer), IsControl);
    clean = buffer;
  }
  clean.remove_prefix(std::min(clean.find_first_not_of(' '), clean.size()));
  clean = Utf8Prefix(clean, kMaxUrl);
  while (clean.ends_with(' ')) clean.remove_suffix(1);
  return clean;
}

// The scheme at the front, in lower case; empty when there is none. A name with a dot is a host
// with a port behind it.
std::string SchemeOf(std::string_view text) {
  if (text.empty() || !IsAsciiAlpha(text.front())) return {};
  std::size_t end = 1;
  while (end < text.size() && (IsAsciiAlnum(text[end]) || text[end] == '+' || text[end] == '-')) {
    ++end;
  }
  return end < text.size() && text[end] == ':' ? ToLower(text.substr(0, end)) : std::string();
}

std::string PercentDecode(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '%' && at + 2 < text.size() ? HexDigit(text[at + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[at + 2]) : -1;
    if (low < 0) {
      decoded += text[at];
    } else {
      decoded += static_cast<char>(high * 16 + low);
      at += 2;
    }
  }
  return decoded;
}

// One part of an IPv4 address: decimal, 0x… or 0… (URL Standard, IPv4 number parser).
std::optional<std::uint64_t> ParseIpv4Part(std::string_view part) {
  if (part.empty()) return {};
  unsigned base = 10;
  if (part.size() > 1 && part[0] == '0') {
    const bool hex = AsciiLower(part[1]) == 'x';
    base = hex ? 16 : 8;
    part.remove_prefix(hex ? 2 : 1);
  }
  std::uint64_t value = 0;
  for (const char c : part) {
    const int digit = HexDigit(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) return {};
    value = std::min<std::uint64_t>(value * base + static_cast<unsigned>(digit), 1ULL << 33);
  }
  return value;
}

// "Ends in a number" and the IPv4 parser of the URL Standard: the last part fills what is left.
// Nothing when the host is not made of numbers alone.
std::optional<IpAddress> ParseIpv4Host(std::string_view host) {
  if (host.empty() || !IsAsciiDigit(host.front())) return {};
  const std::vector<std::string_view> parts = Split(host, '.');
  if (parts.size() > 4) return {};
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto part = ParseIpv4Part(parts[i]);
    if (!part) return {};
    const bool last = i + 1 == parts.size();
    const std::size_t bytes = last ? 4 - i : 1;
    if (*part >> (8 * bytes) != 0) return {};
    address = address << (8 * bytes) | *part;
  }
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[i] = static_cast<std::uint8_t>(address >> (8 * (3 - i)) & 0xff);
  }
  return IpAddress::V4(bytes);
}

bool IsAsciiText(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void SetAddressHost(const IpAddress& address, std::string_view written, Url& url) {
  url.host = address.ToString();
  url.numeric_host = true;
  url.disguised_host |= address.is_v4() && url.host != written;
}

void SetHost(std::string_view written, Url& url) {
  if (written.size() > kMaxHost) return;
  const bool encoded = written.find('%') != std::string_view::npos;
  const std::string decoded = encoded ? PercentDecode(written) : std::string(written);
  const auto domain = NormalizeDomain(decoded);
  if (!domain) return;
  url.disguised_host = encoded;
  if (const auto address = ParseIpv4Host(*domain)) {
    SetAddressHost(*address, decoded, url);
    return;
  }
  if (IsAsciiDigit(domain->back()) &&
      domain->find_last_not_of("0123456789.") == std::string::npos) {
    return;  // ends in a number but is no address: browsers refuse it
  }
  url.host = *domain;
  url.disguised_host |= !IsAsciiText(decoded) && domain->find("xn--") == std::string::npos;
}

// userinfo@host:port
void SetAuthority(std::string_view authority, std::string_view default_port, Url& url) {
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.userinfo = at > 0;
    authority.remove_prefix(at + 1);
  }
  std::string_view host = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = std::min(authority.find(']'), authority.size());
    host = authority.substr(1, close - 1);
    port = authority.substr(std::min(close + 1, authority.size()));
    if (const auto address = IpAddress::Parse(host)) SetAddressHost(*address, host, url);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    host = authority.substr(0, colon);
    port = authority.substr(colon);
    SetHost(host, url);
  }
  if (port.starts_with(':')) port.remove_prefix(1);
  port.remove_prefix(std::min(port.find_first_not_of('0'), port.size()));
  url.port = !port.empty() && port != default_port;
  // What is shown of a host that cannot be read: as it stands.
  const bool v6 = url.host.find(':') != std::string::npos;
  url.text = url.scheme + "://";
  url.text += url.host.empty() ? ToLower(host) : v6 ? "[" + url.host + "]" : url.host;
  if (url.port) url.text.append(":").append(port);
}

// Path, query and fragment: backslashes are slashes before the query.
std::string NormalizeRest(std::string_view rest) {
  std::string out;
  if (!rest.starts_with('/') && !rest.starts_with('\\')) out += '/';
  if (kChangedInRest.Find(rest, 0) == rest.size()) return out.append(rest);
  bool path = true;
  for (const char c : rest) {
    if (c == '?' || c == '#') path = false;
    if (c == ' ') {
      out += "%20";
    } else {
      out += c == '\\' && path ? '/' : c;
    }
  }
  return out;
}

// `rest` is what follows the scheme's colon.
Url MakeHostUrl(const DefaultPort& scheme, std::string_view rest) {
  Url url;
  url.scheme = scheme.scheme;
  rest.remove_prefix(std::min(rest.find_first_not_of("/\\"), rest.size()));
  const std::size_t end = kHostEnd.Find(rest, 0);
  SetAuthority(rest.substr(0, end), scheme.port, url);
  url.rest = NormalizeRest(rest.substr(end));
  url.text += url.rest;
  return url;
}

Url MakeOtherUrl(std::string scheme, std::string_view rest) {
  Url url;
  url.scheme = std::move(scheme);
  url.rest = rest;
  url.text = url.scheme + ":" + url.rest;
  return url;
}

// Directories above are left in the path: they change nothing that is asked of a link.
std::optional<Url> Resolve(std::string_view text, const Url& base) {
  const DefaultPort* const scheme = FindHostScheme(base.scheme);
  if (scheme == nullptr || text.empty() || text.front() == '#') return {};
  const std::string_view prefix =
      std::string_view(base.text).substr(0, base.text.size() - base.rest.size());
  const std::string_view authority = prefix.substr(base.scheme.size() + 1);
  std::string_view directory = std::string_view(base.rest).substr(0, base.rest.find_first_of("?#"));
  if (text.front() == '/' || text.front() == '\\') {
    directory = {};
  } else if (text.front() != '?') {
    directory = directory.substr(0, directory.rfind('/') + 1);
  }
  return MakeHostUrl(*scheme, std::string(authority).append(directory).append(text));
}

}  // namespace

bool BeginsWithHost(std::string_view text) {
  const std::string_view host = text.substr(0, kBareHostEnd.Find(text, 0));
  if (host.empty() || host.size() > kMaxHost || host.front() == '.' ||
      host.find('.') == std::string_view::npos) {
    return false;
  }
  const std::string lower = ToLower(host.ends_with('.') ? host.substr(0, host.size() - 1) : host);
  return EndsInPublicSuffix(lower) && NormalizeDomain(lower);
}

std::optional<Url> ParseUrl(std::string_view text, const Url* base) {
  std::string buffer;
  const std::string_view clean = Clean(text, buffer);
  if (clean.empty()) return {};
  std::string scheme = SchemeOf(clean);
  if (!scheme.empty()) {
    const std::string_view rest = clean.substr(scheme.size() + 1);
    const DefaultPort* const host_scheme = FindHostScheme(scheme);
    if (host_scheme == nullptr) return MakeOtherUrl(std::move(scheme), rest);
    return MakeHostUrl(*host_scheme, rest);
  }
  const bool slashes = clean.size() > 1 && clean.find_first_not_of("/\\") >= 2;
  if (slashes) {
    const DefaultPort* const own = base == nullptr ? nullptr : FindHostScheme(base->scheme);
    return MakeHostUrl(own == nullptr ? kHostSchemes[0] : *own, clean);
  }
  if (base != nullptr) return Resolve(clean, *base);
  if (BeginsWithHost(clean)) return MakeHostUrl(kHostSchemes[0], clean);
  return {};
}

}  // namespace assay::mail
