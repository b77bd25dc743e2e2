// SPDX-License-Identifier: Apache-2.0
#include "lib/facts/manual.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

namespace assay::facts {
namespace {

std::string_view Escaped(char c) {
  switch (c) {
    case '\\':
      return "\\e";
    case '"':
      return "\\(dq";
    case '\'':
      return "\\(aq";
    case '~':
      return "\\(ti";
    case '^':
      return "\\(ha";
    case '`':
      return "\\(ga";
    default:
      return {};
  }
}

// A sentence is a line.
std::string Prose(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool sentence = text[i] == ' ' && i > 0 && text[i - 1] == '.' && i + 1 < text.size() &&
                          text[i + 1] >= 'A' && text[i + 1] <= 'Z';
    const std::string_view escaped = Escaped(text[i]);
    if (sentence) {
      out += '\n';
    } else if (!escaped.empty()) {
      out += escaped;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string_view ToWord(Type type) {
  switch (type) {
    case Type::kFlag:
      return "flag";
    case Type::kNumber:
      return "number";
    case Type::kWord:
      return "word";
    case Type::kText:
      return "text";
    case Type::kTexts:
      return "texts";
    case Type::kAddress:
      return "address";
  }
  return "text";
}

std::string FactTableAsMdoc() {
  std::string out;
  for (const Info& fact : Table()) {
    fmt::format_to(std::back_inserter(out), ".It Ic {}\n{}, {}.\n{}{}\n", fact.name,
                   ToWord(fact.type), ToWord(fact.stage), Prose(fact.meaning),
                   fact.meaning.ends_with('.') ? "" : ".");
    if (fact.words.empty()) continue;
    out += "Words:\n";
    for (const std::string_view word : fact.words) {
      const bool last = word == fact.words.back();
      fmt::format_to(std::back_inserter(out), ".Cm {} {}\n", word, last ? "." : ",");
    }
  }
  return out;
}

}  // namespace assay::facts
