// SPDX-License-Identifier: Apache-2.0
// The only place that knows libpsl.
#include "lib/mail/public_suffix.h"

#include <libpsl.h>

#include "lib/base/ip_address.h"
#include "lib/base/text.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMaxTopLabel = 63;  // RFC 1035, 2.3.4

}  // namespace

std::string_view RegistrableDomain(const std::string& host) {
  if (host.empty() || host.find(':') != std::string::npos || host.front() == '[') return {};
  // Names that end in a digit are IPv4 addresses or nothing.
  if (IsAsciiDigit(host.back()) && IpAddress::Parse(host)) return {};
  const char* const found = psl_registrable_domain(psl_builtin(), host.c_str());
  return found == nullptr ? std::string_view() : std::string_view(found);
}

bool EndsInPublicSuffix(std::string_view host) {
  const std::size_t dot = host.rfind('.');
  if (dot != std::string_view::npos) host.remove_prefix(dot + 1);
  if (host.empty() || host.size() > kMaxTopLabel) return false;
  return psl_is_public_suffix2(psl_builtin(), std::string(host).c_str(),
                               PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1;
}

}  // namespace assay::mail
