// SPDX-License-Identifier: Apache-2.0
#include "lib/config/key_table.h"

#include <algorithm>
#include <iterator>

namespace assay::config {
namespace {

using namespace std::chrono_literals;

// Bounds. Waits end below what MTAs wait for a milter (Postfix: 30 s a command, 300 s for content;
// Sendmail: 10 s, 5 min).
constexpr Seconds kCommandWait{1s, 60s};
constexpr Seconds kContentWait{1s, 240s};
constexpr Seconds kDrain{0s, 1h};
constexpr Seconds kIdle{1s, 24h};
constexpr Milliseconds kQuestionWait{100ms, 60s};
// Below the 3 s after which the end of a message reports progress.
constexpr Milliseconds kLookupWait{50ms, 2500ms};
constexpr Count kPort{1, 65535};
constexpr Mebibytes kMemory{16, 1024UL * 1024};
constexpr Mebibytes kCache{1, 64UL * 1024};
constexpr Mebibytes kJournalSize{16, 1024UL * 1024};
constexpr Seconds kJournalAge{1s, 24h * 400};
constexpr Count kQuestions{10, 10'000};  // below 10 not even SPF's ten terms can be followed
constexpr Count kListQuestions{0, 1000};
constexpr Seconds kListTest{1min, 24h};
constexpr Decimal kScore{0, 10'000};

constexpr Text kSocket{"socket", CheckSocket};
constexpr Text kPath{"path", CheckPath};
constexpr Text kPathOrNone{"path", CheckPath, true};
constexpr Text kDomain{"domain", CheckDomain, false, true};
constexpr Text kDomainOrNone{"domain", CheckDomain, true, true};
constexpr Text kLocalDomain{"domain", CheckLocalDomain, false, true};
constexpr Text kServer{"server", CheckServer};
constexpr Text kTable{"table", CheckTable};
constexpr Text kDelimitersOrNone{"delimiters", CheckDelimiters, true};
constexpr Text kLogin{"login", CheckLogin, false, true};
constexpr Text kAddressPattern{"address", CheckAddressPattern, false, true};
constexpr Text kName{"name", CheckName};
constexpr Text kNameOrNone{"name", CheckName, true};

Words<Mode> Modes() { return {"", {{"monitor", Mode::kMonitor}, {"enforce", Mode::kEnforce}}}; }

// Discard is not among them: a check that is wrong must not lose mail without a trace.
Words<Action> Actions() {
  return {"action",
          {{ToWord(Action::kNone), Action::kNone},
           {ToWord(Action::kTag), Action::kTag},
           {ToWord(Action::kTempFail), Action::kTempFail},
           {ToWord(Action::kQuarantine), Action::kQuarantine},
           {ToWord(Action::kReject), Action::kReject}}};
}

ActionOrScore ActionsOrScore() { return {Actions(), kScore.max}; }

Words<Stage> Stages() {
  return {"",
          {{ToWord(Stage::kMail), Stage::kMail},
           {ToWord(Stage::kRcpt), Stage::kRcpt},
           {ToWord(Stage::kEndOfMessage), Stage::kEndOfMessage}}};
}

using SiteKey = Key<Config>;

template <class Access, class Codec>
SiteKey Site(std::string_view name, Access access, Codec codec, std::string_view meaning) {
  return Bind<Config>(name, access, std::move(codec), meaning);
}

std::vector<SiteKey> GeneralKeys() {
  return {
      Site("mode", At(&Config::mode), Modes(),
           "monitor refuses nothing and writes down what would have been done; enforce does it"),
      Site("authserv_id", At(&Config::authserv_id), kDomainOrNone,
           "Name in Authentication-Results (RFC 8601, 2.5); empty: the MTA's own host name"),
      Site("on_error", At(&Config::on_error),
           Words<OnError>{"", {{"accept", OnError::kAccept}, {"tempfail", OnError::kTempFail}}},
           "What happens to a message that Assay's own faults kept from being judged"),
      Site("milter.socket", At(&Config::milter, &MilterConfig::socket), kSocket,
           "Where the MTA reaches assayd: unix:PATH, inet:PORT@HOST, inet6:PORT@HOST or fd:N"),
      Site("milter.socket_mode", At(&Config::milter, &MilterConfig::socket_mode), FileMode{},
           "Permission bits of a unix socket"),
      Site("milter.socket_group", At(&Config::milter, &MilterConfig::socket_group), kNameOrNone,
           "Group that owns a unix socket; empty: the group of the user"),
      Site("milter.user", At(&Config::milter, &MilterConfig::user), kNameOrNone,
           "User to become when started as root; empty: stay"),
      Site("milter.control", At(&Config::milter, &MilterConfig::control), kPathOrNone,
           "Socket on which `assay reload` reaches assayd; empty: none"),
      Site("milter.mail_wait", At(&Config::milter, &MilterConfig::mail_wait), kCommandWait,
           "Longest time that MAIL and RCPT together make the MTA wait for DNS"),
      Site("milter.eom_wait", At(&Config::milter, &MilterConfig::eom_wait), kContentWait,
           "Longest time that the end of a message makes the MTA wait for DNS"),
      Site("milter.drain", At(&Config::milter, &MilterConfig::drain), kDrain,
           "Time that sessions have to finish after SIGTERM"),
      Site("milter.idle_timeout", At(&Config::milter, &MilterConfig::idle_timeout), kIdle,
           "A session without a command for that long is closed"),
      Site("milter.memory", At(&Config::milter, &MilterConfig::memory_mib), kMemory,
           "Memory for all messages in flight; beyond it rules see no bodies (limit.memory)"),
  };
}

std::vector<SiteKey> DnsKeys() {
  return {
      Site("dns.servers", At(&Config::dns, &DnsConfig::servers), ListOf<Text>{kServer},
           "Resolvers to ask, IP addresses with or without port; empty: those of resolv.conf"),
      Site("dns.timeout", At(&Config::dns, &DnsConfig::timeout), kQuestionWait,
           "Time for one question, from when it was asked"),
      Site("dns.cache", At(&Config::dns, &DnsConfig::cache_mib), kCache, "Memory for answers"),
      Site("dns.questions", At(&Config::dns, &DnsConfig::questions), kQuestions,
           "Questions that each SPF evaluation of a message may ask (limit.dns)"),
      Site("dns.zone", At(&Config::dns, &DnsConfig::zone), kPathOrNone,
           "File with zone text to answer from instead of the network, for tests; empty: none"),
      Site("dns.list_questions", At(&Config::dns, &DnsConfig::list_questions), kListQuestions,
           "Questions to DNS lists (dnsbl, uribl) that a message may cost; 0: none is asked"),
      Site("dns.list_test", At(&Config::dns, &DnsConfig::list_test), kListTest,
           "How often each DNS list has to pass its test (RFC 5782, 5)"),
  };
}

std::vector<SiteKey> ClientAndSpfKeys() {
  return {
      Site("client.trusted_relays", At(&Config::client, &ClientConfig::trusted_relays),
           ListOf<Network>{},
           "Hosts of yours that hand on mail from outside: its client is taken from Received"),
      Site("spf.mode", At(&Config::spf, &SpfConfig::mode), OptionalOf<Words<Mode>>{Modes()},
           "Mode of this check alone; unset: the site's"),
      Site("spf.at", At(&Config::spf, &SpfConfig::at), Stages(),
           "When refusals are given; only at eom can an aligned DKIM pass outweigh a forwarder's "
           "fail"),
      Site("spf.fail", At(&Config::spf, &SpfConfig::fail), ActionsOrScore(),
           "Action when the client is not permitted to use the domain (RFC 7208, 8.4)"),
      Site("spf.softfail", At(&Config::spf, &SpfConfig::softfail), ActionsOrScore(),
           "Action when the client is probably not permitted"),
      Site("spf.neutral", At(&Config::spf, &SpfConfig::neutral), ActionsOrScore(),
           "Action when the domain says nothing about the client"),
      Site("spf.none", At(&Config::spf, &SpfConfig::none), ActionsOrScore(),
           "Action when the domain publishes no SPF record"),
      Site("spf.temperror", At(&Config::spf, &SpfConfig::temperror), ActionsOrScore(),
           "Action when DNS did not answer"),
      Site("spf.permerror", At(&Config::spf, &SpfConfig::permerror), ActionsOrScore(),
           "Action when the record cannot be evaluated"),
      Site("spf.skip_networks", At(&Config::spf, &SpfConfig::skip_networks), ListOf<Network>{},
           "Clients whose SPF is not checked, such as forwarders"),
      Site("spf.skip_helo", At(&Config::spf, &SpfConfig::skip_helo), ListOf<Text>{kLocalDomain},
           "HELO names, once proved by SPF or by DNS, of clients from which SPF asks for nothing"),
      Site("spf.received_spf", At(&Config::spf, &SpfConfig::received_spf), Flag{},
           "Whether messages get Received-SPF fields (RFC 7208, 9.1)"),
  };
}

std::vector<SiteKey> DkimKeys() {
  return {
      Site("dkim.mode", At(&Config::dkim, &DkimConfig::mode), OptionalOf<Words<Mode>>{Modes()},
           "Mode of this check alone; unset: the site's"),
      Site("dkim.fail", At(&Config::dkim, &DkimConfig::fail), ActionsOrScore(),
           "Action when no signature passes and the best of them fails (RFC 8601, 2.7.1)"),
      Site("dkim.policy", At(&Config::dkim, &DkimConfig::policy), ActionsOrScore(),
           "Action when the best signature is good but not accepted, whatever the reason"),
      Site("dkim.sha1", At(&Config::dkim, &DkimConfig::sha1),
           OptionalOf<ActionOrScore>{ActionsOrScore()},
           "Action when the reason is rsa-sha1 (RFC 8301, 3.1); unset: dkim.policy"),
      Site("dkim.short_key", At(&Config::dkim, &DkimConfig::short_key),
           OptionalOf<ActionOrScore>{ActionsOrScore()},
           "Action when the reason is a key under 1024 bits (RFC 8301, 3.2); unset: dkim.policy"),
      Site("dkim.partial_body", At(&Config::dkim, &DkimConfig::partial_body),
           OptionalOf<ActionOrScore>{ActionsOrScore()},
           "Action when the reason is an l= that leaves body unsigned; unset: dkim.policy"),
      Site("dkim.neutral", At(&Config::dkim, &DkimConfig::neutral), ActionsOrScore(),
           "Action when the best signature cannot be processed"),
      Site("dkim.none", At(&Config::dkim, &DkimConfig::none), ActionsOrScore(),
           "Action when there is no signature"),
      Site("dkim.temperror", At(&Config::dkim, &DkimConfig::temperror), ActionsOrScore(),
           "Action when DNS did not give the key"),
      Site("dkim.permerror", At(&Config::dkim, &DkimConfig::permerror), ActionsOrScore(),
           "Action when signature or key record are malformed or the key is missing"),
  };
}

std::vector<SiteKey> DmarcAndIdentityKeys() {
  return {
      Site("dmarc.mode", At(&Config::dmarc, &DmarcConfig::mode), OptionalOf<Words<Mode>>{Modes()},
           "Mode of this check alone; unset: the site's"),
      Site("dmarc.reject", At(&Config::dmarc, &DmarcConfig::reject), Flag{},
           "Whether a fail under p=reject is rejected; false: it is quarantined"),
      Site("dmarc.quarantine", At(&Config::dmarc, &DmarcConfig::quarantine), Actions(),
           "Action for a fail under p=quarantine"),
      Site("dmarc.temperror", At(&Config::dmarc, &DmarcConfig::temperror), Actions(),
           "Action when DNS did not give the policy or what it needs"),
      Site("dmarc.permerror", At(&Config::dmarc, &DmarcConfig::permerror), Actions(),
           "Action when From does not name exactly one author; a policy among them may ask for "
           "more"),
      Site("dmarc.overrides", At(&Config::dmarc, &DmarcConfig::overrides), ListOf<DomainAction>{},
           "What a fail leads to for these author domains, whatever their policy says"),
      Site("dmarc.lists", At(&Config::dmarc, &DmarcConfig::lists), ListOf<Text>{kLocalDomain},
           "Mailing lists that change messages: a fail is let through when their domain is "
           "verified"),
      Site("arc.trusted_sealers", At(&Config::arc, &ArcConfig::trusted_sealers),
           ListOf<Text>{kLocalDomain},
           "Sealers whose record of an authenticated author counts when a forwarder changed a "
           "message"),
      Site("identity.mode", At(&Config::identity, &IdentityConfig::mode),
           OptionalOf<Words<Mode>>{Modes()}, "Mode of this check alone; unset: the site's"),
      Site("identity.local_domains", At(&Config::identity, &IdentityConfig::local_domains),
           ListOf<Text>{kLocalDomain},
           "Domains that this site sends and receives mail for; \".example.com\" takes subdomains "
           "too"),
      Site("identity.local_claim", At(&Config::identity, &IdentityConfig::local_claim), Actions(),
           "Action for outside mail under a local domain without aligned SPF or DKIM pass"),
      Site("identity.temperror", At(&Config::identity, &IdentityConfig::temperror), Actions(),
           "Action for such mail while DNS trouble keeps it from being vouched for"),
      Site("identity.trusted_networks", At(&Config::identity, &IdentityConfig::trusted_networks),
           ListOf<Network>{}, "Clients whose mail counts as submission, not as inbound"),
      Site("identity.submission_daemons",
           At(&Config::identity, &IdentityConfig::submission_daemons), ListOf<Text>{kName},
           "Listeners of the MTA ({daemon_name}) that only take submission"),
  };
}

template <class Member, class Codec>
SiteKey Identity(std::string_view name, Member member, Codec codec, std::string_view meaning) {
  return Site(name, At(&Config::identity, member), std::move(codec), meaning);
}

std::vector<SiteKey> ProfileAndClaimKeys() {
  return {
      Identity("identity.submission_ports", &IdentityConfig::submission_ports, ListOf<Count>{kPort},
               "Ports of the MTA ({daemon_port}) that only take submission"),
      Identity("identity.inbound_daemons", &IdentityConfig::inbound_daemons, ListOf<Text>{kName},
               "Listeners ({daemon_name}) whose clients are outside unless they log in"),
      Identity("identity.local_networks", &IdentityConfig::local_networks, ListOf<Network>{},
               "Clients whose mail counts as local, such as this host's web scripts"),
      Identity("identity.claim_networks", &IdentityConfig::claim_networks, ListOf<Network>{},
               "Outside clients that may use local domains, such as a branch office"),
      Identity(
          "identity.claim_signers", &IdentityConfig::claim_signers, ListOf<Text>{kLocalDomain},
          "Domains whose own SPF or DKIM pass vouches for local domains, such as newsletters'"),
      Identity("identity.claim_addresses", &IdentityConfig::claim_addresses,
               ListOf<Text>{kAddressPattern},
               "Local addresses that anybody may use from outside; \"@example.com\": all of them"),
  };
}

std::vector<SiteKey> LoginKeys() {
  return {
      Identity("identity.login_maps", &IdentityConfig::login_maps, ListOf<Text>{kTable},
               "Tables from address to the logins that may use it, as smtpd_sender_login_maps"),
      Identity("identity.alias_maps", &IdentityConfig::alias_maps, ListOf<Text>{kTable},
               "Tables from address to addresses or logins behind it, as virtual_alias_maps"),
      Identity("identity.recipient_delimiter", &IdentityConfig::recipient_delimiter,
               kDelimitersOrNone,
               "Characters that part user and extension in an address; empty: none"),
      Identity("identity.bare_domains", &IdentityConfig::bare_domains, ListOf<Text>{kLocalDomain},
               "Domains for which an entry without @ counts, as Postfix's mydestination"),
      Identity("identity.login_is_address", &IdentityConfig::login_is_address, Flag{},
               "Whether a login that is an address may use that address without an entry"),
      Identity("identity.any_address_logins", &IdentityConfig::any_address_logins,
               ListOf<Text>{kLogin}, "Logins that may use any address"),
      Identity("identity.network_logins", &IdentityConfig::network_logins,
               ListOf<NetworkAndLogin>{},
               "Clients that count as logged in by their address: \"192.0.2.7 fax\""),
      Identity("identity.certificate_logins", &IdentityConfig::certificate_logins,
               ListOf<Certificate>{}, "Clients that count as logged in by a verified certificate"),
      Identity("identity.mail_from", &IdentityConfig::mail_from, Actions(),
               "Action when MAIL FROM does not belong to the login; answered at MAIL"),
      Identity("identity.header_from", &IdentityConfig::header_from, Actions(),
               "Action when an author in From does not belong to the login, or From is malformed"),
      Identity("identity.sender", &IdentityConfig::sender, Actions(),
               "Action when Sender does not belong to the login or is malformed"),
      Identity("identity.unlisted", &IdentityConfig::unlisted, Actions(),
               "Action when no table has such an address at all"),
      Identity("identity.resent", &IdentityConfig::resent, Actions(),
               "Action when From belongs to others, but Resent-From to the login"),
      Identity("identity.null_sender", &IdentityConfig::null_sender, Actions(),
               "Action when a login sends with MAIL FROM:<>"),
      Identity("identity.lookup_error", &IdentityConfig::lookup_error, Actions(),
               "Action when a table gives no answer in time"),
      Identity("identity.lookup_wait", &IdentityConfig::lookup_wait, kLookupWait,
               "Time for all lookups in sqlite and socketmap tables of one command"),
  };
}

std::vector<SiteKey> JudgementKeys() {
  return {
      Site("rules.directory", At(&Config::rules, &RulesConfig::directory), kPathOrNone,
           "Directory whose *.rules files are read, in the order of their names; empty: none"),
      Site("rules.local", At(&Config::rules, &RulesConfig::local), kPathOrNone,
           "The site's own rule file, read last; may be missing when this key is left at its "
           "default"),
      Site("rules.memory", At(&Config::rules, &RulesConfig::memory_mib), kMemory,
           "Memory that the automata of all patterns may take together"),
      Site("score.tag", At(&Config::score, &ScoreConfig::tag), kScore,
           "Score from which a message is accepted but marked as spam"),
      Site("score.quarantine", At(&Config::score, &ScoreConfig::quarantine), kScore,
           "Score from which a message is held in the MTA's quarantine"),
      Site("score.reject", At(&Config::score, &ScoreConfig::reject), OptionalOf<Decimal>{kScore},
           "Score from which a message is rejected; unset: scores alone never reject"),
      Site("score.allow_discard", At(&Config::score, &ScoreConfig::allow_discard), Flag{},
           "Whether rules may accept a message and throw it away; false: they quarantine it"),
      Site(
          "recipients.conflict", At(&Config::conflict),
          Words<Conflict>{"", {{"mildest", Conflict::kMildest}, {"split", Conflict::kSplit}}},
          "When recipients' policies differ: take the mildest, or have the client send them apart"),
      Site("log.format", At(&Config::log, &LogConfig::format),
           Words<LogFormat>{"", {{"text", LogFormat::kText}, {"json", LogFormat::kJson}}},
           "Form of the log line that each message gets"),
      Site("log.to_stderr", At(&Config::log, &LogConfig::to_stderr), Flag{},
           "Log to standard error instead of syslog, facility mail"),
  };
}

std::vector<SiteKey> JournalKeys() {
  return {
      Site("journal.enabled", At(&Config::journal, &JournalConfig::enabled), Flag{},
           "Whether what led to each verdict is recorded, for \"assay explain\""),
      Site("journal.path", At(&Config::journal, &JournalConfig::path), kPath,
           "File of the journal; its directory must be there and writable"),
      Site(
          "journal.keep", At(&Config::journal, &JournalConfig::keep),
          Words<Keep>{
              "", {{"rules", Keep::kRules}, {"headers", Keep::kHeaders}, {"text", Keep::kText}}},
          "What of a message may stand there: no text, matched pieces of its header, of all of it"),
      Site("journal.max_age", At(&Config::journal, &JournalConfig::max_age), kJournalAge,
           "Records older than that are removed"),
      Site("journal.max_size", At(&Config::journal, &JournalConfig::max_size_mib), kJournalSize,
           "Size of the file; the oldest records are removed before it is reached"),
  };
}

}  // namespace

std::vector<Key<Config>> SiteKeys() {
  std::vector<Key<Config>> keys;
  for (auto part : {GeneralKeys, DnsKeys, ClientAndSpfKeys, DkimKeys, DmarcAndIdentityKeys,
                    ProfileAndClaimKeys, LoginKeys, JudgementKeys, JournalKeys}) {
    std::ranges::move(part(), std::back_inserter(keys));
  }
  return keys;
}

std::vector<Key<TenantConfig>> TenantKeys() {
  const auto tenant = [](std::string_view name, auto member, auto codec, std::string_view meaning) {
    return Bind<TenantConfig>(name, At(member), std::move(codec), meaning);
  };
  std::vector<Key<TenantConfig>> keys = {
      tenant("name", &TenantConfig::name, kName, "Name of the tenant, for the log"),
      tenant("domains", &TenantConfig::domains, ListOf<Text>{kDomain},
             "Recipients' domains that this tenant's values hold for"),
      tenant("mode", &TenantConfig::mode, OptionalOf<Words<Mode>>{Modes()},
             "Mode for these recipients; unset: the site's"),
      tenant("tag", &TenantConfig::tag, OptionalOf<Decimal>{kScore},
             "score.tag for these recipients"),
      tenant("quarantine", &TenantConfig::quarantine, OptionalOf<Decimal>{kScore},
             "score.quarantine for these recipients"),
      tenant("reject", &TenantConfig::reject, OptionalOf<Decimal>{kScore},
             "score.reject for these recipients"),
  };
  keys[0].presence = Presence::kRequired;
  keys[1].presence = Presence::kRequired;
  return keys;
}

}  // namespace assay::config
