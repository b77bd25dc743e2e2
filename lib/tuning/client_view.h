// SPDX-License-Identifier: Apache-2.0
// What an SMTP client sent, from what a mailbox or a collection has kept of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::tuning {

// The message without what the receiving side has added: the first `receiver_bytes` (its own header
// fields, where known), verdict fields right below them, all that Outlook's servers write, and
// fields of mailbox stores and filters wherever they stand. Else a rule would learn who has
// received the mail. Line ends stay as they are. A text without an empty line below its header is
// only cut.
//
// The recipient mark of a public collection, phishing@pot, becomes user@example.net for the same
// reason.
[[nodiscard]] std::string ClientView(std::string_view stored, std::size_t receiver_bytes);

}  // namespace assay::tuning
