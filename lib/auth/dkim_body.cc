// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_body.h"

#include <algorithm>

namespace assay::auth {

void DkimBodyScan::Add(std::string_view chunk) {
  if (chunk.empty()) return;
  ScanLines(chunk);
  const char before = chunk.size() > 1 ? chunk[chunk.size() - 2] : last_;
  last_ = chunk.back();
  ends_line_ = last_ == '\n' && before == '\r';
  if (!counts_) return;
  simple_.Add(chunk);
  relaxed_.Add(chunk);
}

std::string_view DkimBodyScan::MissingEnd() const { return ends_line_ ? "" : "\r\n"; }

void DkimBodyScan::ScanLines(std::string_view chunk) {
  // A CR that ended the chunk before is bare unless this one goes on with LF.
  if (last_ == '\r' && chunk.front() != '\n') bare_line_end_ = true;
  std::size_t begin = 0;
  while (begin < chunk.size()) {
    const std::size_t lf = chunk.find('\n', begin);
    const std::size_t end = lf == std::string_view::npos ? chunk.size() : lf;
    const std::string_view line = chunk.substr(begin, end - begin);
    const std::size_t cr = line.find('\r');
    if (cr != std::string_view::npos && cr + 1 != line.size()) bare_line_end_ = true;
    line_ += line.size();
    longest_line_ = std::max(longest_line_, line_);
    if (lf == std::string_view::npos) return;
    if ((end > 0 ? chunk[end - 1] : last_) != '\r') bare_line_end_ = true;
    line_ = 0;
    begin = end + 1;
  }
}

void DkimBodyScan::Counter::Add(std::string_view chunk) {
  for (const char c : chunk) {
    if (c == '\n' && after_cr_) {
      EndLine();
      continue;
    }
    if (after_cr_) AddContent('\r');
    after_cr_ = c == '\r';
    if (!after_cr_) AddContent(c);
  }
}

void DkimBodyScan::Counter::AddContent(char c) {
  if (relaxed_ && (c == ' ' || c == '\t')) {
    after_space_ = true;
    return;
  }
  length_ += 2 * empty_lines_ + (after_space_ ? 1 : 0) + 1;
  empty_lines_ = 0;
  after_space_ = false;
  line_is_empty_ = false;
}

void DkimBodyScan::Counter::EndLine() {
  if (line_is_empty_) {
    ++empty_lines_;
  } else {
    length_ += 2;
  }
  line_is_empty_ = true;
  after_cr_ = false;
  after_space_ = false;
}

std::uint64_t DkimBodyScan::Counter::Total(std::string_view end, std::uint64_t empty_length) const {
  Counter whole = *this;
  whole.Add(end);
  return whole.length_ == 0 ? empty_length : whole.length_;
}

}  // namespace assay::auth
