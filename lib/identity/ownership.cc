// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/ownership.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <utility>

#include "lib/base/text.h"
#include "lib/identity/map_text.h"

namespace assay::identity {
namespace {

constexpr std::size_t kMaxAliasSteps = 100;  // addresses that one address is followed to

// As in Postfix: the first delimiter parts, but never at the beginning, and not in addresses that
// programs answer to.
std::optional<std::string> WithoutExtension(std::string_view local, std::string_view delimiters) {
  if (EqualsIgnoreCase(local, "mailer-daemon") || EqualsIgnoreCase(local, "double-bounce"))
    return {};
  if (delimiters.find('-') != std::string_view::npos &&
      (StartsWithIgnoreCase(local, "owner-") || EndsWithIgnoreCase(local, "-request"))) {
    return {};
  }
  const std::size_t at = local.find_first_of(delimiters);
  if (at == std::string_view::npos || at == 0) return {};
  return std::string(local.substr(0, at));
}

struct Hit {
  const NamedTable* table;
  std::string key;
  std::string value;
};

struct Search {
  std::optional<Hit> hit;
  std::string trouble;              // of a table that gave no answer; nothing is known then
  const NamedTable* off = nullptr;  // was passed over before the hit
};

Search Find(const std::vector<NamedTable>& tables, const std::vector<std::string>& keys,
            Deadline until) {
  Search search;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (const NamedTable& table : tables) {
      if (table.table == nullptr) {
        search.off = &table;
        continue;
      }
      if (i > 0 && !table.table->takes_parts()) continue;
      auto value = table.table->Lookup(keys[i], until);
      if (!value) {
        search.trouble = value.error().what;
        return search;
      }
      if (*value) {
        search.hit = Hit{&table, keys[i], std::move(**value)};
        return search;
      }
    }
  }
  return search;
}

bool Names(std::string_view value, std::string_view login) {
  return std::ranges::any_of(SplitValue(value), [login](std::string_view name) {
    return name == "*" || EqualsIgnoreCase(name, login);
  });
}

class Judge {
 public:
  Judge(const OwnershipRules& rules, const OwnershipTables& tables, std::string_view login,
        Deadline until)
      : rules_(rules), tables_(tables), login_(login), until_(until) {}

  OwnershipDecision Run(const mail::Address& address);

 private:
  // Looks the address up; true when the question is decided.
  bool Direct(const mail::Address& address);
  void FollowAliases(const mail::Address& address);
  // What one target of an alias stands for; nothing for commands, files and lists.
  [[nodiscard]] static std::optional<mail::Address> Target(std::string_view target,
                                                           const mail::Address& from);
  bool Match(std::string reason);
  bool Trouble(std::string reason);
  [[nodiscard]] bool OwnedByName(const mail::Address& address) const;
  void Conclude(const mail::Address& address);

