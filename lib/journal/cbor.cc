// SPDX-License-Identifier: Apache-2.0
#include "lib/journal/cbor.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace assay::journal {
namespace {

// RFC 8949, 3.1: the three bits in front.
constexpr unsigned kNumberMajor = 0;
constexpr unsigned kBytesMajor = 2;
constexpr unsigned kTextMajor = 3;
constexpr unsigned kArrayMajor = 4;
constexpr unsigned kTagMajor = 6;
// Whole first bytes.
constexpr unsigned char kMapBegin = 0xbf;
constexpr unsigned char kBreak = 0xff;
constexpr unsigned char kFalse = 0xf4;
constexpr unsigned char kTrue = 0xf5;
constexpr unsigned char kNull = 0xf6;
constexpr unsigned char kDouble = 0xfb;
// RFC 9164.
constexpr std::uint64_t kIpv4Tag = 52;
constexpr std::uint64_t kIpv6Tag = 54;
// Values of the lower five bits: up to 23 they are the number itself, then it follows in 1 to 8
// bytes.
constexpr unsigned kOneByte = 24;
constexpr unsigned kEightBytes = 27;

constexpr unsigned char ToByte(char c) { return static_cast<unsigned char>(c); }

void AppendBigEndian(std::uint64_t value, std::size_t bytes, std::string& out) {
  for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xffU);
}

}  // namespace

void CborWriter::Head(unsigned major, std::uint64_t value) {
  const unsigned front = major << 5U;
  if (value < kOneByte) {
    out_ += static_cast<char>(front | static_cast<unsigned>(value));
    return;
  }
  unsigned log = 0;  // of the number of bytes
  while (log < 3 && value >> (8U << log) != 0) ++log;
  out_ += static_cast<char>(front | (kOneByte + log));
  AppendBigEndian(value, std::size_t{1} << log, out_);
}

void CborWriter::Decimal(double value) {
  out_ += static_cast<char>(kDouble);
  AppendBigEndian(std::bit_cast<std::uint64_t>(value), sizeof value, out_);
}

void CborWriter::Flag(bool value) { out_ += static_cast<char>(value ? kTrue : kFalse); }

void CborWriter::Null() { out_ += static_cast<char>(kNull); }

void CborWriter::Text(std::string_view text) {
  const bool ascii = std::ranges::all_of(text, [](char c) { return ToByte(c) < 0x80; });
  Head(ascii ? kTextMajor : kBytesMajor, text.size());
  out_ += text;
}

void CborWriter::Address(const IpAddress& address) {
  const std::size_t size = address.is_v4() ? 4 : 16;
  Head(kTagMajor, address.is_v4() ? kIpv4Tag : kIpv6Tag);
  Head(kBytesMajor, size);
  for (std::size_t i = 0; i < size; ++i) out_ += static_cast<char>(address.bytes()[i]);
}

void CborWriter::BeginMap() { out_ += static_cast<char>(kMapBegin); }

void CborWriter::EndMap() { out_ += static_cast<char>(kBreak); }

CborReader::Kind CborReader::Next() const {
  if (rest_.empty()) return Kind::kOther;
  const unsigned char first = ToByte(rest_.front());
  switch (first) {
    case kMapBegin:
      return Kind::kMap;
    case kFalse:
    case kTrue:
      return Kind::kFlag;
    case kNull:
      return Kind::kNull;
    case kDouble:
      return Kind::kDecimal;
    default:
      break;
  }
  switch (first >> 5U) {
    case kNumberMajor:
      return Kind::kNumber;
    case kBytesMajor:
    case kTextMajor:
      return Kind::kText;
    case kArrayMajor:
      return Kind::kArray;
    case kTagMajor:
      return Kind::kAddress;
    default:
      return Kind::kOther;
  }
}

