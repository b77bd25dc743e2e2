// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dmarc_walk.h"

#include <algorithm>
#include <optional>

namespace assay::auth {

namespace {

std::size_t LabelCount(std::string_view domain) {
  return static_cast<std::size_t>(std::ranges::count(domain, '.')) + 1;
}

// The last `labels` labels of a domain that has at least as many.
std::string_view LastLabels(std::string_view domain, std::size_t labels) {
  for (std::size_t surplus = LabelCount(domain) - labels; surplus > 0; --surplus) {
    domain.remove_prefix(domain.find('.') + 1);
  }
  return domain;
}

// Step 2 and 6 of 4.10: several records at one name are as good as none.
std::optional<DmarcRecord> OnlyRecord(const dns::Answer& answer) {
  std::optional<DmarcRecord> only;
  for (const std::string& text : answer.texts) {
    const auto record = ParseDmarcRecord(text);
    if (!record) continue;
    if (only) return {};
    only = record;
  }
  return only;
}

// RFC 9989, 4.10.2.
std::string SelectOrganizationalDomain(std::string_view start,
                                       const std::vector<TreeWalk::Found>& records) {
  for (const auto& [domain, record] : records) {
    if (record.psd == DmarcPsd::kNo) return domain;
    if (record.psd == DmarcPsd::kYes && domain != start) {
      return std::string(LastLabels(start, LabelCount(domain) + 1));
    }
  }
  return records.empty() ? std::string(start) : records.back().domain;
}

// What a failed lookup leaves open. At a top-level domain there can only be a psd=y record (RFC
// 9989, 5.2) or none, and mostly both give the same; a record anywhere else could be the
// Organizational Domain's.
void Weigh(std::string_view start, TreeWalk& walk) {
  walk.organizational_domain = SelectOrganizationalDomain(start, walk.records);
  walk.widest = walk.organizational_domain;
  for (const std::string& name : walk.failed) {
    std::string possible = name;
    if (LabelCount(name) == 1 && name != start) {
      auto records = walk.records;
      records.push_back({name, {}});
      records.back().record.psd = DmarcPsd::kYes;
      possible = SelectOrganizationalDomain(start, records);
    }
    // Without any record the one at the top would also be the policy.
    if (possible != walk.organizational_domain || walk.records.empty()) walk.certain = false;
    if (possible.size() < walk.widest.size()) walk.widest = possible;
  }
}

}  // namespace

std::vector<std::string> WalkNames(std::string_view domain) {
  if (domain.empty() || domain.front() == '[') return {};
  std::vector<std::string> names{std::string(domain)};
  for (std::size_t labels = std::min(LabelCount(domain), kMaxWalkQueries) - 1; labels > 0;
       --labels) {
    names.emplace_back(LastLabels(domain, labels));
  }
  return names;
}

dns::Question DmarcQuestion(std::string_view domain) {
  return {"_dmarc." + std::string(domain), dns::RrType::kTxt};
}

const TreeWalk::Found* TreeWalk::Find(std::string_view domain) const {
  const auto found = std::ranges::find(records, domain, &Found::domain);
  return found == records.end() ? nullptr : &*found;
}

TreeWalk WalkTree(std::string_view domain, const dns::Answers& answers) {
  TreeWalk walk;
  for (std::string& name : WalkNames(domain)) {
    const dns::Answer* const answer = answers.Find(DmarcQuestion(name));
    if (answer == nullptr) {
      walk.missing.push_back(DmarcQuestion(name));
      continue;
    }
    if (dns::IsTemporary(answer->status)) {
      walk.failed.push_back(std::move(name));
      continue;
    }
    const auto record = OnlyRecord(*answer);
    if (!record) continue;
    walk.records.push_back({std::move(name), *record});
    if (record->psd != DmarcPsd::kUnknown) break;
  }
  if (walk.missing.empty()) Weigh(domain, walk);
  return walk;
}

}  // namespace assay::auth
