// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/transfer_encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/hex.h"
#include "lib/mail/lines.h"

namespace assay::mail {
namespace {

constexpr std::uint8_t kNotInAlphabet = 0xff;

constexpr std::array<std::uint8_t, 256> MakeBase64Table() {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::uint8_t, 256> table{};
  table.fill(kNotInAlphabet);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr std::array<std::uint8_t, 256> kBase64 = MakeBase64Table();

std::uint8_t Sextet(char c) { return kBase64[static_cast<unsigned char>(c)]; }

// Collects sextets and writes a byte whenever eight bits are there. `out` must have room for 3/4 of
// the text.
class Base64Decoder {
 public:
  explicit Base64Decoder(char* out) : begin_(out), out_(out) {}

  // Takes whole groups of four characters for as long as there is nothing else; returns how many
  // characters.
  std::size_t TakeGroups(std::string_view text) {
    if (count_ != 0) return 0;
    std::size_t at = 0;
    for (; at + 4 <= text.size(); at += 4) {
      const std::uint32_t a = Sextet(text[at]);
      const std::uint32_t b = Sextet(text[at + 1]);
      const std::uint32_t c = Sextet(text[at + 2]);
      const std::uint32_t d = Sextet(text[at + 3]);
      if (((a | b | c | d) & 0xc0) != 0) break;  // a sextet has six bits, kNotInAlphabet eight
      *out_++ = static_cast<char>(a << 2 | b >> 4);
      *out_++ = static_cast<char>((b << 4 | c >> 2) & 0xff);
      *out_++ = static_cast<char>((c << 6 | d) & 0xff);
    }
    if (at > 0 && padded_) malformed_ = true;
    return at;
  }

  void TakeOne(char c) {
    if (const std::uint8_t sextet = Sextet(c); sextet != kNotInAlphabet) {
      TakeSextet(sextet);
    } else if (c == '=') {
      TakePadding();
    } else if (!IsFoldingSpace(c)) {
      malformed_ = true;
    }
  }

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(out_ - begin_); }
  [[nodiscard]] bool malformed() const { return malformed_; }
  [[nodiscard]] bool in_first_byte() const { return count_ == 1; }  // six bits that make no byte

 private:
  void TakeSextet(std::uint8_t sextet) {
    if (padded_) malformed_ = true;  // data after the end of the data
    bits_ = bits_ << 6 | sextet;
    if (++count_ > 1) *out_++ = static_cast<char>(bits_ >> (8 - 2 * count_) & 0xff);
    if (count_ == 4) count_ = 0;
  }

  void TakePadding() {
    if (count_ < 2 && !padded_) malformed_ = true;
    padded_ = true;
    count_ = 0;
  }

  char* begin_;
  char* out_;
  std::uint32_t bits_ = 0;  // older bits fall out at the top
  unsigned count_ = 0;      // sextets of the current group
  bool padded_ = false;
  bool malformed_ = false;
};

void CutTo(DecodedBytes& decoded, std::size_t max) {
  if (decoded.bytes.size() <= max) return;
  decoded.bytes.resize(max);
  decoded.cut = true;
}

// One line without its line end. Returns whether it ends in a soft line break.
bool DecodeQuotedLine(std::string_view line, DecodedBytes& decoded) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  while (true) {
    const std::size_t equals = line.find('=');
    decoded.bytes.append(line.substr(0, equals));
    if (equals == std::string_view::npos) return false;
    line.remove_prefix(equals + 1);
    if (line.empty()) return true;
    const int high = HexDigit(line[0]);
    const int low = line.size() > 1 ? HexDigit(line[1]) : -1;
    if (high < 0 || low < 0) {
      decoded.malformed = true;
      decoded.bytes += '=';
      continue;
    }
    decoded.bytes += static_cast<char>(high << 4 | low);
    line.remove_prefix(2);
  }
}

// Lines begin with the number of their bytes. The digits are 0x20 to 0x5F; 0x60 is a zero as well.
constexpr unsigned UuDigit(char c) { return (static_cast<unsigned char>(c) - 0x20U) & 0x3fU; }

// Returns false, and writes nothing, when this is no line of data. Some writers leave the padding
// of the last group out, and MTAs cut white space.
bool DecodeUuLine(std::string_view line, std::string& out) {
  if (line.empty() || line.front() < ' ' || line.front() > '`') return false;
  const std::size_t size = UuDigit(line.front());
  line.remove_prefix(1);
  if (line.size() > (size + 2) / 3 * 4 + 1) return false;  // one more: a checksum
  const auto digit = [line](std::size_t at) { return at < line.size() ? UuDigit(line[at]) : 0U; };
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t at = i / 3 * 4 + i % 3;
    const unsigned both = digit(at) << 6U | digit(at + 1);
    out += static_cast<char>(both >> (4 - 2 * (i % 3)) & 0xffU);
  }
  return true;
}

