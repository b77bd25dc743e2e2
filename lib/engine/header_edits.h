// SPDX-License-Identifier: Apache-2.0
// The fields that we add to a message.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/engine/evidence.h"
#include "lib/engine/transaction.h"

namespace assay::engine {

// One "method=result" for everything that was checked (RFC 8601): spf for both identities, each
// DKIM signature, dmarc, arc; auth=pass for mail of a logged-in user. `author_domain` as given,
// `login` empty when there was none.
[[nodiscard]] std::string AuthenticationResultsValue(const Evidence& evidence,
                                                     std::string_view authserv_id,
                                                     const Record& record, bool utf8);

// X-Assay: reference, score, rules, what was done or would be.
[[nodiscard]] std::string XAssayValue(const Record& record);

// A Received-SPF field for each SPF evaluation (RFC 7208, 9.1), HELO's below MAIL FROM's. Those
// that came with the message stay: each host's stands above the Received field of that host.
[[nodiscard]] std::vector<HeaderEdit> ReceivedSpfFields(const Evidence& evidence);

// X-Spam-Flag, X-Spam-Score, X-Spam-Status, as readers of those expect them.
[[nodiscard]] std::vector<HeaderEdit> SpamFields(const Record& record);

}  // namespace assay::engine
