// SPDX-License-Identifier: Apache-2.0
#include "lib/policy/verdict.h"

#include <cmath>
#include <utility>

namespace assay::policy {
namespace {

// One thing that somebody asks for, whoever it is.
struct Wish {
  Action action = Action::kNone;
  std::string by;
  std::string reason;
  Reply reply;
};

// DESIGN: reject > quarantine > tempfail > tag; discard is done only where nothing asks for more
// than a tag.
int Rank(Action action) {
  switch (action) {
    case Action::kNone:
      return 0;
    case Action::kTag:
      return 1;
    case Action::kDiscard:
      return 2;
    case Action::kTempFail:
      return 3;
    case Action::kQuarantine:
      return 4;
    case Action::kReject:
      return 5;
  }
  return 0;
}

Reply DefaultReply(Action action, const std::string& text) {
  if (action == Action::kReject) {
    return {550, "5.7.1", text.empty() ? "Message refused by local policy" : text};
  }
  if (action == Action::kTempFail) {
    return {451, "4.7.1", text.empty() ? "Message deferred by local policy" : text};
  }
  return {};
}

// Of equals the first stays, so that findings stand before rules and rules before scores.
void Raise(Wish& highest, Wish wish) {
  if (Rank(wish.action) > Rank(highest.action)) highest = std::move(wish);
}

Wish FromFinding(const Finding& finding) {
  return {finding.action, finding.check, finding.text,
          finding.reply.code != 0 ? finding.reply : DefaultReply(finding.action, finding.text)};
}

Wish FromRule(const rules::Hit& hit, bool allow_discard) {
  Action action = hit.rule->action;
  if (action == Action::kDiscard && !allow_discard) action = Action::kQuarantine;
  const std::string& text = hit.rule->action_text;
  return {action, hit.rule->name, text.empty() ? hit.rule->about : text,
          DefaultReply(action, text)};
}

Action ByScore(double score, const Thresholds& thresholds) {
  if (score >= thresholds.reject) return Action::kReject;
  if (score >= thresholds.quarantine) return Action::kQuarantine;
  return score >= thresholds.tag ? Action::kTag : Action::kNone;
}

Wish FromScore(double score, const Thresholds& thresholds) {
  const Action action = ByScore(score, thresholds);
  return {action, "score", "score reached the threshold",
          DefaultReply(action, "Message looks like spam")};
}

bool Holds(const Finding& finding, const Policy& policy, bool enforced) {
  if (!enforced) return true;
  if (policy.own_mode && policy.mode == Mode::kMonitor) return false;
  return finding.mode.value_or(policy.mode) == Mode::kEnforce;
}

class Decision {
 public:
  Decision(const Site& site, std::span<const Finding> findings, const rules::Hits& hits)
      : site_(site), findings_(findings), hits_(hits) {}

  // What a policy asks for; with `enforced`, only what is enforced under it.
  [[nodiscard]] Wish For(const Policy& policy, bool enforced) const {
    Wish highest;
    for (const Finding& finding : findings_) {
      if (Holds(finding, policy, enforced)) Raise(highest, FromFinding(finding));
    }
    if (enforced && policy.mode == Mode::kMonitor) return highest;
    if (!hits_.allowed_by.empty()) return highest;
    for (const rules::Hit& hit : hits_.hits) Raise(highest, FromRule(hit, site_.allow_discard));
    Raise(highest, FromScore(Score(policy, enforced), policy.thresholds));
    return highest;
  }

  // What holds for every recipient, whatever its policy says.
  [[nodiscard]] Wish Floor(bool enforced) const {
    Wish highest;
    for (const Finding& finding : findings_) {
      if (finding.site_level && Holds(finding, site_.site, enforced)) {
        Raise(highest, FromFinding(finding));
      }
    }
    if (enforced && site_.site.mode == Mode::kMonitor) return highest;
    const Thresholds reject_only{kNever, kNever, site_.site.thresholds.reject};
    if (hits_.allowed_by.empty()) {
      Raise(highest, FromScore(Score(site_.site, enforced), reject_only));
    }
    return highest;
  }

  // What rules and checks add up to under this policy.
  [[nodiscard]] double Score(const Policy& policy, bool enforced) const {
    double sum = hits_.score;
    for (const Finding& finding : findings_) {
      if (Holds(finding, policy, enforced)) sum += finding.score;
    }
    constexpr double kSteps = 1000;  // all parts are whole thousandths, and so is their sum
    return std::round(sum * kSteps) / kSteps;
  }

  [[nodiscard]] Wish Mildest(std::span<const Policy* const> recipients, bool enforced,
                             bool* conflict) const {
    std::optional<Wish> mildest;
    for (const Policy* policy : recipients) {
      Wish wish = For(*policy, enforced);
      if (enforced && policy->mode == Mode::kMonitor && wish.action == Action::kNone) continue;
      if (mildest && Rank(wish.action) != Rank(mildest->action)) *conflict = true;
      if (!mildest || Rank(wish.action) < Rank(mildest->action)) mildest = std::move(wish);
    }
    Wish result = Floor(enforced);
    if (mildest) {
      // The floor keeps its own name and text only where it asks for more.
      if (Rank(mildest->action) >= Rank(result.action)) result = std::move(*mildest);
    }
    return result;
  }

 private:
  const Site& site_;
  std::span<const Finding> findings_;
  const rules::Hits& hits_;
};

}  // namespace

Verdict Decide(const Site& site, std::span<const Policy* const> recipients,
               std::span<const Finding> findings, const rules::Hits& hits) {
  const Policy* const fallback[] = {&site.site};
  if (recipients.empty()) recipients = fallback;
  const Decision decision(site, findings, hits);
  Verdict verdict;
  bool would_conflict = false;
  Wish done = decision.Mildest(recipients, true, &verdict.conflict);
  Wish would = decision.Mildest(recipients, false, &would_conflict);
  verdict.action = done.action;
  verdict.reply = std::move(done.reply);
  verdict.would = would.action;
  verdict.would_reply = std::move(would.reply);
  // The log names what decided; while nothing is enforced, what would have.
  const bool acted = done.action != Action::kNone;
  verdict.decided_by = std::move(acted ? done.by : would.by);
  verdict.reason = std::move(acted ? done.reason : would.reason);
  verdict.score = decision.Score(site.site, false);
  verdict.thresholds =
      recipients.size() == 1 ? recipients.front()->thresholds : site.site.thresholds;
  return verdict;
}

}  // namespace assay::policy
