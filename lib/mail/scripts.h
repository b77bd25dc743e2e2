// SPDX-License-Identifier: Apache-2.0
// Scripts of Unicode (UAX 24) in a text, and the words that mix those whose letters look alike.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::mail {

enum class Script : std::uint8_t {
  kLatin,
  kGreek,
  kCyrillic,
  kArmenian,
  kHebrew,
  kArabic,
  kDevanagari,
  kBengali,
  kGurmukhi,
  kGujarati,
  kTamil,
  kTelugu,
  kKannada,
  kMalayalam,
  kSinhala,
  kThai,
  kLao,
  kTibetan,
  kMyanmar,
  kGeorgian,
  kHangul,
  kEthiopic,
  kCherokee,
  kKhmer,
  kMongolian,
  kHiragana,
  kKatakana,
  kBopomofo,
  kHan,
  kOther,   // any other script
  kCommon,  // of no script of its own: digits, punctuation, emoji
};
inline constexpr std::size_t kScriptCount = static_cast<std::size_t>(Script::kCommon);

[[nodiscard]] Script ScriptOf(char32_t code_point);
// "latin", "other". Not of kCommon.
[[nodiscard]] std::string_view ScriptName(Script script);

// Adds up over several texts.
class ScriptUse {
 public:
  // Valid UTF-8. Linear.
  void Add(std::string_view text);

  // Names of the scripts with at least one letter, in the order of their first one; Latin may come
  // early.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // Words of at least kMinMixedWord letters with letters of two of Latin, Greek, Cyrillic, Armenian
  // and Cherokee: "pаypal" with a Cyrillic а. Shorter ones are units and formulas.
  [[nodiscard]] std::size_t mixed_words() const { return mixed_words_; }
  // Letters in disguise: mathematical, circled, squared.
  [[nodiscard]] std::size_t styled() const { return styled_; }

  static constexpr std::size_t kMinMixedWord = 4;

 private:
  std::size_t AddWord(std::string_view text, std::size_t at);
  void See(Script script);

  std::vector<std::string> names_;
  std::bitset<kScriptCount> seen_;
  std::size_t mixed_words_ = 0;
  std::size_t styled_ = 0;
};

}  // namespace assay::mail
