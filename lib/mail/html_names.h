// SPDX-License-Identifier: Apache-2.0
// What the HTML standard (HTML Living Standard) says of elements by their names.
#pragma once

#include <cstdint>
#include <string_view>

namespace assay::mail {

enum class Layout : std::uint8_t { kInline, kBlock, kPreformatted, kCell, kLineBreak };

// What an element means for the ends of others.
enum class Role : std::uint8_t {
  kNone,
  kVoid,       // has no content
  kParagraph,  // p: ends before the next block
  kItem,       // li, dd, dt, option: ends before the next one of its list
  kList,       // bounds items
  kTable,      // bounds all that stands in it
  kSection,    // tbody and kin
  kRow,
  kCell,     // td, th, caption: bounds what stands in it
  kPage,     // html, body: never ends
  kSkipped,  // head: shows nothing by itself, and ends before everything that shows
  kHeading,  // h1 to h6: ends before another one that follows directly, and by the end tag of any
  kOnce,     // a, nobr, button: ends before another one of its name
  kForm,     // there is one at a time
  kForeign,  // svg, math: ends before HTML
};

// What stands between the tags of an element (13.2.5.1 to 13.2.5.5).
enum class Content : std::uint8_t {
  kTags,           // markup and text
  kText,           // text with character references
  kRawText,        // text as it stands
  kRestIsRawText,  // likewise, to the end of the document
};

struct ElementKind {
  Layout layout = Layout::kInline;
  Role role = Role::kNone;
  Content content = Content::kTags;
  bool ends_foreign = false;    // is HTML even inside of svg and math, which end there (13.2.6.5)
  bool ends_choice = false;     // does not stand inside of select, which ends there (13.2.6.4.16)
  bool has_links = false;       // has an attribute that says where something is
  bool has_background = false;  // has the attributes bgcolor and background
  bool has_color = false;       // has the attribute color
};

// By name, any case.
[[nodiscard]] ElementKind KindOfElement(std::string_view name);

}  // namespace assay::mail
