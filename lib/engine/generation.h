// SPDX-License-Identifier: Apache-2.0
// What a reload replaces, and what it does not.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/dkim.h"
#include "lib/base/result.h"
#include "lib/config/config.h"
#include "lib/dns/resolver.h"
#include "lib/engine/identity_tables.h"
#include "lib/engine/list_health.h"
#include "lib/engine/watched_list.h"
#include "lib/identity/local_domains.h"
#include "lib/identity/login_counters.h"
#include "lib/journal/sink.h"
#include "lib/policy/verdict.h"
#include "lib/rules/rule_set.h"

namespace assay::engine {

// One immutable set of configuration, compiled rules and policies. A transaction keeps the one it
// began with.
struct Generation {
  std::uint64_t number = 1;
  std::string fingerprint;  // of configuration, rule files and the lists that these read
  config::Config config;
  std::shared_ptr<const rules::RuleSet> rules;
  std::shared_ptr<const auth::DkimLibrary> dkim;
  policy::Site site;
  identity::LocalDomains local_domains;
  identity::LocalDomains claim_signers;  // whose pass vouches for local domains too
  IdentityTables identity_tables;
  std::vector<std::shared_ptr<WatchedList>> lists;  // the files of the rules' lists
  std::map<std::string, policy::Policy, std::less<>>
      tenants_by_domain;  // recipient domain → policy
};

struct LoadOptions {
  std::uint64_t number = 1;
  std::shared_ptr<const auth::DkimLibrary> dkim;  // null: a new one
  std::vector<std::string>
      rule_files;  // read as site files instead of those that the configuration names
  WatchedTables identity_tables = {};  // of the generation before: they go on with what they hold
  // Of the generation before: a list that has lost more than half of its entries since stays as it
  // was, unless `accept_shrink`.
  std::vector<rules::RuleSet::ListFile> lists = {};
  bool accept_shrink = false;
};

struct LoadReport {
  std::shared_ptr<const Generation> generation;  // null when something must be mended first
  std::vector<std::string>
      messages;  // ready to print: file:line:col: error|warning: …, some with caret lines
  std::size_t tests_run = 0;  // of the rule files
  std::size_t tests_failed = 0;
};

// Reads the rule files that `config` names, compiles them, runs their tests and builds a
// Generation. A failing test in a shipped file is a warning, in a site file an error.
[[nodiscard]] LoadReport LoadGeneration(const config::Config& config, const LoadOptions& options);

// The same generation under another number, with what its lists hold now. Null when nothing has
// changed.
[[nodiscard]] std::shared_ptr<const Generation> WithCurrentLists(const Generation& generation,
                                                                 std::uint64_t number);

// The resolver that `config` asks for: the network, or a zone file that stands in for it. An error
// says what is wrong with the servers or the file.
[[nodiscard]] Result<std::shared_ptr<dns::Resolver>> MakeResolver(const config::DnsConfig& config);

// For the counters of some 10,000 logins that send within one hour.
inline constexpr std::size_t kLoginCounterBytes = 8UL * 1024 * 1024;

// What all transactions of the process share besides their generation. Thread-safe.
class Shared {
 public:
  // `scanners`: how many threads may do CPU-bound scanning at the same time.
  Shared(std::shared_ptr<dns::Resolver> resolver, std::size_t memory_bytes,
         std::ptrdiff_t scanners);

  [[nodiscard]] dns::Resolver& resolver() const { return *resolver_; }
  // Takes `bytes` from the budget of all messages in flight; false when they are not there.
  [[nodiscard]] bool Reserve(std::size_t bytes);
  void Release(std::size_t bytes);
  [[nodiscard]] std::counting_semaphore<>& scanners() { return scanners_; }
  [[nodiscard]] identity::LoginCounters& logins() { return logins_; }
  [[nodiscard]] ListHealth& list_health() { return list_health_; }
  // Where records of judged messages go; null: nowhere. To be set before the first message; it
  // outlives the last one.
  [[nodiscard]] journal::Sink* journal() const { return journal_; }
  void set_journal(journal::Sink* journal) { journal_ = journal; }

 private:
  std::shared_ptr<dns::Resolver> resolver_;
  std::size_t memory_bytes_;
  std::atomic<std::size_t> reserved_{0};
  std::counting_semaphore<> scanners_;
  identity::LoginCounters logins_{kLoginCounterBytes};
  ListHealth list_health_;
  journal::Sink* journal_ = nullptr;
};

}  // namespace assay::engine
