// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/sqlite_query.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/base/text.h"
#include "lib/identity/map_text.h"

namespace assay::identity {
namespace {

struct Parts {
  std::string_view whole;
  std::string_view user;                   // all of it where there is no domain
  std::optional<std::string_view> domain;  // behind the last @
};

Parts SplitAddress(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return {text, text, {}};
  return {text, text.substr(0, at), text.substr(at + 1)};
}

// %u, %s or %d of an address; nothing where it is missing or empty.
std::optional<std::string_view> Part(const Parts& parts, char which) {
  std::optional<std::string_view> part = parts.whole;
  if (which == 'u') part = parts.user;
  if (which == 'd') part = parts.domain;
  if (part && part->empty()) part.reset();
  return part;
}

// %1 is the top-level domain, %2 what stands before it, and so on.
std::optional<std::string_view> Label(const Parts& parts, char digit) {
  if (!parts.domain) return {};
  const auto labels = Split(*parts.domain, '.');
  const auto number = static_cast<std::size_t>(digit - '0');
  if (number > labels.size()) return {};
  return labels[labels.size() - number];
}

std::string QuoteForSql(std::string_view text) {
  std::string quoted;
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted;
}

std::string Plain(std::string_view text) { return std::string(text); }

struct Expansion {
  Parts value;  // for %s, %u and %d
  Parts key;    // for their upper-case forms and the labels
  std::string (*quote)(std::string_view);
};

std::optional<std::string> Expand(std::string_view format, const Expansion& expansion) {
  std::string text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      text += format[i];
      continue;
    }
    const char which = ++i < format.size() ? format[i] : '%';
    if (which == '%') {
      text += '%';
      continue;
    }
    std::optional<std::string_view> part;
    if (which == 's' || which == 'u' || which == 'd') {
      part = Part(expansion.value, which);
    } else if (which >= '1' && which <= '9') {
      part = Label(expansion.key, which);
    } else {
      part = Part(expansion.key, AsciiLower(which));
    }
    if (!part) return {};
    text += expansion.quote(*part);
  }
  return text;
}

Result<void> CheckFormat(std::string_view name, std::string_view format) {
  for (std::size_t i = format.find('%'); i != std::string_view::npos; i = format.find('%', i + 2)) {
    const char which = i + 1 < format.size() ? format[i + 1] : '\0';
    if (std::string_view("%sudSUD123456789").find(which) == std::string_view::npos ||
        which == '\0') {
      return Permanent(fmt::format("{}: has a % that stands for nothing", name));
    }
  }
  return {};
}

}  // namespace

Result<SqliteQuery> ParseSqliteQuery(std::string_view text) {
  const auto values = ParseClientConfig(text);
  if (!values) return tl::unexpected(values.error());
  const auto get = [&](std::string_view name) {
    const auto found = values->find(name);
    return found == values->end() ? std::string() : found->second;
  };
  SqliteQuery query;
  query.dbpath = get("dbpath");
  query.query = get("query");
  if (values->contains("result_format")) query.result_format = get("result_format");
  if (query.query.empty() && values->contains("table")) {  // the form of Postfix before 2.2
    query.query = fmt::format("SELECT {} FROM {} WHERE {}='%s' {}", get("select_field"),
                              get("table"), get("where_field"), get("additional_conditions"));
  }
  if (!query.dbpath.starts_with('/')) return Permanent("dbpath is no absolute path");
  if (query.query.empty()) return Permanent("has no query");
  const std::string domains = get("domain");
  for (const std::string_view domain : SplitValue(domains)) {
    if (domain.find_first_of(":/!") != std::string_view::npos) {
      return Permanent("domain: only names are read here, neither tables nor files");
    }
    query.domains.push_back(ToLower(domain));
  }
  if (const std::string limit = get("expansion_limit"); !limit.empty()) {
    const auto number = ParseNumber(limit);
    if (!number) return Permanent("expansion_limit is no number");
    query.expansion_limit = static_cast<std::size_t>(*number);
  }
  if (auto checked = CheckFormat("query", query.query); !checked) {
    return tl::unexpected(checked.error());
  }
  if (auto checked = CheckFormat("result_format", query.result_format); !checked) {
    return tl::unexpected(checked.error());
  }
  return query;
}

std::optional<std::string> ExpandQuery(const SqliteQuery& query, std::string_view key) {
  // Nothing that SQL would take for the end of the statement.
  if (key.empty() || key.find('\0') != std::string_view::npos) return {};
  const Parts parts = SplitAddress(key);
  if (!query.domains.empty()) {
    if (!parts.domain || parts.user.empty()) return {};
    if (std::ranges::find(query.domains, ToLower(*parts.domain)) == query.domains.end()) return {};
  }
  return Expand(query.query, {parts, parts, QuoteForSql});
}

std::optional<std::string> ExpandResult(const SqliteQuery& query, std::string_view value,
                                        std::string_view key) {
  if (value.empty()) return {};
  return Expand(query.result_format, {SplitAddress(value), SplitAddress(key), Plain});
}

}  // namespace assay::identity
