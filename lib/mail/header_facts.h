// SPDX-License-Identifier: Apache-2.0
// How a message's header is made: what programs that write it leave behind.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lib/mail/message.h"

namespace assay::mail {

struct HeaderFacts {
  std::vector<std::string> order;  // one text: the names of all fields, lower case, with blanks
  std::size_t received = 0;        // Received fields
  std::size_t recipients = 0;      // addresses in To and Cc
  bool date_invalid = false;       // a Date field that is no date, or several
  // Hours from the newest Received field, the first, to Date; nothing unless both are dates.
  std::optional<double> date_skew;
  std::vector<std::string> unsubscribe_domains;  // registrable, of the URLs in List-Unsubscribe
};

// Linear in the header.
[[nodiscard]] HeaderFacts ReadHeaderFacts(const Message& message);

}  // namespace assay::mail
