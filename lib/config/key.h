// SPDX-License-Identifier: Apache-2.0
// One row of the key table: a name, a member of a configuration struct, the codec of its type, and
// what it means.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/config/codecs.h"

namespace assay::config {

enum class Presence { kOptional, kRequired };

// A key whose value is held by an Owner: Config, or TenantConfig for keys of [[tenant]].
template <class Owner>
struct Key {
  std::string_view name;  // dotted: "spf.fail"
  std::string type;
  std::string_view meaning;
  Presence presence = Presence::kOptional;
  // Checks the value and puts it into the owner; false when it was wrong, which the Reader then
  // knows.
  std::function<bool(const Node&, Reader&, Owner&)> read;
  // The owner's value as TOML; empty when it is unset.
  std::function<std::string(const Owner&)> print;
};

// Reaches a member through a chain of member pointers: At(&Config::spf, &SpfConfig::fail).
template <class... Members>
auto At(Members... members) {
  return [=](auto& owner) -> auto& { return (owner.*....*members); };
}

// Ties the three together; the codec's Value is the member's type.
template <class Owner, class Access, class Codec>
Key<Owner> Bind(std::string_view name, Access access, Codec codec, std::string_view meaning) {
  Key<Owner> key;
  key.name = name;
  key.type = codec.Type();
  key.meaning = meaning;
  key.read = [access, codec](const Node& node, Reader& reader, Owner& owner) {
    auto value = codec.Read(node, reader);
    if (value) access(owner) = std::move(*value);
    return value.has_value();
  };
  key.print = [access, codec](const Owner& owner) { return codec.Print(access(owner)); };
  return key;
}

}  // namespace assay::config
