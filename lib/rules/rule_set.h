// SPDX-License-Identifier: Apache-2.0
// Rule files become a RuleSet, a RuleSet and what is known about a message become Hits. The
// language is described in assay-rules(5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/action.h"
#include "lib/base/result.h"
#include "lib/facts/fact.h"
#include "lib/mail/views.h"
#include "lib/rules/diagnostic.h"
#include "lib/rules/dns_list.h"

namespace assay::rules {

class EntrySet;

// One rule file, already read.
struct SourceFile {
  std::string name;  // as printed in diagnostics
  std::string text;
  bool shipped = false;  // ours: a failing test in it warns instead of refusing the load; `adjust`
                         // may name its rules
};

struct CompileOptions {
  // Lists that the configuration defines: "local_domains" and so on, referred to as @local_domains.
  std::map<std::string, std::vector<std::string>, std::less<>> lists;
  // Reads a file that `list NAME from "path"` or `include "path"` names; `path` is as written,
  // `source` the name of the rule file that says so.
  std::function<Result<std::string>(std::string_view path, std::string_view source)> read_file;
  std::size_t pattern_memory =
      512UL * 1024 * 1024;  // bytes for the automata of all patterns together
};

// `score auto low..high = value`: what a tool may choose the score from, and where it writes it.
struct AutoScore {
  double low = 0;  // both on one side of 0
  double high = 0;
  bool tuned = false;  // a value stands beside the range: RuleInfo::score; it is 0 otherwise
  std::string file;    // where the range stands: in the rule, or in the `adjust` that replaced it
  int line = 0;        // of the place behind the range, from 1
  int column = 0;
  // The bytes of the file that " = VALUE" takes the place of; none when it is not tuned.
  std::size_t offset = 0;
  std::size_t length = 0;
};

// What the rules of a group add at most.
struct GroupInfo {
  std::string name;
  double cap = 0;
};

// What the engine and the tools need to know about a rule. Valid as long as its RuleSet.
struct RuleInfo {
  std::string name;
  std::string about;
  std::string group;  // empty when it belongs to none
  double score = 0;   // as adjusted; of `each`, for each
  std::optional<AutoScore> auto_score;
  std::optional<double> each_cap;  // `score … each … cap`
  Action action = Action::kNone;
  std::string action_text;  // for the reply or the quarantine reason
  std::string file;
  int line = 0;
  bool shipped = false;
  bool shadow = false;      // `mode shadow`: shown, but neither scores nor acts
  bool precaution = false;  // no measured mail asks for it
  bool live = true;         // false: disabled
  // What a site has changed about it, each with its place: "local.rules:3: score 0.5 instead of 2".
  std::vector<std::string> changes;
  // Read by its condition and by those of the rules that it names, in the order of the table.
  std::vector<facts::Id> facts;
};

// A piece of text that made a rule fire.
struct Match {
  std::string source;  // the fact as written in the rule: "subject", "header[\"X-A\"]"
  std::string text;    // at most kMaxMatchText bytes, not escaped
  facts::Id fact = facts::Id::kCount;  // kCount: no fact, but what a DNS list says
};
inline constexpr std::size_t kMaxMatchText = 80;
inline constexpr std::size_t kMaxMatches = 5;  // kept per rule

// Kleene's three values, in the order in which `and` takes the least and `or` the greatest.
enum class Truth : std::int8_t { kFalse, kUnknown, kTrue };

[[nodiscard]] constexpr std::string_view ToWord(Truth truth) {
  return truth == Truth::kTrue ? "yes" : truth == Truth::kFalse ? "no" : "unknown";
}

// What a condition asked about, and what that was.
struct AskedFact {
  std::string source;  // as written in the rule
  std::string value;   // for a person, not escaped, cut; texts of the body are left out
  facts::Id fact = facts::Id::kCount;  // as in Match
};

// A condition without `and` and `or` that decided.
struct Reason {
  int depth = 0;  // how many rules named in conditions lie between: `rule OTHER` and its conditions
  Truth result = Truth::kUnknown;
  std::string condition;  // as written, white space folded, cut
  std::vector<AskedFact> asked;
};
inline constexpr std::size_t kMaxReasons = 50;  // kept per rule

struct Hit {
  const RuleInfo* rule = nullptr;
  double score = 0;  // what this rule adds
  std::vector<Match> matches;
  std::vector<Reason> reasons;  // when the input asks for them; see RuleSet::Explain()
};

// What a group's cap took off the sum of its members (negative).
struct GroupCut {
  std::string group;
  double score = 0;
};

struct Hits {
  std::vector<Hit> hits;    // in the order of the files
  std::vector<Hit> shadow;  // rules in shadow that hold: what each would add, no part of `score`
  std::vector<GroupCut> group_cuts;
  double score = 0;  // exactly the sum of `hits` and `group_cuts`, which are whole thousandths
  std::string allowed_by;  // "file:line" of the `allow` that holds; empty when none does
  bool limited = false;    // some rule could not be evaluated within its limits (limit.rules)
};

struct Input {
  const facts::FactSet& facts;
  mail::Views& views;
  // What the DNS lists say, by their place in RuleSet::dns_lists(); what is not there is unknown.
  std::span<const ListResult> dns_lists = {};
  bool explain = false;  // hits say which conditions decided; the hits are the same
};

// Why a rule came out as it did.
struct Explanation {
  const RuleInfo* rule = nullptr;
  Truth result = Truth::kUnknown;
  // As few as settle the result: of an `and` that holds all parts, of one that does not the first
  // that is false; of an `or` the other way round.
  std::vector<Reason> reasons;
};

// Immutable once compiled; safe to share between threads.
class RuleSet {
 public:
  struct Compiled {
    std::shared_ptr<const RuleSet> rules;  // null when there was an error
    std::vector<Diagnostic> diagnostics;   // in the order of the files
  };

