// SPDX-License-Identifier: Apache-2.0
// assay.toml as values. Each key stands once in the key table (keys.h) with type, default and
// meaning; a test holds this struct, that table and assay.toml(5) together.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/action.h"
#include "lib/base/ip_address.h"

namespace assay::config {

enum class Mode { kMonitor, kEnforce };
enum class OnError { kAccept, kTempFail };
enum class Conflict { kMildest, kSplit };
enum class LogFormat { kText, kJson };
// What the journal may hold of a message, beyond addresses and what was found out: nothing, pieces
// of its header, or of its text too.
enum class Keep { kRules, kHeaders, kText };

struct MilterConfig {
  // unix:PATH, inet:PORT@HOST, inet6:PORT@HOST, fd:N
  std::string socket = "unix:/run/assay/assay.sock";
  unsigned socket_mode = 0660;                       // octal string in the file: "0660"
  std::string socket_group;                          // empty: the user's own group
  std::string user;                                  // to run as when started as root; empty: stay
  std::string control = "/run/assayd/control.sock";  // for `assay reload`; empty: none
  std::chrono::seconds mail_wait{8};                 // for MAIL and RCPT together
  std::chrono::seconds eom_wait{20};                 // at end of message
  std::chrono::seconds drain{30};                    // sessions may finish after SIGTERM
  std::chrono::seconds idle_timeout{7210};  // a session without a command for that long is closed
  std::size_t memory_mib = 256;             // all messages in flight

  bool operator==(const MilterConfig&) const = default;
};

struct DnsConfig {
  std::vector<std::string> servers;         // "127.0.0.1", "[::1]:5353"; empty: resolv.conf
  std::chrono::milliseconds timeout{5000};  // per question, from when it was asked
  std::size_t cache_mib = 32;
  std::size_t questions = 100;      // per SPF evaluation
  std::string zone;                 // file with zone text: answer from it and never ask the network
  std::size_t list_questions = 60;  // to DNS lists, per message; 0: they are not asked
  std::chrono::seconds list_test{30 * 60};  // how often each list is tested

  bool operator==(const DnsConfig&) const = default;
};

// What a result of a check leads to: an action, or a number that joins the scores of the rules.
struct CheckAction {
  Action action = Action::kNone;
  double score = 0;  // not 0 only where `action` is kNone

  bool operator==(const CheckAction&) const = default;
};

struct ClientConfig {
  // Hosts of this site that hand on mail from outside: the client to judge stands in Received.
  std::vector<IpNetwork> trusted_relays;

  bool operator==(const ClientConfig&) const = default;
};

struct SpfConfig {
  std::optional<Mode> mode;         // unset: the site's
  Stage at = Stage::kEndOfMessage;  // "mail", "rcpt" or "eom"
  CheckAction fail = {Action::kReject};
  CheckAction softfail = {Action::kTag};
  CheckAction neutral;
  CheckAction none;
  CheckAction temperror;
  CheckAction permerror = {Action::kTag};
  std::vector<IpNetwork> skip_networks;  // clients whose SPF is not checked
  // HELO names, as identity.local_domains, of clients from which SPF asks for nothing once the name
  // is proved
  std::vector<std::string> skip_helo;
  bool received_spf = false;  // a Received-SPF field for each evaluation

  bool operator==(const SpfConfig&) const = default;
};

struct DkimConfig {
  std::optional<Mode> mode;
  CheckAction fail = {Action::kTag};
  CheckAction policy;
  // What policy holds for these reasons; unset: policy
  std::optional<CheckAction> sha1, short_key, partial_body;
  CheckAction neutral;
  CheckAction none;
  CheckAction temperror;
  CheckAction permerror = {Action::kTag};

  bool operator==(const DkimConfig&) const = default;
};

// What a fail leads to for one author domain, whatever its policy.
struct DmarcOverride {
  std::string domain;  // lower-case A-labels; ".example.com" takes subdomains too
  Action action = Action::kNone;

  bool operator==(const DmarcOverride&) const = default;
};

struct DmarcConfig {
  std::optional<Mode> mode;
  bool reject = false;                      // p=reject rejects; else it quarantines
  Action quarantine = Action::kQuarantine;  // what p=quarantine does
  Action temperror = Action::kNone;
  Action permerror = Action::kTag;  // From names no single author; their policies may ask for more
  std::vector<DmarcOverride> overrides;  // the longest entry that matches the author domain
  std::vector<std::string> lists;        // mailing lists whose verified mail is spared; as above

  bool operator==(const DmarcConfig&) const = default;
};

struct ArcConfig {
  // Whose word counts for mail that they changed; as DmarcOverride::domain.
  std::vector<std::string> trusted_sealers;

