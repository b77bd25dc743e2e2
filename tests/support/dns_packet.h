// SPDX-License-Identifier: Apache-2.0
// DNS packets for tests: written byte by byte, so that wrong ones can be written too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/dns/answer.h"

namespace assay::test {

inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypeSoa = 6;
inline constexpr int kNoError = 0;
inline constexpr int kFormErr = 1;
inline constexpr int kServFail = 2;
inline constexpr int kNxDomain = 3;
inline constexpr int kRefused = 5;

// What a server received.
struct DnsQuery {
  std::uint16_t id = 0;
  std::string name;  // lower case, no trailing dot
  std::uint16_t type = 0;
  bool recursion_desired = false;
  std::uint16_t edns_bytes = 0;  // 0: without EDNS
  bool tcp = false;
  int repetition = 0;  // how many queries with this name and type came before

  [[nodiscard]] static std::optional<DnsQuery> Parse(std::span<const std::uint8_t> packet);
  [[nodiscard]] static DnsQuery For(const dns::Question& question);
};

// Data of records. A name is given with dots; "" is the root.
[[nodiscard]] std::string WireName(std::string_view name);
[[nodiscard]] std::string WireNumber16(unsigned value);
[[nodiscard]] std::string WireNumber32(std::uint32_t value);
[[nodiscard]] std::string WireText(std::string_view text);  // in strings of at most 255 bytes
[[nodiscard]] std::string WireAddress(const IpAddress& address);
[[nodiscard]] std::string WireSoa(std::uint32_t minimum);

// A reply under construction: header and question of `query`, then records in order. Bytes() sets
// the counts.
class DnsReply {
 public:
  explicit DnsReply(const DnsQuery& query, int rcode = kNoError);
  // What a server with this zone would send: the records, or the response code and an SOA.
  DnsReply(const DnsQuery& query, const dns::Answer& answer);

  DnsReply& Record(std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                   std::string_view data);
  DnsReply& Cname(std::string_view owner, std::string_view target, std::uint32_t ttl = 300);
  DnsReply& Text(std::string_view owner, std::string_view text, std::uint32_t ttl = 300);
  DnsReply& Address(std::string_view owner, std::string_view address, std::uint32_t ttl = 300);
  // An SOA in the authority section; no records may follow.
  DnsReply& Soa(std::string_view owner, std::uint32_t ttl, std::uint32_t minimum);
  DnsReply& Truncated();
  DnsReply& Id(std::uint16_t id);
  // Bytes as they are, counted as one record.
  DnsReply& Raw(std::string_view bytes);

  [[nodiscard]] std::string Bytes() const;

 private:
  std::uint16_t id_;
  std::uint16_t flags_;
  std::string question_;
  std::string records_;
  std::uint16_t answers_ = 0;
  std::uint16_t authorities_ = 0;
};

[[nodiscard]] inline std::span<const std::uint8_t> AsBytes(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace assay::test
