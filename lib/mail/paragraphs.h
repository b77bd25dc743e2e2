// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::mail {

// Puts text together into paragraphs: runs of white space (Unicode's White_Space) become one space,
// none is left at either end, empty paragraphs and NULs go, which no mail reader shows. Linear.
class Paragraphs {
 public:
  // Appends to `out`, which gets at most `max` paragraphs: the text of further ones goes on in the
  // last.
  Paragraphs(std::vector<std::string>& out, std::size_t max) : out_(out), max_(max) {}

  // Valid UTF-8. Line ends are white space like any other.
  void AddFlowing(std::string_view text) { Add(text, false); }
  // Valid UTF-8. A blank line ends the paragraph; a line ends in LF, CRLF or CR.
  void AddLines(std::string_view text) { Add(text, true); }
  void AddSpace() { gap_ = true; }
  // <br>: a second one with nothing but white space between ends the paragraph.
  void EndLine();
  void EndParagraph();
  // There were more than `max` paragraphs.
  [[nodiscard]] bool joined() const { return joined_; }

 private:
  void Add(std::string_view text, bool lines);
  void Append(std::string_view run);

  std::vector<std::string>& out_;
  std::size_t max_;
  std::string current_;
  bool joined_ = false;
  bool gap_ = false;        // white space is due before the next text
  unsigned line_ends_ = 0;  // since the last text
};

}  // namespace assay::mail
