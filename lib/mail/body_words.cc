// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/body_words.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/mail/eight_bytes.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMinWord = 3;  // letters; bytes to WordReader

std::uint64_t MarkLettersOrWide(std::uint64_t bytes) {
  return MarkLetters(bytes) | MarkWide(bytes);
}

// Of letters.
std::uint64_t LowerCase(std::uint64_t bytes) { return bytes | (~bytes & kMarks) >> 2; }

// Hashes of words, ascending: two words of one hash would be taken for one, which changes a share
// in hundredths at most.
using WordHashes = std::vector<std::uint64_t>;

// Collects the hashes of words.
class WordReader {
 public:
  void Read(std::string_view text) {
    words_.resize(count_ + text.size() / (kMinWord + 1) + 1);
    std::size_t token = count_;  // what stands between spaces begins with this word
    for (std::size_t at = 0; at < text.size(); ++at) {
      at = ReadWord(text, at);
      if (at >= text.size()) break;
      if (text[at] == ' ') {
        token = count_;
      } else if (text[at] == '@' || (text[at] == ':' && text.substr(at, 3) == "://")) {
        DropFrom(token);
        at = std::min(text.find(' ', at), text.size());
      }
    }
  }

  // Ascending, each once.
  WordHashes Take() {
    WordHashes sorted = SortedByBuckets();
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    return sorted;
  }

 private:
  // The letters at `at`, a word if there are enough; returns where they end.
  std::size_t ReadWord(std::string_view text, std::size_t at) {
    constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15U;  // odd: words of one step differ
    const std::size_t begin = at;
    std::uint64_t hash = 0;
    std::size_t letters = 0;  // of the last step
    do {
      const std::uint64_t bytes = EightBytes(text, at);
      const std::uint64_t others = MarkLettersOrWide(bytes) ^ kMarks;
      const std::uint64_t before_others = ((others & (0 - others)) >> 7) - 1;
      letters = BytesBeforeMark(others);
      hash = (hash ^ (LowerCase(bytes) & before_others)) * kFactor;
      hash ^= hash >> 32;
      at += letters;
    } while (letters == 8);
    if (at - begin >= kMinWord) Push(hash);
    return at;
  }

  // Most words are repetitions of recent ones, which need not be sorted.
  void Push(std::uint64_t word) {
    words_[count_] = word;
    count_ += std::exchange(RecentLike(word), word) != word ? 1 : 0;
  }

  void DropFrom(std::size_t first) {
    for (std::size_t i = first; i < count_; ++i) RecentLike(words_[i]) = ~words_[i];
    count_ = first;
  }

  [[nodiscard]] std::uint64_t& RecentLike(std::uint64_t word) {
    return recent_[word % recent_.size()];
  }

  // By the first bits into buckets, then each of these: hardly anything is left to compare.
  [[nodiscard]] WordHashes SortedByBuckets() const {
    std::array<std::size_t, 256> ends{};
    for (std::size_t i = 0; i < count_; ++i) ++ends[words_[i] >> 56];
    std::size_t sum = 0;
    for (std::size_t& end : ends) end = std::exchange(sum, sum + end);
    WordHashes sorted(count_);
    for (std::size_t i = 0; i < count_; ++i) sorted[ends[words_[i] >> 56]++] = words_[i];
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
      std::sort(sorted.data() + begin, sorted.data() + end);
      begin = end;
    }
    return sorted;
  }

  WordHashes words_;
  std::size_t count_ = 0;  // of words_
  // By the last bits. Those of the first one say that it is not there yet.
  std::array<std::uint64_t, 1024> recent_{1};
};

WordHashes WordsOf(std::span<const std::string> texts) {
  WordReader words;
  std::size_t room = kMaxOverlapText;
  for (const std::string& text : texts) {
    const std::string_view part = std::string_view(text).substr(0, room);
    words.Read(part);
    room -= part.size();
  }
  return words.Take();
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

// Whether the character of UTF-8 beyond ASCII that begins at `at` is a letter to CountWords().
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
      return true;
  }
}

// Counts the letters that are the third of their kind in a row.
class WordCounter {
 public:
  void Add(std::string_view text) {
    recent_ = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::uint64_t bytes = EightBytes(text, at);
      if (MarkWide(bytes) == 0) {
        AddEight(MarkLetters(bytes));
        at += 8;
        continue;
      }
      const bool letter =
          (bytes & 0x80) == 0 ? (MarkLetters(bytes) & 0x80) != 0 : BeginsLetter(text, at);
      AddOne(letter);
      for (++at; at < text.size() && IsContinuation(text[at]);) ++at;
    }
  }
  [[nodiscard]] std::size_t words() const { return words_; }

 private:
  void AddEight(std::uint64_t letters) {
    const auto before = [&](int count) {
      return letters << 8 * count | recent_ >> (64 - 8 * count);
    };
    const std::uint64_t thirds = letters & before(1) & before(2) & ~before(3);
    words_ += CountMarks(thirds);
    recent_ = letters;
  }
  void AddOne(bool letter) {
    recent_ = recent_ >> 8 | (letter ? std::uint64_t{0x80} << 56 : 0);
    words_ += recent_ >> 32 == 0x80808000U ? 1 : 0;
  }

  std::uint64_t recent_ = 0;  // marks of the last eight characters that are letters
  std::size_t words_ = 0;
};

}  // namespace

std::size_t CountWords(std::span<const std::string> texts) {
  WordCounter counter;
  for (const std::string& text : texts) counter.Add(text);
  return counter.words();
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
