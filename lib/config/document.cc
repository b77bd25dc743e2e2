// SPDX-License-Identifier: Apache-2.0
#include "lib/config/document.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/text.h"

namespace assay::config {
namespace {

// Nothing in assay.toml stands deeper than four; what does is cut off, so that no walk over the
// tree runs out of stack.
constexpr int kMaxDepth = 32;
// Outside of texts. The parser makes one table for each dot of a key and destroys them recursively:
// a key of 50,000 parts overruns the stack of toml++ 3.3.
constexpr int kMaxDotsPerLine = 8;

Place ToPlace(const toml::source_region& region) {
  Place place{static_cast<int>(region.begin.line), static_cast<int>(region.begin.column), 1};
  if (region.end.line == region.begin.line && region.end.column > region.begin.column) {
    place.length = static_cast<int>(region.end.column - region.begin.column);
  }
  return place;
}

Node ToNode(const toml::node& from, int depth);

Table ToTable(const toml::table& from, int depth) {
  Table table;
  for (const auto& [key, node] : from) {
    table.push_back({std::string(key.str()), ToPlace(key.source()), ToNode(node, depth)});
  }
  return table;
}

Node ToNode(const toml::node& from, int depth) {
  Node node;
  node.place = ToPlace(from.source());
  if (depth == kMaxDepth) return node;
  if (const auto* text = from.as_string()) node.value = text->get();
  if (const auto* number = from.as_integer()) node.value = number->get();
  if (const auto* number = from.as_floating_point()) node.value = number->get();
  if (const auto* flag = from.as_boolean()) node.value = flag->get();
  if (const auto* table = from.as_table()) node.value = ToTable(*table, depth + 1);
  if (const auto* array = from.as_array()) {
    Node::List list;
    for (const toml::node& element : *array) list.push_back(ToNode(element, depth + 1));
    node.value = std::move(list);
  }
  return node;
}

// The position after the text that begins with the quote at `at`.
std::size_t SkipString(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string three(3, quote);
  const bool multi_line = text.substr(at, 3) == three;
  for (at += multi_line ? 3 : 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (multi_line && text.substr(at, 3) == three) {
      // Up to two more quotes belong to the text.
      at += 3;
      for (int more = 0; more < 2 && at < text.size() && text[at] == quote; ++more) ++at;
      return at;
    } else if (!multi_line && (text[at] == quote || text[at] == '\n')) {
      return text[at] == quote ? at + 1 : at;
    }
  }
  return text.size();
}

// The first place with more than kMaxDotsPerLine dots in a line.
std::optional<Place> FindDeepKey(std::string_view text) {
  std::size_t line_begin = 0;
  int line = 1;
  int dots = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"' || text[at] == '\'') {
      const std::size_t end = SkipString(text, at);
      line += static_cast<int>(std::ranges::count(text.substr(at, end - at), '\n'));
      at = end;
      continue;
    }
    if (text[at] == '#') at = std::min(text.find('\n', at), text.size() - 1);
    if (text[at] == '\n') {
      ++line;
      line_begin = at + 1;
      dots = 0;
    } else if (text[at] == '.' && ++dots > kMaxDotsPerLine) {
      return Place{line, static_cast<int>(at - line_begin) + 1, 1};
    }
    ++at;
  }
  return {};
}

// Of all keys `name`, the one in the table that was opened last: a second definition in the next
// line would be that key.
using Opened = std::pair<toml::source_position, Place>;
void FindLast(const toml::table& table, std::string_view name, int depth,
              std::optional<Opened>& found) {
  const toml::source_position opened = table.source().begin;
  for (const auto& [key, node] : table) {
    if (key.str() == name && (!found || found->first <= opened)) {
      found = {opened, ToPlace(key.source())};
    }
    if (depth == kMaxDepth) continue;
    if (const auto* inner = node.as_table()) FindLast(*inner, name, depth + 1, found);
    if (const auto* array = node.as_array(); array != nullptr && !array->empty()) {
      if (const auto* last = array->back().as_table()) FindLast(*last, name, depth + 1, found);
    }
  }
}

struct Line {
  std::size_t begin = 0;
  std::string_view text;  // without the line end
};