  const OwnershipRules& rules_;
  const OwnershipTables& tables_;
  std::string_view login_;
  Deadline until_;
  OwnershipDecision decision_;
  bool listed_ = false;
  bool aliases_cut_ = false;
  const NamedTable* off_ = nullptr;
};

bool Judge::Match(std::string reason) {
  decision_.result = Ownership::kMatch;
  decision_.reason = std::move(reason);
  return true;
}

bool Judge::Trouble(std::string reason) {
  decision_.result = Ownership::kTempError;
  decision_.reason = std::move(reason);
  return true;
}

bool Judge::OwnedByName(const mail::Address& address) const {
  const auto own = mail::ParsePath(login_);
  if (!own || !own->has_domain() || own->domain != address.domain) return false;
  if (EqualsIgnoreCase(own->local, address.local)) return true;
  const auto base = WithoutExtension(address.local, rules_.delimiters);
  return base && EqualsIgnoreCase(own->local, *base);
}

bool Judge::Direct(const mail::Address& address) {
  if (rules_.login_is_address && OwnedByName(address)) return Match("the login is this address");
  const auto keys = LookupKeys(rules_, address);
  Search search = Find(tables_.logins, keys, until_);
  if (search.off != nullptr) off_ = search.off;
  if (!search.trouble.empty()) return Trouble(std::move(search.trouble));
  if (!search.hit) return false;
  const bool matches = Names(search.hit->value, login_);
  if (matches || !listed_) {
    decision_.table = search.hit->table->name;
    decision_.key = search.hit->key;
    decision_.value = search.hit->value;
  }
  listed_ = true;
  if (matches) {
    return Match(fmt::format("{} has {} for {}", decision_.table, decision_.key, decision_.value));
  }
  return false;
}

std::optional<mail::Address> Judge::Target(std::string_view target, const mail::Address& from) {
  if (target.empty() ||
      std::string_view("|/:\"\\").find(target.front()) != std::string_view::npos) {
    return {};
  }
  if (target.front() == '@') {  // a domain that stands for another
    auto domain = mail::NormalizeDomain(target.substr(1));
    if (!domain) return {};
    return mail::Address{from.local, std::move(*domain)};
  }
  return mail::ParsePath(target);
}

void Judge::FollowAliases(const mail::Address& address) {
  std::deque<mail::Address> open = {address};
  std::set<std::string> seen = {ToLower(address.ToString())};
  while (!open.empty() && seen.size() < kMaxAliasSteps) {
    const mail::Address from = std::move(open.front());
    open.pop_front();
    Search search = Find(tables_.aliases, LookupKeys(rules_, from), until_);
    if (search.off != nullptr) off_ = search.off;
    if (!search.trouble.empty()) {
      (void)Trouble(std::move(search.trouble));
      return;
    }
    if (!search.hit) continue;
    listed_ = true;
    for (const std::string_view name : SplitValue(search.hit->value)) {
      const auto target = Target(name, from);
      if (!target || !seen.insert(ToLower(target->ToString())).second) continue;
      if (seen.size() > kMaxAliasSteps) {
        aliases_cut_ = true;
        return;
      }
      decision_.aliases.push_back(fmt::format("{} -> {}", from.ToString(), target->ToString()));
      if (EqualsIgnoreCase(name, login_)) {
        decision_.table = search.hit->table->name;
        decision_.key = search.hit->key;
        decision_.value = search.hit->value;
        (void)Match(fmt::format("{} has {} for the login", decision_.table, decision_.key));
        return;
      }
      if (Direct(*target)) return;
      open.push_back(*target);
    }
  }
}

void Judge::Conclude(const mail::Address& address) {
  if (decision_.result == Ownership::kMatch) return;
  // Where an entry for it would stand, without the extension, for that is how people are listed.
  mail::Address plain = address;
  if (auto base = WithoutExtension(address.local, rules_.delimiters))
    plain.local = std::move(*base);
  const std::string table = !decision_.table.empty() ? decision_.table
                            : tables_.logins.empty() ? "identity.login_maps"
                                                     : tables_.logins.front().name;
  const std::string key =
      decision_.key.empty() || decision_.key.starts_with('@') ? plain.ToString() : decision_.key;
  // An entry that stands is completed: a second one for the key would not be read.
  const std::string others =
      !decision_.value.empty() && key == decision_.key ? decision_.value + "," : std::string();
  decision_.allow = fmt::format("{}:{}={}{}", table, key, others, login_);
  if (decision_.result == Ownership::kTempError) return;
  if (off_ != nullptr) {
    decision_.result = Ownership::kOff;
    decision_.reason = off_->name + " could not be read so far";
  } else if (!decision_.table.empty()) {
    decision_.result = Ownership::kMismatch;
    decision_.reason =
        fmt::format("{} has {} for {}", decision_.table, decision_.key, decision_.value);
  } else if (listed_) {
    decision_.result = Ownership::kMismatch;
    decision_.reason = aliases_cut_ ? fmt::format(
                                          "its aliases lead to more than {} addresses, not "
                                          "all of which were looked at",
                                          kMaxAliasSteps)
                                    : "its aliases lead to no address of this login";
  } else {
    decision_.result = Ownership::kUnlisted;
    decision_.reason = "no table has this address";
  }
}

OwnershipDecision Judge::Run(const mail::Address& address) {
  decision_.address = address.ToString();
  const bool any = std::ranges::any_of(rules_.any_address_logins, [this](const std::string& name) {
    return EqualsIgnoreCase(name, login_);
  });
  if (any) {
    (void)Match("the login may use any address");
  } else if (!Direct(address)) {
    const bool own_entry = listed_ && !decision_.key.starts_with('@');
    if (!own_entry) FollowAliases(address);
  }
  Conclude(address);
  return std::move(decision_);
}

}  // namespace

bool OwnershipTables::may_wait() const {
  const auto waits = [](const NamedTable& table) { return table.table && table.table->may_wait(); };
  return std::ranges::any_of(logins, waits) || std::ranges::any_of(aliases, waits);
}

std::vector<std::string> LookupKeys(const OwnershipRules& rules, const mail::Address& address) {
  std::vector<std::string> keys = {address.ToString()};
  const auto base = WithoutExtension(address.local, rules.delimiters);
  if (base) keys.push_back(mail::Address{*base, address.domain}.ToString());
  if (!address.has_domain()) return keys;
  if (rules.bare_domains.Contains(address.domain)) {
    keys.push_back(mail::Address{address.local, {}}.ToString());
    if (base) keys.push_back(mail::Address{*base, {}}.ToString());
  }
  keys.push_back('@' + address.domain);
  return keys;
}

OwnershipDecision JudgeOwnership(const OwnershipRules& rules, const OwnershipTables& tables,
                                 std::string_view login, const mail::Address& address,
                                 Deadline until) {
  return Judge(rules, tables, login, until).Run(address);
}

}  // namespace assay::identity
