// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <utility>

#include "lib/dns/cares_resolver.h"
#include "lib/dns/zone.h"
#include "lib/dns/zone_resolver.h"
#include "lib/engine/generation.h"

namespace assay::engine {

Result<std::shared_ptr<dns::Resolver>> MakeResolver(const config::DnsConfig& config) {
  if (!config.zone.empty()) {
    auto zone = dns::LoadZone(config.zone);
    if (!zone) return tl::unexpected(zone.error());
    return std::make_shared<dns::ZoneResolver>(std::move(*zone), dns::ZoneOptions{config.timeout});
  }
  constexpr std::size_t kMebibyte = 1024UL * 1024;
  dns::CaresOptions options;
  options.servers = config.servers;
  options.timeout = config.timeout;
  options.cache_bytes = config.cache_mib * kMebibyte;
  auto resolver = dns::CaresResolver::Start(std::move(options));
  if (!resolver) return tl::unexpected(resolver.error());
  return std::shared_ptr<dns::Resolver>(std::move(*resolver));
}

}  // namespace assay::engine
