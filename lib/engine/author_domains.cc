// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/author_domains.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/address.h"
#include "lib/mail/views.h"

namespace assay::engine {
namespace {

constexpr std::size_t kMaxTrailing = 3;  // characters behind a domain that no reader sees

bool IsHigh(char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; }
bool IsControl(char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; }
bool IsDomainByte(char c) {
  return IsAsciiAlnum(c) || c == '.' || c == '-' || c == '_' || IsHigh(c);
}

class Collector {
 public:
  void Scan(std::string_view text);
  [[nodiscard]] AuthorDomains Take() && { return {{domains_.begin(), domains_.end()}, cut_}; }

 private:
  [[nodiscard]] std::string ReadDomain(std::string_view text, std::size_t at);
  void Add(const std::string& raw);
  bool Insert(std::string_view name);

  std::set<std::string> domains_;
  std::set<std::string, std::less<>> seen_;  // as they were written
  std::size_t signs_ = 0;
  std::size_t bytes_ = 0;
  bool cut_ = false;
};

void Collector::Scan(std::string_view text) {
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    if (++signs_ > kMaxAuthorSigns || bytes_ > kMaxAuthorBytes) {
      cut_ = true;
      return;
    }
    Add(ReadDomain(text, at + 1));
  }
}

// Two words with nothing but white space between them are not one domain.
std::string Collector::ReadDomain(std::string_view text, std::size_t at) {
  std::string domain;
  std::size_t comments = 0;
  bool gap = false;
  for (; at < text.size() && ++bytes_ <= kMaxAuthorBytes; ++at) {
    const char c = text[at];
    if (c == '(') {
      ++comments;
    } else if (comments > 0) {
      if (c == ')') --comments;
      if (c == '\\') ++at;
    } else if (IsFoldingSpace(c)) {
      gap = true;
    } else if (!IsControl(c) && c != '"' && c != '\\') {
      const bool new_word = gap && c != '.' && !domain.empty() && domain.back() != '.';
      if (!IsDomainByte(c) || new_word) break;
      domain += c;
      gap = false;
    }
  }
  if (bytes_ > kMaxAuthorBytes) cut_ = true;
  return domain;
}

bool Collector::Insert(std::string_view name) {
  while (name.ends_with('.')) name.remove_suffix(1);
  auto domain = mail::NormalizeDomain(name);
  if (!domain) return false;
  domains_.insert(*std::move(domain));
  return true;
}

void Collector::Add(const std::string& raw) {
  if (raw.empty() || !seen_.insert(raw).second || Insert(raw)) return;
  const auto high = std::ranges::find_if(raw, IsHigh);
  (void)Insert(std::string_view(raw.begin(), high));
  std::string ascii = raw;
  std::erase_if(ascii, IsHigh);
  (void)Insert(ascii);
  std::string_view shorter = raw;
  for (std::size_t i = 0; i < kMaxTrailing && !shorter.empty() && IsHigh(shorter.back()); ++i) {
    const auto is_continuation = [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
    };
    while (shorter.size() > 1 && is_continuation(shorter.back())) shorter.remove_suffix(1);
    shorter.remove_suffix(1);
    if (Insert(shorter)) return;
  }
}

}  // namespace

AuthorDomains DomainsInAuthorFields(const mail::Message& message) {
  Collector collector;
  for (const mail::Field* field : message.Find("From")) {
    collector.Scan(field->value);
    collector.Scan(mail::DecodeHeaderText(field->value));
  }
  AuthorDomains domains = std::move(collector).Take();
  domains.cut = domains.cut || message.from_cut();
  return domains;
}

AuthorDomains ClaimedAuthorDomains(const mail::Message& message, const facts::FactSet& facts) {
  using facts::Id;
  AuthorDomains claimed;
  const auto* const problem = std::get_if<std::string>(&facts.Get(Id::kHeaderFromProblem));
  if (problem != nullptr && *problem != "none") claimed = DomainsInAuthorFields(message);
  std::set<std::string> names(claimed.names.begin(), claimed.names.end());
  if (const auto* authors = std::get_if<std::vector<std::string>>(&facts.Get(Id::kHeaderFrom))) {
    for (const std::string& author : *authors) {
      const std::size_t at = author.rfind('@');
      if (at != std::string::npos) names.insert(author.substr(at + 1));
    }
  }
  claimed.names.assign(names.begin(), names.end());
  return claimed;
}

}  // namespace assay::engine
