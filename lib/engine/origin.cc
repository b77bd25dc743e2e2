// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/origin.h"

#include <algorithm>

namespace assay::engine {
namespace {

bool IsLoopback(const IpAddress& address) {
  static const IpNetwork loopback4(IpAddress::V4({127, 0, 0, 0}), 8);
  static const std::optional<IpNetwork> loopback6 = IpNetwork::Parse("::1");
  return loopback4.Contains(address) || loopback6->Contains(address);
}

}  // namespace

std::optional<mail::ReceivedFrom> FindOrigin(const mail::Message& message,
                                             std::span<const IpNetwork> trusted_relays) {
  std::size_t hops = 0;
  for (const mail::Field* field : message.Find("Received")) {
    if (++hops > kMaxOwnHops) return {};
    auto client = mail::ParseReceived(field->value);
    if (!client) return {};
    const bool ours = IsLoopback(client->ip) ||
                      std::ranges::any_of(trusted_relays, [&](const IpNetwork& network) {
                        return network.Contains(client->ip);
                      });
    if (!ours) return client;
  }
  return {};
}

}  // namespace assay::engine
