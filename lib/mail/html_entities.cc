// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/html_entities.h"

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "lib/mail/hex.h"
#include "lib/mail/html_entity_names.h"

namespace assay::mail {
namespace {

constexpr char32_t kReplacementCharacter = 0xfffd;
constexpr char32_t kMaxCodePoint = 0x10ffff;
constexpr char32_t kTooLarge = kMaxCodePoint + 1;
constexpr std::size_t kMaxEntityName = 21;  // "CloseCurlyDoubleQuote"
constexpr std::size_t kMaxLegacyName = 6;   // "Aacute"

// 0x80 to 0x9F (13.2.5.80); 0 stays what it is.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

char32_t Repair(char32_t code_point) {
  if (code_point == 0 || code_point > kMaxCodePoint) return kReplacementCharacter;
  if (code_point >= 0xd800 && code_point <= 0xdfff) return kReplacementCharacter;
  if (code_point < 0x80 || code_point > 0x9f) return code_point;
  const char16_t mapped = kWindows1252[code_point - 0x80];
  return mapped != 0 ? mapped : code_point;
}

std::optional<CharacterReference> ParseNumeric(std::string_view text) {
  const bool hex = text.size() > 2 && AsciiLower(text[2]) == 'x';
  const std::size_t begin = hex ? 3 : 2;
  std::size_t end = begin;
  char32_t code_point = 0;
  for (; end < text.size(); ++end) {
    const int digit = HexDigit(text[end]);
    if (digit < 0 || (!hex && digit > 9)) break;
    code_point = code_point * (hex ? 16 : 10) + static_cast<char32_t>(digit);
    code_point = std::min(code_point, kTooLarge);
  }
  if (end == begin) return {};
  if (end < text.size() && text[end] == ';') ++end;
  return CharacterReference{end, Repair(code_point)};
}

template <std::size_t kSize>
const NamedEntity* FindName(const NamedEntity (&table)[kSize], std::string_view name) {
  const auto* found = std::lower_bound(
      std::begin(table), std::end(table), name,
      [](const NamedEntity& entity, std::string_view wanted) { return entity.name < wanted; });
  return found != std::end(table) && found->name == name ? found : nullptr;
}

std::optional<CharacterReference> ParseNamed(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && end <= kMaxEntityName && IsAsciiAlnum(text[end])) ++end;
  const std::string_view name = text.substr(1, end - 1);
  if (end < text.size() && text[end] == ';') {
    const NamedEntity* entity = FindName(kEntities, name);
    if (entity == nullptr) entity = FindName(kLegacyEntities, name);
    if (entity != nullptr) return CharacterReference{end + 1, entity->code_point};
  }
  for (std::size_t length = std::min(name.size(), kMaxLegacyName); length >= 2; --length) {
    if (const NamedEntity* entity = FindName(kLegacyEntities, name.substr(0, length))) {
      return CharacterReference{length + 1, entity->code_point};
    }
  }
  return {};
}

}  // namespace

std::optional<CharacterReference> ParseCharacterReference(std::string_view text) {
  if (text.size() < 2) return {};
  return text[1] == '#' ? ParseNumeric(text) : ParseNamed(text);
}

std::string ResolveReferences(std::string_view text, bool in_attribute) {
  std::string resolved;
  std::size_t begin = 0;
  std::size_t ampersand = text.find('&');
  while (ampersand != std::string_view::npos) {
    const auto reference = ParseCharacterReference(text.substr(ampersand));
    std::size_t next = ampersand + 1;
    if (reference) {
      const std::size_t end = ampersand + reference->length;
      const bool open = in_attribute && text[ampersand + 1] != '#' && text[end - 1] != ';';
      if (!open || end == text.size() || (text[end] != '=' && !IsAsciiAlnum(text[end]))) {
        resolved.append(text, begin, ampersand - begin);
        AppendUtf8(reference->code_point, resolved);
        begin = next = end;
      }
    }
    ampersand = text.find('&', next);
  }
  return resolved.append(text, begin);
}

std::string_view WithoutReferences(std::string_view text, bool in_attribute, std::string& buffer) {
  if (text.find('&') == std::string_view::npos) return text;
  buffer = ResolveReferences(text, in_attribute);
  return buffer;
}

void AppendUtf8(char32_t code_point, std::string& out) {
  const auto append = [&out](char32_t byte) { out += static_cast<char>(byte & 0xff); };
  if (code_point < 0x80) {
    append(code_point);
    return;
  }
  if (code_point < 0x800) {
    append(0xc0 | code_point >> 6);
  } else {
    if (code_point < 0x10000) {
      append(0xe0 | code_point >> 12);
    } else {
      append(0xf0 | code_point >> 18);
      append(0x80 | (code_point >> 12 & 0x3f));
    }
    append(0x80 | (code_point >> 6 & 0x3f));
  }
  append(0x80 | (code_point & 0x3f));
}

}  // namespace assay::mail
