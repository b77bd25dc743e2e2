// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/rule_set.h"

#include <algorithm>
#include <utility>

#include "lib/rules/compiler.h"
#include "lib/rules/evaluator.h"
#include "lib/rules/limits.h"
#include "lib/rules/matches_asked.h"
#include "lib/rules/shared_answers.h"
#include "lib/rules/shortcuts.h"

namespace assay::rules {
namespace {

// What is declared anywhere is known everywhere: the order of the files does not matter for names.
void Declare(Builder& builder, std::span<const FileSyntax> files, const CompileOptions& options) {
  DeclareConfiguredLists(builder, options);
  for (const FileSyntax& file : files) {
    DeclareLists(builder, file, options);
    DeclareDnsLists(builder, file);
    DeclareGroups(builder, file);
    DeclareRules(builder, file);
  }
  builder.program.named_sets = builder.program.sets.size();
}

// The patterns of lists have their share of the memory already.
std::size_t PatternMemory(const Builder& builder, const CompileOptions& options) {
  const std::size_t lists = builder.list_budget.patterns * kListPatternMemory;
  return options.pattern_memory - std::min(lists, options.pattern_memory);
}

// The lists of files move out of the program: they may change while it stays.
std::vector<std::pair<SetId, RuleSet::ListFile>> TakeListFiles(Builder& builder) {
  std::vector<std::pair<SetId, RuleSet::ListFile>> files;
  for (const auto& [name, list] : builder.lists) {
    if (list.path.empty()) continue;
    auto entries = std::make_shared<const EntrySet>(std::move(builder.program.sets[list.set]));
    files.push_back({list.set, {name, list.path, std::move(entries)}});
  }
  return files;
}

}  // namespace

void RuleSet::Impl::UseLists(std::vector<std::pair<SetId, ListFile>> lists) {
  list_files = std::move(lists);
  overrides.assign(list_files.empty() ? 0 : program.named_sets, nullptr);
  for (const auto& [set, list] : list_files) overrides[set] = list.entries.get();
}

RuleSet::RuleSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RuleSet::~RuleSet() = default;

RuleSet::Compiled RuleSet::Compile(std::span<const SourceFile> files,
                                   const CompileOptions& options) {
  const auto sources = std::make_shared<Sources>(files);
  DiagnosticLog log(*sources);
  Builder builder(*sources, log);
  const std::vector<FileSyntax> syntax = ReadFiles(*sources, options, log);
  Declare(builder, syntax, options);
  for (const FileSyntax& file : syntax) CompileRules(builder, file);
  ApplyChanges(builder, syntax);
  if (!log.has_errors() && CheckReferences(builder)) CheckProgram(builder);
  const std::vector<TextMatch> asked =
      log.has_errors() ? std::vector<TextMatch>() : MatchesAsked(builder.program);
  builder.program.patterns = builder.patterns.Build(PatternMemory(builder, options), asked);
  Compiled result;
  if (!log.has_errors()) {
    builder.program.texts = sources;
    ShareAnswers(builder.program);
    FindShortcuts(builder.program);
    auto lists = TakeListFiles(builder);
    auto impl = std::make_unique<Impl>(std::make_shared<const Program>(std::move(builder.program)));
    impl->UseLists(std::move(lists));
    result.rules = std::shared_ptr<const RuleSet>(new RuleSet(std::move(impl)));
  }
  result.diagnostics = log.Take();
  return result;
}

Hits RuleSet::Evaluate(const Input& input) const {
  return Evaluator(impl_->program, input, impl_->overrides).Run();
}

std::optional<Explanation> RuleSet::Explain(const Input& input, std::string_view rule) const {
  const auto& rules = impl_->program.rules;
  for (RuleId id = 0; id < rules.size(); ++id) {
    if (!rules[id].live || rules[id].info.name != rule) continue;
    return Evaluator(impl_->program, input, impl_->overrides).Explain(id);
  }
  return {};
}

std::vector<const RuleInfo*> RuleSet::rules() const {
  std::vector<const RuleInfo*> result;
  for (const CompiledRule& rule : impl_->program.rules) {
    if (rule.live) result.push_back(&rule.info);
  }
  return result;
}

std::vector<const RuleInfo*> RuleSet::all_rules() const {
  std::vector<const RuleInfo*> result;
  for (const CompiledRule& rule : impl_->program.rules) result.push_back(&rule.info);
  return result;
}

std::string_view RuleSet::Text(const RuleInfo& info) const {
  const auto& rules = impl_->program.rules;
  const auto found =
      std::ranges::find_if(rules, [&](const CompiledRule& rule) { return &rule.info == &info; });
  return found == rules.end() ? std::string_view() : impl_->program.texts->Text(found->place);
}

std::vector<RuleSet::ListFile> RuleSet::list_files() const {
  std::vector<ListFile> files;
  for (const auto& [set, list] : impl_->list_files) files.push_back(list);
  return files;
}

std::shared_ptr<const RuleSet> RuleSet::WithLists(std::span<const ListFile> lists) const {
  auto all = impl_->list_files;
  for (auto& [set, list] : all) {
    const auto changed = std::ranges::find(lists, list.name, &ListFile::name);
    if (changed != lists.end()) list.entries = changed->entries;
  }
  auto impl = std::make_unique<Impl>(impl_->owner);
  impl->UseLists(std::move(all));
  return std::shared_ptr<const RuleSet>(new RuleSet(std::move(impl)));
}

std::span<const DnsList> RuleSet::dns_lists() const { return impl_->program.dns_lists; }

// A list of a file does not stand in the program; see TakeListFiles().
bool RuleSet::SkipsName(std::string_view domain) const {
  const auto& skip = impl_->program.uribl_skip;
  if (!skip) return false;
  const bool from_file = *skip < impl_->overrides.size() && impl_->overrides[*skip] != nullptr;
  const EntrySet& names = from_file ? *impl_->overrides[*skip] : impl_->program.sets[*skip];
  return names.HasDomain(domain);
}

std::vector<GroupInfo> RuleSet::groups() const {
  std::vector<GroupInfo> result;
  for (const CompiledGroup& group : impl_->program.groups)
    result.push_back({group.name, static_cast<double>(group.cap) / kScoreUnit});
  return result;
}

bool RuleSet::reads_body() const { return impl_->program.reads_body; }

}  // namespace assay::rules
