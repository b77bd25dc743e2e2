// SPDX-License-Identifier: Apache-2.0
#include "lib/config/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "lib/base/text.h"

namespace assay::config {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kSendmailCommandWait =
    10s;  // Sendmail's default R: of INPUT_MAIL_FILTER

class Checker {
 public:
  Checker(const Config& config, const Sources& sources, Problems& problems)
      : config_(config),
        sources_(sources),
        problems_(problems),
        local_domains_(config.identity.local_domains.begin(), config.identity.local_domains.end()) {
  }

  void Enforcement();
  void Thresholds();
  void Tenants();
  void Overrides();
  void Waits();
  void Openness();
  void Relays();
  void Ownership();

 private:
  struct Threshold {
    std::string name;
    std::optional<double> value;
    const Origin* origin;  // null: a default
  };

  [[nodiscard]] static const Origin* Find(const Origins& origins, std::string_view name) {
    const auto found = origins.find(name);
    return found == origins.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const Origin* Site(std::string_view name) const {
    return Find(sources_.site, name);
  }
  [[nodiscard]] Place PlaceOf(std::string_view name) const {
    const Origin* origin = Site(name);
    return origin == nullptr ? Place{} : origin->place;
  }
  [[nodiscard]] bool Read(std::string_view name) const {
    const Origin* origin = Site(name);
    return origin == nullptr || origin->good;
  }
  // The mode, tenants included, that says "enforce" first in the file.
  [[nodiscard]] std::optional<Place> FirstEnforce() const;
  [[nodiscard]] bool IsLocal(const std::string& domain) const;
  void Ascending(const Threshold& low, const Threshold& high);
  void TenantDomains(const TenantConfig& tenant, const Sources::Tenant& source);

  const Config& config_;
  const Sources& sources_;
  Problems& problems_;
  std::set<std::string, std::less<>> local_domains_;
  std::map<std::string, int, std::less<>> tenant_of_domain_;  // line of its [[tenant]]
};

std::optional<Place> Checker::FirstEnforce() const {
  const std::pair<std::string_view, std::optional<Mode>> modes[] = {
      {"mode", config_.mode},
      {"spf.mode", config_.spf.mode},
      {"dkim.mode", config_.dkim.mode},
      {"dmarc.mode", config_.dmarc.mode},
      {"identity.mode", config_.identity.mode}};
  std::optional<Place> first;
  const auto consider = [&first](const Origin* origin, std::optional<Mode> mode) {
    if (origin == nullptr || mode != Mode::kEnforce) return;
    if (!first || origin->place < *first) first = origin->place;
  };
  for (const auto& [name, mode] : modes) consider(Site(name), mode);
  for (std::size_t i = 0; i < config_.tenants.size(); ++i) {
    consider(Find(sources_.tenants[i].origins, "mode"), config_.tenants[i].mode);
  }
  return first;
}

// A site that does not know its own domains cannot tell its users from those who pretend to be
// them.
void Checker::Enforcement() {
  if (!config_.identity.local_domains.empty() || !Read("identity.local_domains")) return;
  if (const auto place = FirstEnforce()) {
    problems_.Error(*place, "\"enforce\" needs identity.local_domains, and that list is empty",
                    "put the domains that this site sends and receives mail for into [identity]");
  }
}

void Checker::Ascending(const Threshold& low, const Threshold& high) {
  const bool readable =
      (low.origin == nullptr || low.origin->good) && (high.origin == nullptr || high.origin->good);
  if (!readable || !low.value || !high.value || *low.value <= *high.value) return;
  const Origin* where = high.origin != nullptr ? high.origin : low.origin;
  if (where == nullptr) return;  // defaults ascend
  problems_.Error(where->place, fmt::format("{} ({}) is above {} ({}), which then decides alone",
                                            low.name, *low.value, high.name, *high.value));
}

void Checker::Thresholds() {
  const ScoreConfig& score = config_.score;
  const Threshold site[] = {{"score.tag", score.tag, Site("score.tag")},
                            {"score.quarantine", score.quarantine, Site("score.quarantine")},
                            {"score.reject", score.reject, Site("score.reject")}};
  Ascending(site[0], site[1]);
  Ascending(site[1], site[2]);
  for (std::size_t i = 0; i < config_.tenants.size(); ++i) {
    const TenantConfig& tenant = config_.tenants[i];
    const Origins& origins = sources_.tenants[i].origins;
    const std::pair<std::string_view, std::optional<double>> own[] = {
        {"tag", tenant.tag}, {"quarantine", tenant.quarantine}, {"reject", tenant.reject}};
    std::vector<Threshold> effective(std::begin(site), std::end(site));
    for (std::size_t k = 0; k < effective.size(); ++k) {
      const Origin* origin = Find(origins, own[k].first);
      if (origin != nullptr) effective[k] = {std::string(own[k].first), own[k].second, origin};
    }
    for (std::size_t k = 0; k + 1 < effective.size(); ++k) {
      // What the site's values do to each other has been said.
      const bool inherited =
          effective[k].origin == site[k].origin && effective[k + 1].origin == site[k + 1].origin;
      if (!inherited) Ascending(effective[k], effective[k + 1]);
    }
  }
}

bool Checker::IsLocal(const std::string& domain) const {
  if (local_domains_.contains(domain)) return true;
  const std::string tree = '.' + domain;
  for (std::size_t dot = 0; dot != std::string::npos; dot = tree.find('.', dot + 1)) {
    if (local_domains_.contains(std::string_view(tree).substr(dot))) return true;
  }
  return false;
}

void Checker::TenantDomains(const TenantConfig& tenant, const Sources::Tenant& source) {
  const Origin* origin = Find(source.origins, "domains");
  if (origin == nullptr || !origin->good) return;
  if (tenant.domains.empty()) {
    problems_.Error(origin->place, "tenant.domains: a tenant needs at least one domain");
  }
  for (const std::string& domain : tenant.domains) {
    const auto [at, is_new] = tenant_of_domain_.emplace(domain, source.place.line);
    if (!is_new) {
      problems_.Error(origin->place,
                      fmt::format("tenant.domains: {} belongs to the tenant of line {} already",
                                  Quoted(domain), at->second));
    }
    if (!local_domains_.empty() && !IsLocal(domain)) {
      problems_.Warn(
          origin->place,
          fmt::format(
              "tenant.domains: {} is not in identity.local_domains, so anybody may send as it",
              Quoted(domain)));
    }
  }
}

void Checker::Tenants() {
  std::map<std::string_view, int> line_of_name;
  for (std::size_t i = 0; i < config_.tenants.size(); ++i) {
    const TenantConfig& tenant = config_.tenants[i];
    const Sources::Tenant& source = sources_.tenants[i];
    for (const std::string_view required : {"name", "domains"}) {
      if (Find(source.origins, required) == nullptr) {
        problems_.Error(source.place, fmt::format("this [[tenant]] has no {}", required));
      }
    }
    if (const Origin* name = Find(source.origins, "name"); name != nullptr && name->good) {
      const auto [at, is_new] = line_of_name.emplace(tenant.name, name->place.line);
      if (!is_new) {
        problems_.Error(name->place, fmt::format("tenant.name: {} is the tenant of line {} already",
                                                 Quoted(tenant.name), at->second));
      }
    }
    TenantDomains(tenant, source);
  }
}

void Checker::Overrides() {
  std::map<std::string_view, Action> seen;
  for (const DmarcOverride& override : config_.dmarc.overrides) {
    const auto [at, is_new] = seen.emplace(override.domain, override.action);
    if (is_new) continue;
    problems_.Error(
        PlaceOf("dmarc.overrides"),
        fmt::format("dmarc.overrides: {} is there twice, with {} and with {}",
                    Quoted(override.domain), ToWord(at->second), ToWord(override.action)));
  }
}

void Checker::Waits() {
  if (config_.milter.mail_wait > kSendmailCommandWait) {
    problems_.Warn(
        PlaceOf("milter.mail_wait"),
        fmt::format("milter.mail_wait: Sendmail waits {} s for a command unless R: in its "
                    "INPUT_MAIL_FILTER says otherwise, Postfix 30 s",
                    kSendmailCommandWait.count()));
  }
  if (config_.dns.timeout > config_.milter.eom_wait) {
    const bool set = Site("dns.timeout") != nullptr;
    problems_.Warn(PlaceOf(set ? "dns.timeout" : "milter.eom_wait"),
                   "dns.timeout is longer than milter.eom_wait: no message waits that long");
  }
}

// Settings that open something which is meant to be closed.
void Checker::Openness() {
  const auto everybody = [](const IpNetwork& network) { return network.prefix() == 0; };
  if (std::ranges::any_of(config_.identity.trusted_networks, everybody)) {
    problems_.Warn(PlaceOf("identity.trusted_networks"),
                   "identity.trusted_networks: with /0 in it, no mail is judged as inbound");
  }
  if (std::ranges::any_of(config_.spf.skip_networks, everybody)) {
    problems_.Warn(PlaceOf("spf.skip_networks"),
                   "spf.skip_networks: with /0 in it, SPF is not checked at all");
  }
  if (std::ranges::any_of(config_.client.trusted_relays, everybody)) {
    problems_.Warn(PlaceOf("client.trusted_relays"),
                   "client.trusted_relays: with /0 in it, senders write down their own address");
  }
  constexpr unsigned kOthersWrite = 0002;
  if ((config_.milter.socket_mode & kOthersWrite) != 0) {
    problems_.Warn(PlaceOf("milter.socket_mode"),
                   "milter.socket_mode: every user of this host can speak to the milter");
  }
  if (!config_.dns.zone.empty()) {
    problems_.Warn(PlaceOf("dns.zone"), "dns.zone: real DNS is never asked; this is for tests");
  }
}

// A relay that is trusted like a user hides every client behind it.
void Checker::Relays() {
  for (const IpNetwork& relay : config_.client.trusted_relays) {
    for (const IpNetwork& network : config_.identity.trusted_networks) {
      if (network.prefix() > relay.prefix() || !network.Contains(relay.address())) continue;
      problems_.Warn(PlaceOf("client.trusted_relays"),
                     fmt::format("client.trusted_relays: {} is in identity.trusted_networks too, "
                                 "so what it relays is not judged as inbound",
                                 relay.ToString()));
    }
  }
}

// What is to happen to an address of others, where nobody knows whose an address is.
void Checker::Ownership() {
  const IdentityConfig& identity = config_.identity;
  const bool known = identity.login_is_address || !identity.login_maps.empty() ||
                     !identity.alias_maps.empty() || !Read("identity.login_is_address") ||
                     !Read("identity.login_maps") || !Read("identity.alias_maps");
  if (known) return;
  const IdentityConfig defaults;
  const std::pair<std::string_view, bool> changed[] = {
      {"identity.mail_from", identity.mail_from != defaults.mail_from},
      {"identity.header_from", identity.header_from != defaults.header_from},
      {"identity.sender", identity.sender != defaults.sender},
      {"identity.unlisted", identity.unlisted != defaults.unlisted},
      {"identity.resent", identity.resent != defaults.resent},
      {"identity.any_address_logins", !identity.any_address_logins.empty()}};
  const auto* const first =
      std::ranges::find_if(changed, [](const auto& key) { return key.second; });
  if (first == std::end(changed)) return;
  problems_.Warn(
      PlaceOf(first->first),
      fmt::format("{}: nothing says which address is whose: identity.login_maps is empty",
                  first->first));
}

}  // namespace

void CheckConfig(const Config& config, const Sources& sources, Problems& problems) {
  Checker checker(config, sources, problems);
  checker.Enforcement();
  checker.Thresholds();
  checker.Tenants();
  checker.Overrides();
  checker.Waits();
  checker.Openness();
  checker.Relays();
  checker.Ownership();
}

}  // namespace assay::config
