// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "lib/dns/wire.h"
#include "lib/dns/zone.h"

namespace assay::dns {
namespace {

struct Token {
  std::string text;
  bool quoted = false;
};

using Tokens = std::vector<Token>;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// RFC 1035, 5.1: \DDD is a byte in decimal, \X is X. `rest` begins after the backslash and loses
// what was read.
std::optional<char> Unescape(std::string_view& rest) {
  if (rest.empty()) return {};
  if (!IsAsciiDigit(rest[0])) {
    const char c = rest[0];
    rest.remove_prefix(1);
    return c;
  }
  const auto value = ParseNumber(rest.substr(0, 3));
  if (rest.size() < 3 || !value || *value > 255) return {};
  rest.remove_prefix(3);
  return static_cast<char>(*value);
}

// Reads one token from the front of `rest`; nothing when a quote or an escape is not finished.
std::optional<Token> ReadToken(std::string_view& rest) {
  Token token;
  token.quoted = rest[0] == '"';
  if (token.quoted) rest.remove_prefix(1);
  while (!rest.empty()) {
    char c = rest[0];
    if (token.quoted ? c == '"' : IsBlank(c) || c == ';' || c == '"') break;
    rest.remove_prefix(1);
    if (c == '\\') {
      const auto escaped = Unescape(rest);
      // Names are kept with plain dots and without NULs: a label that holds one cannot be said
      // here.
      if (!escaped || (!token.quoted && (*escaped == '.' || *escaped == '\0'))) return {};
      c = *escaped;
    }
    token.text += c;
  }
  if (!token.quoted) return token;
  if (rest.empty()) return {};
  rest.remove_prefix(1);
  return token;
}

std::optional<Tokens> Tokenize(std::string_view line) {
  Tokens tokens;
  while (true) {
    while (!line.empty() && IsBlank(line[0])) line.remove_prefix(1);
    if (line.empty() || line[0] == ';') return tokens;
    auto token = ReadToken(line);
    if (!token) return {};
    tokens.push_back(std::move(*token));
  }
}

std::optional<RrType> TypeOf(const Token& token) {
  for (const RrType type : {RrType::kA, RrType::kAaaa, RrType::kMx, RrType::kTxt, RrType::kPtr}) {
    if (!token.quoted && EqualsIgnoreCase(token.text, ToWord(type))) return type;
  }
  return {};
}

std::optional<Status> FailureOf(const Token& token) {
  for (const Status status : {Status::kNoData, Status::kNxDomain, Status::kServFail,
                              Status::kRefused, Status::kTimeout, Status::kMalformed}) {
    if (!token.quoted && token.text == ToWord(status)) return status;
  }
  return {};
}

bool IsCname(const Token& token) { return !token.quoted && EqualsIgnoreCase(token.text, "CNAME"); }

// "." is the root; it is a legal target (null MX) though nothing can be asked about it.
bool IsTarget(const Token& token) {
  if (token.quoted) return false;
  return token.text == "." || IsEncodable(Question(token.text, RrType::kA).name);
}

constexpr std::array<std::string_view, 12> kWords = {"A",        "AAAA",    "MX",      "TXT",
                                                     "PTR",      "CNAME",   "NODATA",  "NXDOMAIN",
                                                     "SERVFAIL", "REFUSED", "TIMEOUT", "MALFORMED"};

std::string UnknownType(const std::string& word) {
  std::string upper;
  for (const char c : word)
    upper += AsciiLower(c) == c && IsAsciiAlpha(c) ? static_cast<char>(c - 32) : c;
  std::string what = "unknown type or failure \"" + EscapeForLog(word, 32) + '"';
  if (const auto near = NearestName(upper, kWords))
    what += " (did you mean " + std::string(*near) + "?)";
  return what;
}

}  // namespace

// Reads one line after the other into a zone. Every Read… returns what is wrong, or "".
class ZoneParser {
 public:
  std::string ReadLine(std::string_view line) {
    auto tokens = Tokenize(line);
    if (!tokens) return "unfinished string or bad escape (\\\" \\\\ \\DDD)";
    if (tokens->empty()) return {};
    tokens_ = std::move(*tokens);
    if (Trim(line).starts_with('$')) return ReadDirective();  // \$ begins a name
    return ReadRecord();
  }
  Zone Take() { return std::move(zone_); }

 private:
  std::string ReadDirective() {
    if (tokens_[0].text != "$DELAY") {
      return "unknown directive " + EscapeForLog(tokens_[0].text, 32) + " (there is $DELAY only)";
    }
    const auto delay = tokens_.size() == 2 ? ParseNumber(tokens_[1].text) : std::nullopt;
    const auto max = static_cast<std::uint64_t>(kMaxZoneDelay.count());
    if (!delay || *delay > max) return "$DELAY takes milliseconds, at most " + std::to_string(max);
    zone_.set_delay(std::chrono::milliseconds(*delay));
    return {};
  }

