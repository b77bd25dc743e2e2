// SPDX-License-Identifier: Apache-2.0
// What is open at a place of an HTML document, without a tree.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "lib/mail/html_names.h"
#include "lib/mail/html_style.h"

namespace assay::mail {

inline constexpr std::size_t kMaxHtmlDepth = 256;  // nested tables of newsletters reach 60

// The open elements with the look inside them. Tricks live from what hides in a browser only: where
// it is not sure that an element still hides what follows, it does not. Linear: kMaxHtmlDepth
// bounds each search. Names and attributes must outlive the object.
class OpenElements {
 public:
  void Start(std::string_view name, const ElementKind& kind, std::string_view attributes);
  void End(std::string_view name, const ElementKind& kind);
  [[nodiscard]] bool shows() const { return shows_ || too_deep_; }

 private:
  struct Open {
    std::string_view name;
    ElementKind kind;
    Look look;
    bool shows = true;
    // Of a table, its sections and rows: how what is put there by mistake looks. It stands before
    // the table.
    Look look_before;
    bool shows_before = true;
  };
  [[nodiscard]] bool Begins(const ElementKind& kind, std::string_view attributes);
  void CloseImplied(std::string_view name, const ElementKind& kind);
  void CloseInTable(Role role);
  void CloseNearest(Role role, std::initializer_list<Role> bounds);
  void CloseHiding(std::string_view name);
  void CloseFrom(std::size_t index);
  [[nodiscard]] bool Ends(const Open& open, std::string_view name, const ElementKind& kind) const;
  void Count(const Open& open, bool opened);
  // Nothing stands here but parts of a table.
  [[nodiscard]] bool InTableStructure() const;
  [[nodiscard]] bool ShowsBelow(std::size_t index) const {
    return index == 0 || open_[index - 1].shows;
  }

  std::vector<Open> open_;
  std::size_t paragraphs_ = 0;  // open ones
  std::size_t tables_ = 0;
  std::size_t foreign_ = 0;
  bool form_ = false;      // one is open
  bool too_deep_ = false;  // kMaxHtmlDepth was passed: from there on everything shows
  bool shows_ = true;
};

}  // namespace assay::mail
