// SPDX-License-Identifier: Apache-2.0
#include "cli/corpus.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "cli/input.h"
#include "cli/message_file.h"
#include "lib/engine/transaction.h"
#include "lib/mail/address.h"
#include "lib/tuning/client_view.h"

namespace assay::cli {
namespace {

using facts::Id;
using tuning::ManifestEntry;
using tuning::Observations;

// What is no path of RFC 5321 is a local part, as in a transaction.
mail::Address AddressOf(const std::string& mail_from) {
  return mail::ParsePath(mail_from.empty() ? "<>" : mail_from)
      .value_or(mail::Address{mail_from, {}});
}

facts::FactSet SessionFacts(const ManifestEntry& entry) {
  facts::FactSet facts;
  facts.Set(Id::kProfile, std::string("inbound"));
  if (entry.client_ip) {
    facts.Set(Id::kClientIp, *entry.client_ip);
    facts.Set(Id::kClientSource, std::string("connection"));
  }
  if (entry.helo) facts.Set(Id::kHelo, *entry.helo);
  if (entry.mail_from) engine::DeriveMailFromFacts(AddressOf(*entry.mail_from), facts);
  return facts;
}

class Observer {
 public:
  Observer(const std::vector<ManifestEntry>& entries, std::string folder,
           const rules::RuleSet& rules)
      : entries_(entries), folder_(std::move(folder)), rules_(rules) {
    AddRules();
    AddSets();
    result_.samples.resize(entries.size());
  }

  Result<Observations> Run(unsigned jobs) {
    if (jobs == 0) jobs = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::optional<Error>> errors(jobs);
    {
      std::vector<std::jthread> threads;
      for (unsigned job = 0; job < jobs; ++job) {
        threads.emplace_back([this, &error = errors[job]] { error = Work(); });
      }
    }
    for (std::optional<Error>& error : errors) {
      if (error) return tl::unexpected(*std::move(error));
    }
    return std::move(result_);
  }

 private:
  void AddRules() {
    std::map<std::string, std::size_t, std::less<>> groups;
    for (const rules::GroupInfo& group : rules_.groups()) {
      groups.emplace(group.name, result_.group_caps.size());
      result_.group_caps.push_back(group.cap);
    }
    for (const rules::RuleInfo* info : rules_.rules()) {
      tuning::RuleColumn column;
      column.name = info->name;
      column.score = info->score;
      if (const auto& range = info->auto_score)
        column.bounds = tuning::Bounds{range->low, range->high};
      if (!info->group.empty()) column.group = groups.at(info->group);
      column.precaution = info->precaution;
      for (const Id fact : info->facts) column.facts.push_back(static_cast<std::size_t>(fact));
      indices_.emplace(info, static_cast<std::uint32_t>(result_.rules.size()));
      result_.rules.push_back(std::move(column));
    }
  }

  // In the order of label and name.
  void AddSets() {
    for (const ManifestEntry& entry : entries_) sets_.try_emplace({entry.label, entry.set}, 0);
    for (auto& [key, index] : sets_) {
      index = result_.sets.size();
      const auto& [label, name] = key;
      ManifestEntry entry;
      entry.label = label;
      result_.sets.push_back({name, label, entry.side()});
    }
  }

  // What the threads do: takes entries until there are none, or one cannot be read.
  std::optional<Error> Work() {
    for (;;) {
      const std::size_t at = next_.fetch_add(1, std::memory_order_relaxed);
      if (at >= entries_.size()) return {};
      auto sample = ObserveOne(entries_[at]);
      if (!sample) {
        next_ = entries_.size();
        return sample.error();
      }
      result_.samples[at] = *std::move(sample);
    }
  }

  Result<tuning::Sample> ObserveOne(const ManifestEntry& entry) const {
    const auto stored = ReadInput(folder_ + "/" + entry.file, kMaxMessageBytes);
    if (!stored) return tl::unexpected(stored.error());
    const std::string text = tuning::ClientView(*stored, entry.receiver_bytes);
    const mail::Message message = MakeMessage(SplitMessage(text));
    mail::Views views(message);
    facts::FactSet facts = SessionFacts(entry);
    tuning::Sample sample;
    for (const facts::Info& fact : facts::Table()) sample.known.push_back(facts.Known(fact.id));
    engine::DeriveMessageFacts(message, facts);
    facts.Set(Id::kLimitMemory, false);
    const rules::Hits hits = rules_.Evaluate({facts, views});
    sample.set = sets_.at({entry.label, entry.set});
    sample.campaign = entry.campaign;
    sample.file = entry.file;
    sample.allowed = !hits.allowed_by.empty();
    AddHits(hits, sample);
    return sample;
  }

  void AddHits(const rules::Hits& hits, tuning::Sample& sample) const {
    for (const rules::Hit& hit : hits.hits) {
      const double score = hit.rule->score;
      // Nothing tells how often a rule counts while it is worth nothing.
      sample.cells.push_back({indices_.at(hit.rule), score == 0 ? 1 : hit.score / score});
      if (hit.rule->action != Action::kDiscard)
        sample.action = std::max(sample.action, hit.rule->action);
    }
    for (const rules::Hit& hit : hits.shadow) sample.cells.push_back({indices_.at(hit.rule), 0});
    std::ranges::sort(sample.cells, {}, &tuning::Cell::rule);
  }

  const std::vector<ManifestEntry>& entries_;
  const std::string folder_;
  const rules::RuleSet& rules_;
  std::map<const rules::RuleInfo*, std::uint32_t> indices_;
  std::map<std::pair<std::string, std::string>, std::size_t> sets_;  // label, set
  std::atomic<std::size_t> next_ = 0;
  Observations result_;
};

}  // namespace

Result<Observations> Observe(const std::vector<ManifestEntry>& entries, const std::string& folder,
                             const rules::RuleSet& rules, unsigned jobs) {
  return Observer(entries, folder, rules).Run(jobs);
}

}  // namespace assay::cli
