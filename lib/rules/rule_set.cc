// SPDX-License-Identifier: Apache-2.0
#include "lib/rules/rule_set.h"

#include <fmt/format.h>

#include <utility>

#include "lib/rules/compiler.h"
#include "lib/rules/evaluator.h"
#include "lib/rules/limits.h"
#include "lib/rules/matches_asked.h"
#include "lib/rules/parser.h"

namespace assay::rules {
namespace {

// Nothing when the file cannot be read at all.
std::optional<FileSyntax> ReadFile(const Sources& sources, std::uint32_t file, DiagnosticLog& log) {
  if (sources.file({file}).text.size() > kMaxFileBytes) {
    log.Error({file, 0, 1}, fmt::format("a rule file has at most {} bytes", kMaxFileBytes),
              "put a part of it into another file");
    return {};
  }
  if (!CheckEncoding(sources, file, log)) return {};
  return ParseFile(sources, file, log);
}

std::vector<FileSyntax> ReadFiles(std::size_t count, const Sources& sources, DiagnosticLog& log) {
  std::vector<FileSyntax> files;
  for (std::uint32_t file = 0; file < count; ++file) {
    if (file >= kMaxFiles) {
      log.Error({file, 0, 1}, fmt::format("a rule set has at most {} files", kMaxFiles));
      break;
    }
    if (auto syntax = ReadFile(sources, file, log)) files.push_back(*std::move(syntax));
  }
  return files;
}

// What is declared anywhere is known everywhere: the order of the files does not matter for names.
void Declare(Builder& builder, std::span<const FileSyntax> files, const CompileOptions& options) {
  DeclareConfiguredLists(builder, options);
  for (const FileSyntax& file : files) {
    DeclareLists(builder, file, options);
    DeclareGroups(builder, file);
    DeclareRules(builder, file);
  }
  builder.program.named_sets = builder.program.sets.size();
}

}  // namespace

RuleSet::RuleSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RuleSet::~RuleSet() = default;

RuleSet::Compiled RuleSet::Compile(std::span<const SourceFile> files,
                                   const CompileOptions& options) {
  const Sources sources(files);
  DiagnosticLog log(sources);
  Builder builder(log);
  const std::vector<FileSyntax> syntax = ReadFiles(files.size(), sources, log);
  Declare(builder, syntax, options);
  for (const FileSyntax& file : syntax) CompileRules(builder, file);
  ApplyChanges(builder, syntax);
  if (!log.has_errors() && CheckReferences(builder)) CheckProgram(builder);
  const std::vector<TextMatch> asked =
      log.has_errors() ? std::vector<TextMatch>() : MatchesAsked(builder.program);
  builder.program.patterns = builder.patterns.Build(options.pattern_memory, asked);
  Compiled result;
  if (!log.has_errors()) {
    auto impl = std::make_unique<Impl>();
    impl->program = std::move(builder.program);
    result.rules = std::shared_ptr<const RuleSet>(new RuleSet(std::move(impl)));
  }
  result.diagnostics = log.Take();
  return result;
}

Hits RuleSet::Evaluate(const Input& input) const { return Evaluator(impl_->program, input).Run(); }

std::vector<const RuleInfo*> RuleSet::rules() const {
  std::vector<const RuleInfo*> result;
  for (const CompiledRule& rule : impl_->program.rules) {
    if (rule.live) result.push_back(&rule.info);
  }
  return result;
}

bool RuleSet::reads_body() const { return impl_->program.reads_body; }

}  // namespace assay::rules
