// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/html_names.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "lib/base/text.h"

namespace assay::mail {
namespace {

struct Element {
  std::string_view name;
  Layout layout;
  Role role = Role::kNone;
};

// The rendering that the standard suggests (15.3); what is not here is inline and
// ends with its end tag.
constexpr Element kElements[] = {
    {"a", Layout::kInline, Role::kOnce},
    {"address", Layout::kBlock},
    {"area", Layout::kInline, Role::kVoid},
    {"article", Layout::kBlock},
    {"aside", Layout::kBlock},
    {"base", Layout::kInline, Role::kVoid},
    {"basefont", Layout::kInline, Role::kVoid},
    {"bgsound", Layout::kInline, Role::kVoid},
    {"blockquote", Layout::kBlock},
    {"body", Layout::kBlock, Role::kPage},
    {"br", Layout::kLineBreak, Role::kVoid},
    {"button", Layout::kInline, Role::kOnce},
    {"caption", Layout::kBlock, Role::kCell},
    {"center", Layout::kBlock},
    {"col", Layout::kInline, Role::kVoid},
    {"colgroup", Layout::kInline, Role::kVoid},
    {"dd", Layout::kBlock, Role::kItem},
    {"details", Layout::kBlock},
    {"dialog", Layout::kBlock},
    {"dir", Layout::kBlock, Role::kList},
    {"div", Layout::kBlock},
    {"dl", Layout::kBlock, Role::kList},
    {"dt", Layout::kBlock, Role::kItem},
    {"embed", Layout::kInline, Role::kVoid},
    {"fieldset", Layout::kBlock},
    {"figcaption", Layout::kBlock},
    {"figure", Layout::kBlock},
    {"footer", Layout::kBlock},
    {"form", Layout::kBlock, Role::kForm},
    {"frame", Layout::kInline, Role::kVoid},
    {"frameset", Layout::kInline, Role::kVoid},
    {"h1", Layout::kBlock, Role::kHeading},
    {"h2", Layout::kBlock, Role::kHeading},
    {"h3", Layout::kBlock, Role::kHeading},
    {"h4", Layout::kBlock, Role::kHeading},
    {"h5", Layout::kBlock, Role::kHeading},
    {"h6", Layout::kBlock, Role::kHeading},
    {"head", Layout::kBlock, Role::kSkipped},
    {"header", Layout::kBlock},
    {"hgroup", Layout::kBlock},
    {"hr", Layout::kBlock, Role::kVoid},
    {"html", Layout::kBlock, Role::kPage},
    {"image", Layout::kInline, Role::kVoid},
    {"img", Layout::kInline, Role::kVoid},
    {"input", Layout::kInline, Role::kVoid},
    {"keygen", Layout::kInline, Role::kVoid},
    {"legend", Layout::kBlock},
    {"li", Layout::kBlock, Role::kItem},
    {"link", Layout::kInline, Role::kVoid},
    {"listing", Layout::kPreformatted},
    {"main", Layout::kBlock},
    {"math", Layout::kInline, Role::kForeign},
    {"menu", Layout::kBlock, Role::kList},
    {"meta", Layout::kInline, Role::kVoid},
    {"nav", Layout::kBlock},
    {"nobr", Layout::kInline, Role::kOnce},
    {"ol", Layout::kBlock, Role::kList},
    {"optgroup", Layout::kBlock},
    {"option", Layout::kBlock, Role::kItem},
    {"p", Layout::kBlock, Role::kParagraph},
    {"param", Layout::kInline, Role::kVoid},
    {"plaintext", Layout::kPreformatted},
    {"pre", Layout::kPreformatted},
    {"search", Layout::kBlock},
    {"section", Layout::kBlock},
    {"select", Layout::kInline, Role::kList},
    {"source", Layout::kInline, Role::kVoid},
    {"summary", Layout::kBlock},
    {"svg", Layout::kInline, Role::kForeign},
    {"table", Layout::kBlock, Role::kTable},
    {"tbody", Layout::kBlock, Role::kSection},
    {"td", Layout::kCell, Role::kCell},
    {"tfoot", Layout::kBlock, Role::kSection},
    {"th", Layout::kCell, Role::kCell},
    {"thead", Layout::kBlock, Role::kSection},
    {"tr", Layout::kBlock, Role::kRow},
    {"track", Layout::kInline, Role::kVoid},
    {"ul", Layout::kBlock, Role::kList},
    {"wbr", Layout::kInline, Role::kVoid},
    {"xmp", Layout::kPreformatted},
};

struct SpecialElement {
  std::string_view name;
  Content content;
};

constexpr SpecialElement kSpecialElements[] = {
    {"script", Content::kRawText},
    {"style", Content::kRawText},
    {"iframe", Content::kRawText},
    {"xmp", Content::kRawText},
    {"noembed", Content::kRawText},
    {"noframes", Content::kRawText},
    {"title", Content::kText},
    {"textarea", Content::kText},
    {"plaintext", Content::kRestIsRawText},
};

// font is left out: it is HTML only with some attributes, and draws no text in svg.
constexpr std::string_view kHtmlInForeign[] = {
    "b",      "big",  "blockquote", "body",  "br",   "center", "code",    "dd",   "div",
    "dl",     "dt",   "em",         "embed", "h1",   "h2",     "h3",      "h4",   "h5",
    "h6",     "head", "hr",         "i",     "img",  "li",     "listing", "menu", "meta",
    "nobr",   "ol",   "p",          "pre",   "ruby", "s",      "small",   "span", "strike",
    "strong", "sub",  "sup",        "table", "tt",   "u",      "ul",      "var"};

constexpr std::string_view kNotInChoice[] = {"select", "input", "textarea", "keygen"};
constexpr std::string_view kWithBackground[] = {"body", "caption", "marquee", "table", "tbody",
                                                "td",   "tfoot",   "th",      "thead", "tr"};
// Those in html_links.cc, and base and meta.
constexpr std::string_view kWithLinks[] = {"a",     "area", "audio", "base",   "body",   "button",
                                           "embed", "form", "frame", "iframe", "image",  "img",
                                           "input", "link", "meta",  "object", "script", "source",
                                           "table", "td",   "th",    "tr",     "video"};
constexpr std::string_view kWithColor[] = {"font", "basefont", "hr"};

// A hash table of all of them, made by the compiler: every tag of a document is looked up.
class KindTable {
 public:
  constexpr KindTable() {
    for (const Element& element : kElements) {
      At(element.name).layout = element.layout;
      At(element.name).role = element.role;
    }
    for (const SpecialElement& element : kSpecialElements)
      At(element.name).content = element.content;
    for (const std::string_view name : kHtmlInForeign) At(name).ends_foreign = true;
    for (const std::string_view name : kNotInChoice) At(name).ends_choice = true;
    for (const std::string_view name : kWithLinks) At(name).has_links = true;
    for (const std::string_view name : kWithBackground) At(name).has_background = true;
    for (const std::string_view name : kWithColor) At(name).has_color = true;
  }

