// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/body_words.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "lib/base/text.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMinWord = 3;  // letters; bytes to AddWords()

// Hashes of words, ascending: two words of one hash would be taken for one, which changes a share
// in hundredths at most.
using WordHashes = std::vector<std::uint64_t>;

bool IsLetter(char c) { return IsAsciiAlpha(c) || static_cast<unsigned char>(c) >= 0x80; }

// FNV-1a, 64 bits.
std::uint64_t HashOf(std::string_view word) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : word) {
    const unsigned byte = static_cast<unsigned char>(c);
    hash = (hash ^ (IsAsciiAlpha(c) ? byte | 0x20U : byte)) * 0x100000001b3U;
  }
  return hash;
}

void AddWords(std::string_view token, WordHashes& words) {
  if (token.find('@') != token.npos) return;
  if (token.find(':') != token.npos && token.find("://") != token.npos) return;
  for (std::size_t at = 0; at < token.size();) {
    std::size_t end = at;
    while (end < token.size() && IsLetter(token[end])) ++end;
    if (end - at >= kMinWord) words.push_back(HashOf(token.substr(at, end - at)));
    at = std::max(end, at + 1);
  }
}

WordHashes WordsOf(std::span<const std::string> texts) {
  WordHashes words;
  std::size_t room = kMaxOverlapText;
  for (const std::string& text : texts) {
    const std::string_view part = std::string_view(text).substr(0, room);
    for (std::size_t at = 0; at < part.size();) {
      const std::size_t end = std::min(part.find(' ', at), part.size());
      AddWords(part.substr(at, end - at), words);
      at = end + 1;
    }
    room -= part.size();
  }
  std::ranges::sort(words);
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

// Whether the character of UTF-8 that begins at `at` is a letter to CountWords().
bool BeginsLetter(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  switch (byte(at)) {
    case 0xC2:
      return false;
    case 0xE2:
      return byte(at + 1) != 0x80 && (byte(at + 1) != 0x81 || byte(at + 2) > 0xAF);
    case 0xE3:
      return byte(at + 1) != 0x80;
    default:
      return IsLetter(text[at]);
  }
}

std::size_t CountWordsIn(std::string_view text) {
  std::size_t words = 0;
  std::size_t letters = 0;
  for (std::size_t at = 0; at < text.size();) {
    letters = BeginsLetter(text, at) ? letters + 1 : 0;
    if (letters == kMinWord) ++words;
    for (++at; at < text.size() && IsContinuation(text[at]);) ++at;
  }
  return words;
}

}  // namespace

std::size_t CountWords(std::span<const std::string> texts) {
  std::size_t words = 0;
  for (const std::string& text : texts) words += CountWordsIn(text);
  return words;
}

double WordOverlap(std::span<const std::string> of, std::span<const std::string> in) {
  const WordHashes words = WordsOf(of);
  if (words.empty()) return 100;
  const WordHashes others = WordsOf(in);
  WordHashes found;
  std::ranges::set_intersection(words, others, std::back_inserter(found));
  return 100.0 * static_cast<double>(found.size()) / static_cast<double>(words.size());
}

}  // namespace assay::mail
