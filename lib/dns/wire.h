// SPDX-License-Identifier: Apache-2.0
// DNS messages as bytes (RFC 1035, 4). Reads replies only: c-ares writes the queries.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lib/dns/answer.h"

namespace assay::dns {

// Longest chain of CNAMEs that is followed. Resolvers stop at 8 to 17; a longer one is a loop or a
// trap.
inline constexpr int kMaxCnameHops = 16;
// Records of the type asked for in one answer. Compression lets 64 KiB stand for 1.4 MB of names;
// honest sets of mail-related records have fewer than 150.
inline constexpr std::size_t kMaxRecords = 500;
// RFC 2181, 8: a TTL with the topmost bit set counts as 0.
inline constexpr std::chrono::seconds kMaxTtl{0x7fffffff};

// Whether a name (no trailing dot) can stand in a query: labels of 1 to 63 bytes, at most 253 bytes
// in all, and no NUL, which c-ares cannot be given. Any other name has the answer NXDOMAIN without
// being asked.
[[nodiscard]] bool IsEncodable(std::string_view name);

// The answer that a reply packet gives to `question`. Never throws, never reads outside `packet`;
// linear in its size. Of the answer section only the CNAME chain that starts at the question's
// name, and the records at its end, are used; the TTL is the least of theirs. A negative answer's
// TTL is min(SOA TTL, SOA minimum) (RFC 2308, 5), 0 without an SOA. Whatever stands in the
// additional section is ignored.
//   kNoData     a chain that ends without records of the type
//   kServFail   a chain that goes round or is too long; a response code other than 0, 2, 3 and 5
//   kMalformed  not a reply to this question, truncated, cut off, wrong lengths, too many records
// A byte '.' or NUL inside a label is written \046 or \000, so that it never looks like a name of
// other labels. The host of a null MX (RFC 7505) is "".
[[nodiscard]] Answer ParseReply(std::span<const std::uint8_t> packet, const Question& question);

// Whether the server says that the reply did not fit (TC): the question has to be asked over TCP.
[[nodiscard]] bool IsTruncated(std::span<const std::uint8_t> packet);

}  // namespace assay::dns