  // Reads the files in the given order as one set: parses, checks types and names, compiles and
  // proves every pattern.
  [[nodiscard]] static Compiled Compile(std::span<const SourceFile> files,
                                        const CompileOptions& options);
  ~RuleSet();
  RuleSet(const RuleSet&) = delete;
  RuleSet& operator=(const RuleSet&) = delete;

  // Pure: the same input gives the same hits. What is unknown never fires a rule.
  [[nodiscard]] Hits Evaluate(const Input& input) const;
  // Why the live rule of that name fires or not; nothing when there is none.
  [[nodiscard]] std::optional<Explanation> Explain(const Input& input, std::string_view rule) const;
  // All live rules, in the order of the files.
  [[nodiscard]] std::vector<const RuleInfo*> rules() const;
  // All groups, in the order of the files.
  [[nodiscard]] std::vector<GroupInfo> groups() const;
  // The disabled ones, too.
  [[nodiscard]] std::vector<const RuleInfo*> all_rules() const;
  // The rule as it stands in its file, from `rule` to the closing brace.
  [[nodiscard]] std::string_view Text(const RuleInfo& rule) const;
  // Whether any live rule reads the body's views; if not, nobody needs to hold the body.
  [[nodiscard]] bool reads_body() const;
  // All of them; whoever asks asks those that are `used`.
  [[nodiscard]] std::span<const DnsList> dns_lists() const;
  // Whether the list uribl_skip has the domain or one above it: no uribl is asked about it.
  [[nodiscard]] bool SkipsName(std::string_view domain) const;

  // A list that stands in a file of its own.
  struct ListFile {
    std::string name;
    std::string path;  // as it was read: relative ones beside the rule file
    std::shared_ptr<const EntrySet> entries;
  };
  [[nodiscard]] std::vector<ListFile> list_files() const;
  // The same rules with other contents of these lists, which are told by their names. What is
  // compiled is shared between the two.
  [[nodiscard]] std::shared_ptr<const RuleSet> WithLists(std::span<const ListFile> lists) const;

 private:
  friend class TestRunner;
  friend class Coverage;
  friend class CostMeter;
  struct Impl;
  explicit RuleSet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Runs the `hit` and `miss` examples that stand beside the rules.
class TestRunner {
 public:
  // Fills the facts that follow from the message alone (header_from.* and so on); the engine's own
  // function.
  using DeriveFacts = std::function<void(const mail::Message&, facts::FactSet&)>;

  struct Report {
    std::size_t run = 0;
    std::vector<Diagnostic> failures;  // errors for site files, warnings for shipped ones
  };
  [[nodiscard]] static Report Run(const RuleSet& rules, const DeriveFacts& derive);
};

}  // namespace assay::rules
