// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/html_elements.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "lib/base/text.h"

namespace assay::mail {
namespace {

struct Element {
  std::string_view name;
  Layout layout;
  Role role = Role::kNone;
};

// The rendering that the standard suggests (15.3), sorted by name; what is not here is inline and
// ends with its end tag.
constexpr Element kElements[] = {
    {"address", Layout::kBlock},
    {"area", Layout::kInline, Role::kVoid},
    {"article", Layout::kBlock},
    {"aside", Layout::kBlock},
    {"base", Layout::kInline, Role::kVoid},
    {"blockquote", Layout::kBlock},
    {"body", Layout::kBlock, Role::kPage},
    {"br", Layout::kLineBreak, Role::kVoid},
    {"caption", Layout::kBlock, Role::kCell},
    {"center", Layout::kBlock},
    {"col", Layout::kInline, Role::kVoid},
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
    {"form", Layout::kBlock},
    {"h1", Layout::kBlock},
    {"h2", Layout::kBlock},
    {"h3", Layout::kBlock},
    {"h4", Layout::kBlock},
    {"h5", Layout::kBlock},
    {"h6", Layout::kBlock},
    {"head", Layout::kBlock, Role::kPage},
    {"header", Layout::kBlock},
    {"hgroup", Layout::kBlock},
    {"hr", Layout::kBlock, Role::kVoid},
    {"html", Layout::kBlock, Role::kPage},
    {"img", Layout::kInline, Role::kVoid},
    {"input", Layout::kInline, Role::kVoid},
    {"legend", Layout::kBlock},
    {"li", Layout::kBlock, Role::kItem},
    {"link", Layout::kInline, Role::kVoid},
    {"listing", Layout::kPreformatted},
    {"main", Layout::kBlock},
    {"menu", Layout::kBlock, Role::kList},
    {"meta", Layout::kInline, Role::kVoid},
    {"nav", Layout::kBlock},
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
static_assert(std::ranges::is_sorted(kElements, {}, &Element::name));
constexpr std::size_t kMaxElementName = 10;

std::uint32_t HashName(std::string_view name) {
  std::uint32_t hash = 2166136261;  // FNV-1a
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(AsciiLower(c))) * 16777619;
  }
  return hash;
}

bool IsPartOfTable(Role role) {
  return role == Role::kSection || role == Role::kRow || role == Role::kCell;
}

}  // namespace

ElementKind KindOfElement(std::string_view name) {
  if (name.size() > kMaxElementName) return {};
  std::array<char, kMaxElementName> buffer{};
  std::ranges::transform(name, buffer.begin(), AsciiLower);
  const std::string_view lower(buffer.data(), name.size());
  const auto* const found = std::ranges::lower_bound(kElements, lower, {}, &Element::name);
  if (found == std::end(kElements) || found->name != lower) return {};
  return {found->layout, found->role};
}

void OpenElements::Start(std::string_view name, const ElementKind& kind,
                         std::string_view attributes) {
  CloseImplied(kind);
  if (kind.role == Role::kVoid) return;
  if (open_.size() >= kMaxHtmlDepth) {
    ++deeper_;
    return;
  }
  Open element{HashName(name), kind, look(), shows_};
  if (!attributes.empty()) {
    element.look = ApplyStyle(element.look, attributes);
    element.shows = element.look.Shows();
  }
  shows_ = element.shows;
  paragraphs_ += kind.role == Role::kParagraph ? 1 : 0;
  open_.push_back(element);
}

// 13.2.6.4.7 and the table modes, as far as they end elements.
void OpenElements::CloseImplied(const ElementKind& kind) {
  if (deeper_ > 0) return;
  if (kind.role == Role::kItem) CloseNearest(Role::kItem, {Role::kList, Role::kCell, Role::kTable});
  if (kind.role == Role::kCell) CloseNearest(Role::kCell, {Role::kTable});
  if (kind.role == Role::kRow) CloseNearest(Role::kRow, {Role::kTable});
  if (kind.role == Role::kSection) CloseNearest(Role::kSection, {Role::kTable});
  const bool block = kind.layout == Layout::kBlock || kind.layout == Layout::kPreformatted;
  if (block && paragraphs_ > 0 && kind.role != Role::kPage) {
    CloseNearest(Role::kParagraph, {Role::kCell, Role::kTable});
  }
}

void OpenElements::CloseNearest(Role role, std::initializer_list<Role> bounds) {
  for (std::size_t i = open_.size(); i-- > 0;) {
    const Role at = open_[i].kind.role;
    if (at == role) return CloseFrom(i);
    if (std::ranges::find(bounds, at) != bounds.end()) return;
  }
}

void OpenElements::End(std::string_view name, const ElementKind& kind) {
  if (kind.role == Role::kVoid || kind.role == Role::kPage) return;
  if (deeper_ > 0) {
    --deeper_;
    return;
  }
  const std::uint32_t hash = HashName(name);
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (open_[i].name == hash) return CloseFrom(i);
    const Role at = open_[i].kind.role;
    if (at == Role::kTable && kind.role != Role::kTable) return;
    if (at == Role::kCell && !IsPartOfTable(kind.role) && kind.role != Role::kTable) return;
  }
}

void OpenElements::CloseFrom(std::size_t index) {
  for (std::size_t i = index; i < open_.size(); ++i) {
    paragraphs_ -= open_[i].kind.role == Role::kParagraph ? 1 : 0;
  }
  open_.resize(index);
  shows_ = open_.empty() || open_.back().shows;
}

}  // namespace assay::mail
