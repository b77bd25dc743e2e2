// SPDX-License-Identifier: Apache-2.0
// Patterns as a tree. RE2 does the matching; the tree is for what RE2's interface does not offer:
// errors with the place and a rewrite, byte patterns that avoid google/re2#477, and texts that a
// pattern must match.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace assay::rules {

// Code points (or bytes, in a byte pattern) from `low` to `high`.
struct CharRange {
  std::uint32_t low = 0;
  std::uint32_t high = 0;

  bool operator==(const CharRange&) const = default;
};
// Ascending, neither overlapping nor touching.
using CharSet = std::vector<CharRange>;

enum class RegexOp : std::uint8_t { kEmpty, kSet, kConcat, kAlternate, kRepeat, kAssert };

enum class Assertion : std::uint8_t {
  kBeginText,
  kEndText,
  kBeginLine,
  kEndLine,
  kWordBoundary,
  kNotWordBoundary,
};

inline constexpr int kUnbounded = -1;

struct RegexNode {
  RegexOp op = RegexOp::kEmpty;
  Assertion assertion = Assertion::kBeginText;  // kAssert
  bool greedy = true;                           // kRepeat
  int min = 0;                                  // kRepeat
  int max = 0;                                  // kRepeat; kUnbounded for no limit
  bool open = false;                            // kSet: RE2 takes more than the set
  CharSet set;                                  // kSet
  std::vector<RegexNode> children;              // kConcat, kAlternate; one of kRepeat

  bool operator==(const RegexNode&) const = default;
};

struct RegexFlags {
  bool ignore_case = false;  // i: ASCII only in byte patterns, all of Unicode else
  bool dot_all = false;      // s
  bool multi_line = false;   // m
  bool bytes = false;        // b
};

struct Regex {
  RegexNode root;
  // Whether the tree says exactly what the pattern says, but for the rare partners. If not (Unicode
  // classes, case folding of rare letters), some of its sets are `open`.
  bool exact = true;
  // Whether RE2 also takes some of RarePartners() for letters of the sets: U+212A for a "k" of
  // /k/i.
  bool rare_partners = false;
};

struct RegexError {
  std::size_t offset = 0;  // into the pattern
  std::size_t length = 1;
  std::string message;
  std::string hint;  // how to write it instead; empty when there is nothing to say
};

// Reads a pattern in RE2's syntax. What Perl knows and RE2 does not (backreferences, lookaround,
// atomic groups …) is an error with a hint. Linear; groups may be nested kMaxPatternNesting deep.
[[nodiscard]] tl::expected<Regex, RegexError> ParseRegex(std::string_view pattern,
                                                         const RegexFlags& flags);

// The tree as a pattern for RE2 in Latin-1 mode without flags. Alternatives that begin with the
// same bytes are factored, because RE2 of 2022 loses matches of those that share a byte above 0x7F
// (google/re2#477).
[[nodiscard]] std::string EmitBytes(const RegexNode& root);

// Whether the pattern matches every text, even an empty one.
[[nodiscard]] bool MatchesEverything(const RegexNode& root);
[[nodiscard]] bool HasAssertion(const RegexNode& root);

// Texts that the pattern must match, one for each alternative up to a bound; fewer or none when
// that needs too much text. UTF-8, or bytes for a byte pattern. With assertions in the pattern a
// text is only a good guess.
[[nodiscard]] std::vector<std::string> SampleTexts(const Regex& regex, bool bytes);

// About how many instructions an automaton for the pattern has: what its share of the memory is
// measured by.
[[nodiscard]] std::size_t SizeOf(const Regex& regex, bool bytes);

// What RE2 may have to do at worst, in steps of about a nanosecond.
struct PatternCost {
  // For each byte of a hostile text: 1 unless something is counted. Every place at which
  // `x[^.]{0,60}y` may have begun is another state to tell apart, and a text of many x makes RE2
  // build a new one at every byte.
  std::size_t weight = 1;
  // Bytes of the longest match; SIZE_MAX when there is no bound. RE2 looks no further than that
  // behind the beginning of one.
  std::size_t longest = 0;

  // For a search of `all` bytes that ended with a match in the first `seen`.
  [[nodiscard]] std::size_t Match(std::size_t all, std::size_t seen) const;
};
[[nodiscard]] PatternCost CostOf(const Regex& regex, bool bytes);

[[nodiscard]] std::string ToUtf8(std::uint32_t c);

// Sets of code points.
void Normalize(CharSet& set);
[[nodiscard]] CharSet Complement(const CharSet& set, std::uint32_t top);
[[nodiscard]] bool Contains(const CharSet& set, std::uint32_t c);
void FoldAscii(CharSet& set);  // adds the other case of ASCII letters; normalises
// Adds the other case of every letter but for rare partners; normalises. False when the set has
// code points whose partners are not known here.
[[nodiscard]] bool FoldUnicode(CharSet& set);
// Code points that are the same as some letter to /i, but are hardly ever written.
[[nodiscard]] std::span<const std::uint32_t> RarePartners();

}  // namespace assay::rules
