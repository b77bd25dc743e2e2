// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/message.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "lib/base/text.h"

namespace assay::mail {
namespace {

constexpr std::string_view kCrLf = "\r\n";
constexpr std::size_t kCutLine = 1024;       // bytes of an unfinished line that are given up
constexpr std::size_t kColonAndLineEnd = 3;  // ":" and CRLF, which a Field does not hold

// RFC 5322, 4.5: the obsolete syntax allows white space before the colon, and MTAs hand it over as
// part of the name.
std::string_view WithoutTrailingSpace(std::string_view name) {
  while (!name.empty() && IsFoldingSpace(name.back())) name.remove_suffix(1);
  return name;
}

// The first one is From.
constexpr auto kSureNames =
    std::to_array<std::string_view>({"From", "Sender", "Reply-To", "Subject", "Content-Type",
                                     "Content-Transfer-Encoding", "Content-Disposition"});

// Its index in kSureNames, else their number.
std::size_t SureName(std::string_view name) {
  name = WithoutTrailingSpace(name);
  const auto* const found = std::ranges::find_if(
      kSureNames, [&](std::string_view sure) { return EqualsIgnoreCase(name, sure); });
  return static_cast<std::size_t>(found - kSureNames.begin());
}

}  // namespace

void Message::AddField(std::string_view name, std::string_view value) {
  const std::size_t size = name.size() + value.size() + kColonAndLineEnd;
  const std::size_t room = limits_.header_bytes - std::min(limits_.header_bytes, held_header_);
  ++field_count_;
  header_size_ += size;
  static_assert(kSureNames.size() == std::tuple_size_v<decltype(sure_fields_)>);
  const std::size_t sure = SureName(name);
  if (sure < kSureNames.size() && sure_fields_[sure] < limits_.sure_fields) {
    ++sure_fields_[sure];
    Keep(name, value, limits_.sure_bytes);
  } else if (fields_.size() >= limits_.fields || room < name.size() + kColonAndLineEnd) {
    NoteCut(name);
  } else {
    held_header_ += std::min(size, room);
    Keep(name, value, room - name.size() - kColonAndLineEnd);
  }
}

// At most `most` bytes of the value.
void Message::Keep(std::string_view name, std::string_view value, std::size_t most) {
  if (value.size() > most) NoteCut(name);
  fields_.push_back({std::string(name), std::string(value.substr(0, most))});
}

void Message::NoteCut(std::string_view name) {
  fields_cut_ = true;
  from_cut_ = from_cut_ || SureName(name) == 0;
}

void Message::AddBody(std::string_view chunk) {
  body_size_ += chunk.size();
  if (!keep_body_) return;
  if (!tail_) {
    const std::string_view kept = chunk.substr(0, limits_.body_bytes - body_.size());
    MakeRoom(body_.size() + kept.size(), limits_.body_bytes);
    body_.append(kept);
    chunk.remove_prefix(kept.size());
  }
  if (!chunk.empty()) AddTail(chunk);
}

// Left alone, the string would double past the limit; so does its reserve().
void Message::MakeRoom(std::size_t wanted, std::size_t most) {
  if (wanted <= body_.capacity()) return;
  std::string grown;
  grown.reserve(std::min(std::max(wanted, 2 * body_.capacity()), most));
  grown.append(body_);
  body_.swap(grown);
}

void Message::AddTail(std::string_view chunk) {
  if (!tail_) {
    tail_.emplace(body_.empty() || kCrLf.find(body_.back()) != std::string_view::npos);
    body_held_ = body_.size();
  }
  std::string lines;
  const std::size_t most = limits_.body_bytes + limits_.tail_bytes;
  tail_->Add(chunk, lines, most - std::min(most, body_.size()));
  if (lines.empty()) return;
  MakeRoom(body_.size() + lines.size() + kCrLf.size(), most + kCrLf.size());
  if (body_.size() == body_held_) EndLine();
  body_.append(lines);
}

// What comes next must not go on with a line of which the rest is not held; such a line decodes to
// junk as well.
void Message::EndLine() {
  const std::size_t end = body_.find_last_of(kCrLf);
  if (end != std::string::npos && body_.size() - end <= kCutLine) {
    body_.resize(end + 1);
  } else if (!body_.empty()) {
    body_.append(kCrLf);
  }
  body_held_ = std::min(body_held_, body_.size());
}

void Message::DropBody() {
  keep_body_ = false;
  tail_.reset();
  std::string().swap(body_);
}

std::vector<const Field*> Message::Find(std::string_view name) const {
  std::vector<const Field*> found;
  for (const Field& field : fields_) {
    if (EqualsIgnoreCase(WithoutTrailingSpace(field.name), name)) found.push_back(&field);
  }
  return found;
}

std::size_t Message::held_bytes() const {
  std::size_t bytes = body_.capacity() + fields_.capacity() * sizeof(Field);
  for (const Field& field : fields_) bytes += field.name.capacity() + field.value.capacity();
  return bytes;
}

}  // namespace assay::mail
