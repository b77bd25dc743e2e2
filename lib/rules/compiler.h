// SPDX-License-Identifier: Apache-2.0
// The steps from syntax to a Program, in the order in which RuleSet::Compile runs them. Each
// reports what it finds and goes on, so that one round shows all mistakes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lib/rules/builder.h"

namespace assay::rules {

// All files and those that they include, without what cannot be read.
[[nodiscard]] std::vector<FileSyntax> ReadFiles(Sources& sources, const CompileOptions& options,
                                                DiagnosticLog& log);

// Lists (those of the configuration first), groups and the names of the rules. Lists are read here,
// once.
void DeclareConfiguredLists(Builder& builder, const CompileOptions& options);
void DeclareLists(Builder& builder, const FileSyntax& file, const CompileOptions& options);
void DeclareDnsLists(Builder& builder, const FileSyntax& file);
void DeclareGroups(Builder& builder, const FileSyntax& file);
void DeclareRules(Builder& builder, const FileSyntax& file);

// The rules' conditions, scores, actions and examples.
void CompileRules(Builder& builder, const FileSyntax& file);
void CompileExamples(Builder& builder, const RuleSyntax& syntax, CompiledRule& rule);

// adjust, disable and allow of all files.
void ApplyChanges(Builder& builder, std::span<const FileSyntax> files);

// Rules that name each other in a circle, or in too long a chain. False when there are any: nothing
// may walk through the rules then.
[[nodiscard]] bool CheckReferences(Builder& builder);
// Conditions that can never hold, that say something twice, or that another rule asks too.
void CheckConditions(Builder& builder);
// reject actions that temperror can reach, what nobody uses, and what later steps need to know of
// each rule.
void CheckProgram(Builder& builder);

// A score in thousandths. Reports one that is out of range or finer than that.
[[nodiscard]] std::optional<std::int64_t> ScoreUnits(const Number& number, DiagnosticLog& log);
// Reports a range that is empty or on both sides of 0, or a value outside of it.
[[nodiscard]] std::optional<AutoScore> CheckAutoScore(const ScoreSyntax& syntax,
                                                      DiagnosticLog& log);
// Reports a mode other than shadow and live.
[[nodiscard]] std::optional<bool> IsShadow(const Word& mode, DiagnosticLog& log);
// Puts the action into `info`. Reports an unknown one, or a text that cannot stand in a reply.
void CheckAction(const ActionSyntax& action, RuleInfo& info, DiagnosticLog& log);
// Reports a name that is too long or has other characters than letters, digits and _.
void CheckName(const Word& name, DiagnosticLog& log);

}  // namespace assay::rules
