// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/generation.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "lib/base/fingerprint.h"
#include "lib/config/keys.h"
#include "lib/engine/transaction.h"
#include "lib/rules/limits.h"
#include "lib/rules/source.h"

namespace assay::engine {
namespace {

namespace fs = std::filesystem;

// Reads what rule files name: lists and other rule files.
class NamedFiles {
 public:
  Result<std::string> Read(std::string_view path, std::string_view source) {
    const std::string resolved = rules::ResolvePath(path, source);
    auto file = ReadFileText(resolved, rules::kMaxListFileBytes);
    if (!file) return tl::unexpected(file.error());
    states_[resolved] = file->state;
    return std::move(file->text);
  }
  // How the file was when it was read.
  [[nodiscard]] std::optional<FileState> StateOf(const std::string& path) const {
    const auto found = states_.find(path);
    return found == states_.end() ? std::nullopt : found->second;
  }

 private:
  std::map<std::string, std::optional<FileState>> states_;
};

class Loader {
 public:
  Loader(const config::Config& config, LoadReport& report) : config_(config), report_(report) {}

  // The files given, or else all *.rules of the directory by name, then the local file.
  [[nodiscard]] std::vector<rules::SourceFile> Files(const std::vector<std::string>& given) {
    std::vector<rules::SourceFile> files;
    for (const std::string& path : given) Add(files, path, false);
    if (!given.empty()) return files;
    for (const fs::path& path : ShippedPaths()) Add(files, path, true);
    const config::RulesConfig defaults;
    const bool optional = config_.rules.local == defaults.local;
    if (!config_.rules.local.empty() && (!optional || fs::exists(config_.rules.local))) {
      Add(files, config_.rules.local, false);
    }
    return files;
  }

  [[nodiscard]] bool failed() const { return failed_; }
  void Fail(std::string message) {
    failed_ = true;
    report_.messages.push_back(std::move(message));
  }

