// SPDX-License-Identifier: Apache-2.0
// The body of a message as DKIM and ARC signatures see it (RFC 6376, 3.4.3 to 3.4.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/auth/dkim_canonical.h"

namespace assay::auth {

// What a signature says about the body that it covers.
struct BodyForm {
  Canonicalization canonicalization = Canonicalization::kSimple;
  HashAlgorithm hash = HashAlgorithm::kSha256;
  std::optional<std::uint64_t> limit = {};  // l=: only so many canonical octets are hashed

  bool operator==(const BodyForm&) const = default;
};

// The canonical body, hashed as it passes. Linear; constant memory. Lines that are canonical
// already, which most are, go into the hash as they came.
class BodyDigest {
 public:
  explicit BodyDigest(BodyForm form) : form_(form), hash_(form.hash) {}

  void Add(std::string_view chunk);
  // Ends the body; a missing final CRLF counts as present. Once.
  [[nodiscard]] std::string Finish();
  // Canonical octets of the whole body, after Finish().
  [[nodiscard]] std::uint64_t length() const { return length_; }
  [[nodiscard]] const BodyForm& form() const { return form_; }

 private:
  [[nodiscard]] bool InLine() const { return line_has_bytes_ || after_cr_; }
  [[nodiscard]] bool IsCanonical(std::string_view line) const;
  [[nodiscard]] std::size_t CanonicalLines(std::string_view chunk, std::size_t begin) const;
  [[nodiscard]] std::size_t AddLine(std::string_view chunk, std::size_t at);
  void AddContent(char c);
  void EndLine();
  void AppendEmptyLines();
  void Append(std::string_view text);

  BodyForm form_;
  RunningDigest hash_;
  std::string pending_;            // canonical bytes on their way into the hash
  std::uint64_t length_ = 0;       // canonical bytes so far
  std::uint64_t hashed_ = 0;       // of these, as many as l= wants
  std::uint64_t empty_lines_ = 0;  // they count only when something follows
  bool line_has_content_ = false;
  bool line_has_bytes_ = false;  // white space included
  bool after_cr_ = false;
  bool after_space_ = false;
};

// One body in all the forms that the signatures of a message want; each is computed once.
class BodyDigests {
 public:
  // Before the first Add(). Returns the place of the form.
  [[nodiscard]] std::size_t Need(const BodyForm& form);
  void Add(std::string_view chunk);
  // Once. Then hash() and length() answer for each place.
  void Finish();
  [[nodiscard]] const std::string& hash(std::size_t place) const { return hashes_[place]; }
  [[nodiscard]] std::uint64_t length(std::size_t place) const { return digests_[place].length(); }

 private:
  std::vector<BodyDigest> digests_;
  std::vector<std::string> hashes_;
};

// A CR without LF or an LF without CR. Both are content to DKIM, but verifiers and MTAs on the way
// do not agree about them, so no signature passes over such a body. Streams.
class BareLineEnds {
 public:
  void Add(std::string_view chunk);
  // A CR at the very end counts.
  [[nodiscard]] bool found() const { return found_ || last_ == '\r'; }

 private:
  bool found_ = false;
  char last_ = '\0';  // the byte before the next chunk
};

// All of that for one message.
struct DkimBody {
  BodyDigests digests;
  BareLineEnds bare_line_ends;
};

}  // namespace assay::auth
