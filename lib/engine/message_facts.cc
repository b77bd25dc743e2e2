// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <utility>

#include "lib/base/text.h"
#include "lib/engine/transaction_impl.h"
#include "lib/mail/address.h"
#include "lib/mail/public_suffix.h"

namespace assay::engine {
namespace {

using facts::Id;

std::string_view ToWord(mail::AddressFieldProblem problem) {
  switch (problem) {
    case mail::AddressFieldProblem::kNone:
      return "none";
    case mail::AddressFieldProblem::kEmpty:
      return "empty";
    case mail::AddressFieldProblem::kSyntax:
      return "syntax";
    case mail::AddressFieldProblem::kGroup:
      return "group";
    case mail::AddressFieldProblem::kControlBytes:
      return "control";
    case mail::AddressFieldProblem::kUtf8:
      return "utf8";
    case mail::AddressFieldProblem::kTooMany:
      return "too_many";
  }
  return "syntax";
}

// "From :" is a From field to every reader (RFC 5322, 4.5), so it has to be one here.
std::vector<const mail::Field*> FieldsNamed(const mail::Message& message, std::string_view name) {
  std::vector<const mail::Field*> found;
  for (const mail::Field& field : message.fields()) {
    if (EqualsIgnoreCase(Trim(field.name), name)) found.push_back(&field);
  }
  return found;
}

struct Authors {
  std::vector<std::string> addresses;
  std::set<std::string> domains;
  std::string first_name;
  std::string_view problem = "none";
};

Authors ReadAuthors(const std::vector<const mail::Field*>& fields) {
  Authors authors;
  if (fields.empty()) authors.problem = "missing";
  if (fields.size() > 1) authors.problem = "several";
  for (const mail::Field* field : fields) {
    const mail::AddressField parsed = mail::ParseAddressField(field->value);
    if (authors.problem == "none") authors.problem = ToWord(parsed.problem);
    for (const mail::Mailbox& mailbox : parsed.mailboxes) {
      if (authors.addresses.empty()) authors.first_name = mailbox.display_name;
      authors.addresses.push_back(mailbox.address.ToString());
      authors.domains.insert(mailbox.address.domain);
    }
  }
  return authors;
}

// RFC 5322, 3.6.4: <left@right>.
std::string MessageIdRegistrable(const mail::Message& message) {
  const auto fields = message.Find("Message-ID");
  if (fields.empty()) return {};
  const std::string_view value = fields.front()->value;
  const std::size_t at = value.rfind('@');
  if (at == std::string_view::npos) return {};
  const std::string_view right = value.substr(at + 1);
  const auto domain = mail::NormalizeDomain(right.substr(0, right.find_first_of("> \t\r\n")));
  return domain ? std::string(mail::RegistrableDomain(*domain)) : std::string();
}

// Legal with SMTPUTF8 only (RFC 6532), which mail programs use for addresses, not for subjects.
bool HasEightBitFields(const mail::Message& message) {
  return std::ranges::any_of(message.fields(), [](const mail::Field& field) {
    const std::string_view name = Trim(field.name);
    const bool shown = EqualsIgnoreCase(name, "From") || EqualsIgnoreCase(name, "To") ||
                       EqualsIgnoreCase(name, "Subject") || EqualsIgnoreCase(name, "Reply-To");
    return shown && std::ranges::any_of(field.value, [](char c) { return (c & 0x80) != 0; });
  });
}

}  // namespace

void SetRegistrable(Id fact, const std::string& host, facts::FactSet& facts) {
  std::string domain(mail::RegistrableDomain(host));
  if (!domain.empty()) facts.Set(fact, std::move(domain));
}

void DeriveMailFromFacts(const mail::Address& mail_from, facts::FactSet& facts) {
  const bool null_path = mail_from.local.empty() && mail_from.domain.empty();
  facts.Set(Id::kMailFromNull, null_path);
  facts.Set(Id::kMailFrom, null_path ? std::string() : mail_from.ToString());
  if (null_path) return;
  facts.Set(Id::kMailFromLocal, mail_from.local);
  if (!mail_from.has_domain()) return;
  facts.Set(Id::kMailFromDomain, mail_from.domain);
  SetRegistrable(Id::kMailFromRegistrable, mail_from.domain, facts);
}

void DeriveMessageFacts(const mail::Message& message, facts::FactSet& facts) {
  const auto from_fields = FieldsNamed(message, "From");
  Authors authors = ReadAuthors(from_fields);
  facts.Set(Id::kHeaderFromFields, static_cast<double>(from_fields.size()));
  facts.Set(Id::kHeaderFromCount, static_cast<double>(authors.addresses.size()));
  facts.Set(Id::kHeaderFromProblem, std::string(authors.problem));
  if (authors.problem == "none" && authors.domains.size() == 1 &&
      !authors.domains.begin()->empty()) {
    facts.Set(Id::kHeaderFromDomain, *authors.domains.begin());
    SetRegistrable(Id::kHeaderFromRegistrable, *authors.domains.begin(), facts);
  }
  if (!authors.first_name.empty()) facts.Set(Id::kHeaderFromName, std::move(authors.first_name));
  facts.Set(Id::kHeaderFrom, std::move(authors.addresses));

  std::vector<std::string> reply_domains;
  std::vector<std::string> reply_registrable;
  for (const mail::Field* field : FieldsNamed(message, "Reply-To")) {
    for (const mail::Mailbox& mailbox : mail::ParseAddressField(field->value).mailboxes) {
      reply_domains.push_back(mailbox.address.domain);
      std::string domain(mail::RegistrableDomain(mailbox.address.domain));
      if (!domain.empty()) reply_registrable.push_back(std::move(domain));
    }
  }
  facts.Set(Id::kReplyToDomain, std::move(reply_domains));
  facts.Set(Id::kReplyToRegistrable, std::move(reply_registrable));
  if (std::string domain = MessageIdRegistrable(message); !domain.empty()) {
    facts.Set(Id::kMessageIdRegistrable, std::move(domain));
  }
  facts.Set(Id::kHeaderEightBit, HasEightBitFields(message));
  facts.Set(Id::kMessageFields, static_cast<double>(message.field_count()));
  facts.Set(Id::kMessageSize, static_cast<double>(message.header_size() + message.body_size()));
  facts.Set(Id::kLimitFields, message.fields_cut());
  facts.Set(Id::kLimitBody, message.body_cut());
}

}  // namespace assay::engine
