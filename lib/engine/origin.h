// SPDX-License-Identifier: Apache-2.0
// Who brought a message to this site, when it comes through a relay of our own.
#pragma once

#include <optional>
#include <span>

#include "lib/base/ip_address.h"
#include "lib/mail/message.h"
#include "lib/mail/received.h"

namespace assay::engine {

inline constexpr std::size_t kMaxOwnHops = 20;  // of trusted relays, one behind the other

// The client outside that handed the message to the first of our relays. Each Received field is
// believed because the host above it in the chain wrote it, beginning with the relay that is
// connected to us: the topmost field is that relay's own. A field whose client is again a trusted
// relay, or loopback (a content filter on the relay itself), leads to the next one. The first
// client that is neither is the answer; what stands below came from outside and is never read.
// Nothing when a field on that way is missing, names no SMTP client or cannot be read.
[[nodiscard]] std::optional<mail::ReceivedFrom> FindOrigin(
    const mail::Message& message, std::span<const IpNetwork> trusted_relays);

}  // namespace assay::engine
