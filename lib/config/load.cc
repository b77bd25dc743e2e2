// SPDX-License-Identifier: Apache-2.0
#include "lib/config/load.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "lib/base/unique_fd.h"
#include "lib/config/checks.h"
#include "lib/config/key_table.h"

namespace assay::config {
namespace {

// Brings the values of one document into a Config.
class Binder {
 public:
  explicit Binder(Problems& problems) : problems_(problems) {}

  void Bind(const Table& document);
  [[nodiscard]] const Sources& sources() const { return sources_; }
  [[nodiscard]] Config& config() { return config_; }

 private:
  template <class Owner>
  void BindKey(const Key<Owner>& key, const Entry& entry, std::string_view prefix,
               std::pair<Owner&, Origins&> into);
  void BindTable(const Entry& entry);
  void BindTenants(const Entry& entry);
  void BindTenant(const Node& node, const Place& place);
  void Unknown(const Entry& entry, std::string_view in);
  [[nodiscard]] bool IsTable(std::string_view name) const;
  [[nodiscard]] const Key<Config>* Find(std::string_view name) const;

  Problems& problems_;
  const std::vector<Key<Config>> keys_ = SiteKeys();
  const std::vector<Key<TenantConfig>> tenant_keys_ = TenantKeys();
  Config config_;
  Sources sources_;
  std::size_t guesses_left_ =
      2 * kMaxProblems;  // comparing names costs time, and no more problems are printed
};

// "spf" of "spf.fail"; empty for "mode".
std::string_view TableOf(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

std::string_view LastPart(std::string_view name) { return name.substr(name.rfind('.') + 1); }

bool Binder::IsTable(std::string_view name) const {
  return std::ranges::any_of(keys_, [name](const auto& key) { return TableOf(key.name) == name; });
}

const Key<Config>* Binder::Find(std::string_view name) const {
  const auto found = std::ranges::find(keys_, name, &Key<Config>::name);
  return found == keys_.end() ? nullptr : &*found;
}

template <class Owner>
void Binder::BindKey(const Key<Owner>& key, const Entry& entry, std::string_view prefix,
                     std::pair<Owner&, Origins&> into) {
  const std::string name = fmt::format("{}{}", prefix, key.name);
  Reader reader(problems_, name);
  const bool good = key.read(entry.node, reader, into.first);
  into.second[std::string(key.name)] = {entry.node.place, good};
}

// `in` is the table that the key was found in, empty at the top.
void Binder::Unknown(const Entry& entry, std::string_view in) {
  const bool is_table = std::holds_alternative<Table>(entry.node.value) && in.empty();
  std::vector<std::string_view> near;
  std::string elsewhere;
  for (const auto& key : keys_) {
    if (TableOf(key.name) == in) near.push_back(LastPart(key.name));
    if (in.empty() && !TableOf(key.name).empty()) near.push_back(TableOf(key.name));
    if (LastPart(key.name) != entry.key || (!elsewhere.empty() && !TableOf(key.name).empty()))
      continue;
    elsewhere =
        TableOf(key.name).empty()
            ? fmt::format("{} stands at the top of the file, before the first [table]", key.name)
            : fmt::format("did you mean {} in [{}]?", entry.key, TableOf(key.name));
  }
  if (in == kTenantTable) {
    for (const auto& key : tenant_keys_) near.push_back(key.name);
  }
  if (in.empty()) near.push_back(kTenantTable);
  std::string hint;
  if (!elsewhere.empty() && !is_table) {
    hint = elsewhere;
  } else if (guesses_left_ > 0) {
    --guesses_left_;
    hint = DidYouMean(entry.key, near);
  }
  const std::string where = in.empty() ? std::string() : fmt::format(" in [{}]", in);
  problems_.Error(
      entry.place,
      fmt::format("unknown {} {}{}", is_table ? "table" : "key", Quoted(entry.key), where), hint);
}

void Binder::BindTenant(const Node& node, const Place& place) {
  const Table* table = std::get_if<Table>(&node.value);
  if (table == nullptr) {
    problems_.Error(place, fmt::format("a tenant is a table, found {}", Describe(node)));
    return;
  }
  TenantConfig tenant;
  Sources::Tenant source{node.place, {}};
  for (const Entry& entry : *table) {
    const auto key = std::ranges::find(tenant_keys_, entry.key, &Key<TenantConfig>::name);
    if (key == tenant_keys_.end()) {
      Unknown(entry, kTenantTable);
    } else {
      BindKey<TenantConfig>(*key, entry, "tenant.", {tenant, source.origins});
    }
  }
  config_.tenants.push_back(std::move(tenant));
  sources_.tenants.push_back(std::move(source));
}

void Binder::BindTenants(const Entry& entry) {
  if (const auto* list = std::get_if<Node::List>(&entry.node.value)) {
    for (const Node& node : *list) BindTenant(node, node.place);
  } else {
    problems_.Error(entry.place, "there may be several tenants: each begins with [[tenant]]");
  }
}

void Binder::BindTable(const Entry& entry) {
  const Table* table = std::get_if<Table>(&entry.node.value);
  if (table == nullptr) {
    problems_.Error(entry.place,
                    fmt::format("{} is a table: write its keys below [{}]", entry.key, entry.key));
    return;
  }
  for (const Entry& inner : *table) {
    const Key<Config>* key = Find(fmt::format("{}.{}", entry.key, inner.key));
    if (key == nullptr) {
      Unknown(inner, entry.key);
    } else {
      BindKey<Config>(*key, inner, "", {config_, sources_.site});
    }
  }
}

void Binder::Bind(const Table& document) {
  for (const Entry& entry : document) {
    const Key<Config>* key = Find(entry.key);
    if (entry.key == kTenantTable) {
      BindTenants(entry);
    } else if (IsTable(entry.key)) {
      BindTable(entry);
    } else if (key != nullptr) {
      BindKey<Config>(*key, entry, "", {config_, sources_.site});
    } else {
      Unknown(entry, "");
    }
  }
}

LoadResult Unreadable(const std::string& path, std::string_view why) {
  return tl::unexpected(LoadFailure{true, {fmt::format("{}: error: {}", path, why)}});
}

}  // namespace

LoadResult Parse(std::string_view text, std::string_view file) {
  Problems problems(text, file);
  const Document document = ParseToml(text);
  for (const SyntaxError& error : document.errors)
    problems.Error(error.place, error.message, error.hint);
  Binder binder(problems);
  if (document.table) binder.Bind(*document.table);
  if (document.errors.empty()) CheckConfig(binder.config(), binder.sources(), problems);
  if (!problems.has_errors()) return Loaded{std::move(binder.config()), problems.Warnings()};
  LoadFailure failure{false, problems.Errors()};
  std::ranges::move(problems.Warnings(), std::back_inserter(failure.messages));
  return tl::unexpected(std::move(failure));
}

LoadResult Load(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Unreadable(path, std::strerror(errno));
  std::string text;
  std::array<char, 16 * 1024> buffer;
  while (text.size() <= kMaxFileBytes) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unreadable(path, std::strerror(errno));
    if (got == 0) return Parse(text, path);
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return Unreadable(path, fmt::format("larger than {} KiB", kMaxFileBytes / 1024));
}

}  // namespace assay::config
