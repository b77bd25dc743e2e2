// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/client_view.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "lib/base/text.h"

namespace assay::tuning {
namespace {

// Written by stores and filters behind the SMTP server; lower case. A name that ends in * stands
// for all that begin so.
constexpr auto kReceiverFields = std::to_array<std::string_view>({
    "x-ms-publictraffictype",
    "x-ms-traffictypediagnostic",
    "x-ms-userlastlogontime",
    "x-ms-office365-filtering*",
    "x-ms-exchange-*",
    "x-eop*",
    "x-incoming*",
    "x-sender-ip",
    "x-sid-*",
    "x-microsoft-antispam*",
    "x-message-info",
    "x-message-delivery",
    "return-path",
    "delivered-to",
    "x-original-to",
    "delivery-date",
    "x-apparently-to",
    "x-ymail*",
    "x-spam-*",
    "x-pyzor",
    "x-razor*",
    "x-status",
    "status",
    "x-keywords",
    "x-uid",
    "x-uidl",
    "x-mozilla-*",
    "x-gm-*",
    "x-received",
    "x-virus-scanned",
    "x-scanned-by",
    "x-barracuda-*",
    "x-asg-*",
    "x-bitdefender*",
    "x-mailscanner*",
    "x-rc-spam",
    "x-rc-virus",
    "xstatus",
    "xlevel",
    "xchecker-version",
    "x-amavis*",
    "x-policyd-weight",
    "x-virus-*",
    "x-forefront-antispam-report-untrusted",
    "x-filterd-recvd-size",
    "x-rspamd-*",
    "x-greylist",
    "lines",
    "x-iplanet-*",
    "envelope-to",
    "x-envelope-to",
});

// Right below the fields of the receiving server: its verdicts.
constexpr auto kVerdictFields = std::to_array<std::string_view>({
    "received-spf",
    "authentication-results",
    "dkim-filter",
    "x-incomingtopheadermarker",
});

constexpr std::string_view kRecipientMark = "phishing@pot";
constexpr std::string_view kRecipient = "user@example.net";

bool IsNamed(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view known) {
    if (!known.ends_with('*')) return EqualsIgnoreCase(name, known);
    return StartsWithIgnoreCase(name, known.substr(0, known.size() - 1));
  });
}

// Empty where the field has none.
std::string_view NameOf(std::string_view field) {
  const std::size_t colon = field.find(':');
  return colon == std::string_view::npos ? std::string_view() : Trim(field.substr(0, colon));
}

// Fields with their line ends and continuation lines.
std::vector<std::string_view> FieldsOf(std::string_view header) {
  std::vector<std::string_view> fields;
  while (!header.empty()) {
    std::size_t end = 0;
    do {
      end = std::min(header.find('\n', end), header.size() - 1) + 1;
    } while (end < header.size() && (header[end] == ' ' || header[end] == '\t'));
    fields.push_back(header.substr(0, end));
    header.remove_prefix(end);
  }
  return fields;
}

// Where the empty line below the header begins; nothing without header or empty line.
std::optional<std::size_t> HeaderEnd(std::string_view text) {
  if (text.starts_with("\r\n") || text.starts_with("\n")) return {};
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    const std::string_view rest = text.substr(at + 1);
    if (rest.starts_with("\n") || rest.starts_with("\r\n")) return at + 1;
  }
  return {};
}

std::string WithoutMark(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t at = text.find(kRecipientMark);
    out.append(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    out.append(kRecipient);
    text.remove_prefix(at + kRecipientMark.size());
  }
}

// Outlook's servers put the client's fields between two markers: what stands below the second is
// theirs, but for MIME-Version.
void CutBelowCount(std::vector<std::string_view>& fields) {
  const auto marker = std::ranges::find_if(fields, [](std::string_view field) {
    return StartsWithIgnoreCase(field, "x-incomingheadercount:");
  });
  fields.erase(std::remove_if(marker, fields.end(),
                              [](std::string_view field) {
                                return !StartsWithIgnoreCase(field, "mime-version:");
                              }),
               fields.end());
}

}  // namespace

std::string ClientView(std::string_view stored, std::size_t receiver_bytes) {
  const std::string_view text = stored.substr(std::min(receiver_bytes, stored.size()));
  const auto end = HeaderEnd(text);
  if (!end) return std::string(text);
  std::vector<std::string_view> fields = FieldsOf(text.substr(0, *end));
  fields.erase(fields.begin(), std::ranges::find_if_not(fields, [](std::string_view field) {
                 return IsNamed(NameOf(field), kVerdictFields);
               }));
  CutBelowCount(fields);
  std::string out;
  for (const std::string_view field : fields) {
    if (!IsNamed(NameOf(field), kReceiverFields)) out.append(field);
  }
  out.append(text.substr(*end));
  return WithoutMark(out);
}

}  // namespace assay::tuning