std::optional<std::uint64_t> CborReader::Head(unsigned major) {
  if (rest_.empty() || ToByte(rest_.front()) >> 5U != major) return {};
  const unsigned low = ToByte(rest_.front()) & 0x1fU;
  if (low < kOneByte) {
    rest_.remove_prefix(1);
    return low;
  }
  if (low > kEightBytes) return {};
  const std::size_t bytes = std::size_t{1} << (low - kOneByte);
  if (rest_.size() < 1 + bytes) return {};
  std::uint64_t value = 0;
  for (std::size_t i = 1; i <= bytes; ++i) value = value << 8U | ToByte(rest_[i]);
  rest_.remove_prefix(1 + bytes);
  return value;
}

std::optional<std::uint64_t> CborReader::Number() { return Head(kNumberMajor); }

std::optional<double> CborReader::Decimal() {
  if (rest_.size() < 1 + sizeof(double) || ToByte(rest_.front()) != kDouble) return {};
  std::uint64_t bits = 0;
  for (std::size_t i = 1; i <= sizeof bits; ++i) bits = bits << 8U | ToByte(rest_[i]);
  rest_.remove_prefix(1 + sizeof bits);
  return std::bit_cast<double>(bits);
}

std::optional<bool> CborReader::Flag() {
  if (Next() != Kind::kFlag) return {};
  const bool value = ToByte(rest_.front()) == kTrue;
  rest_.remove_prefix(1);
  return value;
}

bool CborReader::Null() {
  if (Next() != Kind::kNull) return false;
  rest_.remove_prefix(1);
  return true;
}

std::optional<std::string_view> CborReader::Text() {
  if (Next() != Kind::kText) return {};
  const auto size = Head(ToByte(rest_.front()) >> 5U);
  if (!size || *size > rest_.size()) return {};
  const std::string_view text = rest_.substr(0, *size);
  rest_.remove_prefix(*size);
  return text;
}

std::optional<IpAddress> CborReader::Address() {
  const auto tag = Head(kTagMajor);
  const auto bytes = tag ? Text() : std::nullopt;
  if (!bytes) return {};
  const auto copy_to = [&](auto array) {
    std::ranges::transform(*bytes, array.begin(), ToByte);
    return array;
  };
  if (*tag == kIpv4Tag && bytes->size() == 4) {
    return IpAddress::V4(copy_to(std::array<std::uint8_t, 4>()));
  }
  if (*tag == kIpv6Tag && bytes->size() == 16) {
    return IpAddress::V6(copy_to(std::array<std::uint8_t, 16>()));
  }
  return {};
}

std::optional<std::uint64_t> CborReader::Array() {
  const auto size = Head(kArrayMajor);
  if (!size || *size > rest_.size()) return {};
  return size;
}

bool CborReader::BeginMap() {
  if (Next() != Kind::kMap) return false;
  rest_.remove_prefix(1);
  return true;
}

bool CborReader::EndMap() {
  if (rest_.empty() || ToByte(rest_.front()) != kBreak) return false;
  rest_.remove_prefix(1);
  return true;
}

bool CborReader::Skip(int depth) {
  if (depth > kMaxDepth) return false;
  const Kind kind = Next();
  switch (kind) {
    case Kind::kNumber:
      return Number().has_value();
    case Kind::kDecimal:
      return Decimal().has_value();
    case Kind::kFlag:
      return Flag().has_value();
    case Kind::kNull:
      return Null();
    case Kind::kText:
      return Text().has_value();
    case Kind::kAddress:
      return Address().has_value();
    case Kind::kArray:
    case Kind::kMap:
      return SkipParts(kind, depth);
    case Kind::kOther:
      break;
  }
  return false;
}

bool CborReader::SkipParts(Kind kind, int depth) {
  if (kind == Kind::kArray) {
    const auto size = Array();
    if (!size) return false;
    for (std::uint64_t i = 0; i < *size; ++i) {
      if (!Skip(depth + 1)) return false;
    }
    return true;
  }
  if (!BeginMap()) return false;
  while (!EndMap()) {
    if (!Text() || !Skip(depth + 1)) return false;
  }
  return true;
}

}  // namespace assay::journal
