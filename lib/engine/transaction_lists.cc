// SPDX-License-Identifier: Apache-2.0
// A transaction's part in asking DNS lists.
#include <algorithm>
#include <span>
#include <utility>

#include "lib/engine/scanner_turn.h"
#include "lib/engine/transaction_impl.h"

namespace assay::engine {
namespace {

using facts::Id;

// The domains of a fact's texts, which are domains, host names or addresses.
std::vector<std::string> DomainsIn(const facts::Value& value) {
  std::vector<std::string> texts;
  if (const auto* one = std::get_if<std::string>(&value)) texts.push_back(*one);
  if (const auto* many = std::get_if<std::vector<std::string>>(&value)) texts = *many;
  std::vector<std::string> domains;
  for (const std::string_view text : texts) {
    auto domain = mail::NormalizeDomain(text.substr(text.rfind('@') + 1));  // npos + 1 is 0
    if (domain) domains.push_back(*std::move(domain));
  }
  return domains;
}

// The public hosts through which the message came before its client, the newest first. `origin`:
// the client, where a field names it; the fields above that one are our own.
std::vector<IpAddress> HopsBefore(const mail::Message& message,
                                  const std::optional<mail::ReceivedFrom>& origin) {
  std::vector<IpAddress> hops;
  bool below = !origin;
  for (const mail::Field* field : message.Find("Received")) {
    if (hops.size() >= kMaxReceivedHops) break;
    const auto from = mail::ParseReceived(field->value);
    if (below && from && IsAskedAbout(from->ip)) hops.push_back(from->ip);
    below = below || (from && *from == *origin);
  }
  return hops;
}

}  // namespace

ListCheck MakeListCheck(const Generation& generation, Shared& shared) {
  const auto skip = [&generation](std::string_view name) {
    if (generation.rules->SkipsName(name)) return true;
    for (std::string_view rest = name;;) {
      if (generation.local_domains.Contains(rest)) return true;
      const std::size_t dot = rest.find('.');
      if (dot == std::string_view::npos) return false;
      rest.remove_prefix(dot + 1);
    }
  };
  return ListCheck(generation.rules->dns_lists(), shared.list_health(), skip,
                   generation.config.dns.list_questions);
}

void Transaction::Impl::TellLists(rules::Asked what, Id fact, bool all) {
  if (lists.Wants(what)) lists.Know(what, DomainsIn(facts.Get(fact)), all);
}

void Transaction::Impl::BeginLists() {
  if (const auto* profile = std::get_if<std::string>(&facts.Get(Id::kProfile))) {
    lists.Begin(*profile);
  }
  if (!relayed()) ListsAboutClient();  // first: where questions are short, these count most
  TellLists(rules::Asked::kMailFromDomain, Id::kMailFromDomain);
}

void Transaction::Impl::ListsAboutClient() {
  std::vector<IpAddress> addresses;
  if (const auto* ip = std::get_if<IpAddress>(&facts.Get(Id::kClientIp))) addresses.push_back(*ip);
  // Behind a relay that does not tell, there is a client that nobody knows.
  const bool known = !relayed() || origin.has_value();
  lists.Know(rules::Asked::kClientIp, addresses, known);
  TellLists(rules::Asked::kClientName, Id::kClientName, known);
  TellLists(rules::Asked::kHelo, Id::kHelo, known);
}

void Transaction::Impl::ListsAtEndOfFields() {
  ListsAboutClient();
  const bool all = !message.fields_cut();
  TellLists(rules::Asked::kHeaderFromDomain, Id::kHeaderFrom, all);
  TellLists(rules::Asked::kReplyToDomain, Id::kReplyToDomain, all);
  if (lists.Wants(rules::Asked::kReceived)) {
    lists.Know(rules::Asked::kReceived, HopsBefore(message, origin),
               !relayed() || origin.has_value());
  }
}

void Transaction::Impl::ListsAtEndOfMessage() {
  lists.EndOfMessage();
  if (lists.Wants(rules::Asked::kLinks)) ListsAboutLinks();
}

// The one step here that costs CPU time: it takes its turn as rules do.
void Transaction::Impl::ListsAboutLinks() {
  const bool* dropped = std::get_if<bool>(&facts.Get(Id::kLimitMemory));
  const ScannerTurn turn(shared->scanners());
  if (!turn.taken() || (dropped != nullptr && *dropped)) {
    return lists.Know(rules::Asked::kLinks, std::span<const std::string>(), false);
  }
  if (!views) views.emplace(message);
  const mail::Texts& hosts = views->LinkFacts().hosts;
  const mail::ViewDefects& defects = views->defects();
  const bool all = !views->links_cut() && !message.body_cut() && !defects.mime_parts &&
                   !defects.mime_depth && !defects.text_bytes;
  lists.Know(rules::Asked::kLinks, hosts, all);
}

void Transaction::Impl::ListsAboutSigners() {
  std::vector<std::string> domains;
  bool all = true;
  if (evidence.dkim() != nullptr) {
    for (const auth::DkimOutcome& signature : evidence.dkim()->signatures) {
      if (signature.result == auth::DkimResult::kPass) domains.push_back(signature.signing_domain);
      if (signature.result == auth::DkimResult::kTempError) all = false;
    }
  }
  lists.Know(rules::Asked::kDkimDomain, domains, all);
}

void Transaction::Impl::Advance() {
  evidence.Advance(asker);
  if (lists.Wants(rules::Asked::kDkimDomain) && (evidence.dkim() != nullptr || !inbound())) {
    ListsAboutSigners();
  }
  lists.Advance(asker);
}

std::shared_ptr<dns::Inbox> AskListsAhead(const Generation& generation, Shared& shared,
                                          const Client& client) {
  const auto has_network = [&](const std::vector<IpNetwork>& networks) {
    return std::ranges::any_of(networks,
                               [&](const auto& network) { return network.Contains(*client.ip); });
  };
  const config::Config& config = generation.config;
  const auto& inbound = config.identity.inbound_daemons;
  const bool only_inbound = std::ranges::find(inbound, client.daemon_name) != inbound.end();
  if (!client.ip || !only_inbound || has_network(config.client.trusted_relays)) return nullptr;
  ListCheck check = MakeListCheck(generation, shared);
  check.Begin("inbound");
  check.Know(rules::Asked::kClientIp, {&*client.ip, 1});
  auto inbox = std::make_shared<dns::Inbox>();
  for (const dns::Question& question : check.Questions()) shared.resolver().Ask(question, inbox);
  return inbox;
}

}  // namespace assay::engine