constexpr std::pair<std::string_view, TransferEncoding> kWords[] = {
    {"7bit", TransferEncoding::kIdentity},
    {"8bit", TransferEncoding::kIdentity},
    {"binary", TransferEncoding::kIdentity},
    {"quoted-printable", TransferEncoding::kQuotedPrintable},
    {"base64", TransferEncoding::kBase64},
    {"x-uuencode", TransferEncoding::kUuencode},
    {"uuencode", TransferEncoding::kUuencode},
    {"x-uue", TransferEncoding::kUuencode},
    {"uue", TransferEncoding::kUuencode},
};

TransferEncoding EncodingOf(std::string_view word) {
  for (const auto& [name, encoding] : kWords) {
    if (EqualsIgnoreCase(word, name)) return encoding;
  }
  return TransferEncoding::kUnknown;
}

}  // namespace

std::vector<TransferEncoding> ParseTransferEncoding(std::string_view value) {
  const std::string_view plain = Trim(value);
  if (plain.empty()) return {TransferEncoding::kIdentity};
  if (const TransferEncoding one = EncodingOf(plain); one != TransferEncoding::kUnknown) {
    return {one};
  }
  std::set<TransferEncoding> named;
  std::size_t at = 0;
  while (at < value.size()) {
    std::size_t end = at;
    while (end < value.size() && (IsAsciiAlnum(value[end]) || value[end] == '-')) ++end;
    named.insert(EncodingOf(value.substr(at, end - at)));
    at = end + 1;
  }
  // Whoever knows no such word shows the body as it stands.
  if (named.size() > 1) named.erase(TransferEncoding::kUnknown);
  if (*named.begin() < TransferEncoding::kIdentity) named.insert(TransferEncoding::kIdentity);
  return {named.begin(), named.end()};
}

std::string_view ToWord(TransferEncoding encoding) {
  switch (encoding) {
    case TransferEncoding::kIdentity:
      return "identity";
    case TransferEncoding::kQuotedPrintable:
      return "quoted-printable";
    case TransferEncoding::kBase64:
      return "base64";
    case TransferEncoding::kUuencode:
      return "uuencode";
    case TransferEncoding::kUnknown:
      break;
  }
  return "unknown";
}

DecodedBytes DecodeBase64(std::string_view text, std::size_t max) {
  // What must be read for max + 1 bytes of result, were it all data, is what one step may take.
  const auto characters_for = [](std::size_t bytes) { return (bytes / 3 + 1) * 4; };
  max = std::min(max, text.size());
  DecodedBytes decoded;
  decoded.bytes.resize(std::min(max, text.size() / 4 * 3) + 6);
  Base64Decoder decoder(decoded.bytes.data());
  std::size_t at = 0;
  while (at < text.size() && decoder.size() <= max) {
    at += decoder.TakeGroups(text.substr(at, characters_for(max - decoder.size())));
    if (at < text.size() && decoder.size() <= max) decoder.TakeOne(text[at++]);
  }
  decoded.malformed = decoder.malformed() || (at == text.size() && decoder.in_first_byte());
  decoded.bytes.resize(decoder.size());
  CutTo(decoded, max);
  return decoded;
}

DecodedBytes DecodeQuotedPrintable(std::string_view text, std::size_t max) {
  DecodedBytes decoded;
  decoded.bytes.reserve(std::min(max, text.size()));
  LineReader lines(text);
  while (!lines.AtEnd() && decoded.bytes.size() <= max) {
    const LineReader::Line line = lines.Next();
    if (!DecodeQuotedLine(line.text, decoded)) decoded.bytes.append(line.end);
  }
  CutTo(decoded, max);
  return decoded;
}

DecodedBytes DecodeUuencode(std::string_view text, std::size_t max) {
  LineReader lines(text);
  bool begun = false;
  while (!begun && !lines.AtEnd()) begun = lines.Next().text.starts_with("begin ");
  if (!begun) lines = LineReader(text);
  DecodedBytes decoded;
  decoded.bytes.reserve(std::min(max, text.size() / 4 * 3));
  while (!lines.AtEnd() && decoded.bytes.size() <= max) {
    const std::string_view line = lines.Next().text;
    // Behind the end, too, so that nothing hides there.
    if (line.empty() || line == "end" || line.starts_with("begin ")) continue;
    if (!DecodeUuLine(line, decoded.bytes)) decoded.malformed = true;
  }
  CutTo(decoded, max);
  return decoded;
}

DecodedBytes DecodeTransfer(TransferEncoding encoding, std::string_view text, std::size_t max) {
  switch (encoding) {
    case TransferEncoding::kQuotedPrintable:
      return DecodeQuotedPrintable(text, max);
    case TransferEncoding::kBase64:
      return DecodeBase64(text, max);
    case TransferEncoding::kUuencode:
      return DecodeUuencode(text, max);
    case TransferEncoding::kIdentity:
    case TransferEncoding::kUnknown:
      break;
  }
  return {std::string(text.substr(0, max)), false, text.size() > max};
}

}  // namespace assay::mail
