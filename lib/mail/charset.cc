// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "lib/base/c_ptr.h"
#include "lib/base/text.h"
#include "lib/mail/eight_bytes.h"

namespace assay::mail {

namespace {

std::uint8_t Byte(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

// Only converters that mail needs: each one of the C library's hundreds is code that a stranger
// could reach, and the exotic ones have aborted or looped before (CVE-2020-27618, CVE-2021-3326).
using Alias = std::pair<std::string_view, std::string_view>;
constexpr auto kCharsets = std::to_array<Alias>({
    {"big5", "BIG5-HKSCS"},
    {"big5-hkscs", "BIG5-HKSCS"},
    {"cp1250", "CP1250"},
    {"cp1251", "CP1251"},
    {"cp1252", "CP1252"},
    {"cp437", "CP437"},
    {"cp850", "CP850"},
    {"cp852", "CP852"},
    {"cp866", "CP866"},
    {"cp932", "CP932"},
    {"cp936", "GB18030"},
    {"cp949", "UHC"},
    {"euc-jp", "EUC-JP"},
    {"euc-kr", "UHC"},
    {"gb18030", "GB18030"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"ibm437", "CP437"},
    {"ibm850", "CP850"},
    {"ibm852", "CP852"},
    {"ibm866", "CP866"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"iso-2022-kr", "ISO-2022-KR"},
    {"iso-8859-1", "CP1252"},
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-11", "TIS-620"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"iso-8859-9", "CP1254"},
    {"iso8859-1", "CP1252"},
    {"iso8859-15", "ISO-8859-15"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"ks_c_5601-1987", "UHC"},
    {"latin1", "CP1252"},
    {"macintosh", "MACINTOSH"},
    {"shift-jis", "CP932"},
    {"shift_jis", "CP932"},
    {"sjis", "CP932"},
    {"tis-620", "TIS-620"},
    {"unicode-1-1-utf-7", "UTF-7"},
    {"utf-16", "UTF-16"},
    {"utf-16be", "UTF-16BE"},
    {"utf-16le", "UTF-16LE"},
    {"utf-32", "UTF-32"},
    {"utf-32be", "UTF-32BE"},
    {"utf-32le", "UTF-32LE"},
    {"utf-7", "UTF-7"},
    {"windows-1250", "CP1250"},
    {"windows-1251", "CP1251"},
    {"windows-1252", "CP1252"},
    {"windows-1253", "CP1253"},
    {"windows-1254", "CP1254"},
    {"windows-1255", "CP1255"},
    {"windows-1256", "CP1256"},
    {"windows-1257", "CP1257"},
    {"windows-1258", "CP1258"},
    {"windows-31j", "CP932"},
    {"windows-874", "CP874"},
    {"x-mac-cyrillic", "MAC-CYRILLIC"},
    {"x-mac-roman", "MACINTOSH"},
    {"x-sjis", "CP932"},
});
static_assert(std::ranges::is_sorted(kCharsets, {}, &Alias::first));

constexpr std::string_view kFallback = "CP1252";

std::string_view IconvName(std::string_view lower_name) {
  const auto* const found = std::ranges::lower_bound(kCharsets, lower_name, {}, &Alias::first);
  if (found == kCharsets.end() || found->first != lower_name) return {};
  return found->second;
}

bool IsUtf8Name(std::string_view lower_name) {
  return lower_name == "utf-8" || lower_name == "utf8" || lower_name == "us-ascii" ||
         lower_name == "ascii";
}

std::string RepairUtf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = Utf8SequenceLength(bytes, at);
    text += length == 0 ? kReplacement : bytes.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return text;
}

void SetDefect(bool* defect) {
  if (defect != nullptr) *defect = true;
}

}  // namespace

std::size_t Utf8SequenceLength(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  const std::uint8_t lead = Byte(text, at);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (text.size() - at < length) return 0;
  // The second byte keeps overlong forms, surrogates and what lies beyond U+10FFFF out (RFC 3629,
  // 4).
  const std::uint8_t lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (Byte(text, at + 1) < lowest || Byte(text, at + 1) > highest) return 0;
  for (std::size_t i = at + 2; i < at + length; ++i) {
    if ((Byte(text, i) & 0xc0U) != 0x80U) return 0;
  }
  return length;
}

bool IsValidUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = BytesBeforeMark(MarkWide(EightBytes(text, at)));
    if (length == 0) length = Utf8SequenceLength(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string_view Utf8Prefix(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  while (max > 0 && (Byte(text, max) & 0xc0U) == 0x80U) --max;
  return text.substr(0, max);
}

struct CharsetDecoder::Converter {
  CPtr<void, iconv_close> handle;
  std::size_t unit = 1;  // bytes to pass over where nothing can be decoded

  // Converts what it can of `rest`, which moves on. Returns errno of the place where it stopped, 0
  // at the end.
  int Run(std::string_view& rest, std::string& text) const {
    std::array<char, 1024> buffer{};
    // iconv() takes char** but does not write through it.
    char* in = const_cast<char*>(rest.data());
    std::size_t in_left = rest.size();
    char* out = buffer.data();
    std::size_t out_left = buffer.size();
    const std::size_t result = iconv(handle.get(), &in, &in_left, &out, &out_left);
    const int error = result == static_cast<std::size_t>(-1) ? errno : 0;
    text.append(buffer.data(), buffer.size() - out_left);
    rest.remove_prefix(rest.size() - in_left);
    return error;
  }

  // Some converters (windows-1255, windows-1258) hold the last character back until they know
  // whether an accent follows.
  void Flush(std::string& text) const {
    std::array<char, 64> buffer{};
    char* out = buffer.data();
    std::size_t out_left = buffer.size();
    iconv(handle.get(), nullptr, nullptr, &out, &out_left);
    text.append(buffer.data(), buffer.size() - out_left);
  }

  std::string Decode(std::string_view bytes, bool* defect) const {
    iconv(handle.get(), nullptr, nullptr, nullptr, nullptr);
    std::string text;
    while (!bytes.empty()) {
      const std::size_t before = bytes.size();
      const int error = Run(bytes, text);
      if (error == 0 && bytes.size() < before) continue;
      if (error == E2BIG && bytes.size() < before) continue;
      SetDefect(defect);
      text += kReplacement;
      if (error == EINVAL) break;  // cut in the middle of a character
      bytes.remove_prefix(std::min(unit, bytes.size()));
    }
    Flush(text);
    return text;
  }
};

CharsetDecoder::CharsetDecoder() = default;
CharsetDecoder::~CharsetDecoder() = default;

CharsetDecoder::Converter* CharsetDecoder::Find(std::string_view iconv_name) {
  const auto known = converters_.find(iconv_name);
  if (known != converters_.end()) return known->second.get();
  std::unique_ptr<Converter> converter;
  void* const handle = iconv_open("UTF-8", std::string(iconv_name).c_str());
  // (iconv_t)-1: a system that lacks this converter's module.
  if (reinterpret_cast<std::intptr_t>(handle) != -1) {
    converter = std::make_unique<Converter>();
    converter->handle.reset(handle);
    converter->unit = iconv_name.starts_with("UTF-32")   ? 4
                      : iconv_name.starts_with("UTF-16") ? 2
                                                         : 1;
  }
  return converters_.emplace(iconv_name, std::move(converter)).first->second.get();
}

std::string CharsetDecoder::ToUtf8(std::string_view bytes, std::string_view charset, bool* defect) {
  const std::string name = ToLower(Trim(charset.substr(0, 64)));
  if (IsUtf8Name(name)) {
    if (IsValidUtf8(bytes)) return std::string(bytes);
    SetDefect(defect);
    return RepairUtf8(bytes);
  }
  std::string_view iconv_name = IconvName(name);
  if (iconv_name.empty()) {
    SetDefect(defect);
    if (IsValidUtf8(bytes)) return std::string(bytes);
    iconv_name = kFallback;
  }
  const Converter* const converter = Find(iconv_name);
  if (converter != nullptr) return converter->Decode(bytes, defect);
  SetDefect(defect);
  return RepairUtf8(bytes);
}

std::string ToUtf8(std::string_view bytes, std::string_view charset, bool* defect) {
  return CharsetDecoder().ToUtf8(bytes, charset, defect);
}

}  // namespace assay::mail
