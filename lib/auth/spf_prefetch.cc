// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/spf_prefetch.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "lib/auth/spf_record.h"
#include "lib/base/text.h"

namespace assay::auth::spf {
namespace {

constexpr std::size_t kMaxLabel = 63;  // RFC 1035, 2.3.4

class Walker {
 public:
  Walker(const SpfCheck& check, const dns::Answers& answers) : check_(check), answers_(answers) {}

  // What the record of a domain says about the client as far as that is certain already.
  enum class Known { kOpen, kMatch, kNoMatch };
  Known Walk(std::string_view domain) {
    const dns::Answer* answer = Want(domain, dns::RrType::kTxt);
    if (answer == nullptr) return Known::kOpen;
    const Selection selection = SelectRecord(*answer);
    const auto record = ParseRecord(selection.text);
    if (!record) return Stop();  // none, several or malformed: the evaluation ends here
    bool open = false;
    for (const Directive& directive : record->directives) {
      const Known known = Try(directive, domain);
      if (full_) return Known::kOpen;
      if (known == Known::kMatch && !open) {
        return directive.qualifier == Qualifier::kPass ? Known::kMatch : Known::kNoMatch;
      }
      if (known == Known::kMatch) return Known::kOpen;
      open = open || known == Known::kOpen;
    }
    if (!record->redirect) return open ? Known::kOpen : Known::kNoMatch;
    const Known rest = Follow(*record->redirect, domain);
    return open ? Known::kOpen : rest;
  }

  std::vector<dns::Question> Take() { return std::move(wanted_); }

 private:
  Known Stop() {
    full_ = true;
    return Known::kOpen;
  }

  Known Try(const Directive& directive, std::string_view domain) {
    if (!directive.asks_dns()) {
      return directive.MatchesAtOnce(check_.client_ip) ? Known::kMatch : Known::kNoMatch;
    }
    if (directive.mechanism == Mechanism::kInclude) return Follow(*directive.domain, domain);
    if (++terms_ > kMaxDnsTerms) return Stop();
    if (directive.mechanism == Mechanism::kPtr) {
      const auto* names = Want(check_.client_ip.ReverseName(), dns::RrType::kPtr);
      if (names != nullptr) WantHosts({names->hosts.begin(), names->hosts.end()});
      return Known::kOpen;
    }
    if (directive.domain && !IsConstant(*directive.domain)) return Known::kOpen;
    const std::string name =
        directive.domain ? ExpandName(*directive.domain, {check_, domain}) : std::string(domain);
    switch (directive.mechanism) {
      case Mechanism::kA:
        Want(name, AddressType(check_.client_ip));
        break;
      case Mechanism::kExists:
        Want(name, dns::RrType::kA);
        break;
      default:
        if (const auto* mx = Want(name, dns::RrType::kMx)) WantHosts(MailHosts(*mx));
    }
    return Known::kOpen;
  }

  // The record that an include or a redirect names; no deeper than the ten terms, so loops end.
  Known Follow(const MacroString& target, std::string_view domain) {
    if (++terms_ > kMaxDnsTerms) return Stop();
    return IsConstant(target) ? Walk(ExpandName(target, {check_, domain})) : Known::kOpen;
  }

  void WantHosts(const std::vector<std::string_view>& hosts) {
    for (const std::string_view host : std::span(hosts).first(std::min(hosts.size(), kMaxHosts))) {
      Want(host, AddressType(check_.client_ip));
    }
  }

  // The answer, or null after the question has been noted.
  const dns::Answer* Want(std::string_view name, dns::RrType type) {
    if (full_ || !IsQueryName(name)) return nullptr;
    const dns::Question question(name, type);
    const dns::Answer* answer = answers_.Find(question);
    if (answer == nullptr && std::ranges::find(wanted_, question) == wanted_.end()) {
      wanted_.push_back(question);
    }
    // One more than the cap: the record of the domain itself is no prefetch.
    full_ = ++seen_ > kMaxPrefetch;
    return answer;
  }

  const SpfCheck& check_;
  const dns::Answers& answers_;
  std::vector<dns::Question> wanted_;
  std::size_t terms_ = 0;
  std::size_t seen_ = 0;
  bool full_ = false;
};

}  // namespace

bool IsQueryName(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameLength) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c < ' ' || c > '~') return false;
    label = c == '.' ? 0 : label + 1;
    if (label > kMaxLabel) return false;
  }
  return name.front() != '.' && label > 0 && name.find("..") == std::string_view::npos;
}

dns::RrType AddressType(const IpAddress& client) {
  return client.is_v4() ? dns::RrType::kA : dns::RrType::kAaaa;
}

std::vector<std::string_view> MailHosts(const dns::Answer& answer) {
  std::vector<const dns::MailExchange*> sorted;
  for (const dns::MailExchange& exchange : answer.mail_exchanges) {
    if (!exchange.host.empty() && exchange.host != ".") sorted.push_back(&exchange);
  }
  std::ranges::sort(sorted, [](const auto* a, const auto* b) { return *a < *b; });
  std::vector<std::string_view> hosts;
  hosts.reserve(sorted.size());
  for (const dns::MailExchange* exchange : sorted) hosts.emplace_back(exchange->host);
  return hosts;
}

std::vector<dns::Question> Prefetch(const SpfCheck& check, const dns::Answers& answers) {
  Walker walker(check, answers);
  walker.Walk(check.domain);
  return walker.Take();
}

}  // namespace assay::auth::spf
