// SPDX-License-Identifier: Apache-2.0
// DNS block lists (RFC 5782) as rule files declare them: the zone, what is asked in it, what its
// answers mean, and what a message's answers came to.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/ip_address.h"

namespace assay::rules {

// What a list can be asked about. The first two are addresses (`dnsbl`), the others names
// (`uribl`).
enum class Asked : std::uint8_t {
  kClientIp,
  kReceived,  // the hops before the client
  kClientName,
  kHelo,
  kMailFromDomain,
  kHeaderFromDomain,
  kReplyToDomain,
  kDkimDomain,
  kLinks,
  kCount,
};
inline constexpr std::size_t kAskedCount = static_cast<std::size_t>(Asked::kCount);

// As it stands behind `ask`: the name of the fact where there is one.
[[nodiscard]] std::string_view ToWord(Asked asked);
[[nodiscard]] bool IsAddress(Asked asked);

// Some of the addresses in 127.0.0.0/8, as numbers in host order: first <= (answer & mask) <= last.
struct AnswerMatch {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint32_t mask = 0xFFFFFFFF;

  [[nodiscard]] bool Covers(std::uint32_t answer) const {
    const std::uint32_t part = answer & mask;
    return first <= part && part <= last;
  }
};

// A word for some answers.
struct ListCode {
  std::string name;
  std::vector<AnswerMatch> answers;
};

// What one answer of a list says.
struct ListReading {
  std::vector<std::uint32_t> codes;   // indices into DnsList::codes, in their order
  std::optional<IpAddress> refusal;   // says that the question was not answered
  std::optional<IpAddress> stranger;  // not in 127.0.0.0/8: somebody else has answered

  // The list has answered; it lists the question when there are codes.
  [[nodiscard]] bool good() const { return !refusal && !stranger; }
};

struct DnsList {
  std::string name;
  bool of_names = false;  // declared with `uribl`
  std::string zone;       // lower case, without the final dot
  std::vector<ListCode> codes;
  std::vector<AnswerMatch> refused;  // besides 127.255.255.0/24 and 127.0.0.1
  std::bitset<kAskedCount> asks;
  bool whole_names = false;            // hosts as they are; else what was registered of them
  std::vector<std::string> profiles;   // of messages for which it is asked
  std::optional<std::string> test;     // left of the zone: must be listed (RFC 5782, 5)
  std::optional<std::string> no_test;  // must not be; both or none
  bool used = false;                   // some live rule reads it

  [[nodiscard]] bool Asks(Asked what) const { return asks.test(static_cast<std::size_t>(what)); }
  // "dnsbl.zen", "uribl.dbl": as conditions call it.
  [[nodiscard]] std::string FullName() const;
  [[nodiscard]] std::optional<std::uint32_t> FindCode(std::string_view word) const;
  // The name to ask an A record for (RFC 5782, 2.1, 2.4 and 3). A name that is too long cannot be
  // encoded and is not listed.
  [[nodiscard]] std::string QuestionFor(const IpAddress& address) const;
  [[nodiscard]] std::string QuestionFor(std::string_view name) const;
  [[nodiscard]] ListReading Read(std::span<const IpAddress> answer) const;
};

// Answers that no list gives for something listed: 127.255.255.0/24, where lists say that they
// refuse the question, and 127.0.0.1, which RFC 5782, 5 keeps free and which others use for that.
[[nodiscard]] bool IsRefusal(std::uint32_t answer);
// The number of an IPv4 address in host order; nothing for IPv6 and outside of 127.0.0.0/8.
[[nodiscard]] std::optional<std::uint32_t> ToAnswer(const IpAddress& address);

// What a list says about one message.
struct ListResult {
  enum class State : std::uint8_t {
    kNotAsked,    // not for this profile, or by nobody
    kOff,         // switched off: it refuses, or has failed its test
    kIncomplete,  // some answer is missing; findings hold all the same
    kComplete,
  };
  struct Finding {
    std::string asked;       // the address or name that is listed
    std::uint32_t code = 0;  // index into DnsList::codes
  };
  State state = State::kNotAsked;
  std::vector<Finding> findings;
};

}  // namespace assay::rules