  [[nodiscard]] constexpr ElementKind Find(std::string_view name) const {
    if (name.empty() || name.size() > kMaxName) return {};
    std::size_t slot = SlotOf(name);
    while (!names_[slot].empty() && !EqualsIgnoreCase(names_[slot], name)) slot = Next(slot);
    return kinds_[slot];
  }

 private:
  static constexpr std::size_t kSlots = 512;  // three quarters of them stay empty
  static constexpr std::size_t kMaxName = 10;

  static constexpr std::size_t Next(std::size_t slot) { return (slot + 1) % kSlots; }
  static constexpr std::size_t SlotOf(std::string_view name) {
    std::size_t hash = name.size();
    for (const char c : {name.front(), name[name.size() / 2], name.back()}) {
      hash = hash * 37 + static_cast<unsigned char>(AsciiLower(c));
    }
    return hash % kSlots;
  }

  // `name` is in lower case.
  constexpr ElementKind& At(std::string_view name) {
    std::size_t slot = SlotOf(name);
    while (!names_[slot].empty() && names_[slot] != name) slot = Next(slot);
    names_[slot] = name;
    return kinds_[slot];
  }

  std::array<std::string_view, kSlots> names_{};
  std::array<ElementKind, kSlots> kinds_{};
};

constexpr KindTable kKinds;

}  // namespace

ElementKind KindOfElement(std::string_view name) { return kKinds.Find(name); }

}  // namespace assay::mail
