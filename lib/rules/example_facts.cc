// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/example_facts.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/base/text.h"
#include "lib/mail/public_suffix.h"

namespace assay::rules {
namespace {

using facts::Id;
using facts::Value;
using Texts = std::vector<std::string>;

std::string DomainOf(std::string_view address) {
  const std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? std::string() : ToLower(address.substr(at + 1));
}

double Size(const Texts& texts) { return static_cast<double>(texts.size()); }

template <class Facts>
void AddRegistrable(const std::string& host, Id fact, Facts& facts) {
  const std::string domain(mail::RegistrableDomain(host));
  if (!domain.empty()) facts.try_emplace(fact, domain);
}

template <class Facts>
void AddMailFrom(const std::string& address, Facts& facts) {
  facts.try_emplace(Id::kMailFromNull, address.empty());
  const std::string domain = DomainOf(address);
  if (address.empty()) return;
  facts.try_emplace(Id::kMailFromLocal, address.substr(0, address.rfind('@')));
  if (domain.empty()) return;
  facts.try_emplace(Id::kMailFromDomain, domain);
  AddRegistrable(domain, Id::kMailFromRegistrable, facts);
}

template <class Facts>
void AddRcptTo(const Texts& addresses, Facts& facts) {
  Texts domains;
  for (const std::string& address : addresses) {
    const std::string domain = DomainOf(address);
    if (!domain.empty() && std::ranges::find(domains, domain) == domains.end())
      domains.push_back(domain);
  }
  facts.try_emplace(Id::kRcptToDomain, domains);
  facts.try_emplace(Id::kRcptToCount, Size(addresses));
}

// A From field without a problem that names these authors.
template <class Facts>
void AddHeaderFrom(const Texts& authors, Facts& facts) {
  if (authors.size() == 1) {
    facts.try_emplace(Id::kHeaderFromDomain, DomainOf(authors.front()));
    AddRegistrable(DomainOf(authors.front()), Id::kHeaderFromRegistrable, facts);
  }
  facts.try_emplace(Id::kHeaderFromCount, Size(authors));
  facts.try_emplace(Id::kHeaderFromFields, 1.0);
  facts.try_emplace(Id::kHeaderFromProblem, std::string("none"));
}

}  // namespace

const ExampleFacts::Stated* ExampleFacts::Find(Id id) const {
  const auto found = stated_.find(id);
  return found == stated_.end() ? nullptr : &found->second;
}

bool ExampleFacts::Says(Id id, std::string_view word) const {
  const Stated* stated = Find(id);
  const auto* text = stated == nullptr ? nullptr : std::get_if<std::string>(&stated->value);
  return text != nullptr && *text == word;
}

void ExampleFacts::FollowsFrom(Id cause, std::initializer_list<Id> effects,
                               DiagnosticLog& log) const {
  if (Find(cause) == nullptr) return;
  for (const Id effect : effects) {
    const Stated* stated = Find(effect);
    if (stated == nullptr) continue;
    log.Error(stated->place,
              fmt::format("'{}' follows from '{}'", facts::Describe(effect).name,
                          facts::Describe(cause).name),
              "state one of the two");
  }
}

void ExampleFacts::CheckContradictions(bool has_from, bool has_reply_to, bool has_message,
                                       DiagnosticLog& log) const {
  const auto in_message = [&](Id id, std::string_view field) {
    const Stated* stated = Find(id);
    if (stated == nullptr) return;
    log.Error(stated->place,
              fmt::format("'{}' follows from the example's {}", facts::Describe(id).name, field),
              "change the message, or leave that field out");
  };
  if (has_from) {
    for (const Id id :
         {Id::kHeaderFrom, Id::kHeaderFromDomain, Id::kHeaderFromName, Id::kHeaderFromRegistrable,
          Id::kHeaderFromCount, Id::kHeaderFromFields, Id::kHeaderFromProblem}) {
      in_message(id, "From field");
    }
  }
  if (has_reply_to) {
    in_message(Id::kReplyToDomain, "Reply-To field");
    in_message(Id::kReplyToRegistrable, "Reply-To field");
  }
  if (has_message) in_message(Id::kMessageFields, "message");
  FollowsFrom(
      Id::kMailFrom,
      {Id::kMailFromLocal, Id::kMailFromDomain, Id::kMailFromRegistrable, Id::kMailFromNull}, log);
  FollowsFrom(Id::kRcptTo, {Id::kRcptToDomain, Id::kRcptToCount}, log);
  FollowsFrom(Id::kHeaderFrom,
              {Id::kHeaderFromDomain, Id::kHeaderFromRegistrable, Id::kHeaderFromCount}, log);
  FollowsFrom(Id::kHeaderFromDomain, {Id::kHeaderFromRegistrable}, log);
  FollowsFrom(Id::kMailFromDomain, {Id::kMailFromRegistrable}, log);
  FollowsFrom(Id::kClientName, {Id::kClientRegistrable}, log);
  CheckAuthentication(log);
}

void ExampleFacts::CheckAuthentication(DiagnosticLog& log) const {
  const Stated* aligned = Find(Id::kDkimAligned);
  const Stated* domains = Find(Id::kDkimDomain);
  const bool needs_pass = (aligned != nullptr && aligned->value == Value(true)) ||
                          (domains != nullptr && domains->value != Value(Texts()));
  const Stated* dkim = Find(Id::kDkim);
  if (needs_pass && dkim != nullptr && !Says(Id::kDkim, "pass")) {
    log.Error(dkim->place, "a signature that passes is stated too",
              "say dkim = pass, or leave it out");
  }
  if (Find(Id::kDmarcPolicy) != nullptr && Says(Id::kDmarc, "none")) {
    log.Error(Find(Id::kDmarc)->place, "dmarc is none where there is no policy",
              "leave dmarc.policy out");
  }
}

std::vector<std::pair<Id, Value>> ExampleFacts::Complete() const {
  Facts facts;
  for (const auto& [id, stated] : stated_) facts[id] = stated.value;
  const Facts stated = facts;
  for (const auto& [id, value] : stated) {
    if (id == Id::kMailFrom) {
      if (const auto* text = std::get_if<std::string>(&value)) AddMailFrom(*text, facts);
    } else if (id == Id::kClientName && value.index() != 0) {
      AddRegistrable(std::get<std::string>(value), Id::kClientRegistrable, facts);
    } else if (id == Id::kMailFromDomain && value.index() != 0) {
      AddRegistrable(std::get<std::string>(value), Id::kMailFromRegistrable, facts);
    } else if (const auto* texts = std::get_if<Texts>(&value)) {
      if (id == Id::kRcptTo) AddRcptTo(*texts, facts);
      if (id == Id::kHeaderFrom) AddHeaderFrom(*texts, facts);
      if (id == Id::kDkimDomain && !texts->empty())
        facts.try_emplace(Id::kDkim, std::string("pass"));
    } else if (id == Id::kHeaderFromDomain && value.index() != 0) {
      AddHeaderFrom({"author@" + std::get<std::string>(value)}, facts);
    } else if (id == Id::kDkimAligned && value == Value(true)) {
      facts.try_emplace(Id::kDkim, std::string("pass"));
    }
  }
  return {facts.begin(), facts.end()};
}

}  // namespace assay::rules
