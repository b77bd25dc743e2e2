// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/body_words.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "lib/base/text.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMinWord = 3;  // bytes

using WordSet = std::unordered_set<std::string>;

bool IsLetter(char c) { return IsAsciiAlpha(c) || static_cast<unsigned char>(c) >= 0x80; }

void AddWords(std::string_view token, WordSet& words) {
  if (token.find("://") != token.npos || token.find('@') != token.npos) return;
  for (std::size_t at = 0; at < token.size();) {
    std::size_t end = at;
    while (end < token.size() && IsLetter(token[end])) ++end;
    if (end - at >= kMinWord) words.insert(ToLower(token.substr(at, end - at)));
    at = std::max(end, at + 1);
  }
}

WordSet WordsOf(std::span<const std::string> texts) {
  WordSet words;
  std::size_t room = kMaxOverlapText;
  for (const std::string& text : texts) {
    const std::string_view part = std::string_view(text).substr(0, room);
    for (const std::string_view token : Split(part, ' ')) AddWords(token, words);
    room -= part.size();
  }
  return words;
}

}  // namespace

double WordOverlap(std::span<const std::string> of, std::span<const std::string> in) {
  const WordSet words = WordsOf(of);
  if (words.empty()) return 100;
  const WordSet others = WordsOf(in);
  const auto found =
      std::ranges::count_if(words, [&](const std::string& word) { return others.contains(word); });
  return 100.0 * static_cast<double>(found) / static_cast<double>(words.size());
}

}  // namespace assay::mail
