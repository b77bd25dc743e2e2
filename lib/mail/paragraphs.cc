// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/paragraphs.h"

#include <array>
#include <cstdint>

#include "lib/base/text.h"
#include "lib/mail/eight_bytes.h"

namespace assay::mail {
namespace {

enum ByteClass : std::uint8_t {
  kText,
  kSpace,
  kLineBreak,
  kLead,  // of a sequence that may be white space or invisible
  kNul,
};

constexpr std::array<ByteClass, 256> MakeClasses() {
  std::array<ByteClass, 256> classes{};
  for (const unsigned c : {0x20U, 0x09U, 0x0bU, 0x0cU}) classes[c] = kSpace;
  for (const unsigned c : {0x0dU, 0x0aU}) classes[c] = kLineBreak;
  for (const unsigned c : {0xc2U, 0xcdU, 0xd8U, 0xe1U, 0xe2U, 0xe3U, 0xefU, 0xf3U})
    classes[c] = kLead;
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

// The length of the invisible character at the front of `text`, else 0:
// Default_Ignorable_Code_Point without fillers that take up room and variation selectors, which
// belong to what they follow.
std::size_t InvisibleLength(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  switch (byte(0)) {
    case 0xc2:
      return byte(1) == 0xad ? 2 : 0;  // U+00AD
    case 0xcd:
      return byte(1) == 0x8f ? 2 : 0;  // U+034F
    case 0xd8:
      return byte(1) == 0x9c ? 2 : 0;  // U+061C
    case 0xe1:
      return byte(1) == 0xa0 && byte(2) == 0x8e ? 3 : 0;  // U+180E
    case 0xe2:
      if (byte(1) == 0x80) {  // U+200B to U+200F, U+202A to U+202E
        return (byte(2) >= 0x8b && byte(2) <= 0x8f) || (byte(2) >= 0xaa && byte(2) <= 0xae) ? 3 : 0;
      }
      return byte(1) == 0x81 && byte(2) >= 0xa0 && byte(2) <= 0xaf ? 3 : 0;  // U+2060 to U+206F
    case 0xef:
      return byte(1) == 0xbb && byte(2) == 0xbf ? 3 : 0;  // U+FEFF
    case 0xf3:
      return byte(1) == 0xa0 && (byte(2) == 0x80 || byte(2) == 0x81) && text.size() >= 4 ? 4 : 0;
    default:
      return 0;
  }
}

// A letter or digit of ASCII, or a letter of Latin, Greek, Cyrillic or Armenian (two bytes, lead C3
// to D6), by its bytes at the end or the front of a text.
bool IsWordLead(unsigned char lead) { return lead >= 0xc3 && lead <= 0xd6; }
bool EndsInWord(std::string_view text) {
  if (text.empty()) return false;
  if (IsAsciiAlnum(text.back())) return true;
  return text.size() >= 2 && IsWordLead(static_cast<unsigned char>(text[text.size() - 2]));
}
bool BeginsWithWord(std::string_view text) {
  return IsAsciiAlnum(text.front()) || IsWordLead(static_cast<unsigned char>(text.front()));
}

// How many of the eight bytes at `at` are ASCII without controls and without two spaces in a row.
// A space at the end is left to the next step, which sees what follows it.
std::size_t PlainBytes(std::string_view text, std::size_t at) {
  const std::uint64_t bytes = EightBytes(text, at);
  const std::uint64_t spaces = MarkLike(bytes, ' ');
  const std::size_t plain =
      BytesBeforeMark(MarkWide(bytes) | MarkControls(bytes) | (spaces & spaces << 8));
  return plain > 0 && text[at + plain - 1] == ' ' ? plain - 1 : plain;
}

// Where the run of text that begins at `at` ends. Single spaces between words are part of it: most
// text is that.
std::size_t RunEnd(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (const std::size_t plain = PlainBytes(text, at); plain > 0) {
      at += plain;
      continue;
    }
    const ByteClass c = ClassAt(text, at);
    if (c == kText || (c == kLead && WideSpaceLength(text.substr(at)) == 0 &&
                       InvisibleLength(text.substr(at)) == 0)) {
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
  if (split_ && !gap_ && BeginsWithWord(run)) ++invisibles_.split_words;
  split_ = false;
  gap_ = false;
  line_ends_ = 0;
  current_.append(run);
}

// `character` is what InvisibleLength() has found.
void Paragraphs::Drop(std::string_view character) {
  const bool in_word = !gap_ && EndsInWord(current_);
  if (character == "\xc2\xad") {
    ++invisibles_.soft_hyphens;
    return;
  }
  split_ |= in_word;
  const auto last = static_cast<unsigned char>(character.back());
  const bool embeds = character.starts_with("\xe2\x80") && last >= 0xaa;  // U+202A to U+202E
  const bool isolates = character.starts_with("\xe2\x81") && last >= 0xa6 && last <= 0xa9;
  if (character.size() == 4) {
    ++invisibles_.tags;
  } else if (embeds || isolates) {
    ++invisibles_.bidi;
  } else if (character == "\xe2\x80\x8c" || character == "\xe2\x80\x8d") {
    // Joiners: Persian, the scripts of India and emoji sequences are written with them.
    if (in_word || gap_ || current_.empty()) ++invisibles_.zero_width;
  } else if (character != "\xe2\x80\x8e" && character != "\xe2\x80\x8f" && character.size() == 3) {
    ++invisibles_.zero_width;  // U+200E and U+200F are set by programs wherever scripts meet
  }
}

void Paragraphs::Add(std::string_view text, bool lines) {
  std::size_t at = 0;
  while (at < text.size()) {
    switch (ClassAt(text, at)) {
      case kSpace:
        gap_ = true;
        while (++at < text.size() && ClassAt(text, at) == kSpace) {
        }
        break;
      case kNul:
        ++at;
        break;
      case kLineBreak:
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
        if (const std::size_t length = InvisibleLength(text.substr(at)); length > 0) {
          Drop(text.substr(at, length));
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
