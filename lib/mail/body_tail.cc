// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/body_tail.h"

#include <algorithm>

#include "lib/base/text.h"
#include "lib/mail/lines.h"

namespace assay::mail {
namespace {

constexpr std::size_t kMaxPiece = std::size_t{4} * 1024;  // longer lines are taken in pieces

// In Content-Type or in a file name, whatever comments, quotes and junk stand around it.
bool MayMeanText(std::string_view line) {
  constexpr std::string_view kSigns[] = {"text", "htm", "multipart", "message", "svg"};
  const std::string lower = ToLower(line);
  return std::ranges::any_of(
      kSigns, [&](std::string_view sign) { return lower.find(sign) != std::string::npos; });
}

// A type that is none, "Content-Type: junk", stands for text (RFC 2045, 5.2).
bool MeansFile(std::string_view line) {
  constexpr std::string_view kTypes[] = {"application/", "image/", "audio/", "video/", "font/"};
  const std::string lower = ToLower(Trim(line));
  const bool type = lower.starts_with("content-type") && lower.find('/') != std::string::npos;
  return type || std::ranges::any_of(kTypes, [&](std::string_view begin) {
           return lower.find(begin) != std::string::npos;
         });
}

}  // namespace

void BodyTail::Add(std::string_view chunk, std::string& body, std::size_t max) {
  if (line_.ends_with('\r') && !chunk.empty()) {
    if (chunk.front() == '\n') {
      line_ += '\n';
      chunk.remove_prefix(1);
    }
    TakeLine(body, max);
    begins_line_ = true;
  }
  LineReader lines(chunk);
  while (!lines.AtEnd()) {
    const LineReader::Line line = lines.Next();
    const bool cr = line.end == "\r" && lines.AtEnd();  // LF may follow
    const bool ends = !line.end.empty() && !cr;
    // Most lines of files.
    if (within_ == Within::kSkipped && line_.empty() && ends && !line.text.starts_with("--")) {
      begins_line_ = true;
      continue;
    }
    for (std::size_t at = 0; at < line.text.size(); at += kMaxPiece) {
      if (line_.size() >= kMaxPiece) {
        TakeLine(body, max);
        begins_line_ = false;
      }
      line_.append(line.text.substr(at, kMaxPiece));
    }
    line_.append(line.end);
    if (!ends) continue;
    TakeLine(body, max);
    begins_line_ = true;
  }
}

void BodyTail::TakeLine(std::string& body, std::size_t max) {
  if (Keeps(line_)) {
    if (body.size() + line_.size() > max) {
      within_ = Within::kSkipped;
    } else {
      body.append(line_);
    }
  }
  line_.clear();
}

bool BodyTail::Keeps(std::string_view line) {
  if (begins_line_ && line.starts_with("--")) {
    within_ = Within::kHeader;
    has_file_type_ = has_text_type_ = false;
    bytes_ = 0;
    return true;
  }
  if (within_ == Within::kSkipped) return false;
  bytes_ += line.size();
  if (within_ == Within::kText) return bytes_ <= kMaxTailPart;
  ReadHeaderLine(line);
  return true;
}

void BodyTail::ReadHeaderLine(std::string_view line) {
  const bool blank = begins_line_ && Trim(line).empty();
  has_file_type_ |= MeansFile(line);
  has_text_type_ |= MayMeanText(line);
  if (!blank && bytes_ <= kMaxTailHeader) return;
  within_ = has_text_type_ || !has_file_type_ ? Within::kText : Within::kSkipped;
  bytes_ = 0;
}

}  // namespace assay::mail
