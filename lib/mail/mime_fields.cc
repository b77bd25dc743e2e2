// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/mime_fields.h"

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/hex.h"

namespace assay::mail {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr unsigned kMaxSection = 9999;  // RFC 2231 sets no bound; a number above it is no section

// RFC 2045, 5.1
bool IsTokenChar(char c) {
  return c > ' ' && c < '\x7f' &&
         std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

bool IsMediaType(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && IsToken(text.substr(0, slash)) &&
         IsToken(text.substr(slash + 1));
}

// RFC 2231, 4; a "%" without two digits stays.
std::string DecodePercent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
    } else {
      out += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return out;
}

// A quoted string at the front of `text`, which is shortened by it. Only \" and \\ are escapes:
// Windows paths stand in file names unescaped.
std::string TakeQuoted(std::string_view& text, bool* malformed) {
  std::string value;
  std::size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    const bool escape =
        text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    if (escape) ++i;
    value += text[i];
  }
  if (i == text.size()) *malformed = true;
  text.remove_prefix(std::min(i + 1, text.size()));
  return value;
}

// `charset=utf-8 format=flowed`: whether what follows the white space is a parameter of its own.
bool StartsParameter(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && IsTokenChar(text[i])) ++i;
  return i > 0 && i < text.size() && text[i] == '=';
}

// A value without quotes: it ends at a semicolon or where the next parameter begins, for file names
// hold spaces.
std::string TakeUnquoted(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] != ';') {
    if (!IsFoldingSpace(text[end])) {
      ++end;
      continue;
    }
    const std::size_t next = std::min(text.find_first_not_of(kWhiteSpace, end), text.size());
    if (StartsParameter(text.substr(next))) break;
    end = next;
  }
  std::string value(Trim(text.substr(0, end)));
  text.remove_prefix(end);
  return value;
}

// What stands before "=", or before ";" when there is no value: the last word of it, so that a
// comment does no harm.
std::string_view TakeName(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("=;"), text.size());
  std::string_view name = Trim(text.substr(0, end));
  text.remove_prefix(end);
  const std::size_t space = name.find_last_of(kWhiteSpace);
  return space == std::string_view::npos ? name : name.substr(space + 1);
}

std::string_view SkipSpace(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
}

// The word before the parameters; `text` is shortened by it unless it belongs to a parameter
// already.
std::string TakeWord(std::string_view& text) {
  text = SkipSpace(text);
  if (!text.empty() && text.front() == '"') text.remove_prefix(1);
  const std::size_t end = std::min(text.find_first_of(" \t\r\n;,(\""), text.size());
  const std::string_view word = text.substr(0, end);
  if (word.find('=') != std::string_view::npos) return {};
  text.remove_prefix(end);
  return ToLower(word);
}

// Some programs allow white space around the slash.
std::string TakeMediaType(std::string_view& text, bool* malformed) {
  std::string type = TakeWord(text);
  const std::string_view rest = SkipSpace(text);
  const bool slash = !type.empty() && rest.starts_with('/');
  if (rest.size() < text.size() && (slash || type.ends_with('/'))) {
    *malformed = true;
    text = rest.substr(slash ? 1 : 0);
    if (slash) type += '/';
    type += TakeWord(text);
  }
  if (IsMediaType(type)) return type;
  *malformed = true;
  return type == "multipart" || type == "multipart/" ? "multipart/mixed" : "";
}

std::string TakeDisposition(std::string_view& text, bool* malformed) {
  std::string word = TakeWord(text);
  if (IsToken(word)) return word;
  *malformed = true;
  return {};
}

MimeField ParseField(std::string_view value, std::string (*take)(std::string_view&, bool*)) {
  MimeField field;
  field.malformed = value.size() > kMaxFieldBytes;
  const std::string unfolded = Unfold(value.substr(0, kMaxFieldBytes));
  std::string_view rest = unfolded;
  field.value = take(rest, &field.malformed);
  field.parameters = Parameters::Parse(rest, &field.malformed);
  return field;
}

}  // namespace

std::string Unfold(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    if (c != '\r' && c != '\n') out += c;
  }
  return out;
}

