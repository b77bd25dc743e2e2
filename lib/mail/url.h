// SPDX-License-Identifier: Apache-2.0
// URLs as browsers read them (WHATWG URL Standard), so that no spelling hides where a link leads:
// white space and control characters inside, backslashes, any number of slashes, percent-encoded
// hosts, IPv4 addresses as one number or in octal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace assay::mail {

inline constexpr std::size_t kMaxUrl = std::size_t{8} * 1024;  // bytes; the rest is cut

struct Url {
  std::string text;    // normalised: scheme and host in lower case, "/" for an empty path
  std::string scheme;  // lower case, without colon
  // Lower-case A-labels without a trailing dot, or an IP address without brackets. Empty when the
  // scheme has none or when it is nothing that a browser would look up.
  std::string host;
  std::string
      rest;  // behind the host: path, query, fragment; behind the scheme where there is none
  bool userinfo = false;        // something stands before an "@" in front of the host
  bool port = false;            // another than the scheme's own
  bool numeric_host = false;    // the host is an IP address
  bool disguised_host = false;  // percent-encoded, an unusual spelling of an IPv4 address, or
                                // letters that only look like the ASCII host they stand for

  [[nodiscard]] bool is_web() const { return scheme == "http" || scheme == "https"; }
};

// `text` is valid UTF-8. A relative URL is resolved against `base`; without one, what begins with
// "//" or with a host that ends in a public suffix is taken for http, and the rest is nothing.
// Path and query are kept as they are, but for spaces (%20). Linear.
[[nodiscard]] std::optional<Url> ParseUrl(std::string_view text, const Url* base = nullptr);

// The host at the front of `text` up to "/", "?", "#", ":" or the end looks like one that a reader
// would follow without a scheme: two labels or more, the last a public suffix.
[[nodiscard]] bool BeginsWithHost(std::string_view text);

}  // namespace assay::mail
