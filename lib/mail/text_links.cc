// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/text_links.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "lib/base/text.h"
#include "lib/mail/byte_set.h"
#include "lib/mail/eight_bytes.h"
#include "lib/mail/url.h"

namespace assay::mail {
namespace {

enum TextByte : std::uint8_t {
  kInWord,
  kInHost,
  kEndsWord,
};

constexpr std::array<TextByte, 256> MakeTextBytes() {
  std::array<TextByte, 256> bytes{};
  for (std::size_t c = 0; c < bytes.size(); ++c) {
    if (c >= 0x80 || IsAsciiAlnum(static_cast<char>(c))) bytes[c] = kInHost;
    if (c <= 0x20) bytes[c] = kEndsWord;
  }
  for (const char c : {'-', '.', '_'}) bytes[static_cast<unsigned char>(c)] = kInHost;
  for (const char c : {'<', '>', '"', '`', '{', '}', '|', '^', '\x7f'}) {
    bytes[static_cast<unsigned char>(c)] = kEndsWord;
  }
  return bytes;
}
constexpr std::array<TextByte, 256> kTextBytes = MakeTextBytes();

TextByte Classify(char c) { return kTextBytes[static_cast<unsigned char>(c)]; }

bool IsHostByte(char c) { return Classify(c) == kInHost; }

// A dot before another byte of a host, or "://": without either of them a word is no link.
bool IsMark(std::string_view text, std::size_t at) {
  if (text[at] == ':') return text.substr(at, 3) == "://";
  return text[at] == '.' && at + 1 < text.size() && IsHostByte(text[at + 1]);
}

// The next IsMark(); the end of the text if there is none.
std::size_t FindMark(std::string_view text, std::size_t at) {
  for (; at < text.size(); at += 8) {
    const std::uint64_t bytes = EightBytes(text, at);
    std::uint64_t marks = MarkLike(bytes, '.') | MarkLike(bytes, ':');
    for (; marks != 0; marks &= marks - 1) {
      if (IsMark(text, at + BytesBeforeMark(marks))) return at + BytesBeforeMark(marks);
    }
  }
  return text.size();
}

// Top-level domains that text has more often as the end of a file's name, sorted.
constexpr std::string_view kFileEndings[] = {"ac", "am", "bz", "cc",  "in", "la", "md",
                                             "mk", "ml", "mm", "mov", "pl", "pm", "ps",
                                             "py", "rs", "sh", "so",  "st", "tf", "zip"};

// Not followed by a name: `x.y.name` in code, and the abbreviations of Latin.
constexpr std::size_t kMinLabel = 2;  // bytes of the label below the suffix

// The length of a punctuation mark or space beyond ASCII at the front of `text`, which ends a word:
// quotation marks, CJK brackets, full-width forms of ASCII punctuation.
std::size_t WidePunctuation(std::string_view text) {
  if (text.starts_with("\xc2\xa0") || text.starts_with("\xc2\xab") || text.starts_with("\xc2\xbb"))
    return 2;
  if (text.starts_with("\xe2\x80") || text.starts_with("\xe3\x80")) return 3;  // U+2000, U+3000 ff.
  if (!text.starts_with("\xef\xbc") || text.size() < 3) return 0;
  const auto last = static_cast<unsigned char>(text[2]);
  return last <= 0x8f || (last >= 0x9a && last <= 0xa0) ? 3
                                                        : 0;  // U+FF00 to U+FF0F, U+FF1A to FF20
}

std::string_view UpToWidePunctuation(std::string_view word) {
  for (std::size_t at = 0; at < word.size(); ++at) {
    if (static_cast<unsigned char>(word[at]) >= 0xc2 && WidePunctuation(word.substr(at)) > 0) {
      return word.substr(0, at);
    }
  }
  return word;
}

// How many more of the brackets are opened than closed.
std::ptrdiff_t CountOpen(std::string_view text, char open, char close) {
  return std::ranges::count(text, open) - std::ranges::count(text, close);
}

constexpr ByteSet kSentenceBegin("([{'*_~-=,;:!?.\\");
constexpr ByteSet kSentenceEnd(".,;:!?'*_~\\");

// Without the punctuation that belongs to the sentence: a closing bracket counts as such when the
// link does not open it.
std::string_view TrimEnd(std::string_view link) {
  std::optional<std::ptrdiff_t> round;
  std::optional<std::ptrdiff_t> square;
  while (!link.empty()) {
    const char last = link.back();
    if (last == ')' || last == ']') {
      std::optional<std::ptrdiff_t>& open = last == ')' ? round : square;
      if (!open) open = last == ')' ? CountOpen(link, '(', ')') : CountOpen(link, '[', ']');
      if (*open >= 0) break;
      ++*open;
    } else if (!kSentenceEnd.Has(last)) {
      break;
    }
    link.remove_suffix(1);
  }
  return link;
}

std::string_view TrimBegin(std::string_view word) {
  return word.substr(kSentenceBegin.FindOther(word, 0));
}

// Where the scheme of the first URL in the word begins; npos when there is none.
std::size_t FindUrl(std::string_view word) {
  for (std::size_t colon = word.find("://"); colon != std::string_view::npos;
       colon = word.find("://", colon + 3)) {
    for (const std::string_view scheme : {"https", "http", "ftp"}) {
      if (EndsWithIgnoreCase(word.substr(0, colon), scheme)) return colon - scheme.size();
    }
  }
  return std::string_view::npos;
}

bool IsFileEnding(std::string_view suffix) {
  return std::binary_search(std::begin(kFileEndings), std::end(kFileEndings), suffix);
}

// Of "Sentence.Next" only the second letter case tells that it is two words.
bool HasOddCase(std::string_view host) {
  const std::string_view suffix = host.substr(host.rfind('.') + 1);
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return std::ranges::any_of(suffix, upper) && std::ranges::any_of(host, lower);
}

// A host without a scheme, as a reader would write it.
bool IsBareHost(std::string_view host, char next) {
  const std::size_t dot = host.rfind('.');
  if (dot == std::string_view::npos || dot < kMinLabel || dot + 2 >= host.size()) return false;
  const bool www = StartsWithIgnoreCase(host, "www.");
  if (!www && HasOddCase(host)) return false;
  const std::size_t before = host.substr(0, dot).rfind('.');
  const std::size_t label = dot - (before == std::string_view::npos ? 0 : before + 1);
  if (!www && label < kMinLabel) return false;
  if (!www && next != '/' && IsFileEnding(ToLower(host.substr(dot + 1)))) return false;
  return BeginsWithHost(host);
}

std::optional<TextLink> FindHost(std::string_view word) {
  const std::string_view link = TrimEnd(TrimBegin(word));
  std::size_t end = 0;
  while (end < link.size() && IsHostByte(link[end])) ++end;
  const char next = end < link.size() ? link[end] : '\0';
  if (next != '\0' && std::string_view("/?#:").find(next) == std::string_view::npos) return {};
  if (!IsBareHost(link.substr(0, end), next)) return {};
  return TextLink{TextLink::Kind::kHost, link};
}

constexpr ByteSet kNotInLocalPart("()[],;:/\\");

std::optional<TextLink> FindAddress(std::string_view word) {
  if (const std::size_t scheme = word.find("mailto:"); scheme != std::string_view::npos) {
    word.remove_prefix(scheme + 7);
  }
  const std::string_view link = TrimEnd(TrimBegin(word));
  const std::size_t at = link.find('@');
  if (at == 0 || at == std::string_view::npos) return {};
  if (kNotInLocalPart.Find(link, 0) < at) return {};
  std::size_t end = at + 1;
  while (end < link.size() && IsHostByte(link[end])) ++end;
  const std::string_view host = TrimEnd(link.substr(at + 1, end - at - 1));
  if (!BeginsWithHost(host)) return {};
  return TextLink{TextLink::Kind::kAddress, link.substr(0, at + 1 + host.size())};
}

std::optional<TextLink> FindInWord(std::string_view word) {
  if (const std::size_t begin = FindUrl(word); begin != std::string_view::npos) {
    const std::string_view link = TrimEnd(UpToWidePunctuation(word.substr(begin)));
    if (link.size() <= link.find("://") + 3) return {};
    return TextLink{TextLink::Kind::kUrl, link};
  }
  while (!word.empty()) {
    const std::size_t wide = WidePunctuation(word);
    if (wide == 0) break;
    word.remove_prefix(std::min(wide, word.size()));
  }
  word = UpToWidePunctuation(word);
  const std::size_t slash = std::min(word.find('/'), word.size());
  if (word.substr(0, slash).find('@') != std::string_view::npos) return FindAddress(word);
  if (word.find('.') == std::string_view::npos) return {};
  return FindHost(word);
}

}  // namespace

std::optional<TextLink> TextLinkFinder::Next() {
  for (std::size_t mark = FindMark(text_, at_); mark < text_.size(); mark = FindMark(text_, at_)) {
    std::size_t begin = mark;
    while (begin > at_ && Classify(text_[begin - 1]) != kEndsWord) --begin;
    std::size_t end = mark;
    while (end < text_.size() && Classify(text_[end]) != kEndsWord) ++end;
    at_ = std::min(end + 1, text_.size());
    if (auto link = FindInWord(text_.substr(begin, end - begin))) return link;
  }
  at_ = text_.size();
  return {};
}

std::optional<TextLink> WholeTextLink(std::string_view text) {
  text = TrimEnd(TrimBegin(text));
  TextLinkFinder finder(text);
  auto link = finder.Next();
  if (!link || link->text.size() != text.size()) return {};
  return link;
}

}  // namespace assay::mail
