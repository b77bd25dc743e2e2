// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/zone.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include "lib/base/text.h"
#include "lib/dns/wire.h"

namespace assay::dns {
namespace {

std::string Canonical(std::string_view name) { return Question(name, RrType::kTxt).name; }

Answer Empty(Status status) {
  Answer answer;
  answer.status = status;
  if (!IsTemporary(status)) answer.ttl = kZoneTtl;
  return answer;
}

// \DDD, in decimal (RFC 1035, 5.1).
void AppendEscape(std::string& text, char c) {
  const unsigned value = static_cast<unsigned char>(c);
  text += '\\';
  text += static_cast<char>('0' + value / 100);
  text += static_cast<char>('0' + value / 10 % 10);
  text += static_cast<char>('0' + value % 10);
}

// A name or text so that the parser gives the same bytes back. The root is ".".
std::string Escaped(std::string_view bytes, std::string_view special) {
  std::string text;
  for (const char c : bytes) {
    if (c <= ' ' || c == '\x7f') {
      AppendEscape(text, c);
      continue;
    }
    if (special.find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

std::string NameText(std::string_view name) {
  return name.empty() ? std::string(".") : Escaped(name, "\\\";$");
}

std::string TextText(std::string_view bytes) {
  // One string holds 255 bytes on the wire, but a zone text may be more generous.
  std::string text = "\"";
  for (const char c : bytes) {
    if (c == ' ') {
      text += c;
    } else {
      text += Escaped(std::string_view(&c, 1), "\\\"");
    }
  }
  return text + '"';
}

void AppendRecords(std::string& text, std::string_view name, RrType type, const Answer& answer) {
  const auto line = [&](const std::string& data) {
    text += NameText(name) + ' ' + std::to_string(answer.ttl.count()) + ' ';
    text += std::string(ToWord(type)) + ' ' + data + '\n';
  };
  for (const IpAddress& address : answer.addresses) line(address.ToString());
  for (const std::string& string : answer.texts) line(TextText(string));
  for (const MailExchange& exchange : answer.mail_exchanges) {
    line(std::to_string(exchange.preference) + ' ' + NameText(exchange.host));
  }
  for (const std::string& host : answer.hosts) line(NameText(host));
}

}  // namespace

Zone::Node& Zone::At(std::string_view name) {
  const auto [node, added] = nodes_.try_emplace(Canonical(name));
  if (!added) return node->second;
  std::string_view rest = node->first;
  while (!rest.empty()) {
    const std::size_t dot = rest.find('.');
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    if (!ancestors_.emplace(rest).second) break;  // then the names above are there too
  }
  return node->second;
}

Answer& Zone::Records(std::string_view name, RrType type, std::chrono::seconds ttl) {
  Node& node = At(name);
  node.alias.reset();
  const auto [answer, added] = node.answers.try_emplace(type);
  if (added || answer->second.status != Status::kSuccess) {
    answer->second = Answer();
    answer->second.status = Status::kSuccess;
    answer->second.ttl = ttl;
  }
  answer->second.ttl = std::min(answer->second.ttl, ttl);
  return answer->second;
}

void Zone::AddAddress(std::string_view name, const IpAddress& address, std::chrono::seconds ttl) {
  const RrType type = address.is_v4() ? RrType::kA : RrType::kAaaa;
  Records(name, type, ttl).addresses.push_back(address);
}

void Zone::AddText(std::string_view name, std::string_view text, std::chrono::seconds ttl) {
  Records(name, RrType::kTxt, ttl).texts.emplace_back(text);
}

void Zone::AddMailExchange(std::string_view name, const MailExchange& exchange,
                           std::chrono::seconds ttl) {
  Records(name, RrType::kMx, ttl)
      .mail_exchanges.push_back({exchange.preference, Canonical(exchange.host)});
}

void Zone::AddHost(std::string_view name, std::string_view host, std::chrono::seconds ttl) {
  Records(name, RrType::kPtr, ttl).hosts.push_back(Canonical(host));
}

void Zone::AddAlias(std::string_view name, std::string_view target, std::chrono::seconds ttl) {
  Node& node = At(name);
  node.answers.clear();
  node.failure.reset();
  node.alias = Alias{Canonical(target), ttl};
}

void Zone::Fail(std::string_view name, std::optional<RrType> type, Status status) {
  Node& node = At(name);
  node.alias.reset();
  if (type) {
    node.answers.insert_or_assign(*type, Empty(status));
  } else {
    node.failure = status;
  }
}

Answer Zone::Lookup(const Question& question) const {
  if (!IsEncodable(question.name)) return Empty(Status::kNxDomain);
  std::string_view name = question.name;
  std::chrono::seconds ttl = kMaxTtl;
  for (int hops = 0; hops <= kMaxCnameHops; ++hops) {
    const auto at = nodes_.find(std::string(name));
    const bool listed = at != nodes_.end();
    if (listed && at->second.alias) {
      ttl = std::min(ttl, at->second.alias->ttl);
      name = at->second.alias->target;
      continue;
    }
    Answer answer = Empty(Status::kNxDomain);
    if (listed && at->second.answers.contains(question.type)) {
      answer = at->second.answers.at(question.type);
    } else if (listed && at->second.failure) {
      answer = Empty(*at->second.failure);
    } else if (listed || ancestors_.contains(std::string(name))) {
      answer = Empty(Status::kNoData);
    }
    answer.ttl = std::min(answer.ttl, ttl);
    return answer;
  }
  return Empty(Status::kServFail);
}

bool Zone::Mentions(const Question& question) const {
  return nodes_.contains(question.name) || ancestors_.contains(question.name);
}

std::string Zone::ToText() const {
  std::string text;
  if (delay_.count() > 0) text += "$DELAY " + std::to_string(delay_.count()) + '\n';
  for (const auto& [name, node] : nodes_) {
    if (node.alias) {
      text += NameText(name) + ' ' + std::to_string(node.alias->ttl.count());
      text += " CNAME " + NameText(node.alias->target) + '\n';
    }
    if (node.failure) text += NameText(name) + ' ' + std::string(ToWord(*node.failure)) + '\n';
    for (const auto& [type, answer] : node.answers) {
      AppendRecords(text, name, type, answer);
      if (answer.status == Status::kSuccess) continue;
      text += NameText(name) + ' ' + std::string(ToWord(type)) + ' ';
      text += std::string(ToWord(answer.status)) + '\n';
    }
  }
  return text;
}

Result<Zone> LoadZone(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Permanent(path + ": cannot be read");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return Permanent(path + ": cannot be read");
  return Zone::Parse(text, path);
}

}  // namespace assay::dns
