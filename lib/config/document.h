// SPDX-License-Identifier: Apache-2.0
// A TOML document as a plain tree with the place of every key and value, so that only document.cc
// knows the parser.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace assay::config {

// A piece of the source. Columns count characters from 1, as editors do.
struct Place {
  int line = 0;
  int column = 0;
  int length = 1;  // characters to underline; what goes on over several lines counts as 1

  auto operator<=>(const Place&) const = default;
};

struct Entry;
using Table = std::vector<Entry>;  // sorted by key

struct Node {
  using List = std::vector<Node>;
  struct Other {};  // a date or a time, or nested deeper than any key: nothing takes it

  Place place;
  std::variant<Other, std::string, std::int64_t, double, bool, List, Table> value;
};

struct Entry {
  std::string key;
  Place place;  // of the key
  Node node;
};

// What a value is, for "found …": "a string", "an integer", "a table", …
[[nodiscard]] std::string_view Describe(const Node& node);

struct SyntaxError {
  Place place;
  std::string message;
  std::string hint;  // how to write it; may be empty
};

struct Document {
  std::optional<Table>
      table;  // without the lines that are in error; none when reading on would be guessing
  std::vector<SyntaxError> errors;  // in the order of the lines
};

// Strict TOML 1.0. A key that is set twice is an error that names both lines. A line `key = value`
// in error is left out and reading goes on, so that one run shows all faults; after
// kMaxSyntaxErrors it stops.
inline constexpr std::size_t kMaxSyntaxErrors = 20;
[[nodiscard]] Document ParseToml(std::string_view text);

}  // namespace assay::config