std::string WithoutComments(std::string_view value) {
  std::string out;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool escape = value[i] == '\\' && i + 1 < value.size() && (quoted || depth > 0);
    if (!escape && depth == 0 && value[i] == '"') quoted = !quoted;
    if (!escape && !quoted && value[i] == '(' && depth++ == 0) out += ' ';
    if (depth == 0) out += value.substr(i, escape ? 2 : 1);
    if (!escape && depth > 0 && value[i] == ')') --depth;
    if (escape) ++i;
  }
  return out;
}

Parameters Parameters::Parse(std::string_view text, bool* malformed) {
  Parameters parameters;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n;,\""), text.size()));
    if (text.empty()) return parameters;
    const std::string_view name = TakeName(text);
    if (text.empty() || text.front() != '=') continue;
    text = SkipSpace(text.substr(1));
    const bool quoted = !text.empty() && text.front() == '"';
    Entry entry = MakeEntry(name, quoted ? TakeQuoted(text, malformed) : TakeUnquoted(text));
    if (entry.name.empty()) continue;
    const bool full = parameters.entries_.size() == kMaxParameters;
    *malformed |= full || parameters.Has(entry);
    if (!full) parameters.entries_.push_back(std::move(entry));
  }
}

Parameters::Entry Parameters::MakeEntry(std::string_view name, std::string value) {
  Entry entry;
  const std::size_t star = name.find('*');
  entry.value = std::move(value);
  entry.name = ToLower(name.substr(0, star));
  if (star == std::string_view::npos) return entry;
  std::string_view suffix = name.substr(star + 1);
  entry.extended = suffix.empty() || suffix.back() == '*';
  if (entry.extended && !suffix.empty()) suffix.remove_suffix(1);
  const std::optional<std::uint64_t> number = ParseNumber(suffix);
  if (number && *number <= kMaxSection) entry.section = static_cast<unsigned>(*number);
  return entry;
}

bool Parameters::Has(const Entry& entry) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& other) {
    return other.name == entry.name && other.section == entry.section &&
           (entry.section || other.extended == entry.extended);
  });
}

std::optional<ParameterValue> Parameters::Find(std::string_view name) const {
  const Entry* plain = nullptr;
  const Entry* whole = nullptr;
  std::vector<const Entry*> sections;
  for (const Entry& entry : entries_) {
    if (entry.name != name) continue;
    if (entry.section) {
      sections.push_back(&entry);
    } else if (const Entry*& first = entry.extended ? whole : plain; first == nullptr) {
      first = &entry;
    }
  }
  if (whole != nullptr) sections.assign(1, whole);
  if (sections.empty() && plain != nullptr) return ParameterValue{plain->value, {}};
  if (sections.empty()) return {};
  std::ranges::stable_sort(sections, {}, &Entry::section);
  const auto same = [](const Entry* left, const Entry* right) {
    return left->section == right->section;
  };
  sections.erase(std::unique(sections.begin(), sections.end(), same), sections.end());
  return Decode(sections);
}

std::vector<std::string> Parameters::FindAll(std::string_view name) const {
  std::vector<std::string> values;
  const auto add = [&](std::string value) {
    if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
  };
  if (auto first = Find(name)) add(std::move(first->bytes));
  for (const Entry& entry : entries_) {
    if (entry.name == name && !entry.section)
      add(entry.extended ? Decode({&entry}).bytes : entry.value);
  }
  return values;
}

ParameterValue Parameters::Decode(const std::vector<const Entry*>& sections) {
  ParameterValue value;
  for (const Entry* entry : sections) {
    std::string_view text = entry->value;
    if (entry == sections.front() && entry->extended) {
      // charset'language'text; without the two quotes it is all text.
      const std::size_t first = text.find('\'');
      const std::size_t second =
          first == std::string_view::npos ? first : text.find('\'', first + 1);
      if (second != std::string_view::npos) {
        value.charset = text.substr(0, first);
        text.remove_prefix(second + 1);
      }
    }
    value.bytes += entry->extended ? DecodePercent(text) : std::string(text);
  }
  return value;
}

MimeField ParseContentType(std::string_view value) { return ParseField(value, TakeMediaType); }

MimeField ParseContentDisposition(std::string_view value) {
  return ParseField(value, TakeDisposition);
}

}  // namespace assay::mail
