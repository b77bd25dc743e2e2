// SPDX-License-Identifier: Apache-2.0
#include "cli/message_file.h"

#include <algorithm>
#include <optional>

#include "lib/base/text.h"

namespace assay::cli {
namespace {

constexpr std::size_t kChunk = 65535;  // MILTER_CHUNK_SIZE

// Takes one line off the front of `rest`, without its line end.
std::string_view TakeLine(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// RFC 5322, 2.2 and 4.5.8 (white space before the colon).
std::optional<FileField> ParseField(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  std::string_view name = line.substr(0, colon);
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
  const bool valid =
      !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!valid) return {};
  return FileField{std::string(name), std::string(line.substr(colon + 1))};
}

}  // namespace

MessageFile SplitMessage(std::string_view text) {
  MessageFile message;
  std::string_view after_first = text;
  const std::string_view first = TakeLine(after_first);
  // mbox writes such a line above the header; "From : a@example.com" is a field.
  if (first.starts_with("From ") && !ParseField(first)) text = after_first;
  while (!text.empty()) {
    std::string_view rest = text;
    const std::string_view line = TakeLine(rest);
    if (line.empty()) {
      text = rest;
      break;
    }
    if ((line.front() == ' ' || line.front() == '\t') && !message.fields.empty()) {
      message.fields.back().value.append(1, '\n').append(line);
    } else if (auto field = ParseField(line)) {
      message.fields.push_back(std::move(*field));
    } else {
      break;
    }
    text = rest;
  }
  message.body = text;
  return message;
}

std::string ReturnPath(const MessageFile& message) {
  const auto is_return_path = [](const FileField& field) {
    return EqualsIgnoreCase(field.name, "Return-Path");
  };
  const auto found = std::ranges::find_if(message.fields, is_return_path);
  return found == message.fields.end() ? std::string() : std::string(Trim(found->value));
}

mail::Message MakeMessage(const MessageFile& file) {
  mail::Message message;
  for (const FileField& field : file.fields) message.AddField(field.name, field.value);
  SendBody(file.body, [&](std::string_view chunk) { message.AddBody(chunk); });
  return message;
}

void SendBody(std::string_view body, const std::function<void(std::string_view)>& take) {
  std::string chunk;
  const auto flush = [&](std::size_t room) {
    if (chunk.size() + room <= kChunk) return;
    take(chunk);
    chunk.clear();
  };
  chunk.reserve(kChunk);
  char before = '\0';
  for (const char c : body) {
    flush(2);
    if (c == '\n' && before != '\r') chunk += '\r';
    chunk += c;
    before = c;
  }
  if (!chunk.empty()) take(chunk);
}

}  // namespace assay::cli
