// SPDX-License-Identifier: Apache-2.0
#include "lib/config/codecs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "lib/base/text.h"

namespace assay::config {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
// Ascending, so that the last one that divides a value is the one to print it with.
constexpr std::array kTimeUnits = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                                   Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array kSizeUnits = {Unit{"MiB", 1}, Unit{"GiB", 1024}};

template <std::size_t N>
std::optional<std::uint64_t> ReadWithUnit(std::string_view text, const std::array<Unit, N>& units) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = ParseNumber(text.substr(0, end));
  const auto unit = std::ranges::find(units, text.substr(end), &Unit::name);
  if (!number || unit == units.end()) return {};
  if (*number > std::numeric_limits<std::int64_t>::max() / unit->factor) return {};
  return *number * unit->factor;
}

template <std::size_t N>
std::string PrintWithUnit(std::uint64_t value, const std::array<Unit, N>& units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) best = &unit;
  }
  return fmt::format("\"{}{}\"", value / best->factor, best->name);
}

bool HasHostBits(const IpNetwork& network) {
  for (int bit = network.prefix(); bit < network.address().bits(); ++bit) {
    const auto byte = network.address().bytes()[static_cast<std::size_t>(bit / 8)];
    if ((byte & (0x80U >> static_cast<unsigned>(bit % 8))) != 0) return true;
  }
  return false;
}

std::uint64_t ToCount(milliseconds value) { return static_cast<std::uint64_t>(value.count()); }

}  // namespace

void Reader::Error(const Node& node, std::string_view message, std::string_view hint) {
  failed_ = true;
  problems_.Error(node.place, fmt::format("{}: {}", key_, message), hint);
}

void Reader::Warn(const Node& node, std::string_view message) {
  problems_.Warn(node.place, fmt::format("{}: {}", key_, message));
}

void Reader::WrongType(const Node& node, std::string_view expected) {
  Error(node, fmt::format("expected {}, found {}", expected, Describe(node)));
}

std::string PrintText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::optional<bool> Flag::Read(const Node& node, Reader& reader) const {
  if (const auto* flag = std::get_if<bool>(&node.value)) return *flag;
  reader.WrongType(node, "true or false");
  return {};
}

std::optional<std::size_t> Count::Read(const Node& node, Reader& reader) const {
  const auto* number = std::get_if<std::int64_t>(&node.value);
  if (number == nullptr) {
    reader.WrongType(node, fmt::format("an integer from {} to {}", min, max));
  } else if (!std::in_range<std::size_t>(*number) || std::cmp_less(*number, min) ||
             std::cmp_greater(*number, max)) {
    reader.Error(node, fmt::format("{} is not from {} to {}", *number, min, max));
  } else {
    return static_cast<std::size_t>(*number);
  }
  return {};
}

std::optional<double> Decimal::Read(const Node& node, Reader& reader) const {
  double value = 0;
  if (const auto* whole = std::get_if<std::int64_t>(&node.value)) {
    value = static_cast<double>(*whole);
  } else if (const auto* number = std::get_if<double>(&node.value)) {
    value = *number;
  } else {
    reader.WrongType(node, "a number");
    return {};
  }
  if (value > above && value <= max) return value;  // NaN is neither
  reader.Error(node, fmt::format("{} is not above {} and at most {}", value, above, max));
  return {};
}

std::string Decimal::Print(double value) const { return fmt::format("{}", value); }

std::optional<CheckAction> ActionOrScore::Read(const Node& node, Reader& reader) const {
  const bool is_number = std::holds_alternative<std::int64_t>(node.value) ||
                         std::holds_alternative<double>(node.value);
  if (!is_number && !std::holds_alternative<std::string>(node.value)) {
    reader.WrongType(node, "an action such as \"tag\", or a number");
    return {};
  }
  if (!is_number) {
    const auto action = actions.Read(node, reader);
    return action ? std::optional(CheckAction{*action}) : std::nullopt;
  }
  const auto score = Decimal{0, max}.Read(node, reader);
  if (!score) return {};
  constexpr double kSteps = 1000;  // scores are whole thousandths, so that sums are exact
  if (std::abs(*score * kSteps - std::round(*score * kSteps)) > 1e-6) {
    reader.Error(node, fmt::format("{} has more than three decimals", *score));
    return {};
  }
  return CheckAction{Action::kNone, *score};
}

