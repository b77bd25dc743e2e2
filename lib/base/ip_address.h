// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (::ffff:192.0.2.1) is always held as the
// IPv4 address it stands for, so that 192.0.2.0/24 means the same client however the MTA listens.
class IpAddress {
 public:
  // 0.0.0.0
  IpAddress() = default;
  static IpAddress V4(const std::array<std::uint8_t, 4>& bytes);  // network order
  static IpAddress V6(const std::array<std::uint8_t, 16>& bytes);
  // "192.0.2.1" or "2001:db8::1"; no brackets, no zone id, no "IPv6:" prefix.
  [[nodiscard]] static std::optional<IpAddress> Parse(std::string_view text);

  [[nodiscard]] bool is_v4() const { return v4_; }
  [[nodiscard]] int bits() const { return v4_ ? 32 : 128; }
  // 4 or 16 significant bytes, in network order, at the front.
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  // RFC 5952 form.
  [[nodiscard]] std::string ToString() const;
  // "1.2.0.192.in-addr.arpa" or the ip6.arpa name: what a PTR question asks for.
  [[nodiscard]] std::string ReverseName() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  bool v4_ = true;
  std::array<std::uint8_t, 16> bytes_{};
};

// A network in CIDR form; host bits are ignored.
class IpNetwork {
 public:
  IpNetwork() = default;
  // `prefix` is cut to the address's size.
  IpNetwork(const IpAddress& address, int prefix);
  // "192.0.2.0/24", "2001:db8::/32" or a bare address (then /32 or /128).
  [[nodiscard]] static std::optional<IpNetwork> Parse(std::string_view text);

  // False when the families differ.
  [[nodiscard]] bool Contains(const IpAddress& address) const;
  [[nodiscard]] const IpAddress& address() const { return address_; }
  [[nodiscard]] int prefix() const { return prefix_; }
  [[nodiscard]] std::string ToString() const;

  auto operator<=>(const IpNetwork&) const = default;

 private:
  IpAddress address_;
  int prefix_ = 32;
};

}  // namespace assay
