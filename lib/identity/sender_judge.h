// SPDX-License-Identifier: Apache-2.0
// What a logged-in sender wrote into MAIL FROM, From and Sender, held against its login.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/identity/ownership.h"

namespace assay::identity {

// In ascending gravity: of several addresses the gravest result counts.
enum class SenderResult {
  kMatch,
  kNull,       // MAIL FROM:<>
  kOff,        // see Ownership::kOff
  kTempError,  // see Ownership::kTempError
  kResent,     // From belongs to others, but Resent-From and Resent-Sender to the login
  kUnlisted,
  kMismatch,
  kMalformed,  // the field is missing or cannot be read with certainty
};
[[nodiscard]] std::string_view ToWord(SenderResult result);

struct SenderDecision {
  SenderResult result = SenderResult::kMatch;
  std::string address;  // that decided; empty for kNull and kMalformed
  std::string allow;    // the entry that would allow it, "TABLE:KEY=LOGIN"; may be empty
  std::string reason;   // one line
};

// One kind of field, all fields of that name together.
struct AddressList {
  bool present = false;
  bool readable = true;  // every field by RFC 5322, with at least one address
  std::vector<mail::Address> addresses;
};

struct HeaderSenders {
  AddressList from;
  AddressList sender;
  AddressList resent;  // Resent-From and Resent-Sender
};

struct HeaderDecision {
  SenderDecision from;
  std::optional<SenderDecision> sender;  // nothing without a Sender field
};

// Belongs to one message; looks each address up once.
class SenderJudge {
 public:
  // Both must live as long as this object.
  SenderJudge(const OwnershipRules& rules, const OwnershipTables& tables, std::string login)
      : rules_(rules), tables_(tables), login_(std::move(login)) {}

  // `null_path`: MAIL FROM:<>, which names nobody.
  [[nodiscard]] SenderDecision MailFrom(const mail::Address& address, bool null_path,
                                        Deadline until);
  // Every author has to be the login's, whatever Sender says, since it is the author that readers
  // see; and so has every address in Sender.
  [[nodiscard]] HeaderDecision Header(const HeaderSenders& header, Deadline until);

 private:
  [[nodiscard]] SenderDecision One(const mail::Address& address, Deadline until);
  [[nodiscard]] SenderDecision All(const AddressList& list, std::string_view field, Deadline until);

  const OwnershipRules& rules_;
  const OwnershipTables& tables_;
  std::string login_;
  std::map<std::string, OwnershipDecision> known_;
};

}  // namespace assay::identity