std::string ActionOrScore::Print(const CheckAction& value) const {
  return value.score > 0 ? fmt::format("{}", value.score) : actions.Print(value.action);
}

std::optional<milliseconds> Milliseconds::Read(const Node& node, Reader& reader) const {
  const auto* text = std::get_if<std::string>(&node.value);
  const auto value = text == nullptr ? std::nullopt : ReadWithUnit(*text, kTimeUnits);
  if (text == nullptr) {
    reader.WrongType(node, "a duration such as \"8s\"");
  } else if (!value) {
    reader.Error(node, Quoted(*text) + " is not a duration: a whole number and ms, s, m, h or d");
  } else if (*value < ToCount(min) || *value > ToCount(max)) {
    reader.Error(node,
                 fmt::format("{} is not from {} to {}", Quoted(*text), Print(min), Print(max)));
  } else {
    return milliseconds(*value);
  }
  return {};
}

std::string Milliseconds::Print(milliseconds value) const {
  return PrintWithUnit(ToCount(value), kTimeUnits);
}

std::optional<std::chrono::seconds> Seconds::Read(const Node& node, Reader& reader) const {
  const auto value = Milliseconds{min, max}.Read(node, reader);
  if (!value) return {};
  const auto whole = std::chrono::floor<std::chrono::seconds>(*value);
  if (whole == *value) return whole;
  reader.Error(node, "needs whole seconds");
  return {};
}

std::string Seconds::Print(std::chrono::seconds value) const {
  return PrintWithUnit(ToCount(value), kTimeUnits);
}

std::optional<std::size_t> Mebibytes::Read(const Node& node, Reader& reader) const {
  const auto* text = std::get_if<std::string>(&node.value);
  const auto value = text == nullptr ? std::nullopt : ReadWithUnit(*text, kSizeUnits);
  if (text == nullptr) {
    reader.WrongType(node, "a size such as \"256MiB\"");
  } else if (!value) {
    reader.Error(node, Quoted(*text) + " is not a size: a whole number and MiB or GiB");
  } else if (*value < min || *value > max) {
    reader.Error(node,
                 fmt::format("{} is not from {} to {}", Quoted(*text), Print(min), Print(max)));
  } else {
    return *value;
  }
  return {};
}

std::string Mebibytes::Print(std::size_t value) const { return PrintWithUnit(value, kSizeUnits); }

std::optional<unsigned> FileMode::Read(const Node& node, Reader& reader) const {
  constexpr int kOctal = 8;
  constexpr unsigned kAllBits = 0777;
  const auto* text = std::get_if<std::string>(&node.value);
  if (text == nullptr) {
    reader.WrongType(node, "a mode such as \"0660\"");
    return {};
  }
  unsigned mode = 0;
  const char* const end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, mode, kOctal);
  if (error != std::errc() || at != end || mode > kAllBits) {
    reader.Error(node, Quoted(*text) + " is not a mode: octal digits from \"0000\" to \"0777\"");
    return {};
  }
  return mode;
}

std::string FileMode::Print(unsigned value) const { return fmt::format("\"{:04o}\"", value); }

std::optional<std::string> Text::Read(const Node& node, Reader& reader) const {
  const auto* text = std::get_if<std::string>(&node.value);
  if (text == nullptr) {
    reader.WrongType(node, fmt::format("a {} in quotes", type));
    return {};
  }
  std::string value = lower_case ? ToLower(*text) : *text;
  if (value.empty() && empty_allowed) return value;
  if (Objection objection = check(value); !objection.message.empty()) {
    reader.Error(node, Quoted(*text) + " " + objection.message, objection.hint);
    return {};
  }
  return value;
}

