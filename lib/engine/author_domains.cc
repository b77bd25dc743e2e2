// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/author_domains.h"

#include <set>
#include <string_view>

#include "lib/base/text.h"
#include "lib/mail/address.h"
#include "lib/mail/views.h"

namespace assay::engine {
namespace {

bool IsDomainByte(char c) {
  return IsAsciiAlnum(c) || c == '.' || c == '-' || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U);
}

void Collect(std::string_view text, std::set<std::string>& domains) {
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    std::size_t begin = at + 1;
    while (begin < text.size() && IsFoldingSpace(text[begin])) ++begin;
    std::size_t end = begin;
    while (end < text.size() && IsDomainByte(text[end])) ++end;
    const auto domain = mail::NormalizeDomain(text.substr(begin, end - begin));
    if (domain) domains.insert(*domain);
    if (domains.size() >= kMaxAuthorDomains) return;
  }
}

}  // namespace

std::vector<std::string> DomainsInAuthorFields(const mail::Message& message) {
  std::set<std::string> domains;
  for (const mail::Field* field : message.Find("From")) {
    Collect(field->value, domains);
    Collect(mail::DecodeHeaderText(field->value), domains);
  }
  return {domains.begin(), domains.end()};
}

std::vector<std::string> ClaimedAuthorDomains(const mail::Message& message,
                                              const facts::FactSet& facts) {
  using facts::Id;
  std::set<std::string> domains;
  if (const auto* authors = std::get_if<std::vector<std::string>>(&facts.Get(Id::kHeaderFrom))) {
    for (const std::string& author : *authors) {
      const std::size_t at = author.rfind('@');
      if (at != std::string::npos) domains.insert(author.substr(at + 1));
    }
  }
  const auto* const problem = std::get_if<std::string>(&facts.Get(Id::kHeaderFromProblem));
  if (problem != nullptr && *problem != "none") {
    for (std::string& domain : DomainsInAuthorFields(message)) domains.insert(std::move(domain));
  }
  return {domains.begin(), domains.end()};
}

}  // namespace assay::engine
