// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/style_sheets.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "lib/mail/html_tokenizer.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMaxSelectors = 100;    // that matter; newsletters have a few dozen
constexpr std::size_t kMaxSelectorParts = 8;  // that are looked at, of one
// Selectors times attributes of all tags. A newsletter has a tenth of it.
constexpr std::size_t kMaxSelectorWork = std::size_t{4} << 20;

// Ways to hide that a declaration can undo.
enum Way : unsigned {
  kDisplay = 1,
  kVisibility = 2,
  kFont = 4,
  kColor = 8,
  kOpacity = 16,
  kBox = 32,
  kHiddenAttribute = 64,
  kEveryWay = 127,
};

// What stands for a way in the name of a property.
constexpr struct {
  std::string_view word;
  unsigned way;
} kWays[] = {{"display", kDisplay | kHiddenAttribute},
             {"visibility", kVisibility},
             {"font", kFont},
             {"color", kColor},
             {"background", kColor},
             {"fill", kColor},
             {"shadow", kColor},
             {"opacity", kOpacity},
             {"width", kBox},
             {"height", kBox},
             {"overflow", kBox}};

unsigned WaysIn(std::string_view lower) {
  unsigned ways = 0;
  for (const auto& [word, way] : kWays) {
    if (lower.find(word) != std::string_view::npos) ways |= way;
  }
  return ways;
}

// What the declaration may undo of an element's own style: only an important one wins over that;
// over the attribute hidden any wins, and an animation over both.
unsigned WaysOf(std::string_view declaration) {
  const std::size_t colon = std::min(declaration.find(':'), declaration.size());
  const std::string_view name = Trim(declaration.substr(0, colon));
  const std::string_view value = Trim(declaration.substr(std::min(colon + 1, declaration.size())));
  if (name.empty() || value.starts_with("none")) return 0;
  if (name.find("animation") != std::string_view::npos) return kEveryWay;
  const bool unclear = name == "all" || declaration.find('\\') != std::string_view::npos;
  const unsigned ways = unclear ? unsigned{kEveryWay} : WaysIn(name);
  return value.find('!') != std::string_view::npos ? ways : ways & kHiddenAttribute;
}

struct Selector {
  std::string tag;                      // lower case; empty: any
  std::vector<std::string> attributes;  // names that must be there
  std::vector<std::string> words;       // in class or id
  unsigned ways = 0;
};

bool IsNameByte(char c) {
  return IsAsciiAlnum(c) || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// Where the last compound selector begins: behind the last combinator outside of brackets.
std::size_t LastCompound(std::string_view text) {
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' || text[i] == '\'') i = std::min(text.find(text[i], i + 1), text.size() - 1);
    if (text[i] == '[' || text[i] == '(') ++depth;
    if (text[i] == ']' || text[i] == ')') --depth;
    const bool combinator = text[i] == ' ' || text[i] == '>' || text[i] == '+' || text[i] == '~';
    if (depth == 0 && combinator) begin = i + 1;
  }
  return begin;
}

// What cannot be made out stands for any element.
Selector ReadSelector(std::string_view text, unsigned ways) {
  Selector selector;
  selector.ways = ways;
  if (text.find('\\') != std::string_view::npos) return selector;
  text = Trim(text);
  text.remove_prefix(LastCompound(text));
  std::size_t at = 0;
  while (at < text.size()) {
    const char sign = IsNameByte(text[at]) ? '\0' : text[at];
    if (sign == ':') break;
    if (sign != '\0') ++at;
    const std::size_t begin = at;
    while (at < text.size() && IsNameByte(text[at])) ++at;
    std::string name(text.substr(begin, at - begin));
    const bool full = selector.attributes.size() + selector.words.size() == kMaxSelectorParts;
    if (sign == '[') {
      if (!full) selector.attributes.push_back(std::move(name));
      at = std::min(text.find(']', at), text.size());
    } else if (sign == '.' || sign == '#') {
      if (!full) selector.words.push_back(std::move(name));
    } else if (sign == '\0') {
      selector.tag = std::move(name);
    }
  }
  return selector;
}

// What a tag says that may hide it, and by what selectors know it. All in lower case.
struct StyledTag {
  std::string name;
  std::vector<std::string> attributes;  // their names
  std::string words = " ";              // of class and id, a space around each
  unsigned ways = 0;
};

unsigned WaysOfAttribute(std::string_view name, std::string_view value) {
  if (name == "hidden") return kHiddenAttribute;
  if (name == "color" || name == "bgcolor" || name == "background") return kColor;
  if (name == "size") return kFont;
  if (name == "width" || name == "height") return kBox;
  if (name != "style") return 0;
  // A reference may stand for any character of a property's name.
  const bool unclear = value.find_first_of("&\\") != std::string_view::npos;
  const unsigned ways = unclear ? unsigned{kEveryWay} : WaysIn(ToLower(value));
  return ways & ~unsigned{kHiddenAttribute};
}

StyledTag ReadTag(const HtmlToken& tag) {
  StyledTag styled;
  styled.name = ToLower(tag.name);
  HtmlAttributes attributes(tag.attributes);
  HtmlAttribute attribute;
  while (attributes.Next(attribute)) {
    std::string name = ToLower(attribute.name);
    styled.ways |= WaysOfAttribute(name, attribute.value);
    if (name == "class" || name == "id") styled.words += ToLower(attribute.value) + " ";
    styled.attributes.push_back(std::move(name));
  }
  std::ranges::replace_if(styled.words, IsFoldingSpace, ' ');
  return styled;
}