std::optional<DmarcOverride> DomainAction::Read(const Node& node, Reader& reader) const {
  const auto* text = std::get_if<std::string>(&node.value);
  if (text == nullptr) {
    reader.WrongType(node, "\"domain=action\" in quotes");
    return {};
  }
  const std::size_t equals = text->find('=');
  if (equals == std::string::npos) {
    reader.Error(node, Quoted(*text) + " is no domain=action", "as in \"example.com=none\"");
    return {};
  }
  DmarcOverride value;
  value.domain = ToLower(Trim(std::string_view(*text).substr(0, equals)));
  if (const Objection objection = CheckLocalDomain(value.domain); !objection.message.empty()) {
    reader.Error(node, Quoted(value.domain) + " " + objection.message, objection.hint);
    return {};
  }
  const std::string_view word = Trim(std::string_view(*text).substr(equals + 1));
  const auto action = ParseAction(word);
  if (!action || *action == Action::kDiscard) {
    const std::vector<std::string_view> words = {"none", "tag", "tempfail", "quarantine", "reject"};
    reader.Error(
        node,
        Quoted(word) + " is none of \"none\", \"tag\", \"tempfail\", \"quarantine\", \"reject\"",
        DidYouMean(word, words));
    return {};
  }
  value.action = *action;
  return value;
}

std::string DomainAction::Print(const DmarcOverride& value) const {
  return PrintText(fmt::format("{}={}", value.domain, ToWord(value.action)));
}

std::optional<IpNetwork> Network::Read(const Node& node, Reader& reader) const {
  const auto* text = std::get_if<std::string>(&node.value);
  if (text == nullptr) {
    reader.WrongType(node, "a network in quotes");
    return {};
  }
  const auto network = IpNetwork::Parse(*text);
  if (!network) {
    reader.Error(node, Quoted(*text) + " is not a network such as 192.0.2.0/24 or 2001:db8::/32");
    return {};
  }
  if (HasHostBits(*network)) {
    reader.Warn(node,
                Quoted(*text) +
                    fmt::format(" has address bits set beyond /{}; a bare address needs no prefix",
                                network->prefix()));
  }
  return network;
}

std::optional<NetworkLogin> NetworkAndLogin::Read(const Node& node, Reader& reader) const {
  const auto* text = std::get_if<std::string>(&node.value);
  if (text == nullptr) {
    reader.WrongType(node, "\"NETWORK LOGIN\" in quotes");
    return {};
  }
  const std::size_t space = text->find(' ');
  const std::string login(Trim(text->substr(std::min(space, text->size()))));
  const auto network = IpNetwork::Parse(std::string_view(*text).substr(0, space));
  if (!network) {
    reader.Error(node, Quoted(*text) + " does not begin with a network such as 192.0.2.0/24");
    return {};
  }
  if (const Objection objection = CheckLogin(login); !objection.message.empty()) {
    reader.Error(node,
                 Quoted(*text) + " needs a login after the network, such as \"192.0.2.7 fax\"");
    return {};
  }
  return NetworkLogin{*network, login};
}

std::optional<CertificateLogin> Certificate::Read(const Node& node, Reader& reader) const {
  constexpr std::string_view kForm = "[\"SUBJECT\", \"ISSUER\", \"LOGIN\"]";
  const auto* list = std::get_if<Node::List>(&node.value);
  std::vector<std::string> parts;
  if (list != nullptr) {
    for (const Node& each : *list) {
      if (const auto* text = std::get_if<std::string>(&each.value)) parts.push_back(*text);
    }
  }
  if (list == nullptr || list->size() != 3 || parts.size() != 3) {
    reader.WrongType(node, kForm);
    return {};
  }
  for (const std::string& part : {parts[0], parts[1]}) {
    if (const Objection objection = CheckCertificateName(part); !objection.message.empty()) {
      reader.Error(node, Quoted(part) + ' ' + objection.message);
      return {};
    }
  }
  if (const Objection objection = CheckLogin(parts[2]); !objection.message.empty()) {
    reader.Error(node, Quoted(parts[2]) + ' ' + objection.message);
    return {};
  }
  return CertificateLogin{parts[0], parts[1], parts[2]};
}

}  // namespace assay::config