  std::string ReadRecord() {
    if (!IsTarget(tokens_[0])) return "bad name " + EscapeForLog(tokens_[0].text, 64);
    if (tokens_[0].text.starts_with("*.")) return "wildcards are not supported";
    name_ = Question(tokens_[0].text, RrType::kTxt).name;
    std::size_t at = 1;
    if (std::string wrong = ReadTtl(at); !wrong.empty()) return wrong;
    if (at < tokens_.size() && EqualsIgnoreCase(tokens_[at].text, "IN")) ++at;
    if (at >= tokens_.size()) return "a type or a failure is missing";
    const Token type = std::move(tokens_[at]);
    tokens_.erase(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    if (IsCname(type)) return ReadAlias();
    if (HasAlias()) return Shown() + " has a CNAME: nothing else may stand beside it";
    if (const auto failure = FailureOf(type)) return ReadFailure({}, *failure);
    const auto known = TypeOf(type);
    if (!known) return UnknownType(type.text);
    if (const auto failure = tokens_.size() == 1 ? FailureOf(tokens_[0]) : std::nullopt) {
      return ReadFailure(known, *failure);
    }
    return ReadData(*known);
  }

  std::string ReadTtl(std::size_t& at) {
    ttl_ = kZoneTtl;
    if (at >= tokens_.size() || tokens_[at].text.empty() || !IsAsciiDigit(tokens_[at].text[0]))
      return {};
    const auto ttl = ParseNumber(tokens_[at].text);
    if (!ttl || *ttl > static_cast<std::uint64_t>(kMaxTtl.count())) {
      return "bad TTL " + EscapeForLog(tokens_[at].text, 32);
    }
    ttl_ = std::chrono::seconds(*ttl);
    ++at;
    return {};
  }

  [[nodiscard]] std::string Shown() const { return EscapeForLog(name_, 64); }

  [[nodiscard]] bool HasAlias() const {
    const auto node = zone_.nodes_.find(name_);
    return node != zone_.nodes_.end() && node->second.alias;
  }

  std::string ReadAlias() {
    if (zone_.nodes_.contains(name_))
      return Shown() + " has records: a CNAME cannot stand beside them";
    if (tokens_.size() != 1 || !IsTarget(tokens_[0])) return "CNAME takes one name";
    zone_.AddAlias(name_, tokens_[0].text, ttl_);
    return {};
  }

  std::string ReadFailure(std::optional<RrType> type, Status status) {
    const auto node = zone_.nodes_.find(name_);
    if (node != zone_.nodes_.end()) {
      const bool stated =
          type ? node->second.answers.contains(*type) : node->second.failure.has_value();
      if (stated) return "something else is stated for " + Shown() + " above";
    }
    if (!type && !tokens_.empty()) return "nothing may follow a failure";
    zone_.Fail(name_, type, status);
    return {};
  }

  std::string ReadData(RrType type) {
    const auto node = zone_.nodes_.find(name_);
    if (node != zone_.nodes_.end()) {
      const auto answer = node->second.answers.find(type);
      if (answer != node->second.answers.end() && answer->second.status != Status::kSuccess) {
        return "a failure is stated for " + Shown() + ' ' + std::string(ToWord(type)) + " above";
      }
    }
    switch (type) {
      case RrType::kA:
      case RrType::kAaaa:
        return ReadAddress(type);
      case RrType::kMx:
        return ReadMailExchange();
      case RrType::kTxt:
        return ReadText();
      case RrType::kPtr:
        return ReadHost();
    }
    return {};
  }

  std::string ReadAddress(RrType type) {
    const bool v4 = type == RrType::kA;
    const auto address = tokens_.size() == 1 ? IpAddress::Parse(tokens_[0].text) : std::nullopt;
    if (!address || address->is_v4() != v4)
      return v4 ? "A takes an IPv4 address" : "AAAA takes an IPv6 address";
    zone_.AddAddress(name_, *address, ttl_);
    return {};
  }

  std::string ReadMailExchange() {
    const auto preference = tokens_.size() == 2 ? ParseNumber(tokens_[0].text) : std::nullopt;
    if (!preference || *preference > std::numeric_limits<std::uint16_t>::max() ||
        !IsTarget(tokens_[1])) {
      return "MX takes a preference (0 to 65535) and a name";
    }
    zone_.AddMailExchange(name_, {static_cast<std::uint16_t>(*preference), tokens_[1].text}, ttl_);
    return {};
  }

  std::string ReadText() {
    std::string text;
    for (const Token& token : tokens_) {
      // Without quotes the blanks between words would be lost, and ';' would begin a comment.
      if (!token.quoted) return "TXT data must be in double quotes";
      text += token.text;
    }
    if (tokens_.empty()) return "TXT takes one or more strings in double quotes";
    zone_.AddText(name_, text, ttl_);
    return {};
  }

  std::string ReadHost() {
    if (tokens_.size() != 1 || !IsTarget(tokens_[0])) return "PTR takes one name";
    zone_.AddHost(name_, tokens_[0].text, ttl_);
    return {};
  }

  Zone zone_;
  Tokens tokens_;  // of the line, later only the data
  std::string name_;
  std::chrono::seconds ttl_ = kZoneTtl;
};

Result<Zone> Zone::Parse(std::string_view text, std::string_view file) {
  ZoneParser parser;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string wrong = parser.ReadLine(text.substr(0, end));
    if (!wrong.empty()) {
      return Permanent(std::string(file) + ':' + std::to_string(number) + ": error: " + wrong);
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parser.Take();
}

}  // namespace assay::dns
