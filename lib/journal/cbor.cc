// SPDX-License-Identifier: Apache-2.0
#include "lib/journal/cbor.h"

#include <cbor.h>

#include <algorithm>
#include <array>

namespace assay::journal {
namespace {

using Kind = CborReader::Kind;
using Item = CborReader::Item;

// RFC 9164.
constexpr std::uint64_t kIpv4Tag = 52;
constexpr std::uint64_t kIpv6Tag = 54;
constexpr std::size_t kMaxHead = 9;  // bytes, of any data item (RFC 8949, 3)

// What one of libcbor's encoders makes of `arguments`.
template <class Encoder, class... Arguments>
void Append(std::string& out, Encoder encode, Arguments... arguments) {
  std::array<unsigned char, kMaxHead> head{};
  const std::size_t size = encode(arguments..., head.data(), head.size());
  out.append(reinterpret_cast<const char*>(head.data()), size);
}

Item& ToItem(void* context) { return *static_cast<Item*>(context); }

void TakeNumber(void* context, Kind kind, std::uint64_t number) {
  ToItem(context).kind = kind;
  ToItem(context).number = number;
}

void TakeText(void* context, cbor_data data, std::size_t size) {
  ToItem(context).kind = Kind::kText;
  ToItem(context).text = {reinterpret_cast<const char*>(data), size};
}

// For one item; what has no callback of ours stays kOther.
cbor_callbacks MakeCallbacks() {
  cbor_callbacks calls = cbor_empty_callbacks;
  calls.uint8 = [](void* context, std::uint8_t n) { TakeNumber(context, Kind::kNumber, n); };
  calls.uint16 = [](void* context, std::uint16_t n) { TakeNumber(context, Kind::kNumber, n); };
  calls.uint32 = [](void* context, std::uint32_t n) { TakeNumber(context, Kind::kNumber, n); };
  calls.uint64 = [](void* context, std::uint64_t n) { TakeNumber(context, Kind::kNumber, n); };
  calls.float8 = [](void* context, double value) {
    ToItem(context).kind = Kind::kDecimal;
    ToItem(context).decimal = value;
  };
  calls.boolean = [](void* context, bool value) {
    ToItem(context).kind = Kind::kFlag;
    ToItem(context).flag = value;
  };
  calls.null = [](void* context) { ToItem(context).kind = Kind::kNull; };
  calls.byte_string = TakeText;
  calls.string = TakeText;
  calls.tag = [](void* context, std::uint64_t tag) { TakeNumber(context, Kind::kAddress, tag); };
  calls.array_start = [](void* context, std::size_t size) {
    TakeNumber(context, Kind::kArray, size);
  };
  calls.indef_map_start = [](void* context) { ToItem(context).kind = Kind::kMap; };
  calls.indef_break = [](void* context) { ToItem(context).kind = Kind::kEnd; };
  return calls;
}

}  // namespace

void CborWriter::Number(std::uint64_t value) { Append(out_, cbor_encode_uint, value); }

void CborWriter::Decimal(double value) { Append(out_, cbor_encode_double, value); }

void CborWriter::Flag(bool value) { Append(out_, cbor_encode_bool, value); }

void CborWriter::Null() { Append(out_, cbor_encode_null); }

void CborWriter::Text(std::string_view text) {
  const bool ascii =
      std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!ascii) return Bytes(text);
  Append(out_, cbor_encode_string_start, text.size());
  out_ += text;
}

void CborWriter::Bytes(std::string_view bytes) {
  Append(out_, cbor_encode_bytestring_start, bytes.size());
  out_ += bytes;
}

void CborWriter::Address(const IpAddress& address) {
  const std::size_t size = address.is_v4() ? 4 : 16;
  Append(out_, cbor_encode_tag, address.is_v4() ? kIpv4Tag : kIpv6Tag);
  Bytes({reinterpret_cast<const char*>(address.bytes().data()), size});
}

void CborWriter::Array(std::size_t size) { Append(out_, cbor_encode_array_start, size); }

void CborWriter::BeginMap() { Append(out_, cbor_encode_indef_map_start); }

void CborWriter::EndMap() { Append(out_, cbor_encode_break); }

void CborReader::ReadItem() {
  static const cbor_callbacks callbacks = MakeCallbacks();
  item_ = {};
  const auto result = cbor_stream_decode(reinterpret_cast<cbor_data>(rest_.data()), rest_.size(),
                                         &callbacks, &item_);
  if (result.status != CBOR_DECODER_FINISHED) item_ = {};
  item_.size = result.read;
}

std::optional<CborReader::Item> CborReader::Take(Kind kind) {
  if (item_.kind != kind) return {};
  const Item item = item_;
  rest_.remove_prefix(item.size);
  ReadItem();
  return item;
}

std::optional<std::uint64_t> CborReader::Number() {
  const auto item = Take(Kind::kNumber);
  return item ? std::optional(item->number) : std::nullopt;
}

std::optional<double> CborReader::Decimal() {
  const auto item = Take(Kind::kDecimal);
  return item ? std::optional(item->decimal) : std::nullopt;
}

std::optional<bool> CborReader::Flag() {
  const auto item = Take(Kind::kFlag);
  return item ? std::optional(item->flag) : std::nullopt;
}

bool CborReader::Null() { return Take(Kind::kNull).has_value(); }

std::optional<std::string_view> CborReader::Text() {
  const auto item = Take(Kind::kText);
  return item ? std::optional(item->text) : std::nullopt;
}

std::optional<IpAddress> CborReader::Address() {
  const auto tag = Take(Kind::kAddress);
  const auto bytes = tag ? Text() : std::nullopt;
  if (!bytes) return {};
  const auto copy_to = [&](auto array) {
    std::ranges::copy(*bytes, array.begin());
    return array;
  };
  if (tag->number == kIpv4Tag && bytes->size() == 4) {
    return IpAddress::V4(copy_to(std::array<std::uint8_t, 4>()));
  }
  if (tag->number == kIpv6Tag && bytes->size() == 16) {
    return IpAddress::V6(copy_to(std::array<std::uint8_t, 16>()));
  }
  return {};
}

std::optional<std::size_t> CborReader::Array() {
  const auto item = Take(Kind::kArray);
  return item && item->number <= rest_.size() ? std::optional<std::size_t>(item->number)
                                              : std::nullopt;
}

bool CborReader::BeginMap() { return Take(Kind::kMap).has_value(); }

bool CborReader::EndMap() { return Take(Kind::kEnd).has_value(); }

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
    case Kind::kEnd:
    case Kind::kOther:
      break;
  }
  return false;
}

bool CborReader::SkipParts(Kind kind, int depth) {
  if (kind == Kind::kArray) {
    const auto size = Array();
    if (!size) return false;
    for (std::size_t i = 0; i < *size; ++i) {
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