 private:
  std::vector<fs::path> ShippedPaths() {
    std::vector<fs::path> paths;
    if (config_.rules.directory.empty()) return paths;
    std::error_code error;
    for (fs::directory_iterator entry(config_.rules.directory, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() == ".rules") paths.push_back(entry->path());
    }
    if (error) Fail(fmt::format("{}: error: {}", config_.rules.directory, error.message()));
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  void Add(std::vector<rules::SourceFile>& files, const fs::path& path, bool shipped) {
    auto file = ReadFileText(path.string(), rules::kMaxSetBytes);
    if (!file) {
      Fail("error: " + file.error().what);
    } else {
      files.push_back({path.string(), std::move(file->text), shipped});
    }
  }

  const config::Config& config_;
  LoadReport& report_;
  bool failed_ = false;
};

bool Report(const std::vector<rules::Diagnostic>& diagnostics, LoadReport& report) {
  bool errors = false;
  for (const rules::Diagnostic& diagnostic : diagnostics) {
    errors = errors || diagnostic.severity == rules::Severity::kError;
    report.messages.push_back(rules::Format(diagnostic));
  }
  return errors;
}

const rules::RuleSet::ListFile* FindList(const std::vector<rules::RuleSet::ListFile>& lists,
                                         const rules::RuleSet::ListFile& wanted) {
  const auto found = std::ranges::find_if(lists, [&](const auto& list) {
    return list.name == wanted.name && list.path == wanted.path;
  });
  return found == lists.end() ? nullptr : &*found;
}

// Watches the lists of `generation.rules`; those that have shrunk are put back to what they were.
void WatchLists(const LoadOptions& load, const NamedFiles& files, Generation& generation,
                LoadReport& report) {
  std::vector<rules::RuleSet::ListFile> kept;
  for (const rules::RuleSet::ListFile& list : generation.rules->list_files()) {
    const auto* before = FindList(load.lists, list);
    std::string why;
    if (before != nullptr && !load.accept_shrink) why = Shrunk(*before, list);
    const bool keep = before != nullptr && !why.empty();
    generation.lists.push_back(
        std::make_shared<WatchedList>(keep ? *before : list, files.StateOf(list.path)));
    if (!keep) continue;
    report.messages.push_back("warning: " + why);
    kept.push_back(*before);
  }
  if (!kept.empty()) generation.rules = generation.rules->WithLists(kept);
}

// False when there was an error.
bool LoadRules(const config::Config& config, const LoadOptions& load, Generation& generation,
               LoadReport& report) {
  Fingerprint fingerprint;
  fingerprint.Add(config::PrintEffective(config));
  Loader loader(config, report);
  const std::vector<rules::SourceFile> files = loader.Files(load.rule_files);
  if (loader.failed()) return false;
  NamedFiles named;
  rules::CompileOptions options;
  options.lists["local_domains"] = config.identity.local_domains;
  options.read_file = [&](std::string_view path, std::string_view source) {
    auto text = named.Read(path, source);
    if (text) fingerprint.Add(*text);
    return text;
  };
  for (const rules::SourceFile& file : files) {
    fingerprint.Add(file.name);
    fingerprint.Add(file.text);
  }
  options.pattern_memory = config.rules.memory_mib << 20U;
  auto compiled = rules::RuleSet::Compile(files, options);
  Report(compiled.diagnostics, report);
  if (!compiled.rules) return false;
  const auto tests = rules::TestRunner::Run(*compiled.rules, DeriveMessageFacts);
  report.tests_run = tests.run;
  report.tests_failed = tests.failures.size();
  if (Report(tests.failures, report)) return false;
  generation.rules = std::move(compiled.rules);
  generation.fingerprint = fingerprint.ToString();
  WatchLists(load, named, generation, report);
  return true;
}

policy::Mode ToPolicy(config::Mode mode) {
  return mode == config::Mode::kEnforce ? policy::Mode::kEnforce : policy::Mode::kMonitor;
}

policy::Policy SitePolicy(const config::Config& config) {
  return {
      "site",
      ToPolicy(config.mode),
      false,
      {config.score.tag, config.score.quarantine, config.score.reject.value_or(policy::kNever)}};
}

policy::Policy TenantPolicy(const config::TenantConfig& tenant, const policy::Policy& site) {
  policy::Policy policy = site;
  policy.name = tenant.name;
  if (tenant.mode) {
    policy.mode = ToPolicy(*tenant.mode);
    policy.own_mode = true;
  }
  policy.thresholds.tag = tenant.tag.value_or(site.thresholds.tag);
  policy.thresholds.quarantine = tenant.quarantine.value_or(site.thresholds.quarantine);
  policy.thresholds.reject = tenant.reject.value_or(site.thresholds.reject);
  return policy;
}

void FillPolicies(const config::Config& config, Generation& generation) {
  generation.site.site = SitePolicy(config);
  generation.site.allow_discard = config.score.allow_discard;
  for (const config::TenantConfig& tenant : config.tenants) {
    const policy::Policy policy = TenantPolicy(tenant, generation.site.site);
    for (const std::string& domain : tenant.domains) {
      generation.tenants_by_domain.insert_or_assign(domain, policy);
    }
  }
}

}  // namespace

LoadReport LoadGeneration(const config::Config& config, const LoadOptions& options) {
  LoadReport report;
  auto generation = std::make_shared<Generation>();
  generation->number = options.number;
  generation->config = config;
  generation->local_domains = identity::LocalDomains(config.identity.local_domains);
  generation->claim_signers = identity::LocalDomains(config.identity.claim_signers);
  generation->identity_tables =
      LoadIdentityTables(config.identity, options.identity_tables, report.messages);
  FillPolicies(config, *generation);
  const bool loaded = LoadRules(config, options, *generation, report);
  generation->dkim = options.dkim;
  if (!generation->dkim) {
    auto library = auth::DkimLibrary::Create();
    if (!library) {
      report.messages.push_back("error: " + library.error().what);
      return report;
    }
    generation->dkim = std::move(*library);
  }
  if (loaded) report.generation = std::move(generation);
  return report;
}

std::shared_ptr<const Generation> WithCurrentLists(const Generation& generation,
                                                   std::uint64_t number) {
  const std::vector<rules::RuleSet::ListFile> before = generation.rules->list_files();
  std::vector<rules::RuleSet::ListFile> changed;
  for (const auto& watched : generation.lists) {
    const rules::RuleSet::ListFile list = watched->Get();
    const auto* known = FindList(before, list);
    if (known != nullptr && known->entries != list.entries) changed.push_back(list);
  }
  if (changed.empty()) return nullptr;
  auto next = std::make_shared<Generation>(generation);
  next->number = number;
  next->rules = generation.rules->WithLists(changed);
  return next;
}

Shared::Shared(std::shared_ptr<dns::Resolver> resolver, std::size_t memory_bytes,
               std::ptrdiff_t scanners)
    : resolver_(std::move(resolver)), memory_bytes_(memory_bytes), scanners_(scanners) {}

bool Shared::Reserve(std::size_t bytes) {
  std::size_t reserved = reserved_.load(std::memory_order_relaxed);
  do {
    if (bytes > memory_bytes_ - std::min(reserved, memory_bytes_)) return false;
  } while (!reserved_.compare_exchange_weak(reserved, reserved + bytes, std::memory_order_relaxed));
  return true;
}

void Shared::Release(std::size_t bytes) { reserved_.fetch_sub(bytes, std::memory_order_relaxed); }

}  // namespace assay::engine
