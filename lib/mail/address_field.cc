// SPDX-License-Identifier: Apache-2.0
// ParseAddressField(): the lists of RFC 5322, 3.4.
#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/address.h"
#include "lib/mail/address_scanner.h"
#include "lib/mail/charset.h"
#include "lib/mail/encoded_words.h"

namespace assay::mail {

namespace {

struct BadByte {
  std::size_t at;
  AddressFieldProblem problem;
};

// LF or CRLF before white space.
bool IsFoldAt(std::string_view value, std::size_t at) {
  if (value[at] == '\r') ++at;
  return at + 1 < value.size() && value[at] == '\n' &&
         (value[at + 1] == ' ' || value[at + 1] == '\t');
}

std::optional<BadByte> FindBadByte(std::string_view value) {
  for (std::size_t at = 0; at < value.size();) {
    const char c = value[at];
    const bool line_end = c == '\r' || c == '\n';
    if (line_end ? !IsFoldAt(value, at) : (c >= '\0' && c < ' ' && c != '\t') || c == '\x7f') {
      return BadByte{at, AddressFieldProblem::kControlBytes};
    }
    const std::size_t length = Utf8SequenceLength(value, at);
    if (length == 0) return BadByte{at, AddressFieldProblem::kUtf8};
    at += length;
  }
  return {};
}

std::string DecodeName(std::string_view phrase) {
  std::string name = DecodeEncodedWords(phrase);
  // An encoded word may bring in what could not stand in the field itself.
  std::ranges::replace_if(
      name, [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; }, ' ');
  return std::string(Trim(name));
}

// What stands before "<", "@" or ":".
struct Phrase {
  std::string text;  // words, one space where there was any, or a comment
  std::size_t words = 0;
  bool begins_with_dot = false;
  std::optional<std::string> local;  // what the phrase means as a local part, if it can be one
};

class FieldParser {
 public:
  FieldParser(std::string_view text, bool cut) : scanner_(text), cut_(cut) {}

  AddressField Run() {
    if (!scanner_.SkipCfws()) {
      Fail(AddressFieldProblem::kSyntax);
    } else if (scanner_.AtEnd()) {
      field_.problem = AddressFieldProblem::kEmpty;
    } else {
      ParseList();
    }
    return std::move(field_);
  }

 private:
  void ParseList() {
    while (ParseElement(/*in_group=*/false)) {
      if (scanner_.AtEnd()) {
        // Cut off: what follows could have changed what the last element means.
        if (!cut_) Commit();
        return;
      }
      if (!scanner_.Take(',') || !scanner_.SkipCfws()) break;
      Commit();
    }
    Fail(AddressFieldProblem::kSyntax);
  }

  // A mailbox or a group, and the white space after it.
  bool ParseElement(bool in_group) {
    const auto phrase = TakePhrase();
    if (!phrase) return false;
    switch (scanner_.Peek()) {
      case '<':
        return !(phrase->words > 0 && phrase->begins_with_dot) && ParseAngle(phrase->text);
      case '@':
        return phrase->local && ParseDomain(*phrase->local, {});
      case ':':
        return !in_group && phrase->words > 0 && ParseGroup();
      default:
        return false;
    }
  }

  std::optional<Phrase> TakePhrase() {
    Phrase phrase;
    for (bool space = false;; ++phrase.words) {
      std::string word;
      const bool quoted = scanner_.Peek() == '"';
      if (quoted) {
        auto content = scanner_.TakeQuotedString();
        if (!content) return {};
        word = std::move(*content);
      } else {
        word = scanner_.TakeAtoms();
        if (word.empty()) return phrase;
      }
      if (phrase.words == 0) phrase.begins_with_dot = !quoted && word.front() == '.';
      if (space) phrase.text += ' ';
      phrase.text += word;
      // Dots may stand anywhere in the local part: providers have given out addresses like a..b and
      // a.@.
      const bool possible = quoted || word.find_first_not_of('.') != std::string::npos;
      phrase.local.reset();
      if (phrase.words == 0 && possible) phrase.local = std::move(word);
      const std::size_t before = scanner_.size();
      if (!scanner_.SkipCfws()) return {};
      space = scanner_.size() < before;
    }
  }

  bool ParseAngle(std::string_view name) {
    if (!scanner_.Take('<') || !scanner_.SkipCfws() || !SkipRoute()) return false;
    const auto phrase = TakePhrase();
    return phrase && phrase->local && ParseDomain(*phrase->local, name) && scanner_.Take('>') &&
           scanner_.SkipCfws();
  }

  // RFC 5322 4.4: obs-route. It names relays, never the author.
  bool SkipRoute() {
    if (scanner_.Peek() != '@' && scanner_.Peek() != ',') return true;
    bool named = false;
    while (scanner_.Peek() == '@' || scanner_.Peek() == ',') {
      if (scanner_.Take('@')) {
        if (!scanner_.SkipCfws() || !scanner_.TakeDomain()) return false;
        named = true;
      }
      scanner_.Take(',');
      if (!scanner_.SkipCfws()) return false;
    }
    return named && scanner_.Take(':') && scanner_.SkipCfws();
  }

  bool ParseDomain(const std::string& local, std::string_view name) {
    if (!scanner_.Take('@') || !scanner_.SkipCfws()) return false;
    auto domain = scanner_.TakeDomain();
    if (!domain || !scanner_.SkipCfws()) return false;
    if (field_.mailboxes.size() + pending_.size() >= kMaxMailboxes) {
      Commit();
      Fail(AddressFieldProblem::kTooMany);
      return false;
    }
    pending_.push_back({DecodeName(name), {local, std::move(*domain)}});
    return true;
  }

  bool ParseGroup() {
    Fail(AddressFieldProblem::kGroup);
    if (!scanner_.Take(':') || !scanner_.SkipCfws()) return false;
    if (scanner_.Take(';')) return scanner_.SkipCfws();
    while (ParseElement(/*in_group=*/true)) {
      if (scanner_.Take(';')) return scanner_.SkipCfws();
      if (!scanner_.Take(',') || !scanner_.SkipCfws()) return false;
    }
    return false;
  }

  void Commit() {
    std::ranges::move(pending_, std::back_inserter(field_.mailboxes));
    pending_.clear();
  }

  // The first problem stays, except that a group is the least of them.
  void Fail(AddressFieldProblem problem) {
    if (field_.problem == AddressFieldProblem::kNone ||
        field_.problem == AddressFieldProblem::kGroup) {
      field_.problem = problem;
    }
  }

  AddressScanner scanner_;
  bool cut_;
  std::vector<Mailbox> pending_;  // of the element being read
  AddressField field_;
};

}  // namespace

AddressField ParseAddressField(std::string_view value) {
  const auto bad = FindBadByte(value);
  AddressField field =
      FieldParser(value.substr(0, bad ? bad->at : value.size()), bad.has_value()).Run();
  if (bad && field.problem != AddressFieldProblem::kTooMany) field.problem = bad->problem;
  return field;
}

}  // namespace assay::mail