Line LineAt(std::string_view text, int number) {
  std::size_t begin = 0;
  for (int line = 1; line < number; ++line) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) return {text.size(), {}};
    begin = end + 1;
  }
  return {begin, text.substr(begin, text.find('\n', begin) - begin)};
}

std::optional<Place> FindFirst(std::string_view before, std::string_view name) {
  try {
    std::optional<Opened> found;
    FindLast(toml::parse(before), name, 0, found);
    if (found) return found->second;
  } catch (const toml::parse_error&) {
    return {};  // both stand in one value that began earlier, an inline table
  }
  return {};
}

// "… cannot redefine existing string 'spf.fail'" becomes what an operator would say.
SyntaxError SetTwice(std::string_view text, SyntaxError error) {
  const std::size_t close = error.message.rfind('\'');
  const std::size_t open = close == 0 || close == std::string::npos
                               ? std::string::npos
                               : error.message.rfind('\'', close - 1);
  if (open == std::string::npos) return error;
  const std::string path = error.message.substr(open + 1, close - open - 1);
  const std::string name = path.substr(path.rfind('.') + 1);  // npos + 1 is 0: a bare name
  const Line line = LineAt(text, error.place.line);
  const std::size_t at = line.text.find(path);
  if (at != std::string_view::npos) {
    error.place.column = static_cast<int>(at) + 1;
    error.place.length = static_cast<int>(path.size());
  }
  error.message = fmt::format("{} is set twice", path);
  if (const auto first = FindFirst(text.substr(0, line.begin), name)) {
    error.message += fmt::format("; it was set before in line {}", first->line);
  }
  return error;
}

SyntaxError ToSyntaxError(std::string_view text, const toml::parse_error& from) {
  constexpr std::pair<std::string_view, std::string_view> kHints[] = {
      {"could not determine value type", "texts stand in double quotes"},
      {"leading zeroes", "a mode is written as text: \"0660\""},
  };
  SyntaxError error{ToPlace(from.source()), std::string(from.description()), {}};
  if (error.message.find("redefine") != std::string::npos) return SetTwice(text, std::move(error));
  for (const auto& [part, hint] : kHints) {
    if (error.message.find(part) != std::string::npos) error.hint = hint;
  }
  constexpr std::string_view kPrefix = "Error while parsing ";
  if (error.message.starts_with(kPrefix)) error.message.erase(0, kPrefix.size());
  error.message = "not TOML: " + error.message;
  return error;
}

// Whether this line can be left out without changing what the others mean: one key and a value that
// ends with the line.
bool StandsAlone(std::string_view line) {
  line = Trim(line);
  const std::size_t equals = line.find('=');
  if (equals == 0 || equals == std::string_view::npos) return false;
  const std::string_view key = Trim(line.substr(0, equals));
  return std::ranges::all_of(key, [](char c) { return IsAsciiAlnum(c) || c == '_' || c == '.'; }) &&
         line.find_first_of("[{") == std::string_view::npos &&
         line.find("\"\"\"") == std::string_view::npos &&
         line.find("'''") == std::string_view::npos;
}

}  // namespace

std::string_view Describe(const Node& node) {
  constexpr std::array<std::string_view, std::variant_size_v<decltype(Node::value)>> kWords = {
      "a date or time", "a string", "an integer", "a number with a fraction",
      "true or false",  "a list",   "a table"};
  return kWords[node.value.index()];
}

Document ParseToml(std::string_view text) {
  Document document;
  if (const auto deep = FindDeepKey(text)) {
    document.errors.push_back({*deep, "a key of too many parts", {}});
    return document;
  }
  std::string rest(text);
  while (document.errors.size() < kMaxSyntaxErrors) {
    try {
      document.table = ToTable(toml::parse(rest), 0);
      return document;
    } catch (const toml::parse_error& error) {
      document.errors.push_back(ToSyntaxError(rest, error));
      const Line line = LineAt(rest, document.errors.back().place.line);
      if (!StandsAlone(line.text)) return document;
      std::fill_n(rest.begin() + static_cast<std::ptrdiff_t>(line.begin), line.text.size(), ' ');
    }
  }
  return document;
}

}  // namespace assay::config