  bool operator==(const ArcConfig&) const = default;
};

// Mail from these clients counts as that of a login.
struct NetworkLogin {
  IpNetwork network;
  std::string login;

  bool operator==(const NetworkLogin&) const = default;
};

// The same for clients with a verified certificate.
struct CertificateLogin {
  std::string subject;  // {cert_subject}, as the MTA writes it
  std::string issuer;   // {cert_issuer}
  std::string login;

  bool operator==(const CertificateLogin&) const = default;
};

struct IdentityConfig {
  std::optional<Mode> mode;
  // lower-case A-labels; ".example.com" takes subdomains too
  std::vector<std::string> local_domains;
  Action local_claim =
      Action::kQuarantine;               // outside mail under a local domain, vouched for by nobody
  Action temperror = Action::kTempFail;  // the same while DNS trouble keeps us from knowing
  // clients whose mail is submission, not inbound
  std::vector<IpNetwork> trusted_networks = {IpNetwork(IpAddress::V4({127, 0, 0, 0}), 8),
                                             *IpNetwork::Parse("::1")};
  std::vector<std::string> submission_daemons;  // {daemon_name} values that only take submission
  std::vector<std::size_t> submission_ports;    // the same for {daemon_port}
  std::vector<std::string> inbound_daemons;     // {daemon_name} values that never take submission
  std::vector<IpNetwork> local_networks;        // clients whose mail is local, such as web scripts
  std::vector<IpNetwork> claim_networks;        // clients that may use local domains
  std::vector<std::string> claim_signers;       // verified domains that vouch for local ones
  std::vector<std::string> claim_addresses;     // "a@b" or "@b": may be used by anybody
  std::vector<std::string> login_maps;          // tables: address → logins
  std::vector<std::string> alias_maps;          // tables: address → addresses or logins
  std::string recipient_delimiter = "+";        // each character parts user and extension
  std::vector<std::string> bare_domains;        // where an entry without @ counts
  bool login_is_address = false;
  std::vector<std::string> any_address_logins;
  std::vector<NetworkLogin> network_logins;
  std::vector<CertificateLogin> certificate_logins;
  Action mail_from = Action::kReject;    // MAIL FROM that is another login's
  Action header_from = Action::kReject;  // the same for an author in From
  Action sender = Action::kReject;       // and for Sender
  Action unlisted = Action::kReject;     // an address that no table has, in any of the three
  Action resent = Action::kReject;       // From is another's, Resent-From the login's
  Action null_sender = Action::kNone;    // MAIL FROM:<> with a login
  Action lookup_error = Action::kTempFail;
  std::chrono::milliseconds lookup_wait{2000};  // for all lookups of one command

  bool operator==(const IdentityConfig&) const = default;
};

struct RulesConfig {
  std::string directory = "/usr/share/assay/rules";  // every *.rules in it, by name
  // read last; may be missing only when it is this default
  std::string local = "/etc/assay/local.rules";
  std::size_t memory_mib = 512;  // of all patterns' automata

  bool operator==(const RulesConfig&) const = default;
};

struct ScoreConfig {
  double tag = 5;
  double quarantine = 10;
  std::optional<double> reject;  // unset: scores alone never reject
  bool allow_discard = false;

  bool operator==(const ScoreConfig&) const = default;
};

struct TenantConfig {
  std::string name;
  std::vector<std::string> domains;  // recipients' domains
  std::optional<Mode> mode;
  std::optional<double> tag, quarantine, reject;

  bool operator==(const TenantConfig&) const = default;
};

struct LogConfig {
  LogFormat format = LogFormat::kText;
  bool to_stderr = false;  // else syslog, facility mail

  bool operator==(const LogConfig&) const = default;
};

struct JournalConfig {
  bool enabled = true;
  std::string path = "/var/lib/assay/journal.db";
  Keep keep = Keep::kRules;
  std::chrono::seconds max_age = std::chrono::hours(7 * 24);
  std::size_t max_size_mib = 512;

  bool operator==(const JournalConfig&) const = default;
};

struct Config {
  Mode mode = Mode::kMonitor;
  std::string authserv_id;  // empty: the MTA's own name, macro {j}
  OnError on_error = OnError::kAccept;
  Conflict conflict = Conflict::kMildest;
  MilterConfig milter;
  DnsConfig dns;
  ClientConfig client;
  SpfConfig spf;
  DkimConfig dkim;
  DmarcConfig dmarc;
  ArcConfig arc;
  IdentityConfig identity;
  RulesConfig rules;
  ScoreConfig score;
  std::vector<TenantConfig> tenants;
  LogConfig log;
  JournalConfig journal;

  bool operator==(const Config&) const = default;
};

}  // namespace assay::config