bool Selects(const Selector& selector, const StyledTag& tag) {
  if ((selector.ways & tag.ways) == 0) return false;
  if (!selector.tag.empty() && selector.tag != tag.name) return false;
  const bool unclear = tag.words.find('&') != std::string::npos;
  const bool words = unclear || std::ranges::all_of(selector.words, [&](const std::string& word) {
                       return tag.words.find(" " + word + " ") != std::string::npos;
                     });
  return words && std::ranges::all_of(selector.attributes, [&](const std::string& name) {
           return std::ranges::find(tag.attributes, name) != tag.attributes.end();
         });
}

class Sheets {
 public:
  // `sheet`: lower case, with comments left out.
  void Add(std::string_view sheet) {
    std::size_t prelude = 0;  // where the last one began
    for (std::size_t at = 0; at < sheet.size() && selectors_.size() <= kMaxSelectors; ++at) {
      const char c = sheet[at];
      if (c == '{') {
        const std::string_view selectors = Trim(sheet.substr(prelude, at - prelude));
        prelude = at + 1;
        // Of a group of rules (@media) the rules inside are read.
        if (selectors.starts_with('@')) continue;
        const std::size_t end = std::min(sheet.find('}', at), sheet.size());
        AddRule(selectors, sheet.substr(at + 1, end - at - 1));
        at = end;
        prelude = end + 1;
      } else if (c == '}' || c == ';') {
        prelude = at + 1;
      }
    }
  }
  [[nodiscard]] bool empty() const { return selectors_.empty(); }
  [[nodiscard]] bool MayShow(std::string_view html) const {
    if (selectors_.size() > kMaxSelectors) return true;
    std::size_t work = 0;
    HtmlTokenizer tokenizer(html);
    HtmlToken token;
    while (tokenizer.Next(token)) {
      if (token.kind != HtmlToken::Kind::kStartTag || token.attributes.size() < 5) continue;
      if (MayShowTag(token, work) || work > kMaxSelectorWork) return true;
    }
    return false;
  }

 private:
  void AddRule(std::string_view selectors, std::string_view declarations) {
    unsigned ways = 0;
    for (const std::string_view declaration : Split(declarations, ';')) ways |= WaysOf(declaration);
    if (ways == 0) return;
    // A rule inside: whom it is for takes more than this to find out.
    if (declarations.find('{') != std::string_view::npos) selectors = {};
    for (const std::string_view selector : Split(selectors, ',')) {
      if (selectors_.size() > kMaxSelectors) return;
      selectors_.push_back(ReadSelector(selector, ways));
    }
  }

  // Adds to `work` what it cost.
  [[nodiscard]] bool MayShowTag(const HtmlToken& tag, std::size_t& work) const {
    const StyledTag styled = ReadTag(tag);
    if (styled.ways == 0) return false;
    work += selectors_.size() * (styled.attributes.size() + 1 + styled.words.size() / 8);
    return work <= kMaxSelectorWork && std::ranges::any_of(selectors_, [&](const auto& selector) {
             return Selects(selector, styled);
           });
  }

  std::vector<Selector> selectors_;
};

// In lower case; comments are left out, as are the marks of HTML comments.
std::string Simplify(std::string_view css) {
  std::string out;
  for (std::size_t at = 0; at < css.size(); ++at) {
    if (css.substr(at, 2) == "/*") {
      const std::size_t end = css.find("*/", at + 2);
      if (end == std::string_view::npos) break;
      at = end + 1;
      continue;
    }
    const char c = AsciiLower(css[at]);
    out += IsFoldingSpace(c) || c == '\f' ? ' ' : c;
  }
  for (const std::string_view mark : {"<!--", "-->"}) {
    for (std::size_t at = out.find(mark); at != std::string::npos; at = out.find(mark, at)) {
      out.replace(at, mark.size(), std::string(mark.size(), ' '));
    }
  }
  return out;
}

}  // namespace

bool StyleSheetsMayShow(std::string_view html) {
  // Most have no such element at all, which is found out faster.
  const auto begins_style = [&](std::size_t at) {
    return StartsWithIgnoreCase(html.substr(at, 6), "<style");
  };
  std::size_t at = html.find('<');
  while (at != std::string_view::npos && !begins_style(at)) at = html.find('<', at + 1);
  if (at == std::string_view::npos) return false;
  Sheets sheets;
  HtmlTokenizer tokenizer(html);
  HtmlToken token;
  bool in_style = false;
  while (tokenizer.Next(token)) {
    const bool raw = token.kind == HtmlToken::Kind::kRawText;
    const bool tag =
        token.kind == HtmlToken::Kind::kStartTag || token.kind == HtmlToken::Kind::kEndTag;
    if (raw && EqualsIgnoreCase(token.name, "style")) sheets.Add(Simplify(token.text));
    // Within SVG a sheet is markup, and holds for the whole page all the same.
    if (in_style && token.kind == HtmlToken::Kind::kText) return true;
    if (tag) {
      in_style = token.kind == HtmlToken::Kind::kStartTag && EqualsIgnoreCase(token.name, "style");
    }
  }
  return !sheets.empty() && sheets.MayShow(html);
}

}  // namespace assay::mail
