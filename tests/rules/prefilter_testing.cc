// SPDX-License-Identifier: Apache-2.0
#include "tests/rules/prefilter_testing.h"

#include <iterator>

namespace assay::rules {
namespace {

constexpr const char* kLetters[] = {
    "a", "b", "c",        "k", "s",        "x",        "A",        "K",           "1",
    " ", "-", "\xC3\xA9", "@", "\xC3\x89", "\xD0\xB4", "\xD0\x94", "\xE2\x82\xAC"};
// Partners to /i of letters above, and of none.
constexpr const char* kRareLetters[] = {"\xE2\x84\xAA", "\xC5\xBF", "\xE1\xB2\x81", "\xC3\x9F",
                                        "\xF0\x9F\x8D\x91"};
constexpr const char* kByteLetters[] = {"a", "b", "k", "A", "1", " ", R"(\xf0)", R"(\x9f)"};
constexpr const char* kClasses[] = {"[ab1]", R"(\d)",          R"(\w)",   R"(\s)", "[^a]",  ".",
                                    "[a-k]", "[^\\x00-\\x60]", "[k1!|l]", R"(\W)", "[x-z_]"};
constexpr const char* kUnicodeClasses[] = {
    "[\xC3\xA9\xE2\x82\xAC]", R"(\pL)",    R"(\PL)",
    "[\xD0\xB0-\xD1\x8F]",    R"([^\pL])", "['\xE2\x80\x99]"};
constexpr const char* kQuantifiers[] = {"*",    "+",     "?",     "{2}", "{1,3}",
                                        "{3,}", "{0,2}", "{2,9}", "+?"};

template <std::size_t kSize>
std::string Any(std::mt19937& random, const char* const (&list)[kSize]) {
  return list[std::uniform_int_distribution<std::size_t>(0, kSize - 1)(random)];
}

}  // namespace

std::string RandomPattern::Alternation(int depth) {
  std::string pattern = Concatenation(depth);
  while (Below(4) == 0) pattern += "|" + Concatenation(depth);
  return pattern;
}

std::string RandomPattern::Concatenation(int depth) {
  std::string pattern;
  const unsigned atoms = 1 + Below(5);
  for (unsigned i = 0; i < atoms; ++i) {
    pattern += Atom(depth);
    if (Below(4) == 0) pattern += Any(random_, kQuantifiers);
  }
  return pattern;
}

std::string RandomPattern::Atom(int depth) {
  switch (Below(12)) {
    case 0:
      return bytes_ ? Any(random_, kClasses) : Any(random_, kUnicodeClasses);
    case 1:
    case 2:
      return Any(random_, kClasses);
    case 3:
      if (depth > 0) return "(?:" + Alternation(depth - 1) + ")";
      break;
    case 4:
      if (depth > 0) return "(?i:" + Alternation(depth - 1) + ")";
      break;
    case 5:
      return R"((?:\b))";
    default:
      break;
  }
  return bytes_ ? Any(random_, kByteLetters) : Any(random_, kLetters);
}

std::string RandomText(std::mt19937& random, std::size_t letters) {
  std::string text;
  for (std::size_t i = 0; i < letters; ++i) {
    const bool rare = std::uniform_int_distribution<int>(0, 30)(random) == 0;
    text += rare ? Any(random, kRareLetters) : Any(random, kLetters);
  }
  return text;
}

}  // namespace assay::rules
