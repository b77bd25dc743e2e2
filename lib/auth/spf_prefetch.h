// SPDX-License-Identifier: Apache-2.0
// Which questions an SPF evaluation is likely to ask next. Answers to them only save time: nothing
// here is counted against the limits of RFC 7208 4.6.4, and the verdict does not depend on it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "lib/auth/spf.h"
#include "lib/dns/answer.h"

namespace assay::auth::spf {

inline constexpr std::size_t kMaxPrefetch =
    20;  // questions of one evaluation, those already answered included

// TXT or A: the name is one that DNS can be asked for and that cannot disturb a log: printable
// ASCII, labels of 1 to 63 bytes, at most 253 in all. Everything else does not exist (RFC 8616, 4
// for non-ASCII names).
[[nodiscard]] bool IsQueryName(std::string_view name);

// The type of the client's addresses: A or AAAA.
[[nodiscard]] dns::RrType AddressType(const IpAddress& client);

// RFC 7208, 4.6.4: at most ten of the hosts that one mx or ptr gives are looked up. Hosts of an MX
// in order of preference (then by name, so that the order of the answer does not matter); the null
// MX (RFC 7505) gives none.
inline constexpr std::size_t kMaxHosts = 10;
[[nodiscard]] std::vector<std::string_view> MailHosts(const dns::Answer& answer);

// Walks the records known so far from the domain checked, in the order of evaluation, and collects
// what has no answer yet: names without macros, before the first term that decides for sure, as far
// as ten terms reach.
[[nodiscard]] std::vector<dns::Question> Prefetch(const SpfCheck& check,
                                                  const dns::Answers& answers);

}  // namespace assay::auth::spf
