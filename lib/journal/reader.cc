// SPDX-License-Identifier: Apache-2.0
#include "lib/journal/reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "lib/base/text.h"
#include "lib/journal/record_codec.h"
#include "lib/journal/store.h"

namespace assay::journal {
namespace {

constexpr int kReaderBusyMilliseconds = 2000;
constexpr std::size_t kMessageIdBytes = 500;  // beyond what people paste

// Crockford's base 32 leaves out letters that look like digits; who reads one means the digit.
std::string AsReference(std::string_view name) {
  name = Trim(name);
  if (name.starts_with('[')) name.remove_prefix(1);
  if (name.ends_with(']')) name.remove_suffix(1);
  if (StartsWithIgnoreCase(name, "ref")) {
    std::string_view rest = name.substr(3);
    if (rest.starts_with('=') || rest.starts_with(' ')) name = Trim(rest.substr(1));
  }
  std::string reference;
  for (const char c : name) {
    const char lower = AsciiLower(c);
    if (lower == 'o') {
      reference += '0';
    } else if (lower == 'i' || lower == 'l') {
      reference += '1';
    } else {
      reference += static_cast<char>(IsAsciiAlpha(c) ? lower - 'a' + 'A' : c);
    }
  }
  return reference;
}

DatabaseResult<Found> FindWith(Database::Access access, const std::string& path,
                               std::string_view name) {
  auto database = Database::Open(path, access, kReaderBusyMilliseconds);
  if (!database) return tl::unexpected(database.error());
  const auto version = database->Number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version != kSchemaVersion) {
    return tl::unexpected(DatabaseError{
        Trouble::kOtherSchema, fmt::format("is no journal with schema {}", kSchemaVersion)});
  }
  auto query = database->Prepare(
      "SELECT data FROM message LEFT JOIN record USING(id) "
      "WHERE (ref = ?1 AND ref <> '') OR queue_id = ?2 OR (message_id = ?3 AND message_id <> '') "
      "ORDER BY id DESC LIMIT ?4");
  if (!query) return tl::unexpected(query.error());
  const std::string reference = AsReference(name);
  const std::string message_id = BareMessageId(name);
  query->Bind(1, reference).Bind(2, name).Bind(3, message_id);
  query->Bind(4, static_cast<std::int64_t>(kMostFound + 1));
  Found found;
  for (;;) {
    const auto row = query->Step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return found;
    if (found.records.size() + found.unreadable == kMostFound) {
      found.more = true;
      return found;
    }
    if (auto record = Decode(query->Bytes(0))) {
      found.records.push_back(std::move(*record));
    } else {
      ++found.unreadable;
    }
  }
}

}  // namespace

std::string BareMessageId(std::string_view value) {
  value = Trim(value);
  if (value.starts_with('<')) value.remove_prefix(1);
  if (value.ends_with('>')) value.remove_suffix(1);
  return std::string(value.substr(0, kMessageIdBytes));
}

DatabaseResult<Found> Find(const std::string& path, std::string_view name) {
  if (name.empty()) return Found();
  if (::access(path.c_str(), R_OK) != 0) {
    return tl::unexpected(
        DatabaseError{Trouble::kUnavailable, std::generic_category().message(errno)});
  }
  // Without a -wal file nobody has it open. Opening it as usual would then make one, which a reader
  // of the group must not and root need not. A daemon that starts meanwhile is the other case.
  if (::access((path + "-wal").c_str(), F_OK) != 0) {
    if (auto found = FindWith(Database::Access::kReadAlone, path, name)) return found;
  }
  return FindWith(Database::Access::kRead, path, name);
}

}  // namespace assay::journal
