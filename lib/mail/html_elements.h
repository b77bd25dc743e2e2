// SPDX-License-Identifier: Apache-2.0
// What is open at a place of an HTML document, without a tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/mail/html_style.h"

namespace assay::mail {

inline constexpr std::size_t kMaxHtmlDepth = 256;  // nested tables of newsletters reach 60

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
  kCell,  // td, th, caption: bounds what stands in it
  kPage,  // html, body, head: never ends
};

struct ElementKind {
  Layout layout = Layout::kInline;
  Role role = Role::kNone;
};
// By name, any case.
[[nodiscard]] ElementKind KindOfElement(std::string_view name);

// The open elements with the look inside them. Linear: kMaxHtmlDepth bounds each search.
class OpenElements {
 public:
  void Start(std::string_view name, const ElementKind& kind, std::string_view attributes);
  void End(std::string_view name, const ElementKind& kind);
  [[nodiscard]] bool shows() const { return shows_; }

 private:
  struct Open {
    std::uint32_t name = 0;  // hash
    ElementKind kind;
    Look look;
    bool shows = true;
  };
  void CloseImplied(const ElementKind& kind);
  void CloseNearest(Role role, std::initializer_list<Role> bounds);
  void CloseFrom(std::size_t index);
  [[nodiscard]] Look look() const { return open_.empty() ? Look() : open_.back().look; }

  std::vector<Open> open_;
  std::size_t paragraphs_ = 0;  // open ones
  std::size_t deeper_ = 0;      // open elements beyond kMaxHtmlDepth
  bool shows_ = true;
};

}  // namespace assay::mail
