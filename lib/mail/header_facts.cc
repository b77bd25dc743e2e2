// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/header_facts.h"

#include <algorithm>
#include <string_view>

#include "lib/base/text.h"
#include "lib/mail/address.h"
#include "lib/mail/charset.h"
#include "lib/mail/date.h"
#include "lib/mail/public_suffix.h"
#include "lib/mail/url.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMaxUnsubscribe = 20;  // URLs of one field that are looked at

void AddDomain(std::string_view host, std::vector<std::string>& domains) {
  const auto normal = NormalizeDomain(host);
  if (!normal) return;
  std::string domain(RegistrableDomain(*normal));
  if (domain.empty() || std::ranges::find(domains, domain) != domains.end()) return;
  domains.push_back(std::move(domain));
}

std::string FieldOrder(const Message& message) {
  std::string order;
  for (const Field& field : message.fields()) {
    if (!order.empty()) order += ' ';
    order += ToLower(Trim(field.name));
  }
  return ToUtf8(order, "utf-8");
}

// <https://example.com/u>, <mailto:u@example.com>
void AddUnsubscribe(std::string_view value, std::vector<std::string>& domains) {
  std::size_t at = value.find('<');
  for (std::size_t i = 0; i < kMaxUnsubscribe && at != std::string_view::npos; ++i) {
    const std::size_t end = std::min(value.find('>', at), value.size());
    if (const auto url = ParseUrl(ToUtf8(value.substr(at + 1, end - at - 1), "utf-8"))) {
      const std::string_view rest = std::string_view(url->rest).substr(0, url->rest.find('?'));
      const std::size_t sign = rest.rfind('@');
      if (url->is_web()) AddDomain(url->host, domains);
      if (url->scheme == "mailto" && sign != rest.npos) AddDomain(rest.substr(sign + 1), domains);
    }
    at = value.find('<', end);
  }
}

void ReadDates(const Message& message, HeaderFacts& facts) {
  const auto dates = message.Find("Date");
  if (dates.empty()) return;
  const auto date = ParseDate(dates.front()->value);
  facts.date_invalid = dates.size() > 1 || !date;
  const auto received = message.Find("Received");
  if (!date || received.empty()) return;
  const std::string_view value = received.front()->value;
  const std::size_t semicolon = value.rfind(';');
  if (semicolon == std::string_view::npos) return;
  const auto newest = ParseDate(value.substr(semicolon + 1));
  if (newest) facts.date_skew = static_cast<double>(*date - *newest) / 3600;
}

}  // namespace

HeaderFacts ReadHeaderFacts(const Message& message) {
  HeaderFacts facts;
  facts.order.push_back(FieldOrder(message));
  facts.received = message.Find("Received").size();
  for (const char* name : {"To", "Cc"}) {
    for (const Field* field : message.Find(name)) {
      facts.recipients += ParseAddressField(field->value).mailboxes.size();
    }
  }
  ReadDates(message, facts);
  for (const Field* field : message.Find("List-Unsubscribe")) {
    AddUnsubscribe(field->value, facts.unsubscribe_domains);
  }
  return facts;
}

}  // namespace assay::mail
