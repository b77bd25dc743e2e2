// SPDX-License-Identifier: Apache-2.0
// The part of CBOR (RFC 8949) that records are written in, on libcbor: unsigned numbers, doubles,
// flags, texts (byte strings unless they are ASCII), IP addresses (RFC 9164), arrays, and maps with
// text keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/ip_address.h"

namespace assay::journal {

class CborWriter {
 public:
  void Number(std::uint64_t value);
  void Decimal(double value);
  void Flag(bool value);
  void Null();
  void Text(std::string_view text);
  void Address(const IpAddress& address);
  void Array(std::size_t size);
  // A map of any size: keys and values follow, then EndMap().
  void BeginMap();
  void EndMap();

  [[nodiscard]] std::string Take() { return std::move(out_); }

 private:
  void Bytes(std::string_view bytes);
  std::string out_;
};

// Reads what may be damaged: each function returns nothing, or false, when something else stands
// there; the reader is then of no more use. Never reads beyond its input.
class CborReader {
 public:
  enum class Kind { kNumber, kDecimal, kFlag, kNull, kText, kAddress, kArray, kMap, kEnd, kOther };
  // One data item, or the head of one that has parts.
  struct Item {
    Kind kind = Kind::kOther;
    std::size_t size = 0;      // bytes of the input
    std::uint64_t number = 0;  // kNumber; the elements of kArray; the tag of kAddress
    double decimal = 0;
    bool flag = false;
    std::string_view text;
  };

  explicit CborReader(std::string_view input) : rest_(input) { ReadItem(); }

  // What comes next; kEnd where a map ends, kOther at the end of the input and for what no writer
  // makes.
  [[nodiscard]] Kind Next() const { return item_.kind; }
  [[nodiscard]] bool AtEnd() const { return rest_.empty(); }
  [[nodiscard]] std::optional<std::uint64_t> Number();
  [[nodiscard]] std::optional<double> Decimal();
  [[nodiscard]] std::optional<bool> Flag();
  [[nodiscard]] bool Null();
  // A view into the input.
  [[nodiscard]] std::optional<std::string_view> Text();
  [[nodiscard]] std::optional<IpAddress> Address();
  // How many elements follow: never more than there are bytes left.
  [[nodiscard]] std::optional<std::size_t> Array();
  [[nodiscard]] bool BeginMap();
  // Whether the map ends here; takes its end then.
  [[nodiscard]] bool EndMap();
  // Steps over one value of those that a writer makes, at most kMaxDepth deep.
  [[nodiscard]] bool Skip(int depth = 0);

  static constexpr int kMaxDepth = 16;

 private:
  void ReadItem();
  // The next item, when it is of this kind.
  [[nodiscard]] std::optional<Item> Take(Kind kind);
  [[nodiscard]] bool SkipParts(Kind kind, int depth);

  std::string_view rest_;  // begins with item_
  Item item_;
};

}  // namespace assay::journal
