// SPDX-License-Identifier: Apache-2.0
// A zone text: DNS written down. Stands in for the network in tests, in the quickstart and in
// offline scans, and can state every failure that the network has.
//
//   ; one record a line: name [ttl] TYPE data
//   example.com         300 TXT "v=spf1 mx " "-all"   ; strings are joined; escapes \" \\ \DDD
//   example.com             MX 10 mail.example.com
//   mail.example.com        A 192.0.2.1
//   mail.example.com        AAAA 2001:db8::1
//   1.2.0.192.in-addr.arpa  PTR mail.example.com
//   www.example.com         CNAME example.com
//   broken.example.com      SERVFAIL                  ; every type without a record of its own
//   slow.example.com        TXT TIMEOUT               ; this type only
//   $DELAY 20                                         ; milliseconds until an answer arrives
//
// Names are absolute, with or without the final dot; \DDD and \X give any byte but '.' and NUL.
// Types are read in any case, failure words (NODATA NXDOMAIN SERVFAIL REFUSED TIMEOUT MALFORMED) in
// upper case only. "IN" before the type is allowed. A name with a CNAME has no other records. There
// are no wildcards and no continuation lines.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "lib/base/ip_address.h"
#include "lib/base/result.h"
#include "lib/dns/answer.h"

namespace assay::dns {

// What a record has without a TTL of its own, and every negative answer and failure that is not
// temporary.
inline constexpr std::chrono::seconds kZoneTtl{300};
// Longest $DELAY: a minute is beyond every time-out that waits for an answer.
inline constexpr std::chrono::milliseconds kMaxZoneDelay{60'000};

// A value: what a recursive resolver would answer. Const members may be called from several
// threads.
class Zone {
 public:
  // Empty: every name is NXDOMAIN.
  Zone() = default;
  // The zone of a text. Permanent "FILE:LINE: error: …" for the first line that is not understood.
  [[nodiscard]] static Result<Zone> Parse(std::string_view text, std::string_view file);

  // The answer, CNAMEs followed: the records of the type, or the failure stated for type or name;
  // NODATA for a name that has other types only or is an ancestor of one; NXDOMAIN for every other
  // name. A chain of more than kMaxCnameHops aliases (wire.h) is kServFail.
  [[nodiscard]] Answer Lookup(const Question& question) const;
  // Whether the text says something about the name of `question` or about a name below it. The
  // NXDOMAIN of a name that nothing is said about is an assumption, not a statement.
  [[nodiscard]] bool Mentions(const Question& question) const;
  [[nodiscard]] std::chrono::milliseconds delay() const { return delay_; }
  // A text that parses to this zone.
  [[nodiscard]] std::string ToText() const;

  // Building one without a text. Names are taken as they are (one that cannot be encoded is never
  // found). A set of records has the least TTL of its records. Records, alias and failure of one
  // name and type: the last added stands.
  void AddAddress(std::string_view name, const IpAddress& address,
                  std::chrono::seconds ttl = kZoneTtl);
  void AddText(std::string_view name, std::string_view text, std::chrono::seconds ttl = kZoneTtl);
  void AddMailExchange(std::string_view name, const MailExchange& exchange,
                       std::chrono::seconds ttl = kZoneTtl);
  void AddHost(std::string_view name, std::string_view host, std::chrono::seconds ttl = kZoneTtl);
  void AddAlias(std::string_view name, std::string_view target,
                std::chrono::seconds ttl = kZoneTtl);
  // `status` is any but kSuccess and kLimit. Without a type: for every type that has no answer of
  // its own.
  void Fail(std::string_view name, std::optional<RrType> type, Status status);
  void set_delay(std::chrono::milliseconds delay) { delay_ = delay; }

  bool operator==(const Zone&) const = default;

 private:
  struct Alias {
    std::string target;
    std::chrono::seconds ttl{0};
    bool operator==(const Alias&) const = default;
  };
  struct Node {
    std::map<RrType, Answer> answers;
    std::optional<Status> failure;
    std::optional<Alias> alias;
    bool operator==(const Node&) const = default;
  };
  friend class ZoneParser;

  Node& At(std::string_view name);
  Answer& Records(std::string_view name, RrType type, std::chrono::seconds ttl);

  std::map<std::string, Node> nodes_;
  std::set<std::string> ancestors_;  // of the names in nodes_: they exist, if only for that
  std::chrono::milliseconds delay_{0};
};

// The zone of a file; Permanent also when it cannot be read.
[[nodiscard]] Result<Zone> LoadZone(const std::string& path);

}  // namespace assay::dns
