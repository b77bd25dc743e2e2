// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "lib/base/text.h"
#include "lib/rules/regex.h"

namespace assay::rules {
namespace {

constexpr std::size_t kMaxSampleBytes = 4096;  // a longer text proves no more
constexpr std::size_t kMaxSampleSum = 8192;    // bytes of all texts of one pattern
constexpr std::size_t kMaxSamples = 32;  // of one pattern: one for each alternative of the widest
constexpr std::uint32_t kFirstSurrogate = 0xD800;
constexpr std::uint32_t kLastSurrogate = 0xDFFF;

bool IsWordChar(std::uint32_t c) {
  return c < 0x80 && (IsAsciiAlnum(static_cast<char>(c)) || c == '_');
}

// Writes one text that the pattern must match; `variant` chooses among alternatives, cases and
// repetitions.
class Sampler {
 public:
  Sampler(std::size_t variant, bool bytes) : variant_(variant), bytes_(bytes) {}

  std::optional<std::string> Run(const RegexNode& root) {
    Write(root);
    if (failed_) return {};
    return std::move(out_);
  }

 private:
  void Write(const RegexNode& node);
  void WriteRepeat(const RegexNode& node);
  void WriteAssertion(Assertion assertion);
  void WriteChar(const CharSet& set);
  std::optional<std::uint32_t> Pick(const CharSet& set) const;
  bool Suits(std::uint32_t c) const {
    if (want_newline_) return c == '\n';
    return !want_word_ || *want_word_ == IsWordChar(c);
  }

  std::size_t variant_;
  bool bytes_;
  std::string out_;
  bool last_is_word_ = false;
  std::optional<bool> want_word_;  // what \b or \B asks of the next character
  bool want_newline_ = false;      // what $ of multi-line mode asks
  bool failed_ = false;
};

void Sampler::Write(const RegexNode& node) {
  if (failed_) return;
  switch (node.op) {
    case RegexOp::kEmpty:
      return;
    case RegexOp::kSet:
      return WriteChar(node.set);
    case RegexOp::kAssert:
      return WriteAssertion(node.assertion);
    case RegexOp::kRepeat:
      return WriteRepeat(node);
    case RegexOp::kAlternate:
      return Write(node.children[variant_ % node.children.size()]);
    case RegexOp::kConcat:
      for (const RegexNode& child : node.children) Write(child);
  }
}

void Sampler::WriteRepeat(const RegexNode& node) {
  int times = node.min;
  if (times == 0 && node.max != 0 && variant_ % 2 == 0) times = 1;
  for (int i = 0; i < times && !failed_; ++i) Write(node.children.front());
}

void Sampler::WriteAssertion(Assertion assertion) {
  if (assertion == Assertion::kWordBoundary) want_word_ = !last_is_word_;
  if (assertion == Assertion::kNotWordBoundary) want_word_ = last_is_word_;
  if (assertion == Assertion::kEndLine) want_newline_ = true;
}

std::optional<std::uint32_t> Sampler::Pick(const CharSet& set) const {
  constexpr std::string_view kLowerFirst = "ae0 x1zA.-@/:_\n";
  constexpr std::string_view kUpperFirst = "EA9 X.z7-,_a\n";
  for (const char c : variant_ % 2 == 0 ? kLowerFirst : kUpperFirst) {
    if (Suits(static_cast<unsigned char>(c)) && Contains(set, static_cast<unsigned char>(c))) {
      return static_cast<unsigned char>(c);
    }
  }
  std::optional<std::uint32_t> any;
  for (const CharRange& range : set) {
    // A folded letter is two ranges: the second variant takes the last.
    const std::uint32_t c = variant_ % 2 == 0 ? range.low : range.high;
    if (!bytes_ && c >= kFirstSurrogate && c <= kLastSurrogate) continue;
    if (Suits(c) && (!any || !Suits(*any) || variant_ % 2 != 0)) any = c;
    if (!any) any = c;
  }
  return any;
}

void Sampler::WriteChar(const CharSet& set) {
  const auto c = Pick(set);
  if (!c || out_.size() >= kMaxSampleBytes) {
    failed_ = true;
    return;
  }
  if (bytes_) {
    out_ += static_cast<char>(*c);
  } else {
    out_ += ToUtf8(*c);
  }
  last_is_word_ = IsWordChar(*c);
  want_word_.reset();
  want_newline_ = false;
}

std::size_t WidestAlternation(const RegexNode& node) {
  std::size_t widest = node.op == RegexOp::kAlternate ? node.children.size() : 1;
  for (const RegexNode& child : node.children) widest = std::max(widest, WidestAlternation(child));
  return widest;
}

}  // namespace

bool MatchesEverything(const RegexNode& root) {
  switch (root.op) {
    case RegexOp::kEmpty:
      return true;
    case RegexOp::kSet:
    case RegexOp::kAssert:
      return false;
    case RegexOp::kConcat:
      return std::ranges::all_of(root.children, MatchesEverything);
    case RegexOp::kAlternate:
      return std::ranges::any_of(root.children, MatchesEverything);
    case RegexOp::kRepeat:
      return root.min == 0 || MatchesEverything(root.children.front());
  }
  return false;
}

bool HasAssertion(const RegexNode& root) {
  return root.op == RegexOp::kAssert || std::ranges::any_of(root.children, HasAssertion);
}

std::vector<std::string> SampleTexts(const Regex& regex, bool bytes) {
  const std::size_t variants =
      std::clamp<std::size_t>(WidestAlternation(regex.root), 2, kMaxSamples);
  std::vector<std::string> texts;
  std::size_t sum = 0;
  for (std::size_t variant = 0; variant < variants && sum < kMaxSampleSum; ++variant) {
    auto text = Sampler(variant, bytes).Run(regex.root);
    sum += text ? text->size() : kMaxSampleBytes;
    if (text) texts.push_back(*std::move(text));
  }
  return texts;
}

}  // namespace assay::rules
