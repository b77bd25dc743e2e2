// SPDX-License-Identifier: Apache-2.0
// The types that a key's value can have. Each codec knows how the type is called, how a value is
// read and checked, and how it is printed: Read(Print(value)) gives the same value again. What is
// printed is TOML and JSON at once.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/action.h"
#include "lib/base/ip_address.h"
#include "lib/config/config.h"
#include "lib/config/document.h"
#include "lib/config/problems.h"
#include "lib/config/text_checks.h"

namespace assay::config {

// Where a codec says what is wrong with the value of one key.
class Reader {
 public:
  Reader(Problems& problems, std::string_view key) : problems_(problems), key_(key) {}

  void Error(const Node& node, std::string_view message, std::string_view hint = {});
  void Warn(const Node& node, std::string_view message);
  // "expected …, found …"
  void WrongType(const Node& node, std::string_view expected);
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  Problems& problems_;
  std::string_view key_;
  bool failed_ = false;
};

// A TOML basic string, quotes included.
[[nodiscard]] std::string PrintText(std::string_view text);

// One of a few words.
template <class E>
class Words {
 public:
  using Value = E;
  // `type`: what the set of words is called; empty: it is short enough to be its own name.
  Words(std::string_view type, std::initializer_list<std::pair<std::string_view, E>> words)
      : type_(type), words_(words) {}

  [[nodiscard]] std::string Type() const;
  [[nodiscard]] std::optional<E> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(E value) const;

