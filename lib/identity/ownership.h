// SPDX-License-Identifier: Apache-2.0
// Whether a login may use an address, by the administrator's tables. Pure but for the tables'
// lookups.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/identity/local_domains.h"
#include "lib/identity/table.h"
#include "lib/mail/address.h"

namespace assay::identity {

// How logins and addresses go together, apart from the tables.
struct OwnershipRules {
  // Characters that part user and extension, as recipient_delimiter; empty: none.
  std::string delimiters = "+";
  // Where an entry without @ counts: Postfix's mydestination, not its virtual domains, or "bob"
  // would stand for the Bobs of all customers.
  LocalDomains bare_domains;
  bool login_is_address = false;                // a login "a@b" owns a@b and a+x@b
  std::vector<std::string> any_address_logins;  // lower case: these own everything
};

struct NamedTable {
  std::string name;  // "hash:/etc/postfix/sender_login"
  TablePtr table;    // null: not readable so far
};

struct OwnershipTables {
  std::vector<NamedTable> logins;   // address → logins
  std::vector<NamedTable> aliases;  // address → addresses or logins
  [[nodiscard]] bool may_wait() const;
};

enum class Ownership {
  kMatch,
  kMismatch,   // the address is listed, for others
  kUnlisted,   // no table has it
  kTempError,  // a table gave no answer
  kOff,        // a table that might have it could not be read so far
};

struct OwnershipDecision {
  Ownership result = Ownership::kUnlisted;
  std::string address;
  // The entry that decided; empty where there is none.
  std::string table;
  std::string key;
  std::string value;
  std::vector<std::string> aliases;  // on the way to it: "sales@example.com -> team@example.com"
  // What would allow it, "TABLE:KEY=LOGIN"; empty for kMatch.
  std::string allow;
  std::string reason;  // one line
};

// The keys that tables are asked for, in Postfix's order: user+ext@domain, user@domain, user+ext
// and user (in bare_domains only), @domain. Patterns and socketmaps are asked for the first alone.
[[nodiscard]] std::vector<std::string> LookupKeys(const OwnershipRules& rules,
                                                  const mail::Address& address);

// The first key that any table has decides, and of these tables the first. A value names logins,
// parted by commas or white space and compared without regard to case; "*" is every login. Where
// there is no entry, or only one for "@domain", aliases are followed: to the login itself, or to
// an address that it owns.
[[nodiscard]] OwnershipDecision JudgeOwnership(const OwnershipRules& rules,
                                               const OwnershipTables& tables,
                                               std::string_view login, const mail::Address& address,
                                               Deadline until);

}  // namespace assay::identity
