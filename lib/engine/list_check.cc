// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/list_check.h"

#include <algorithm>
#include <utility>

#include "lib/base/text.h"
#include "lib/mail/distinct_texts.h"
#include "lib/mail/public_suffix.h"

namespace assay::engine {
namespace {

using rules::DnsList;
using rules::ListResult;

// RFC 6890: this host, private and shared use, link-local, multicast and what is not assigned.
const std::vector<IpNetwork>& PrivateNetworks() {
  static const std::vector<IpNetwork> networks = [] {
    std::vector<IpNetwork> parsed;
    for (const char* text : {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
                             "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
                             "::/127", "fc00::/7", "fe80::/10", "ff00::/8"}) {
      parsed.push_back(*IpNetwork::Parse(text));
    }
    return parsed;
  }();
  return networks;
}

// Letters, digits, '-' and '_' in two labels or more. No top-level domain begins with a digit: what
// does is an address in one of its forms, to which some lists answer with a refusal.
bool IsHostName(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == name.size()) return false;
  if (!IsAsciiAlpha(name[dot + 1])) return false;
  return std::ranges::all_of(Split(name, '.'), [](std::string_view label) {
    return !label.empty() && std::ranges::all_of(label, [](char c) {
      return IsAsciiAlnum(c) || c == '-' || c == '_';
    });
  });
}

// Of too many the first and the last: padding on either side hides nothing.
template <class T>
std::vector<T> FirstAndLast(std::span<const T> all, std::size_t most) {
  if (all.size() <= most) return {all.begin(), all.end()};
  const std::size_t half = most / 2;
  std::vector<T> kept(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(half));
  kept.insert(kept.end(), all.end() - static_cast<std::ptrdiff_t>(most - half), all.end());
  return kept;
}

}  // namespace

bool IsAskedAbout(const IpAddress& address) {
  return std::ranges::none_of(PrivateNetworks(),
                              [&](const IpNetwork& network) { return network.Contains(address); });
}

ListCheck::ListCheck(std::span<const DnsList> lists, ListHealth& health, Skip skip,
                     std::size_t questions)
    : health_(health), skip_(std::move(skip)), questions_(questions), purse_(questions) {
  for (const DnsList& list : lists) entries_.push_back({&list, {}, {}, false});
}

void ListCheck::Begin(std::string_view profile) {
  for (Entry& entry : entries_) {
    const DnsList& list = *entry.list;
    const bool meant = std::ranges::find(list.profiles, profile) != list.profiles.end();
    if (!list.used || !meant || questions_ == 0) continue;
    entry.state = health_.InUse(list) ? ListResult::State::kComplete : ListResult::State::kOff;
  }
}

bool ListCheck::Wants(rules::Asked what) const {
  return !known_.test(static_cast<std::size_t>(what)) &&
         std::ranges::any_of(entries_, [&](const Entry& entry) {
           return entry.state == ListResult::State::kComplete && entry.list->Asks(what);
         });
}

template <class Each>
void ListCheck::ForEachThatAsks(rules::Asked what, const Each& each) {
  const auto bit = static_cast<std::size_t>(what);
  if (known_.test(bit)) return;
  known_.set(bit);
  for (Entry& entry : entries_) {
    if (entry.state == ListResult::State::kComplete && entry.list->Asks(what)) each(entry);
  }
}

void ListCheck::Know(rules::Asked what, std::span<const IpAddress> addresses, bool all) {
  ForEachThatAsks(what, [&](Entry& entry) {
    entry.cut = entry.cut || !all;
    for (const IpAddress& address : addresses) {
      if (!IsAskedAbout(address)) continue;
      Add(entry, address.ToString(), entry.list->QuestionFor(address));
    }
  });
}

void ListCheck::Know(rules::Asked what, std::span<const std::string> names, bool all) {
  ForEachThatAsks(what, [&](Entry& entry) {
    std::vector<std::string> wanted;
    mail::DistinctTexts distinct(wanted);  // of thousands of links
    for (const std::string& name : names) {
      if (!IsHostName(name)) continue;
      std::string asked =
          entry.list->whole_names ? name : std::string(mail::RegistrableDomain(name));
      if (!asked.empty() && !skip_(asked)) distinct.Add(asked);
    }
    const bool too_many = wanted.size() > kMaxListNames;
    limited_ = limited_ || too_many;
    entry.cut = entry.cut || too_many || !all;
    for (std::string& asked : FirstAndLast<std::string>(wanted, kMaxListNames)) {
      const std::string question = entry.list->QuestionFor(asked);
      Add(entry, std::move(asked), question);
    }
  });
}

void ListCheck::Add(Entry& entry, std::string asked, const std::string& name) {
  dns::Question question(name, dns::RrType::kA);
  const bool known =
      std::ranges::any_of(entry.items, [&](const Item& item) { return item.question == question; });
  if (known) return;
  if (!questions_asked_.contains(question) && questions_asked_.size() >= questions_) {
    entry.cut = limited_ = true;
    return;
  }
  questions_asked_.insert(question);
  entry.items.push_back({std::move(asked), std::move(question), false});
  ++open_;
}

std::vector<dns::Question> ListCheck::Questions() const {
  std::vector<dns::Question> open;
  for (const Entry& entry : entries_) {
    for (const Item& item : entry.items) {
      if (!item.answered) open.push_back(item.question);
    }
  }
  return open;
}

void ListCheck::Advance(Asker& asker) {
  // What an early stage could not wait for may still come before the end of the message.
  if (open_ == 0 || (asker.gave_up() && !ended_)) return;
  asker.Ask(purse_, Questions());
  for (Entry& entry : entries_) {
    for (Item& item : entry.items) {
      const dns::Answer* answer = item.answered ? nullptr : asker.answers().Find(item.question);
      if (answer == nullptr) continue;
      item.answered = true;
      --open_;
      // A time-out of our own making says nothing about the list.
      if (!asker.gave_up()) Note(*entry.list, *answer);
    }
  }
}

void ListCheck::Note(const DnsList& list, const dns::Answer& answer) {
  const Deadline now = SteadyClock::now();
  if (dns::IsTemporary(answer.status)) return health_.Failed(list, now);
  const rules::ListReading reading = list.Read(answer.addresses);
  if (reading.good()) return health_.Worked(list);
  // The test will tell whether it was about this question alone.
  health_.SwitchOff(list, TroubleOf(reading), list.test ? kTestPause : kListPause, now);
}

std::vector<ListResult> ListCheck::Results(const dns::Answers& answers) const {
  std::vector<ListResult> results;
  for (const Entry& entry : entries_) {
    ListResult result;
    result.state = entry.state;
    bool complete =
        !entry.cut && (std::bitset<rules::kAskedCount>(entry.list->asks) & ~known_).none();
    for (const Item& item : entry.items) {
      const dns::Answer* answer = answers.Find(item.question);
      if (answer == nullptr || dns::IsTemporary(answer->status)) {
        complete = false;
        continue;
      }
      const rules::ListReading reading = entry.list->Read(answer->addresses);
      complete = complete && reading.good();
      for (const std::uint32_t code : reading.codes) result.findings.push_back({item.asked, code});
    }
    if (result.state == ListResult::State::kComplete && !complete) {
      result.state = ListResult::State::kIncomplete;
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace assay::engine
