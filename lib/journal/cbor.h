// SPDX-License-Identifier: Apache-2.0
// The part of CBOR (RFC 8949) that records are written in: unsigned numbers, doubles, flags, texts
// (byte strings unless they are ASCII), IP addresses (RFC 9164), arrays, and maps with text keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/ip_address.h"

namespace assay::journal {

class CborWriter {
 public:
  void Number(std::uint64_t value) { Head(0, value); }
  void Decimal(double value);
  void Flag(bool value);
  void Null();
  void Text(std::string_view text);
  void Address(const IpAddress& address);
  void Array(std::uint64_t size) { Head(4, size); }
  // A map of any size: keys and values follow, then EndMap().
  void BeginMap();
  void EndMap();

  [[nodiscard]] std::string Take() { return std::move(out_); }

 private:
  void Head(unsigned major, std::uint64_t value);
  std::string out_;
};

// Reads what may be damaged: each function returns nothing, or false, when something else stands
// there; the reader is then of no more use. Never reads beyond its input.
class CborReader {
 public:
  enum class Kind { kNumber, kDecimal, kFlag, kNull, kText, kAddress, kArray, kMap, kOther };

  explicit CborReader(std::string_view input) : rest_(input) {}

  // What comes next; kOther at the end too.
  [[nodiscard]] Kind Next() const;
  [[nodiscard]] bool AtEnd() const { return rest_.empty(); }
  [[nodiscard]] std::optional<std::uint64_t> Number();
  [[nodiscard]] std::optional<double> Decimal();
  [[nodiscard]] std::optional<bool> Flag();
  [[nodiscard]] bool Null();
  // A view into the input.
  [[nodiscard]] std::optional<std::string_view> Text();
  [[nodiscard]] std::optional<IpAddress> Address();
  // How many elements follow: never more than there are bytes left.
  [[nodiscard]] std::optional<std::uint64_t> Array();
  [[nodiscard]] bool BeginMap();
  // Whether the map ends here; takes its end then.
  [[nodiscard]] bool EndMap();
  // Steps over one value of those that a writer makes, at most kMaxDepth deep.
  [[nodiscard]] bool Skip(int depth = 0);

  static constexpr int kMaxDepth = 16;

 private:
  [[nodiscard]] bool SkipParts(Kind kind, int depth);
  [[nodiscard]] std::optional<std::uint64_t> Head(unsigned major);
  std::string_view rest_;
};

}  // namespace assay::journal
