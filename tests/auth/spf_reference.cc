// SPDX-License-Identifier: Apache-2.0
#include "tests/auth/spf_reference.h"

#include <algorithm>
#include <string>
#include <vector>

#include "lib/auth/spf_prefetch.h"
#include "lib/auth/spf_record.h"
#include "lib/base/text.h"

namespace assay::auth {
namespace {

using dns::RrType;
using spf::Directive;
using spf::Mechanism;

// Thrown where the evaluation ends for good; test code only.
struct Ended {
  SpfResult result;
};

constexpr SpfResult kOfQualifier[] = {SpfResult::kPass, SpfResult::kFail, SpfResult::kSoftFail,
                                      SpfResult::kNeutral};

class Plain {
 public:
  Plain(const SpfCheck& check, const dns::Zone& zone)
      : check_(check), zone_(zone), type_(check.client_ip.is_v4() ? RrType::kA : RrType::kAaaa) {}

  SpfOutcome Run() {
    SpfOutcome outcome;
    try {
      outcome.result = CheckHost(check_.domain);
    } catch (const Ended& ended) {
      outcome.result = ended.result;
      if (ended.result == SpfResult::kNone) return outcome;
    }
    outcome.mechanism = mechanism_;
    outcome.record_domain = record_domain_;
    return outcome;
  }

 private:
  SpfResult CheckHost(const std::string& domain) {
    const bool root = !started_;
    started_ = true;
    if (root) record_domain_ = domain;
    const dns::Answer answer = Lookup(domain, RrType::kTxt);
    const auto selection = spf::SelectRecord(answer);
    using Kind = spf::Selection::Kind;
    if (selection.kind == Kind::kTemporary) throw Ended{SpfResult::kTempError};
    if (selection.kind == Kind::kSeveral) throw Ended{SpfResult::kPermError};
    if (selection.kind == Kind::kNone) {
      throw Ended{root ? SpfResult::kNone : SpfResult::kPermError};
    }
    const auto record = spf::ParseRecord(selection.text);
    if (!record) throw Ended{SpfResult::kPermError};
    for (const Directive& directive : record->directives) {
      Stand(domain, directive.text);
      if (directive.mechanism == Mechanism::kInclude) {
        if (CheckHost(Target(*directive.domain, domain)) != SpfResult::kPass) continue;
      } else if (Matches(directive, domain)) {
        Stand(domain, directive.text);
      } else {
        continue;
      }
      return kOfQualifier[static_cast<std::size_t>(directive.qualifier)];
    }
    if (record->redirect) {
      Stand(domain, record->redirect_text);
      return CheckHost(Target(*record->redirect, domain));
    }
    mechanism_.clear();
    record_domain_.clear();
    return SpfResult::kNeutral;
  }

  void Stand(const std::string& domain, std::string_view term) {
    record_domain_ = domain;
    mechanism_ = term;
    void_ = false;
  }

  // Of the term that is evaluated now; counts it.
  std::string Target(const spf::MacroString& macro, const std::string& domain) {
    Count();
    if (!spf::UsesValidatedName(macro)) return ExpandName(macro, {check_, domain});
    Count();
    const dns::Answer names = Lookup(check_.client_ip.ReverseName(), RrType::kPtr);
    CountVoid(names);
    std::string best = "unknown";
    int best_rank = 3;
    for (const std::string& name : Validated(names)) {
      const int rank = name == domain ? 0 : IsBelow(name, domain) ? 1 : 2;
      if (rank < best_rank) best = name;
      best_rank = std::min(rank, best_rank);
    }
    return ExpandName(macro, {check_, domain, best});
  }

  std::vector<std::string> Validated(const dns::Answer& names) {
    std::vector<std::string> valid;
    for (std::size_t i = 0; i < std::min<std::size_t>(10, names.hosts.size()); ++i) {
      const dns::Answer answer = Lookup(names.hosts[i], type_);
      const auto& found = answer.addresses;
      if (std::ranges::find(found, check_.client_ip) != found.end())
        valid.push_back(names.hosts[i]);
    }
    return valid;
  }

  static bool IsBelow(const std::string& host, const std::string& domain) {
    return EndsWithIgnoreCase(host, "." + domain);
  }

  bool Matches(const Directive& directive, const std::string& domain) {
    if (directive.mechanism == Mechanism::kAll) return true;
    if (!directive.asks_dns())
      return directive.network && directive.network->Contains(check_.client_ip);
    std::string name = domain;
    if (directive.domain) {
      name = Target(*directive.domain, domain);
    } else {
      Count();
    }
    switch (directive.mechanism) {
      case Mechanism::kA:
        return MatchesAddress(directive, name);
      case Mechanism::kMx:
        return MatchesMx(directive, name);
      case Mechanism::kPtr: {
        const dns::Answer names = Lookup(check_.client_ip.ReverseName(), RrType::kPtr);
        CountVoid(names);
        return std::ranges::any_of(Validated(names), [&](const std::string& host) {
          return EqualsIgnoreCase(host, name) || IsBelow(host, name);
        });
      }
      default:
        return !Ask(name, RrType::kA).addresses.empty();
    }
  }

  bool MatchesAddress(const Directive& directive, const std::string& name) {
    const int prefix = check_.client_ip.is_v4() ? directive.prefix_v4 : directive.prefix_v6;
    const dns::Answer answer = Ask(name, type_);
    return std::ranges::any_of(answer.addresses, [&](const IpAddress& address) {
      return IpNetwork(address, prefix).Contains(check_.client_ip);
    });
  }

  bool MatchesMx(const Directive& directive, const std::string& name) {
    auto exchanges = Ask(name, RrType::kMx).mail_exchanges;
    std::ranges::sort(exchanges);
    int hosts = 0;
    for (const auto& exchange : exchanges) {
      if (exchange.host.empty()) continue;
      if (++hosts > 10) throw Ended{SpfResult::kPermError};
      if (MatchesAddress(directive, exchange.host)) return true;
    }
    return false;
  }

  dns::Answer Lookup(std::string_view name, RrType type) {
    asked_ = spf::IsQueryName(name);
    if (asked_) return zone_.Lookup(dns::Question(name, type));
    dns::Answer none;
    none.status = dns::Status::kNxDomain;
    return none;
  }

  dns::Answer Ask(std::string_view name, RrType type) {
    dns::Answer answer = Lookup(name, type);
    if (IsTemporary(answer.status)) throw Ended{SpfResult::kTempError};
    CountVoid(answer);
    return answer;
  }

  void Count() {
    if (++terms_ > 10) throw Ended{SpfResult::kPermError};
  }

  void CountVoid(const dns::Answer& answer) {
    if (!asked_ || void_ || answer.status == dns::Status::kSuccess || IsTemporary(answer.status))
      return;
    void_ = true;
    if (++voids_ > 2) throw Ended{SpfResult::kPermError};
  }

  const SpfCheck& check_;
  const dns::Zone& zone_;
  const RrType type_;
  std::string mechanism_;
  std::string record_domain_;
  bool started_ = false;
  int terms_ = 0;
  int voids_ = 0;
  bool void_ = false;   // the term evaluated now has been counted
  bool asked_ = false;  // the last name was one to ask for
};

}  // namespace

SpfOutcome EvaluatePlainly(const SpfCheck& check, const dns::Zone& zone) {
  return Plain(check, zone).Run();
}

}  // namespace assay::auth
