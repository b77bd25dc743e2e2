// SPDX-License-Identifier: Apache-2.0
// What the journal keeps of one judged message: everything that led to its verdict, as plain values
// that outlive rules and configuration. Texts are bytes as they came; who prints them escapes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/facts/fact.h"

namespace assay::journal {

// One DNS question with its answer.
struct DnsAnswer {
  std::string name;    // lower case, without final dot
  std::string type;    // "TXT"
  std::string status;  // "NOERROR", "NXDOMAIN", "SERVFAIL", "TIMEOUT", …
  std::uint64_t ttl = 0;
  std::vector<std::string> data;  // addresses, "PREFERENCE HOST", names, the bytes of each text
  bool operator==(const DnsAnswer&) const = default;
};

// A fact that was known. Its name may be one that the table of today does not have.
struct Fact {
  std::string name;
  facts::Value value;
  bool operator==(const Fact&) const = default;
};

// One DKIM signature as it was judged.
struct Signature {
  std::string domain;  // d=
  std::string selector;
  std::string algorithm;
  std::string result;
  std::string reason;
  std::uint64_t key_bits = 0;
  bool operator==(const Signature&) const = default;
};

// A piece of the message that made a rule fire.
struct Span {
  std::string source;  // the fact as the rule names it
  std::string text;
  bool operator==(const Span&) const = default;
};

// What a condition asked about, and what that was.
struct Asked {
  std::string source;
  std::string value;
  bool operator==(const Asked&) const = default;
};

// One condition that decided.
struct Reason {
  std::uint64_t depth = 0;  // > 0: of a rule that a condition above names
  std::string result;       // "yes", "no", "unknown"
  std::string condition;    // as written in the rule file, cut
  std::vector<Asked> asked;
  bool operator==(const Reason&) const = default;
};

struct Hit {
  std::string rule;
  std::string about;
  std::string file;
  std::uint64_t line = 0;
  std::string group;
  double score = 0;
  std::string action;  // empty: none
  std::vector<Span> matches;
  std::vector<Reason> reasons;
  std::vector<std::string> changes;  // by the site: "local.rules:3: score 0.5 instead of 2"
  bool operator==(const Hit&) const = default;
};

// What a group's cap took off.
struct GroupCut {
  std::string group;
  double score = 0;
  bool operator==(const GroupCut&) const = default;
};

// What a DNS list says: "192.0.2.1: sbl", or why it says nothing.
struct ListAnswer {
  std::string list;   // "dnsbl.zen"
  std::string asked;  // empty: `says` is about the whole list
  std::string says;   // codes; "none", "unknown", "off"
  bool operator==(const ListAnswer&) const = default;
};

// What a check asked for.
struct Finding {
  std::string check;
  std::string action;  // empty: none
  std::string text;
  double score = 0;
  std::string score_name;
  bool operator==(const Finding&) const = default;
};

struct Reply {
  std::uint64_t code = 0;  // 0: none
  std::string enhanced_code;
  std::string text;
  bool operator==(const Reply&) const = default;
};

struct Threshold {
  std::optional<double> value;  // none: never reached
  std::string origin;           // "default", "site", "tenant"
  bool operator==(const Threshold&) const = default;
};

// What held for recipients of the message.
struct Policy {
  std::string name;  // "site", or the tenant's
  std::string mode;
  Threshold tag;
  Threshold quarantine;
  Threshold reject;
  bool operator==(const Policy&) const = default;
};

struct Session {
  std::string client_name;
  std::string client_ip;
  std::string origin;  // behind a trusted relay: its client's address, or "unknown"
  std::string helo;
  std::string login;
  std::string login_by;
  std::string mail_from;
  std::vector<std::string> rcpt_to;  // at most kMaxTexts
  std::uint64_t rcpt_count = 0;
  bool operator==(const Session&) const = default;
};

// What became of it. Actions are words; "none" is accept.
struct Verdict {
  std::string action;
  std::string would;
  std::string mode;   // the site's
  std::string stage;  // "mail", "rcpt", "eom"
  std::string decided_by;
  std::string reason;
  Reply reply;
  Reply would_reply;
  bool conflict = false;   // the recipients' policies asked for different things
  std::string not_judged;  // why a part of the work could not be done
  bool operator==(const Verdict&) const = default;
};

// The addresses of a login's mail that are not its own.
struct Ownership {
  std::vector<std::string> results;  // "mail_from:match"
  std::string denied;
  std::string allow;
  std::string why;
  bool operator==(const Ownership&) const = default;
};

struct Record {
  std::int64_t time = 0;  // seconds since 1970
  std::string ref;
  std::string queue_id;    // empty: refused before there was one
  std::string message_id;  // without angle brackets
  std::uint64_t generation = 0;
  std::string fingerprint;  // of configuration, rules and lists
  std::string keep;         // what was to be kept of the message: "rules", "headers", "text"
  Session session;
  std::vector<Fact> facts;          // those that were known; in the order of the table
  std::vector<std::string> limits;  // that were reached
  std::vector<DnsAnswer> dns;
  bool dns_cut = false;  // there were more answers than are kept
  std::vector<Signature> signatures;
  std::vector<ListAnswer> lists;  // those that were asked, or should have been
  std::vector<Finding> findings;
  std::vector<Hit> hits;
  std::vector<Hit> shadow;      // rules in shadow that hold: no part of the score
  std::uint64_t more_hits = 0;  // beyond kMaxHits
  double more_score = 0;        // of these
  std::vector<GroupCut> group_cuts;
  double score = 0;        // the sum of all parts above
  std::string allowed_by;  // "file:line"
  std::vector<Policy> policies;
  Ownership ownership;
  Verdict verdict;
  std::uint64_t milliseconds = 0;  // from MAIL to the verdict
  std::uint64_t dns_milliseconds = 0;
  bool operator==(const Record&) const = default;
};

// Whoever makes a record keeps to these, so that no sender makes the journal large.
inline constexpr std::size_t kMaxTexts = 100;       // of one fact or list
inline constexpr std::size_t kMaxTextBytes = 1000;  // of one text
inline constexpr std::size_t kMaxListBytes = 8UL * 1024;
inline constexpr std::size_t kMaxDnsBytes = 64UL * 1024;  // all answers together
inline constexpr std::size_t kMaxHits = 1000;
inline constexpr std::size_t kMaxExplainedHits = 100;         // with spans and reasons
inline constexpr std::size_t kMaxRecordBytes = 512UL * 1024;  // encoded; more is not recorded

}  // namespace assay::journal