 private:
  std::string_view type_;
  std::vector<std::pair<std::string_view, E>> words_;
};

struct Flag {
  using Value = bool;
  [[nodiscard]] std::string Type() const { return "true|false"; }
  [[nodiscard]] std::optional<bool> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(bool value) const { return value ? "true" : "false"; }
};

// A whole number from `min` to `max`.
struct Count {
  using Value = std::size_t;
  std::size_t min, max;
  [[nodiscard]] std::string Type() const { return "integer"; }
  [[nodiscard]] std::optional<std::size_t> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(std::size_t value) const { return std::to_string(value); }
};

// A number above `above` and up to `max`, with or without a fraction.
struct Decimal {
  using Value = double;
  double above, max;
  [[nodiscard]] std::string Type() const { return "number"; }
  [[nodiscard]] std::optional<double> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(double value) const;
};

// "500ms", "8s", "2m", "1h", "7d".
struct Milliseconds {
  using Value = std::chrono::milliseconds;
  std::chrono::milliseconds min, max;
  [[nodiscard]] std::string Type() const { return "duration"; }
  [[nodiscard]] std::optional<std::chrono::milliseconds> Read(const Node& node,
                                                              Reader& reader) const;
  [[nodiscard]] std::string Print(std::chrono::milliseconds value) const;
};

// The same, in whole seconds.
struct Seconds {
  using Value = std::chrono::seconds;
  std::chrono::seconds min, max;
  [[nodiscard]] std::string Type() const { return "duration"; }
  [[nodiscard]] std::optional<std::chrono::seconds> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(std::chrono::seconds value) const;
};

// "256MiB", "1GiB"; held in MiB.
struct Mebibytes {
  using Value = std::size_t;
  std::size_t min, max;
  [[nodiscard]] std::string Type() const { return "size"; }
  [[nodiscard]] std::optional<std::size_t> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(std::size_t value) const;
};

// Permission bits as octal text, "0660".
struct FileMode {
  using Value = unsigned;
  [[nodiscard]] std::string Type() const { return "octal"; }
  [[nodiscard]] std::optional<unsigned> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(unsigned value) const;
};

// A text that has to pass a check.
struct Text {
  using Value = std::string;
  std::string_view type;
  Objection (*check)(std::string_view);
  bool empty_allowed = false;
  bool lower_case = false;  // held in lower case
  [[nodiscard]] std::string Type() const { return std::string(type); }
  [[nodiscard]] std::optional<std::string> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(const std::string& value) const { return PrintText(value); }
};

// "example.com=none", ".example.com=reject": a domain and what to do about it.
struct DomainAction {
  using Value = DmarcOverride;
  [[nodiscard]] std::string Type() const { return "domain=action"; }
  [[nodiscard]] std::optional<DmarcOverride> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(const DmarcOverride& value) const;
};

struct Network {
  using Value = IpNetwork;
  [[nodiscard]] std::string Type() const { return "network"; }
  [[nodiscard]] std::optional<IpNetwork> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(const IpNetwork& value) const {
    return PrintText(value.ToString());
  }
};

// "NETWORK LOGIN".
struct NetworkAndLogin {
  using Value = NetworkLogin;
  [[nodiscard]] std::string Type() const { return "network login"; }
  [[nodiscard]] std::optional<NetworkLogin> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(const NetworkLogin& value) const {
    return PrintText(value.network.ToString() + ' ' + value.login);
  }
};

// ["SUBJECT", "ISSUER", "LOGIN"].
struct Certificate {
  using Value = CertificateLogin;
  [[nodiscard]] std::string Type() const { return "certificate"; }
  [[nodiscard]] std::optional<CertificateLogin> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(const CertificateLogin& value) const {
    return '[' + PrintText(value.subject) + ", " + PrintText(value.issuer) + ", " +
           PrintText(value.login) + ']';
  }
};

// A word for an action, or a number from 0.001 up to `max` with at most three decimals: a score.
struct ActionOrScore {
  using Value = CheckAction;
  Words<Action> actions;
  double max;
  [[nodiscard]] std::string Type() const { return "action|number"; }
  [[nodiscard]] std::optional<CheckAction> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(const CheckAction& value) const;
};

// Any number of them; one that is listed twice is taken once, with a warning.
template <class Element>
struct ListOf {
  using Value = std::vector<typename Element::Value>;
  Element element;
  [[nodiscard]] std::string Type() const { return "list of " + element.Type(); }
  [[nodiscard]] std::optional<Value> Read(const Node& node, Reader& reader) const;
  [[nodiscard]] std::string Print(const Value& value) const;
};

// May be unset; what that means is told with the key. Printed as nothing.
template <class Inner>
struct OptionalOf {
  using Value = std::optional<typename Inner::Value>;
  Inner inner;
  [[nodiscard]] std::string Type() const { return inner.Type(); }
  [[nodiscard]] std::optional<Value> Read(const Node& node, Reader& reader) const {
    auto value = inner.Read(node, reader);
    if (!value) return {};
    return Value(std::move(*value));
  }
  [[nodiscard]] std::string Print(const Value& value) const {
    return value ? inner.Print(*value) : std::string();
  }
};

template <class E>
std::string Words<E>::Type() const {
  if (!type_.empty()) return std::string(type_);
  std::string type;
  for (const auto& [word, value] : words_) type.append(type.empty() ? "" : "|").append(word);
  return type;
}

template <class E>
std::optional<E> Words<E>::Read(const Node& node, Reader& reader) const {
  const auto* text = std::get_if<std::string>(&node.value);
  std::string allowed;
  std::vector<std::string_view> candidates;
  for (const auto& [word, value] : words_) {
    if (text != nullptr && *text == word) return value;
    allowed.append(allowed.empty() ? "" : ", ").append(PrintText(word));
    candidates.push_back(word);
  }
  if (text == nullptr) {
    reader.WrongType(node, "one of " + allowed);
  } else {
    reader.Error(node, Quoted(*text) + " is none of " + allowed, DidYouMean(*text, candidates));
  }
  return {};
}

template <class E>
std::string Words<E>::Print(E value) const {
  for (const auto& [word, candidate] : words_) {
    if (candidate == value) return PrintText(word);
  }
  return PrintText(words_.front().first);
}

template <class Element>
std::optional<typename ListOf<Element>::Value> ListOf<Element>::Read(const Node& node,
                                                                     Reader& reader) const {
  const auto* list = std::get_if<Node::List>(&node.value);
  if (list == nullptr) {
    reader.WrongType(node, "a " + Type());
    return {};
  }
  Value values;
  std::set<std::string> seen;
  for (const Node& each : *list) {
    auto value = element.Read(each, reader);
    if (!value) continue;
    std::string printed = element.Print(*value);
    if (const auto [at, is_new] = seen.insert(std::move(printed)); !is_new) {
      reader.Warn(each, *at + " is listed twice");
    } else {
      values.push_back(std::move(*value));
    }
  }
  if (reader.failed()) return {};
  return values;
}

template <class Element>
std::string ListOf<Element>::Print(const Value& value) const {
  std::string out;
  for (const auto& each : value) out.append(out.empty() ? "" : ", ").append(element.Print(each));
  return '[' + out + ']';
}

}  // namespace assay::config
