// SPDX-License-Identifier: Apache-2.0
#include "lib/identity/table_spec.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "lib/base/ip_address.h"
#include "lib/base/text.h"
#include "lib/identity/map_text.h"

namespace assay::identity {
namespace {

constexpr std::size_t kMaxPath = 4096;  // Linux: PATH_MAX
constexpr std::uint64_t kMaxPort = 65535;

struct TypeName {
  std::string_view name;
  TableType type;
  std::string_view suffix;  // of the file that holds it
};
constexpr std::array kTypes = {
    TypeName{"inline", TableType::kInline, ""},  TypeName{"texthash", TableType::kTextHash, ""},
    TypeName{"hash", TableType::kHash, ".db"},   TypeName{"btree", TableType::kBtree, ".db"},
    TypeName{"lmdb", TableType::kLmdb, ".lmdb"}, TypeName{"cdb", TableType::kCdb, ".cdb"},
    TypeName{"pcre", TableType::kPcre, ""},      TypeName{"regexp", TableType::kRegexp, ""},
    TypeName{"sqlite", TableType::kSqlite, ""},  TypeName{"socketmap", TableType::kSocketMap, ""},
};

bool IsPath(std::string_view path) {
  return path.starts_with('/') && path.size() <= kMaxPath &&
         std::ranges::none_of(path, [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; });
}

// One of "key=value" and "{ key = value with spaces }", up to the comma or space behind it.
Result<std::string_view> TakeInlineEntry(std::string_view& rest) {
  std::size_t end = 0;
  if (rest.front() == '{') {
    end = rest.find('}');
    if (end == std::string_view::npos) return Permanent("has an entry without its closing brace");
    const std::string_view entry = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return entry;
  }
  while (end < rest.size() && rest[end] != ',' && !IsFoldingSpace(rest[end])) ++end;
  const std::string_view entry = rest.substr(0, end);
  rest.remove_prefix(end);
  return entry;
}

Result<void> ParseInline(TableSpec& spec) {
  std::string_view rest = Trim(spec.name);
  if (!rest.starts_with('{') || !rest.ends_with('}') || rest.size() < 2) {
    return Permanent("needs its entries in braces: inline:{ key=value, { key = two words } }");
  }
  rest = rest.substr(1, rest.size() - 2);
  while (!rest.empty()) {
    if (rest.front() == ',' || IsFoldingSpace(rest.front())) {
      rest.remove_prefix(1);
      continue;
    }
    const auto entry = TakeInlineEntry(rest);
    if (!entry) return tl::unexpected(entry.error());
    const std::size_t equals = entry->find('=');
    const std::string_view key = Trim(entry->substr(0, equals));
    if (equals == std::string_view::npos || key.empty()) {
      return Permanent(
          fmt::format("has the entry \"{}\", which is not key=value; one with spaces in its value "
                      "needs braces: {{ key = two words }}",
                      EscapeForLog(*entry, 64)));
    }
    spec.entries.emplace_back(ToLower(key), Trim(entry->substr(equals + 1)));
  }
  if (spec.entries.empty()) return Permanent("has no entries");
  return {};
}

Result<void> ParseInetServer(TableSpec& spec, std::string_view server) {
  const std::size_t colon = server.rfind(':');
  const auto port =
      colon == std::string_view::npos ? std::nullopt : ParseNumber(server.substr(colon + 1));
  std::string_view host = server.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  if (!port || *port < 1 || *port > kMaxPort || !IpAddress::Parse(host)) {
    return Permanent("needs inet:ADDRESS:PORT, with an IP address or localhost");
  }
  spec.host = host;
  spec.port = static_cast<unsigned>(*port);
  return {};
}

// unix:/path:name or inet:address:port:name; the map's name is what follows the last colon.
Result<void> ParseSocketMap(TableSpec& spec) {
  const std::size_t last = spec.name.rfind(':');
  const std::string_view server = std::string_view(spec.name).substr(0, last);
  spec.map_name = last == std::string::npos ? "" : spec.name.substr(last + 1);
  const bool named = !spec.map_name.empty() && spec.map_name.find('/') == std::string::npos &&
                     std::ranges::none_of(spec.map_name, IsFoldingSpace);
  if (named && server.starts_with("unix:")) {
    spec.socket_path = server.substr(5);
    if (!IsPath(spec.socket_path)) return Permanent("needs an absolute path after unix:");
    if (spec.socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
      return Permanent("has a socket path that is too long");
    }
    return {};
  }
  if (named && server.starts_with("inet:")) return ParseInetServer(spec, server.substr(5));
  return Permanent("needs socketmap:unix:PATH:NAME or socketmap:inet:ADDRESS:PORT:NAME");
}

std::string KnownTypes() {
  std::string names;
  for (const TypeName& type : kTypes) names.append(names.empty() ? "" : ", ").append(type.name);
  return names;
}

}  // namespace

Result<TableSpec> ParseTableSpec(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view type_name = text.substr(0, colon);
  if (colon == std::string_view::npos) {
    return Permanent("is not TYPE:NAME, such as hash:/etc/postfix/sender_login");
  }
  const auto* type = std::ranges::find(kTypes, type_name, &TypeName::name);
  if (type_name == "proxy") {
    return Permanent(
        "has the type \"proxy\", which only Postfix's own programs can ask; name the table behind "
        "it, "
        "without proxy:");
  }
  if (type == kTypes.end()) {
    return Permanent(fmt::format(
        "has the type \"{}\", which is not read here; known are {}. Any other table of Postfix's "
        "can be served through socketmap:unix:PATH:NAME",
        EscapeForLog(type_name, 32), KnownTypes()));
  }
  TableSpec spec;
  spec.type = type->type;
  spec.text = text;
  spec.name = text.substr(colon + 1);
  Result<void> parsed;
  if (spec.type == TableType::kInline) {
    parsed = ParseInline(spec);
  } else if (spec.type == TableType::kSocketMap) {
    parsed = ParseSocketMap(spec);
  } else if (!type->suffix.empty() && spec.name.ends_with(type->suffix)) {
    parsed = Permanent(fmt::format("is named without its {}", type->suffix));
  } else if (IsPath(spec.name)) {
    spec.path = spec.name + std::string(type->suffix);
  } else {
    parsed = Permanent("needs an absolute path after the type");
  }
  if (!parsed) return tl::unexpected(parsed.error());
  return spec;
}

}  // namespace assay::identity
