// SPDX-License-Identifier: Apache-2.0
#include "lib/base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

#include "lib/base/text.h"

namespace assay {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

IpAddress IpAddress::V4(const std::array<std::uint8_t, 4>& bytes) {
  IpAddress address;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

IpAddress IpAddress::V6(const std::array<std::uint8_t, 16>& bytes) {
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
    return V4({bytes[12], bytes[13], bytes[14], bytes[15]});
  }
  IpAddress address;
  address.v4_ = false;
  address.bytes_ = bytes;
  return address;
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::string terminated(text);
  if (text.find(char{0}) != std::string_view::npos) return {};
  std::array<std::uint8_t, 4> v4{};
  if (inet_pton(AF_INET, terminated.c_str(), v4.data()) == 1) return V4(v4);
  std::array<std::uint8_t, 16> v6{};
  if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1) return V6(v6);
  return {};
}

std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), buffer.data(), buffer.size());
  return buffer.data();
}

std::string IpAddress::ReverseName() const {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string name;
  if (v4_) {
    for (int i = 3; i >= 0; --i) name += std::to_string(bytes_[static_cast<std::size_t>(i)]) + '.';
    return name + "in-addr.arpa";
  }
  for (std::size_t i = 16; i-- > 0;) {
    name += {kHex[bytes_[i] & 0xfU], '.', kHex[bytes_[i] >> 4U], '.'};
  }
  return name + "ip6.arpa";
}

IpNetwork::IpNetwork(const IpAddress& address, int prefix)
    : address_(address), prefix_(std::clamp(prefix, 0, address.bits())) {}

std::optional<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::Parse(text.substr(0, slash));
  if (!address) return {};
  if (slash == std::string_view::npos) return IpNetwork(*address, address->bits());
  const auto prefix = ParseNumber(text.substr(slash + 1));
  if (!prefix || *prefix > 128) return {};
  int bits = static_cast<int>(*prefix);
  // ::ffff:192.0.2.0/120 was written in IPv6 terms.
  if (address->is_v4() && text.find(':') != std::string_view::npos) bits -= 96;
  if (bits < 0 || bits > address->bits()) return {};
  return IpNetwork(*address, bits);
}

bool IpNetwork::Contains(const IpAddress& address) const {
  if (address.is_v4() != address_.is_v4()) return false;
  const auto whole = static_cast<std::size_t>(prefix_ / 8);
  const auto& mine = address_.bytes();
  const auto& theirs = address.bytes();
  if (!std::equal(mine.begin(), mine.begin() + static_cast<std::ptrdiff_t>(whole),
                  theirs.begin())) {
    return false;
  }
  const int rest = prefix_ % 8;
  if (rest == 0) return true;
  const unsigned mask = 0xffU << static_cast<unsigned>(8 - rest) & 0xffU;
  return (mine[whole] & mask) == (theirs[whole] & mask);
}

std::string IpNetwork::ToString() const {
  return address_.ToString() + '/' + std::to_string(prefix_);
}

}  // namespace assay
