// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::mail {

// Characters that no mail reader shows, by what they are good for.
struct Invisibles {
  std::size_t zero_width = 0;    // U+200B and kin; joiners only where the script needs none
  std::size_t soft_hyphens = 0;  // U+00AD
  std::size_t bidi = 0;          // overrides, embeddings and isolates that reorder text
  std::size_t tags = 0;          // U+E0000 to U+E007F
  std::size_t split_words = 0;   // places inside a word of Latin, Greek or Cyrillic letters or
                                 // digits with such characters, soft hyphens apart
};

// Puts text together into paragraphs: runs of white space (Unicode's White_Space) become one space,
// none is left at either end, empty paragraphs go, and so do NULs and invisible characters, which
// no mail reader shows. Linear.
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
  [[nodiscard]] const Invisibles& invisibles() const { return invisibles_; }

 private:
  void Add(std::string_view text, bool lines);
  void Append(std::string_view run);
  void Drop(std::string_view character);

  std::vector<std::string>& out_;
  std::size_t max_;
  std::string current_;
  Invisibles invisibles_;
  bool split_ = false;  // something invisible stands behind a letter
  bool joined_ = false;
  bool gap_ = false;        // white space is due before the next text
  unsigned line_ends_ = 0;  // since the last text
};

}  // namespace assay::mail
