// SPDX-License-Identifier: Apache-2.0
// The judgements of a transaction: which facts follow from the session, which checks run, what they
// ask for.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/engine/author_domains.h"
#include "lib/engine/findings.h"
#include "lib/engine/scanner_turn.h"
#include "lib/engine/transaction_impl.h"

namespace assay::engine {
namespace {

using facts::Id;

bool Contains(const std::vector<IpNetwork>& networks, const std::optional<IpAddress>& ip) {
  return ip &&
         std::ranges::any_of(networks, [&](const auto& network) { return network.Contains(*ip); });
}

}  // namespace

mail::Address UnderstoodPath(std::string_view argument, std::string_view mta_address) {
  auto path = mail::ParsePath(argument);
  if (path && (path->has_domain() || path->local.empty())) return std::move(*path);
  auto understood = mail::ParsePath(mta_address);
  if (understood && understood->has_domain()) return std::move(*understood);
  return path ? std::move(*path) : mail::Address{std::string(argument), {}};
}

std::string AuthservId(const Generation& generation, const Client& client) {
  if (!generation.config.authserv_id.empty()) return generation.config.authserv_id;
  return client.mta_name.empty() ? "localhost" : ToLower(client.mta_name);
}

std::string_view Transaction::Impl::Profile() const {
  if (!login.empty()) return "submission";
  if (!client.ip) return "local";
  const config::IdentityConfig& identity = config().identity;
  const auto has = [](const auto& list, const auto& value) {
    return std::ranges::find(list, value) != list.end();
  };
  if (has(identity.inbound_daemons, client.daemon_name)) return "inbound";
  if (Contains(identity.local_networks, client.ip)) return "local";
  const auto port = ParseNumber(client.daemon_port);
  const bool trusted = Contains(identity.trusted_networks, client.ip) ||
                       has(identity.submission_daemons, client.daemon_name) ||
                       (port && has(identity.submission_ports, *port));
  return trusted ? "submission" : "inbound";
}

void Transaction::Impl::FillConnectionFacts() {
  if (client.ip) facts.Set(Id::kClientIp, *client.ip);
  // libmilter gives "[192.0.2.1]" where there is no verified name, Postfix "unknown" in macros.
  if (!client.name.empty() && client.name.front() != '[' && client.name != "unknown") {
    facts.Set(Id::kClientName, ToLower(client.name));
    SetRegistrable(Id::kClientRegistrable, ToLower(client.name), facts);
  }
  if (!client.daemon_name.empty()) facts.Set(Id::kClientDaemon, client.daemon_name);
  if (!client.helo.empty()) facts.Set(Id::kHelo, client.helo);
  if (client.ip) facts.Set(Id::kClientSource, std::string("connection"));
}

void Transaction::Impl::FillMailFacts(const MailCommand& command) {
  EffectiveLogin found = FindLogin(config().identity, client, command);
  login = std::move(found.name);
  login_by = found.by;
  utf8 = command.utf8;
  if (!login.empty()) facts.Set(Id::kLogin, login);
  facts.Set(Id::kProfile, std::string(Profile()));
  // A path that cannot be parsed has no domain that anything could be checked for; the MTA has its
  // own opinion of it.
  mail_from = UnderstoodPath(command.argument, command.mta_address);
  DeriveMailFromFacts(mail_from, facts);
}

void Transaction::Impl::FillRcptFacts() {
  std::vector<std::string> addresses;
  std::vector<std::string> domains;
  for (const mail::Address& rcpt : rcpt_to) {
    addresses.push_back(rcpt.ToString());
    if (std::ranges::find(domains, rcpt.domain) == domains.end()) domains.push_back(rcpt.domain);
  }
  facts.Set(Id::kRcptTo, std::move(addresses));
  facts.Set(Id::kRcptToDomain, std::move(domains));
  facts.Set(Id::kRcptToCount, static_cast<double>(rcpt_to.size()));
}

bool Transaction::Impl::relayed() const {
  return inbound() && Contains(config().client.trusted_relays, client.ip);
}

void Transaction::Impl::TakeOrigin() {
  for (const Id id : {Id::kClientIp, Id::kClientName, Id::kClientRegistrable, Id::kHelo}) {
    facts.Forget(id);
  }
  origin = FindOrigin(message, config().client.trusted_relays);
  facts.Set(Id::kClientSource, std::string(origin ? "received" : "unknown"));
  if (!origin) return evidence.WithoutClient();
  facts.Set(Id::kClientIp, origin->ip);
  facts.Set(Id::kHelo, origin->helo);
  if (!origin->name.empty()) {
    facts.Set(Id::kClientName, origin->name);
    SetRegistrable(Id::kClientRegistrable, origin->name, facts);
  }
  StartSpf();
}

void Transaction::Impl::AskForAuthors() {
  const auto* domain = std::get_if<std::string>(&facts.Get(Id::kHeaderFromDomain));
  if (domain != nullptr) return evidence.EndFields(*domain, {}, asker);
  claimed = ClaimedAuthorDomains(message, facts);
  // Some MTAs make a From field of MAIL FROM where there is none.
  if (claimed.names.empty() && mail_from.has_domain()) claimed.names.push_back(mail_from.domain);
  evidence.EndFields({}, claimed, asker);
}

// For the client that the facts name.
void Transaction::Impl::StartSpf() {
  const auto* ip = std::get_if<IpAddress>(&facts.Get(Id::kClientIp));
  if (ip == nullptr || Contains(config().spf.skip_networks, *ip)) return;
  const std::string greeting = origin ? origin->helo : client.helo;
  const std::string helo = mail::NormalizeDomain(greeting).value_or(greeting);
  const auto& skipped = config().spf.skip_helo;
  if (!skipped.empty() && identity::LocalDomains(skipped).Contains(helo)) {
    const auto* name = std::get_if<std::string>(&facts.Get(Id::kClientName));
    evidence.ListHelo(name != nullptr && *name == helo);
  }
  auth::SpfCheck check;
  check.client_ip = *ip;
  check.helo_domain = helo;
  check.receiver = client.mta_name;
  check.now = now;
  check.domain = helo;
  check.sender = "postmaster@" + helo;
  auth::SpfCheck mail_check = check;
  // Only a true null path is judged by HELO; an address without a domain has nothing to look up.
  if (!mail_from.local.empty() || mail_from.has_domain()) {
    mail_check.domain = mail_from.domain;
    // RFC 7208, 4.3: no local part counts as postmaster.
    mail_check.sender =
        (mail_from.local.empty() ? "postmaster" : mail_from.local) + "@" + mail_from.domain;
  }
  evidence.StartSpf(std::move(check), std::move(mail_check), config().dns.questions);
}

const policy::Policy& Transaction::Impl::PolicyFor(const mail::Address& rcpt) const {
  const auto tenant = generation->tenants_by_domain.find(rcpt.domain);
  return tenant == generation->tenants_by_domain.end() ? generation->site.site : tenant->second;
}

std::vector<const policy::Policy*> Transaction::Impl::RecipientPolicies() const {
  std::vector<const policy::Policy*> policies;
  for (const mail::Address& rcpt : rcpt_to) {
    const policy::Policy& policy = PolicyFor(rcpt);
    const bool known = std::ranges::any_of(policies, [&](const auto* p) { return *p == policy; });
    if (!known) policies.push_back(&policy);
  }
  return policies;
}

// At MAIL nobody knows yet whose policy holds: with tenants that chose a mode, RCPT is the first
// place.
Stage Transaction::Impl::SpfStage() const {
  const Stage stage = config().spf.at;
  const bool modes_differ = std::ranges::any_of(
      config().tenants, [](const config::TenantConfig& tenant) { return tenant.mode.has_value(); });
  return stage == Stage::kMail && modes_differ ? Stage::kRcpt : stage;
}

// Whether SPF has to answer at this stage, because something there could be refused by it.
bool Transaction::Impl::SpfAnswersAt(Stage stage) const {
  if (!inbound() || relayed() || SpfStage() != stage) return false;
  const auto own = ModeOf(config().spf.mode);
  const policy::Policy& policy =
      stage == Stage::kRcpt && !rcpt_to.empty() ? PolicyFor(rcpt_to.back()) : generation->site.site;
  return own.value_or(policy.mode) == policy::Mode::kEnforce;
}

std::optional<policy::Verdict> Transaction::Impl::EarlySpf(Stage stage,
                                                           const policy::Policy& policy) {
  const auto finding = SpfFinding(config(), evidence);
  if (!finding || (finding->action != Action::kReject && finding->action != Action::kTempFail))
    return {};
  const policy::Policy* const policies[] = {&policy};
  policy::Verdict early = policy::Decide(generation->site, policies, {{*finding}}, {});
  if (early.action == Action::kNone) return {};
  early.stage = stage;
  AddReference(early.reply);
  early.would_reply = early.reply;
  return early;
}

// RFC 5321, 4.5.3.1.10: 452 makes the client send to this recipient in a transaction of its own.
std::optional<policy::Verdict> Transaction::Impl::SplitRecipient() const {
  if (config().conflict != config::Conflict::kSplit || rcpt_to.size() < 2) return {};
  const policy::Policy& last = PolicyFor(rcpt_to.back());
  const auto enforced_otherwise = [&](const mail::Address& rcpt) {
    const policy::Policy& other = PolicyFor(rcpt);
    return other.mode == policy::Mode::kEnforce && last.mode == policy::Mode::kEnforce &&
           !(other.thresholds == last.thresholds);
  };
  if (std::none_of(rcpt_to.begin(), rcpt_to.end() - 1, enforced_otherwise)) return {};
  policy::Verdict split;
  split.action = split.would = Action::kTempFail;
  split.reply =
      split.would_reply = {452, "4.5.3", "Recipient has a policy of its own; send it separately"};
  split.decided_by = "recipients";
  split.reason = "recipients.conflict is split";
  split.stage = Stage::kRcpt;
  return split;
}

void Transaction::Impl::JudgeIdentity() {
  if (!inbound()) return;
  identity::LocalClaimCheck check;
  check.excepted = ClaimExcepted();
  if (mail_from.has_domain() && !MayBeClaimed(mail_from.ToString())) {
    check.claimed_domains.push_back(mail_from.domain);
  }
  if (const auto* authors = std::get_if<std::vector<std::string>>(&facts.Get(Id::kHeaderFrom))) {
    for (const std::string& author : *authors) {
      const std::size_t at = author.rfind('@');
      if (at != std::string::npos && !MayBeClaimed(author))
        check.claimed_domains.push_back(author.substr(at + 1));
    }
  }
  const auto* problem = std::get_if<std::string>(&facts.Get(Id::kHeaderFromProblem));
  const bool unreadable = problem != nullptr && *problem != "none";
  if (unreadable) {
    // No author can be read, but people will be shown one.
    check.claimed_domains.insert(check.claimed_domains.end(), claimed.names.begin(),
                                 claimed.names.end());
    check.domains_cut = claimed.cut;
  }
  check.verified_domains = evidence.VerifiedDomains();
  check.troubled_domains = evidence.TroubledDomains();
  path = FindTrustedPath(config(), evidence, message);
  facts.Set(Id::kArcTrusted, !path.sealer.empty());
  facts.Set(Id::kListTrusted, !path.list.empty());
  if (!path.sealer.empty()) check.verified_domains.push_back(evidence.author_domain());
  if (path.sealer_in_doubt) check.troubled_domains.push_back(evidence.author_domain());
  const identity::LocalClaim claim = identity::JudgeLocalClaim(generation->local_domains, check);
  facts.Set(Id::kIdentityLocalClaim, std::string(ToWord(claim)));
  findings = CollectFindings(config(), evidence, claim, path);
  if (forged.flooded()) {
    findings.push_back({"header",
                        Action::kReject,
                        {550, "5.6.0", "Too many header fields that only this host may write"},
                        "more forged fields than can be removed",
                        {},
                        true});
  }
}

// Somebody whom the site has named speaks for the message: the client, or a domain that is
// verified.
bool Transaction::Impl::ClaimExcepted() const {
  // Behind an own relay the client is the one that its Received field names, where it does.
  const std::optional<IpAddress> ip = relayed() && origin ? origin->ip : client.ip;
  if (Contains(config().identity.claim_networks, ip)) return true;
  return std::ranges::any_of(evidence.VerifiedDomains(), [this](const std::string& domain) {
    return generation->claim_signers.Contains(domain);
  });
}

bool Transaction::Impl::MayBeClaimed(std::string_view address) const {
  const std::size_t at = address.rfind('@');
  return at != std::string_view::npos &&
         std::ranges::any_of(config().identity.claim_addresses, [&](const std::string& pattern) {
           return EqualsIgnoreCase(pattern.front() == '@' ? address.substr(at) : address, pattern);
         });
}

void Transaction::Impl::Scan() {
  const ScannerTurn turn(shared->scanners());
  if (!turn.taken()) {
    not_judged = "no CPU time for rules";
    return;
  }
  if (!views) views.emplace(message);
  const bool explain = explain_hits || shared->journal() != nullptr;
  hits = generation->rules->Evaluate({facts, *views, list_results, explain});
  facts.Set(Id::kLimitRules, hits.limited);
}

// The sender quotes it, the postmaster greps for it.
void Transaction::Impl::AddReference(policy::Reply& reply) const {
  if (reply.code != 0) reply.text += fmt::format(" [ref {}]", ref);
}

}  // namespace assay::engine
