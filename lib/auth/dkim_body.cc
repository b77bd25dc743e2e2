// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_body.h"

#include <algorithm>

namespace assay::auth {
namespace {

constexpr std::size_t kFlushBytes = 4096;  // of the canonical body at once into the hash

}  // namespace

void BodyDigest::Add(std::string_view chunk) {
  std::size_t at = 0;
  while (at < chunk.size()) {
    if (!InLine()) {
      const std::size_t end = CanonicalLines(chunk, at);
      if (end > at) {
        AppendEmptyLines();
        Append(chunk.substr(at, end - at));
      }
      at = end;
    }
    at = AddLine(chunk, at);
  }
}

// `line` without its CRLF. Empty ones are not taken: they may be the end of the body.
bool BodyDigest::IsCanonical(std::string_view line) const {
  if (line.empty()) return false;
  if (form_.canonicalization == Canonicalization::kSimple) return true;
  return line.back() != ' ' && line.find('\t') == std::string_view::npos &&
         line.find("  ") == std::string_view::npos;
}

// The end of the lines from `begin` on that are their own canonical form.
std::size_t BodyDigest::CanonicalLines(std::string_view chunk, std::size_t begin) const {
  std::size_t end = begin;
  while (true) {
    const std::size_t lf = chunk.find('\n', end);
    if (lf == std::string_view::npos || lf == end || chunk[lf - 1] != '\r') return end;
    if (!IsCanonical(chunk.substr(end, lf - 1 - end))) return end;
    end = lf + 1;
  }
}

// Byte by byte to the end of a line or of the chunk; returns where the next line begins.
std::size_t BodyDigest::AddLine(std::string_view chunk, std::size_t at) {
  for (; at < chunk.size(); ++at) {
    const char c = chunk[at];
    if (c == '\n' && after_cr_) {
      after_cr_ = false;
      EndLine();
      return at + 1;
    }
    if (after_cr_) AddContent('\r');
    after_cr_ = c == '\r';
    if (!after_cr_) AddContent(c);
  }
  return at;
}

void BodyDigest::AddContent(char c) {
  line_has_bytes_ = true;
  if (form_.canonicalization == Canonicalization::kRelaxed && IsWsp(c)) {
    after_space_ = true;
    return;
  }
  AppendEmptyLines();
  if (after_space_) Append(" ");
  after_space_ = false;
  line_has_content_ = true;
  Append({&c, 1});
}

void BodyDigest::EndLine() {
  if (line_has_content_) {
    Append("\r\n");
  } else {
    ++empty_lines_;
  }
  line_has_content_ = false;
  line_has_bytes_ = false;
  after_space_ = false;
}

void BodyDigest::AppendEmptyLines() {
  for (; empty_lines_ > 0; --empty_lines_) Append("\r\n");
}

void BodyDigest::Append(std::string_view text) {
  length_ += text.size();
  if (form_.limit)
    text = text.substr(0, std::min<std::uint64_t>(text.size(), *form_.limit - hashed_));
  hashed_ += text.size();
  if (pending_.size() + text.size() < kFlushBytes) {
    pending_ += text;
    return;
  }
  hash_.Add(pending_);
  pending_.clear();
  hash_.Add(text);
}

std::string BodyDigest::Finish() {
  if (after_cr_) AddContent('\r');
  after_cr_ = false;
  if (line_has_bytes_) EndLine();
  // RFC 6376, 3.4.3: an empty body is one CRLF; 3.4.4: it is nothing.
  if (length_ == 0 && form_.canonicalization == Canonicalization::kSimple) Append("\r\n");
  return hash_.DigestWith(pending_);
}

std::size_t BodyDigests::Need(const BodyForm& form) {
  const auto known = std::ranges::find(digests_, form, &BodyDigest::form);
  if (known != digests_.end()) return static_cast<std::size_t>(known - digests_.begin());
  digests_.emplace_back(form);
  return digests_.size() - 1;
}

void BodyDigests::Add(std::string_view chunk) {
  for (BodyDigest& digest : digests_) digest.Add(chunk);
}

void BodyDigests::Finish() {
  for (BodyDigest& digest : digests_) hashes_.push_back(digest.Finish());
}

void BareLineEnds::Add(std::string_view chunk) {
  if (chunk.empty() || found_) return;
  // A CR that ended the chunk before is bare unless this one goes on with LF.
  if (last_ == '\r' && chunk.front() != '\n') found_ = true;
  for (std::size_t begin = 0; begin < chunk.size() && !found_;) {
    const std::size_t lf = std::min(chunk.find('\n', begin), chunk.size());
    const std::string_view line = chunk.substr(begin, lf - begin);
    const std::size_t cr = line.find('\r');
    if (cr != std::string_view::npos && cr + 1 != line.size()) found_ = true;
    if (lf < chunk.size() && (lf > 0 ? chunk[lf - 1] : last_) != '\r') found_ = true;
    begin = lf + 1;
  }
  last_ = chunk.back();
}

}  // namespace assay::auth
