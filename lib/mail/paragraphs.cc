// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/paragraphs.h"

#include <array>
#include <cstdint>

namespace assay::mail {
namespace {

enum ByteClass : std::uint8_t {
  kText,
  kSpace,
  kLineEnd,
  kLead,  // of a sequence that may be white space
  kNul,
};

constexpr std::array<ByteClass, 256> MakeClasses() {
  std::array<ByteClass, 256> classes{};
  for (const unsigned c : {0x20U, 0x09U, 0x0bU, 0x0cU}) classes[c] = kSpace;
  for (const unsigned c : {0x0dU, 0x0aU}) classes[c] = kLineEnd;
  for (const unsigned c : {0xc2U, 0xe1U, 0xe2U, 0xe3U}) classes[c] = kLead;
  classes[0] = kNul;
  return classes;
}

constexpr std::array<ByteClass, 256> kClasses = MakeClasses();

ByteClass ClassAt(std::string_view text, std::size_t at) {
  return kClasses[static_cast<unsigned char>(text[at])];
}

// The length of the non-ASCII white space at the front of `text`, else 0.
std::size_t WideSpaceLength(std::string_view text) {
  if (text.starts_with("\xc2\xa0") || text.starts_with("\xc2\x85")) return 2;  // U+00A0, U+0085
  if (text.starts_with("\xe1\x9a\x80") || text.starts_with("\xe3\x80\x80"))
    return 3;                                      // U+1680, U+3000
  if (text.starts_with("\xe2\x81\x9f")) return 3;  // U+205F
  if (!text.starts_with("\xe2\x80") || text.size() < 3) return 0;
  const auto last = static_cast<unsigned char>(text[2]);
  // U+2000 to U+200A, U+2028, U+2029, U+202F
  return last <= 0x8a || last == 0xa8 || last == 0xa9 || last == 0xaf ? 3 : 0;
}

// Where the run of text that begins at `at` ends. Single spaces between words are part of it: most
// text is that.
std::size_t RunEnd(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const ByteClass c = ClassAt(text, at);
    if (c == kText || (c == kLead && WideSpaceLength(text.substr(at)) == 0)) {
      ++at;
    } else if (text[at] == ' ' && at + 1 < text.size() && ClassAt(text, at + 1) == kText) {
      at += 2;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace

void Paragraphs::Append(std::string_view run) {
  if (gap_ && !current_.empty()) current_ += ' ';
  gap_ = false;
  line_ends_ = 0;
  current_.append(run);
}

void Paragraphs::Add(std::string_view text, bool lines) {
  std::size_t at = 0;
  while (at < text.size()) {
    switch (ClassAt(text, at)) {
      case kSpace:
        gap_ = true;
        ++at;
        break;
      case kNul:
        ++at;
        break;
      case kLineEnd:
        at += text.substr(at).starts_with("\r\n") ? 2 : 1;
        if (lines) {
          EndLine();
        } else {
          gap_ = true;
        }
        break;
      case kLead:
        if (const std::size_t length = WideSpaceLength(text.substr(at)); length > 0) {
          gap_ = true;
          at += length;
          break;
        }
        [[fallthrough]];
      case kText: {
        const std::size_t end = RunEnd(text, at);
        Append(text.substr(at, end - at));
        at = end;
      }
    }
  }
}

void Paragraphs::EndLine() {
  gap_ = true;
  if (++line_ends_ >= 2) EndParagraph();
}

void Paragraphs::EndParagraph() {
  gap_ = true;
  if (current_.empty()) return;
  if (out_.size() < max_) {
    out_.push_back(current_);
  } else {
    joined_ = true;
    if (!out_.empty()) out_.back().append(" ").append(current_);
  }
  current_.clear();
}

}  // namespace assay::mail
