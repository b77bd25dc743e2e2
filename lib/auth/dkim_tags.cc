// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_tags.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "lib/base/text.h"

namespace assay::auth {
namespace {

constexpr std::size_t kMaxQuoted = 40;  // bytes of sender text in one reason

// RFC 6376, 3.2: tag-name = ALPHA *ALNUMPUNC.
bool IsTagName(std::string_view name) {
  return !name.empty() && IsAsciiAlpha(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsAsciiAlnum(c) || c == '_'; });
}

// White space is SP, HTAB and folds: CRLF or LF with SP or HTAB behind it.
bool HasOnlyTagBytes(std::string_view text, TagBytes bytes) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r' && next != '\n') return false;
    if (c == '\n' && next != ' ' && next != '\t') return false;
    if (IsFoldingSpace(c)) continue;
    if (byte >= 0x80 ? bytes == TagBytes::kAscii : byte < 0x21 || byte == 0x7F) return false;
  }
  return true;
}

tl::expected<DkimTag, std::string> ParseTag(std::string_view spec) {
  const std::size_t equals = spec.find('=');
  if (equals == std::string_view::npos) {
    return tl::unexpected("no = in tag " + QuoteForReason(Trim(spec)));
  }
  DkimTag tag;
  tag.name = Trim(spec.substr(0, equals));
  tag.value = Trim(spec.substr(equals + 1));
  tag.space_before_equals = equals > 0 && IsFoldingSpace(spec[equals - 1]);
  if (!IsTagName(tag.name)) return tl::unexpected("bad tag name " + QuoteForReason(tag.name));
  return tag;
}

std::optional<std::string> FindDuplicate(const std::vector<DkimTag>& tags) {
  std::vector<std::string> names;
  names.reserve(tags.size());
  for (const DkimTag& tag : tags) names.push_back(ToLower(tag.name));
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  return *twice;
}

}  // namespace

tl::expected<DkimTagList, std::string> DkimTagList::Parse(std::string_view text, TagBytes bytes) {
  const std::string_view list = Trim(text);
  if (list.empty()) return tl::unexpected<std::string>("no tags");
  if (!HasOnlyTagBytes(list, bytes))
    return tl::unexpected<std::string>("byte not allowed in a tag list");
  std::vector<std::string_view> specs = Split(list, ';');
  if (specs.size() > 1 && Trim(specs.back()).empty()) specs.pop_back();
  DkimTagList result;
  result.tags_.reserve(specs.size());
  for (const std::string_view spec : specs) {
    auto tag = ParseTag(spec);
    if (!tag) return tl::unexpected(std::move(tag).error());
    result.tags_.push_back(*tag);
  }
  if (const auto twice = FindDuplicate(result.tags_)) {
    return tl::unexpected("tag " + QuoteForReason(*twice) + " occurs twice");
  }
  return result;
}

const DkimTag* DkimTagList::Find(std::string_view name) const {
  const auto found = std::find_if(tags_.begin(), tags_.end(),
                                  [name](const DkimTag& tag) { return tag.name == name; });
  return found == tags_.end() ? nullptr : &*found;
}

std::vector<std::string_view> SplitColons(std::string_view value) {
  std::vector<std::string_view> parts = Split(value, ':');
  for (std::string_view& part : parts) part = Trim(part);
  return parts;
}

std::string QuoteForReason(std::string_view text) {
  std::string quoted = "'";
  quoted += EscapeForLog(text, kMaxQuoted);
  quoted += '\'';
  return quoted;
}

}  // namespace assay::auth
