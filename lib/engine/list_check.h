// SPDX-License-Identifier: Apache-2.0
// What the DNS lists of the rules say about one message: questions as soon as addresses and names
// are known, results from the answers.
#pragma once

#include <bitset>
#include <cstddef>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/ip_address.h"
#include "lib/dns/answer.h"
#include "lib/engine/asker.h"
#include "lib/engine/list_health.h"
#include "lib/rules/dns_list.h"

namespace assay::engine {

// Addresses and names of one kind that lists are asked about: an honest message has few, and a
// sender who pads must not make us ask for hours. Of more, the first and the last ones count.
inline constexpr std::size_t kMaxListNames = 20;
inline constexpr std::size_t kMaxReceivedHops = 3;  // Received fields below the client's

// A list is never asked about addresses that mean another host to everybody: private ones and kin.
[[nodiscard]] bool IsAskedAbout(const IpAddress& address);

// A value of one transaction, not thread-safe. Lists that no rule reads are never asked.
class ListCheck {
 public:
  // True for a domain that no `uribl` is asked about.
  using Skip = std::function<bool(std::string_view domain)>;

  // `lists` and `health` must outlive this object. At most `questions` are asked.
  ListCheck(std::span<const rules::DnsList> lists, ListHealth& health, Skip skip,
            std::size_t questions);

  // Which lists are asked; before this, none is.
  void Begin(std::string_view profile);
  // Whether a list that is asked wants this.
  [[nodiscard]] bool Wants(rules::Asked what) const;
  // All of one kind. The first call for a kind counts. `all` false: there is more, or nobody knows
  // what: lists that ask for it cannot say that nothing is listed.
  void Know(rules::Asked what, std::span<const IpAddress> addresses, bool all = true);
  // Lower-case A-labels, anything else is left out.
  void Know(rules::Asked what, std::span<const std::string> names, bool all = true);
  // Nothing more will be known; what is not answered by the time that the asker gives up is a
  // time-out.
  void EndOfMessage() { ended_ = true; }

  // Asks what can be asked and takes note of what was answered.
  void Advance(Asker& asker);
  [[nodiscard]] bool Done() const { return open_ == 0; }
  // What is open.
  [[nodiscard]] std::vector<dns::Question> Questions() const;
  // By the place of the lists.
  [[nodiscard]] std::vector<rules::ListResult> Results(const dns::Answers& answers) const;
  // Something was not asked because there was too much of it.
  [[nodiscard]] bool limited() const { return limited_; }

 private:
  struct Item {
    std::string asked;
    dns::Question question;
    bool answered = false;
  };
  struct Entry {
    const rules::DnsList* list = nullptr;
    rules::ListResult::State state = rules::ListResult::State::kNotAsked;
    std::vector<Item> items;
    bool cut = false;  // not everything was asked
  };

  void Add(Entry& entry, std::string asked, const std::string& question);
  void AddName(Entry& entry, const std::string& name);
  void Note(const rules::DnsList& list, const dns::Answer& answer);
  template <class Each>
  void ForEachThatAsks(rules::Asked what, const Each& each);

  std::vector<Entry> entries_;
  ListHealth& health_;
  Skip skip_;
  std::size_t questions_;
  std::set<dns::Question> questions_asked_;
  std::bitset<rules::kAskedCount> known_;
  Purse purse_;
  std::size_t open_ = 0;  // items without an answer
  bool ended_ = false;
  bool limited_ = false;
};

}  // namespace assay::engine
