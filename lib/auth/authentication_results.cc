// SPDX-License-Identifier: Apache-2.0
// The writer. What it writes is a subset of RFC 8601 that every reader is known to understand.
#include "lib/auth/authentication_results.h"

#include <algorithm>
#include <iterator>

#include "lib/base/text.h"
#include "lib/mail/charset.h"

namespace assay::auth {

namespace {

constexpr std::size_t kMaxColumns = 78;        // RFC 5322, 2.1.1
constexpr std::size_t kFieldNameColumns = 23;  // "Authentication-Results:"
constexpr std::size_t kTabColumns = 8;
// One value; escaped and with its name it still fits into a line of 998 characters, so that no MTA
// breaks it.
constexpr std::size_t kMaxValueBytes = 400;
constexpr std::size_t kMaxKeywordBytes = 64;  // far longer than any in the registry

// Length of the sequence at `at` if it may stand in a message with SMTPUTF8: no controls, no line
// separators.
std::size_t PrintableUtf8(std::string_view text, std::size_t at) {
  const std::size_t length = mail::Utf8SequenceLength(text, at);
  const std::string_view sequence = text.substr(at, length);
  const bool c1_control = length == 2 && sequence[0] == '\xc2' && sequence[1] < '\xa0';
  const bool separator = sequence == "\xe2\x80\xa8" || sequence == "\xe2\x80\xa9";
  return c1_control || separator ? 0 : length;
}

// Printable characters only, "?" for every other byte; cut to kMaxValueBytes.
std::string Clean(std::string_view text, bool utf8) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    const std::size_t length = ascii || !utf8 ? 1 : PrintableUtf8(text, at);
    const bool printable = ascii ? c >= ' ' && c != '\x7f' : utf8 && length > 0;
    if (clean.size() + length > kMaxValueBytes) return clean + "...";
    if (printable) {
      clean += text.substr(at, length);
    } else {
      clean += c == '\t' ? ' ' : '?';
    }
    at += std::max<std::size_t>(length, 1);
  }
  return clean;
}

// RFC 2045, 5.1, without what some readers stumble over: no asterisk, percent sign or quote.
bool IsTokenChar(char c) {
  constexpr std::string_view kSymbols = "!#$&+-.^_`{|}~";
  return IsAsciiAlnum(c) || kSymbols.find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, IsTokenChar);
}

bool IsDotAtom(std::string_view text, bool (*is_char)(char)) {
  return std::ranges::all_of(Split(text, '.'), [is_char](std::string_view atom) {
    return !atom.empty() && std::ranges::all_of(atom, is_char);
  });
}

bool IsHostChar(char c) { return IsAsciiAlnum(c) || c == '-' || c == '_'; }

// pvalue (RFC 8601, 2.2) that may stand without quotes: a token, or [local-part] "@" domain-name.
bool IsPlainValue(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return IsToken(text);
  return (at == 0 || IsDotAtom(text.substr(0, at), IsTokenChar)) &&
         IsDotAtom(text.substr(at + 1), IsHostChar);
}

std::string Quote(std::string_view clean) {
  std::string quoted = "\"";
  for (const char c : clean) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string Comment(std::string_view clean) {
  std::string comment = "(";
  for (const char c : clean) {
    if (c == '(' || c == ')' || c == '\\') comment += '\\';
    comment += c;
  }
  return comment + ')';
}

std::string Value(std::string_view text, bool utf8) {
  const std::string clean = Clean(text, utf8);
  return IsPlainValue(clean) ? clean : Quote(clean);
}

// Keywords come from our own code; a mistake there must not break the field.
std::string Keyword(std::string_view word) {
  std::string keyword;
  std::ranges::copy_if(word.substr(0, kMaxKeywordBytes), std::back_inserter(keyword),
                       [](char c) { return IsAsciiAlnum(c) || c == '-' || c == '_' || c == '.'; });
  return keyword;
}

// "dkim=pass", "(comment)", "reason=…", "header.d=example.com": what a line may be broken between.
std::vector<std::string> Items(const MethodResult& method, bool utf8) {
  std::vector<std::string> items{Keyword(method.method) + "=" + Keyword(method.result)};
  if (!method.comment.empty()) items.push_back(Comment(Clean(method.comment, utf8)));
  if (!method.reason.empty()) items.push_back("reason=" + Quote(Clean(method.reason, utf8)));
  for (const auto& [name, value] : method.properties) {
    // An empty quoted string is legal, but python3-authres (Mailman) takes what follows it for the
    // value.
    if (Keyword(name).empty() || value.empty()) continue;
    items.push_back(Keyword(name) + "=" + Value(value, utf8));
  }
  return items;
}

class FieldWriter {
 public:
  explicit FieldWriter(const std::string& authserv_id)
      : text_(" " + authserv_id), columns_(kFieldNameColumns + text_.size()) {}

  void Break() {
    text_ += ";\n\t";
    columns_ = kTabColumns;
    line_is_empty_ = true;
  }
  // `item` will be followed by one more character at most.
  void Add(const std::string& item) {
    if (!line_is_empty_ && columns_ + 1 + item.size() + 1 >= kMaxColumns) {
      text_ += "\n\t";
      columns_ = kTabColumns;
    } else if (!line_is_empty_) {
      text_ += ' ';
      ++columns_;
    }
    text_ += item;
    columns_ += item.size();
    line_is_empty_ = false;
  }
  [[nodiscard]] std::string Take() { return std::move(text_); }
  void AddNone() { text_ += "; none"; }

 private:
  std::string text_;
  std::size_t columns_;
  bool line_is_empty_ = false;
};

}  // namespace

std::string WriteAuthenticationResults(std::string_view authserv_id,
                                       const std::vector<MethodResult>& methods, bool utf8) {
  const std::string id = Clean(authserv_id, utf8);
  FieldWriter writer(IsToken(id) ? id : Quote(id));
  const auto is_written = [](const MethodResult& method) {
    return !Keyword(method.method).empty() && !Keyword(method.result).empty();
  };
  if (std::ranges::none_of(methods, is_written)) writer.AddNone();
  for (const MethodResult& method : methods) {
    if (!is_written(method)) continue;
    writer.Break();
    for (const std::string& item : Items(method, utf8)) writer.Add(item);
  }
  return writer.Take();
}

}  // namespace assay::auth
