// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dns_packet.h"

#include <algorithm>

#include "lib/base/text.h"

namespace assay::test {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kTypeOpt = 41;
constexpr std::uint16_t kReplyFlags = 0x8180;  // a reply, recursion desired and available

std::uint16_t Number16(std::span<const std::uint8_t> packet, std::size_t at) {
  return static_cast<std::uint16_t>(packet[at] << 8U | packet[at + 1]);
}

int RcodeOf(dns::Status status) {
  switch (status) {
    case dns::Status::kNxDomain:
      return kNxDomain;
    case dns::Status::kServFail:
      return kServFail;
    case dns::Status::kRefused:
      return kRefused;
    default:
      return kNoError;
  }
}

}  // namespace

std::optional<DnsQuery> DnsQuery::Parse(std::span<const std::uint8_t> packet) {
  if (packet.size() < kHeaderBytes) return {};
  DnsQuery query;
  query.id = Number16(packet, 0);
  query.recursion_desired = (packet[2] & 1U) != 0;
  std::size_t at = kHeaderBytes;
  while (at < packet.size() && packet[at] != 0) {
    const std::size_t length = packet[at];
    if (length > 63 || at + 1 + length >= packet.size()) return {};
    if (!query.name.empty()) query.name += '.';
    for (const std::uint8_t byte : packet.subspan(at + 1, length)) {
      query.name += AsciiLower(static_cast<char>(byte));
    }
    at += 1 + length;
  }
  if (at + 5 > packet.size()) return {};
  query.type = Number16(packet, at + 1);
  at += 5;
  // The OPT record follows at once: root name, type, size in the place of the class.
  if (at + 5 <= packet.size() && packet[at] == 0 && Number16(packet, at + 1) == kTypeOpt) {
    query.edns_bytes = Number16(packet, at + 3);
  }
  return query;
}

DnsQuery DnsQuery::For(const dns::Question& question) {
  DnsQuery query;
  query.id = 0x1234;
  query.name = question.name;
  query.type = static_cast<std::uint16_t>(question.type);
  return query;
}

std::string WireName(std::string_view name) {
  std::string bytes;
  if (!name.empty()) {
    for (const std::string_view label : Split(name, '.')) {
      bytes += static_cast<char>(label.size());
      bytes += label;
    }
  }
  return bytes + '\0';
}

std::string WireNumber16(unsigned value) {
  return {static_cast<char>(value >> 8U & 0xffU), static_cast<char>(value & 0xffU)};
}

std::string WireNumber32(std::uint32_t value) {
  return WireNumber16(value >> 16U) + WireNumber16(value & 0xffffU);
}

std::string WireText(std::string_view text) {
  std::string bytes;
  do {
    const std::string_view part = text.substr(0, 255);
    bytes += static_cast<char>(part.size());
    bytes += part;
    text.remove_prefix(part.size());
  } while (!text.empty());
  return bytes;
}

std::string WireAddress(const IpAddress& address) {
  const auto& bytes = address.bytes();
  return {bytes.begin(), bytes.begin() + address.bits() / 8};
}

std::string WireSoa(std::uint32_t minimum) {
  std::string bytes = WireName("ns.example.com") + WireName("hostmaster.example.com");
  for (int i = 0; i < 4; ++i) bytes += WireNumber32(1);
  return bytes + WireNumber32(minimum);
}

DnsReply::DnsReply(const DnsQuery& query, int rcode)
    : id_(query.id),
      flags_(static_cast<std::uint16_t>(kReplyFlags | rcode)),
      question_(WireName(query.name) + WireNumber16(query.type) + WireNumber16(kClassIn)) {}

DnsReply::DnsReply(const DnsQuery& query, const dns::Answer& answer)
    : DnsReply(query, RcodeOf(answer.status)) {
  const auto ttl = static_cast<std::uint32_t>(answer.ttl.count());
  const auto add = [&](std::string_view data) { Record(query.name, query.type, ttl, data); };
  for (const IpAddress& address : answer.addresses) add(WireAddress(address));
  for (const std::string& text : answer.texts) add(WireText(text));
  for (const dns::MailExchange& exchange : answer.mail_exchanges) {
    add(WireNumber16(exchange.preference) + WireName(exchange.host));
  }
  for (const std::string& host : answer.hosts) add(WireName(host));
  if (answer.status == dns::Status::kNoData || answer.status == dns::Status::kNxDomain) {
    Soa("example.com", ttl, ttl);
  }
  if (answer.status == dns::Status::kMalformed) Raw("\xff");
}

DnsReply& DnsReply::Record(std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                           std::string_view data) {
  return Raw(WireName(owner) + WireNumber16(type) + WireNumber16(kClassIn) + WireNumber32(ttl) +
             WireNumber16(static_cast<unsigned>(data.size())) + std::string(data));
}

DnsReply& DnsReply::Cname(std::string_view owner, std::string_view target, std::uint32_t ttl) {
  return Record(owner, kTypeCname, ttl, WireName(target));
}

DnsReply& DnsReply::Text(std::string_view owner, std::string_view text, std::uint32_t ttl) {
  return Record(owner, static_cast<std::uint16_t>(dns::RrType::kTxt), ttl, WireText(text));
}

DnsReply& DnsReply::Address(std::string_view owner, std::string_view address, std::uint32_t ttl) {
  const IpAddress parsed = IpAddress::Parse(address).value();
  const auto type = parsed.is_v4() ? dns::RrType::kA : dns::RrType::kAaaa;
  return Record(owner, static_cast<std::uint16_t>(type), ttl, WireAddress(parsed));
}

DnsReply& DnsReply::Soa(std::string_view owner, std::uint32_t ttl, std::uint32_t minimum) {
  Record(owner, kTypeSoa, ttl, WireSoa(minimum));
  --answers_;
  ++authorities_;
  return *this;
}

DnsReply& DnsReply::Truncated() {
  flags_ |= 0x0200U;
  return *this;
}

DnsReply& DnsReply::Id(std::uint16_t id) {
  id_ = id;
  return *this;
}

DnsReply& DnsReply::Raw(std::string_view bytes) {
  records_ += bytes;
  ++answers_;
  return *this;
}

std::string DnsReply::Bytes() const {
  return WireNumber16(id_) + WireNumber16(flags_) + WireNumber16(1) + WireNumber16(answers_) +
         WireNumber16(authorities_) + WireNumber16(0) + question_ + records_;
}

}  // namespace assay::test
