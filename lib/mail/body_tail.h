// SPDX-License-Identifier: Apache-2.0
// What is kept of a body behind its beginning: attachments are passed over, so that the text behind
// them is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::mail {

inline constexpr std::size_t kMaxTailHeader = std::size_t{8} * 1024;  // of a part
inline constexpr std::size_t kMaxTailPart = std::size_t{128} * 1024;  // of what follows it

// Takes each line that begins with "--" for a delimiter (RFC 2046, 5.1.1), since boundaries are not
// known yet; keeps it and the header behind it, and of the body what may be text by that header. A
// value of one session.
class BodyTail {
 public:
  // `at_line_begin`: whether what comes begins a line.
  explicit BodyTail(bool at_line_begin) : begins_line_(at_line_begin) {}

  // Appends whole lines of `chunk` to `body` as long as it has at most `max` bytes with them. Lines
  // may be split anywhere, CR, LF and CRLF end them. Linear; holds the beginning of one line.
  void Add(std::string_view chunk, std::string& body, std::size_t max);

 private:
  enum class Within : std::uint8_t { kSkipped, kHeader, kText };

  void TakeLine(std::string& body, std::size_t max);
  [[nodiscard]] bool Keeps(std::string_view line);
  void ReadHeaderLine(std::string_view line);

  std::string line_;  // what has come of one
  bool begins_line_;  // line_ is the beginning, not a later piece
  Within within_ = Within::kSkipped;
  bool has_file_type_ = false;
  bool has_text_type_ = false;
  std::size_t bytes_ = 0;  // of the header or of the text
};

}  // namespace assay::mail
