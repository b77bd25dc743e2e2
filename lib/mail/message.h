// SPDX-License-Identifier: Apache-2.0
// One message as the MTA hands it over, kept within limits. Derived texts are in views.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mail/body_tail.h"

namespace assay::mail {

// One header field as it came.
struct Field {
  std::string name;   // as written, without colon
  std::string value;  // all after the colon: leading space kept, folds as LF and white space
};

// What a message may cost us in memory; beyond it the message is judged on what is held, and a fact
// says so.
struct MessageLimits {
  std::size_t fields = 1000;  // more are counted, not kept
  std::size_t header_bytes =
      std::size_t{256} * 1024;  // all fields together, with colons and line ends
  // Fields that say who claims to have written (From, Sender, Reply-To, Subject) and how the body
  // is to be read (Content-Type, Content-Transfer-Encoding, Content-Disposition) are kept beyond
  // the limits above, so that no padding hides them: so many of each name, for they must not hide
  // each other, and each up to what an MTA hands over at most (Postfix: 60,000).
  std::size_t sure_fields = 8;
  std::size_t sure_bytes = std::size_t{64} * 1024;
  std::size_t body_bytes = std::size_t{2} * 1024 * 1024;  // raw, for the views; DKIM hashes it all
  // Kept of what follows: text parts, so that no attachment pushes them out of sight (body_tail.h).
  std::size_t tail_bytes = std::size_t{512} * 1024;
};

// Collects fields and body. A value of one session, not thread-safe.
class Message {
 public:
  explicit Message(const MessageLimits& limits = {}) : limits_(limits) {}

  void AddField(std::string_view name, std::string_view value);
  // CRLF line ends; lines may be split anywhere, NULs and bare CR or LF may occur.
  void AddBody(std::string_view chunk);
  // Stops keeping body bytes from here on (a shortage of memory), frees what is held; counters go
  // on.
  void DropBody();

  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  // The fields with this name (ASCII case ignored, also white space before the colon), in order of
  // appearance. Pointers live as long as no field is added.
  [[nodiscard]] std::vector<const Field*> Find(std::string_view name) const;
  // Whole up to body_held(); behind that are lines out of what followed, if any.
  [[nodiscard]] std::string_view body() const { return body_; }
  [[nodiscard]] std::size_t body_held() const { return tail_ ? body_held_ : body_.size(); }
  // Sizes and numbers are of all that came, held or not.
  [[nodiscard]] std::uint64_t body_size() const { return body_size_; }
  [[nodiscard]] std::uint64_t field_count() const { return field_count_; }
  [[nodiscard]] std::uint64_t header_size() const { return header_size_; }
  // Some field was not kept, or kept cut.
  [[nodiscard]] bool fields_cut() const { return fields_cut_; }
  // That happened to a From field.
  [[nodiscard]] bool from_cut() const { return from_cut_; }
  [[nodiscard]] bool body_cut() const { return tail_ || body_size_ > body_.size(); }
  // Bytes of memory held for this message, for the budget of all messages in flight. Linear in the
  // fields held.
  [[nodiscard]] std::size_t held_bytes() const;

 private:
  void Keep(std::string_view name, std::string_view value, std::size_t most);
  void NoteCut(std::string_view name);
  void MakeRoom(std::size_t wanted, std::size_t most);
  void AddTail(std::string_view chunk);
  void EndLine();

  MessageLimits limits_;
  std::vector<Field> fields_;
  std::string body_;
  std::optional<BodyTail> tail_;  // once body_bytes are held
  std::size_t body_held_ = 0;     // of body_, before what the tail added
  std::uint64_t body_size_ = 0;
  std::array<std::size_t, 7> sure_fields_{};  // kept, by kSureNames
  std::uint64_t field_count_ = 0;
  std::uint64_t header_size_ = 0;
  std::size_t held_header_ = 0;  // of limits_.header_bytes
  bool fields_cut_ = false;
  bool from_cut_ = false;
  bool keep_body_ = true;
};

}  // namespace assay::mail
