// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/scripts.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "lib/base/text.h"
#include "lib/mail/charset.h"
#include "lib/mail/eight_bytes.h"
#include "lib/mail/script_ranges.h"

namespace assay::mail {
namespace {

static_assert(std::ranges::is_sorted(kScriptRanges, {}, &ScriptRange::first));

constexpr std::array<std::string_view, kScriptCount> kScriptNames = {
    "latin",      "greek",     "cyrillic", "armenian", "hebrew",   "arabic",
    "devanagari", "bengali",   "gurmukhi", "gujarati", "tamil",    "telugu",
    "kannada",    "malayalam", "sinhala",  "thai",     "lao",      "tibetan",
    "myanmar",    "georgian",  "hangul",   "ethiopic", "cherokee", "khmer",
    "mongolian",  "hiragana",  "katakana", "bopomofo", "han",      "other"};

bool HasLookAlikes(Script script) {
  return script == Script::kLatin || script == Script::kGreek || script == Script::kCyrillic ||
         script == Script::kArmenian || script == Script::kCherokee;
}

// Letters that are drawn for other ends than writing: mathematical alphanumerics, enclosed ones.
bool IsStyledLetter(char32_t c) {
  return (c >= 0x1d400 && c <= 0x1d7cb) || (c >= 0x249c && c <= 0x24e9) ||
         (c >= 0x1f110 && c <= 0x1f189);
}

// Of a well-formed sequence of `length` bytes.
char32_t CodePointAt(std::string_view text, std::size_t at, std::size_t length) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[at + i]));
  };
  if (length == 1) return byte(0);
  char32_t c = byte(0) & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) c = c << 6 | (byte(i) & 0x3f);
  return c;
}

// The next byte that is not ASCII, or the end.
std::size_t FindWide(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::size_t ascii = BytesBeforeMark(MarkWide(EightBytes(text, at)));
    at += ascii;
    if (ascii < 8) return at;
  }
  return text.size();
}

}  // namespace

Script ScriptOf(char32_t code_point) {
  const auto* const next =
      std::ranges::upper_bound(kScriptRanges, code_point, {}, &ScriptRange::first);
  if (next == std::begin(kScriptRanges)) return Script::kCommon;
  const ScriptRange& range = *std::prev(next);
  return code_point <= range.last ? range.script : Script::kCommon;
}

std::string_view ScriptName(Script script) {
  return kScriptNames[static_cast<std::size_t>(script)];
}

void ScriptUse::Add(std::string_view text) {
  const bool latin = seen_.test(static_cast<std::size_t>(Script::kLatin));
  if (!latin && std::ranges::any_of(text, IsAsciiAlpha)) See(Script::kLatin);
  std::size_t done = 0;  // where the last word ended
  for (std::size_t at = FindWide(text, 0); at < text.size(); at = FindWide(text, done)) {
    std::size_t begin = at;
    while (begin > done && IsAsciiAlnum(text[begin - 1])) --begin;
    done = AddWord(text, begin);
  }
}

// The word at `at`, with at least one character beyond ASCII or none at all; returns where it ends,
// behind `at`.
std::size_t ScriptUse::AddWord(std::string_view text, std::size_t at) {
  std::size_t letters = 0;
  std::size_t look_alikes = 0;  // scripts
  Script first = Script::kCommon;
  const std::size_t begin = at;
  while (at < text.size()) {
    const std::size_t length = std::max<std::size_t>(Utf8SequenceLength(text, at), 1);
    const char32_t c = CodePointAt(text, at, length);
    if (length == 1 && !IsAsciiAlnum(text[at])) break;
    at += length;
    if (IsStyledLetter(c)) ++styled_;
    const Script script = ScriptOf(c);
    if (script == Script::kCommon) {
      if (length > 1) break;  // a dash, a quotation mark
      continue;
    }
    See(script);
    ++letters;
    if (!HasLookAlikes(script) || script == first) continue;
    if (look_alikes < 2) ++look_alikes;
    first = script;
  }
  if (letters >= kMinMixedWord && look_alikes >= 2) ++mixed_words_;
  return std::max(at, begin + 1);
}

void ScriptUse::See(Script script) {
  const auto index = static_cast<std::size_t>(script);
  if (seen_.test(index)) return;
  seen_.set(index);
  names_.emplace_back(kScriptNames[index]);
}

}  // namespace assay::mail
