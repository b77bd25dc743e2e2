// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/html_elements.h"

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/html_tokenizer.h"

namespace assay::mail {
namespace {

bool IsPartOfTable(Role role) {
  return role == Role::kSection || role == Role::kRow || role == Role::kCell;
}

bool IsBlock(const ElementKind& kind) {
  return kind.layout == Layout::kBlock || kind.layout == Layout::kPreformatted;
}

StyledElement StyledAs(const ElementKind& kind) {
  StyledElement element;
  element.box = IsBlock(kind) && kind.role != Role::kTable && !IsPartOfTable(kind.role);
  element.background = kind.has_background;
  element.color = kind.has_color;
  return element;
}

}  // namespace

// Whether the tag makes an element that has content (13.2.6.4.7 and the table modes).
bool OpenElements::Begins(const ElementKind& kind, std::string_view attributes) {
  if (kind.role == Role::kVoid || kind.role == Role::kSkipped) return false;
  if (IsPartOfTable(kind.role) && tables_ == 0) return false;
  if (kind.role == Role::kForeign) return !IsSelfClosing(attributes);
  if (kind.role != Role::kForm) return true;
  if (std::exchange(form_, true)) return false;
  return !InTableStructure();
}

bool OpenElements::InTableStructure() const {
  if (open_.empty()) return false;
  const Role role = open_.back().kind.role;
  return role == Role::kTable || role == Role::kSection || role == Role::kRow;
}

void OpenElements::Start(std::string_view name, const ElementKind& kind,
                         std::string_view attributes) {
  if (too_deep_) return;
  CloseImplied(name, kind);
  if (!Begins(kind, attributes)) return;
  if (open_.size() >= kMaxHtmlDepth) {
    too_deep_ = true;
    return;
  }
  Open element{name, kind, {}, shows(), {}, true};
  const bool before = InTableStructure() && !IsPartOfTable(kind.role);
  if (!open_.empty()) {
    const Open& outer = open_.back();
    element.look = before ? outer.look_before : outer.look;
    const bool structure = IsPartOfTable(kind.role) && kind.role != Role::kCell;
    element.look_before = structure ? outer.look_before : element.look;
    element.shows_before = structure ? outer.shows_before : shows_;
    element.shows = element.look.Shows();
  }
  if (!attributes.empty()) {
    element.look = ApplyStyle(element.look, attributes, StyledAs(kind));
    element.shows = element.look.Shows();
  }
  Count(element, true);
  open_.push_back(element);
  shows_ = InTableStructure() ? element.shows_before : element.shows;
}

void OpenElements::CloseImplied(std::string_view name, const ElementKind& kind) {
  while (foreign_ > 0 && kind.ends_foreign) CloseNearest(Role::kForeign, {});
  if (tables_ > 0) CloseInTable(kind.role);
  if (kind.role == Role::kItem) CloseNearest(Role::kItem, {Role::kList, Role::kCell, Role::kTable});
  if (IsBlock(kind) && paragraphs_ > 0 && kind.role != Role::kPage) {
    CloseNearest(Role::kParagraph, {Role::kCell, Role::kTable});
  }
  if (open_.empty()) return;
  if (kind.role == Role::kHeading && open_.back().kind.role == Role::kHeading) {
    CloseFrom(open_.size() - 1);
  }
  if (kind.role == Role::kOnce) CloseHiding(name);
  if (kind.ends_choice) CloseHiding("select");
}

// "Clear the stack back to a table context", and to that of a section and of a row. A table
// directly in the structure of another one ends it.
void OpenElements::CloseInTable(Role role) {
  if (role != Role::kTable && !IsPartOfTable(role)) return;
  for (std::size_t i = open_.size(); i-- > 0;) {
    const Role at = open_[i].kind.role;
    if (role == Role::kTable) {
      if (at == Role::kCell) return;
      if (at == Role::kTable) return CloseFrom(i);
      continue;
    }
    const bool keeps = at == Role::kTable || (at == Role::kSection && role != Role::kSection) ||
                       (at == Role::kRow && role == Role::kCell);
    if (keeps) return CloseFrom(i + 1);
  }
}

void OpenElements::CloseNearest(Role role, std::initializer_list<Role> bounds) {
  for (std::size_t i = open_.size(); i-- > 0;) {
    const Role at = open_[i].kind.role;
    if (at == role) return CloseFrom(i);
    if (std::ranges::find(bounds, at) != bounds.end()) return;
  }
}

// The nearest element of that name, where it is what hides.
void OpenElements::CloseHiding(std::string_view name) {
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (EqualsIgnoreCase(open_[i].name, name)) {
      if (!open_[i].shows && ShowsBelow(i)) CloseFrom(i);
      return;
    }
    if (open_[i].kind.role == Role::kCell || open_[i].kind.role == Role::kTable) return;
  }
}

bool OpenElements::Ends(const Open& open, std::string_view name, const ElementKind& kind) const {
  return EqualsIgnoreCase(open.name, name) ||
         (kind.role == Role::kHeading && open.kind.role == Role::kHeading);
}

void OpenElements::End(std::string_view name, const ElementKind& kind) {
  if (too_deep_ || kind.role == Role::kVoid || kind.role == Role::kPage) return;
  if (kind.role == Role::kForm) form_ = false;
  const bool in_line = kind.layout == Layout::kInline && kind.role != Role::kForeign;
  bool crosses_block = false;
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (Ends(open_[i], name, kind)) {
      // Some of these end tags are passed over, some take the element from around the block.
      if (!in_line || !crosses_block || ShowsBelow(i)) CloseFrom(i);
      return;
    }
    const Role at = open_[i].kind.role;
    if (at == Role::kTable && kind.role != Role::kTable) return;
    if (at == Role::kCell && !IsPartOfTable(kind.role) && kind.role != Role::kTable) return;
    crosses_block = crosses_block || open_[i].kind.layout != Layout::kInline;
  }
}

void OpenElements::Count(const Open& open, bool opened) {
  const auto count = [&](Role role, std::size_t& number) {
    if (open.kind.role == role) opened ? ++number : --number;
  };
  count(Role::kParagraph, paragraphs_);
  count(Role::kTable, tables_);
  count(Role::kForeign, foreign_);
}

void OpenElements::CloseFrom(std::size_t index) {
  for (std::size_t i = index; i < open_.size(); ++i) Count(open_[i], false);
  open_.resize(index);
  shows_ = open_.empty() || (InTableStructure() ? open_.back().shows_before : open_.back().shows);
}

}  // namespace assay::mail
