// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/message.h"

#include <algorithm>

#include "lib/base/text.h"

namespace assay::mail {
namespace {

constexpr std::size_t kColonAndLineEnd = 3;  // ":" and CRLF, which a Field does not hold

// RFC 5322, 4.5: the obsolete syntax allows white space before the colon, and MTAs hand it over as
// part of the name.
std::string_view WithoutTrailingSpace(std::string_view name) {
  while (!name.empty() && IsFoldingSpace(name.back())) name.remove_suffix(1);
  return name;
}

bool IsIdentityField(std::string_view name) {
  name = WithoutTrailingSpace(name);
  return EqualsIgnoreCase(name, "From") || EqualsIgnoreCase(name, "Sender") ||
         EqualsIgnoreCase(name, "Reply-To") || EqualsIgnoreCase(name, "Subject");
}

}  // namespace

void Message::AddField(std::string_view name, std::string_view value) {
  const std::size_t size = name.size() + value.size() + kColonAndLineEnd;
  const std::size_t room = limits_.header_bytes - std::min(limits_.header_bytes, held_header_);
  ++field_count_;
  header_size_ += size;
  if (IsIdentityField(name) && identity_fields_ < limits_.identity_fields) {
    ++identity_fields_;
    fields_cut_ = fields_cut_ || value.size() > limits_.identity_bytes;
    fields_.push_back({std::string(name), std::string(value.substr(0, limits_.identity_bytes))});
    return;
  }
  if (fields_.size() >= limits_.fields || room < name.size() + kColonAndLineEnd) {
    fields_cut_ = true;
    return;
  }
  if (size > room) {
    fields_cut_ = true;
    value = value.substr(0, room - name.size() - kColonAndLineEnd);
  }
  held_header_ += name.size() + value.size() + kColonAndLineEnd;
  fields_.push_back({std::string(name), std::string(value)});
}

void Message::AddBody(std::string_view chunk) {
  body_size_ += chunk.size();
  if (!keep_body_) return;
  const std::string_view kept =
      chunk.substr(0, limits_.body_bytes - std::min(limits_.body_bytes, body_.size()));
  if (kept.empty()) return;
  const std::size_t wanted = body_.size() + kept.size();
  // Left alone, the string would double past the limit; so does its reserve().
  if (wanted > body_.capacity()) {
    std::string grown;
    grown.reserve(std::min(std::max(wanted, 2 * body_.capacity()), limits_.body_bytes));
    grown.append(body_);
    body_.swap(grown);
  }
  body_.append(kept);
}

void Message::DropBody() {
  keep_body_ = false;
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
