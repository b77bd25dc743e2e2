// SPDX-License-Identifier: Apache-2.0
// ClaimsAuthservId(): what a reader downstream could take for our own field must go, so several
// readings are tried.
#include <algorithm>

#include "lib/auth/authentication_results.h"
#include "lib/base/text.h"
#include "lib/mail/address.h"
#include "lib/mail/encoded_words.h"

namespace assay::auth {

namespace {

// Beyond this no reading of the id can change any more; it bounds what is copied, not what is read.
constexpr std::size_t kMaxHead = 2048;

// The end of the comment that begins at `at`; npos when it has none.
std::size_t CommentEnd(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

bool IsSpaceOrControl(char c) { return (c >= '\0' && c <= ' ') || c == '\x7f'; }

// What stands before the first ";", with quotes and escapes undone and comments removed, in two
// readings: comments and white space as nothing, and as one space.
struct Head {
  std::string joined;
  std::string spaced;

  void Space() {
    if (!spaced.empty() && spaced.back() != ' ') spaced += ' ';
  }
  void Add(char c) {
    if (IsSpaceOrControl(c)) return Space();
    joined += c;
    spaced += c;
  }
};

Head ReadHead(std::string_view text) {
  Head head;
  bool quoted = false;
  bool comments_end = true;
  for (std::size_t at = 0; at < text.size() && head.joined.size() < kMaxHead; ++at) {
    const char c = text[at];
    if (c == ';' && !quoted) break;
    if (c == '(' && !quoted) {
      const std::size_t end = comments_end ? CommentEnd(text, at) : std::string_view::npos;
      head.Space();
      // A parenthesis that is never closed is junk; then so is every later one, which keeps this
      // linear.
      if (end == std::string_view::npos) {
        comments_end = false;
      } else {
        at = end - 1;
      }
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '\\') {
      if (quoted && at + 1 < text.size()) head.Add(text[++at]);
    } else {
      head.Add(c);
    }
  }
  return head;
}

bool IsNameChar(char c) {
  return IsAsciiAlnum(c) || c == '-' || c == '_' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// `text` begins with `id`, and there the name ends (a final dot is none of it).
bool BeginsWithId(std::string_view text, std::string_view id) {
  if (!StartsWithIgnoreCase(text, id)) return false;
  text.remove_prefix(id.size());
  if (text.starts_with('.')) text.remove_prefix(1);
  return text.empty() || !IsNameChar(text.front());
}

// `text` is `id`, with a version (RFC 8601, 2.2: digits) or not.
bool IsIdAndVersion(std::string_view text, std::string_view id) {
  if (!StartsWithIgnoreCase(text, id)) return false;
  text.remove_prefix(id.size());
  return std::ranges::all_of(text, IsAsciiDigit);
}

// The same host name, one of them in U-labels.
bool IsSameHost(std::string_view text, std::string_view id) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::ranges::all_of(text, is_ascii) && std::ranges::all_of(id, is_ascii)) return false;
  const auto theirs = mail::NormalizeDomain(text.substr(0, text.find(' ')));
  return theirs && theirs == mail::NormalizeDomain(id);
}

bool HeadClaims(std::string_view value, std::string_view joined_id, std::string_view spaced_id) {
  const Head head = ReadHead(value);
  return BeginsWithId(head.spaced, spaced_id) || IsIdAndVersion(head.joined, joined_id) ||
         IsSameHost(head.spaced, spaced_id);
}

}  // namespace

bool ClaimsAuthservId(std::string_view value, std::string_view authserv_id) {
  Head id;
  for (const char c : authserv_id.substr(0, kMaxHead / 2)) id.Add(c);
  const std::string_view spaced = Trim(id.spaced);
  if (spaced.empty()) return false;
  if (HeadClaims(value, id.joined, spaced)) return true;
  // No reader should, but some decode every field before they look at it.
  return value.find("=?") != std::string_view::npos &&
         HeadClaims(mail::DecodeEncodedWords(value), id.joined, spaced);
}

}  // namespace assay::auth
