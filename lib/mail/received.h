// SPDX-License-Identifier: Apache-2.0
// Which SMTP client a Received field says its host had, in the forms that Postfix, Sendmail and
// Exim write.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/ip_address.h"

namespace assay::mail {

struct ReceivedFrom {
  IpAddress ip;
  std::string helo;  // the client's HELO or EHLO argument; never empty
  std::string name;  // its name as that host verified it; empty when it has none

  bool operator==(const ReceivedFrom&) const = default;
};

// `value` as mail::Field. Understood are, with A an address (also "IPv6:…") and what is in
// brackets here optional:
//   Postfix   from HELO (NAME [A]) by …         NAME is "unknown" when there is none
//   Sendmail  from HELO ([[IDENT@]NAME ][A][ (may be forged)]) by …
//   Exim      from NAME ([A][:PORT][ helo=HELO][ ident=…]) by …
//             from [A][:PORT] [([port=PORT ][helo=HELO][ ident=…])] by …
// What a client can choose, which is HELO and NAME, neither moves the place where A is looked for
// nor makes the field unreadable: a HELO argument that is no word is escaped and cut to 255 bytes.
// Anything that is not exactly one of these forms is nothing. Linear, at most 4 KiB are looked at.
[[nodiscard]] std::optional<ReceivedFrom> ParseReceived(std::string_view value);

}  // namespace assay::mail
