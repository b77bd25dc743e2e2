// SPDX-License-Identifier: Apache-2.0
// What a mail reader turns into links in plain text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace assay::mail {

struct TextLink {
  enum class Kind {
    kUrl,      // with a scheme: http, https, ftp
    kHost,     // without one: www.example.com, example.com/path
    kAddress,  // ann@example.com, with or without mailto:
  };
  Kind kind = Kind::kUrl;
  std::string_view text;  // without mailto:, trailing punctuation and brackets that enclose it
};

// Walks over valid UTF-8 text, which must outlive the links. Hosts without a scheme must end in a
// public suffix; those that could as well be the names of files ("Makefile.in", "setup.py") count
// only behind "www." or before a "/". Linear.
class TextLinkFinder {
 public:
  explicit TextLinkFinder(std::string_view text) : text_(text) {}

  [[nodiscard]] std::optional<TextLink> Next();

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// The link that `text`, a word without white space, is as a whole; nothing when it is more than
// that or none.
[[nodiscard]] std::optional<TextLink> WholeTextLink(std::string_view text);

}  // namespace assay::mail
