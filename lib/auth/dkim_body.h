// SPDX-License-Identifier: Apache-2.0
// What libopendkim does not tell about a body: bytes that it canonicalizes wrongly, and how long
// the body is in canonical form (RFC 6376, 3.4.3 and 3.4.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assay::auth {

// Streams; constant memory; linear.
class DkimBodyScan {
 public:
  // Counting costs time per byte and is only needed for signatures with l=.
  void CountLengths() { counts_ = true; }
  void Add(std::string_view chunk);
  // The bytes that the body lacks to end in CRLF: "" when it does, or is empty.
  [[nodiscard]] std::string_view MissingEnd() const;

  // A CR without LF or an LF without CR: libopendkim drops some of them from the hash. A CR at the
  // very end counts.
  [[nodiscard]] bool has_bare_line_end() const { return bare_line_end_ || last_ == '\r'; }
  // The longest line so far without its line end; lines over several chunks included.
  [[nodiscard]] std::uint64_t longest_line() const { return longest_line_; }

  // In canonical octets, a missing final CRLF counted as present. Only after CountLengths() before
  // the first Add().
  [[nodiscard]] std::uint64_t simple_length() const { return simple_.Total(MissingEnd(), 2); }
  [[nodiscard]] std::uint64_t relaxed_length() const { return relaxed_.Total(MissingEnd(), 0); }

 private:
  class Counter {
   public:
    explicit Counter(bool relaxed) : relaxed_(relaxed) {}
    void Add(std::string_view chunk);
    [[nodiscard]] std::uint64_t Total(std::string_view end, std::uint64_t empty_length) const;

   private:
    void AddContent(char c);
    void EndLine();

    bool relaxed_;
    std::uint64_t length_ = 0;       // up to the last line that is not empty
    std::uint64_t empty_lines_ = 0;  // behind it; they count only when something follows
    bool line_is_empty_ = true;
    bool after_cr_ = false;
    bool after_space_ = false;
  };

  void ScanLines(std::string_view chunk);

  bool counts_ = false;
  bool bare_line_end_ = false;
  bool ends_line_ = true;  // with CRLF; an empty body lacks nothing
  char last_ = '\0';       // the byte before the next chunk
  std::uint64_t line_ = 0;
  std::uint64_t longest_line_ = 0;
  Counter simple_{false};
  Counter relaxed_{true};
};

}  // namespace assay::auth
