// SPDX-License-Identifier: Apache-2.0
// What the tests of rules share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/facts/fact.h"
#include "lib/mail/message.h"
#include "lib/rules/rule_set.h"

namespace assay::rules {

// Compiles one site file named "test.rules".
RuleSet::Compiled CompileText(std::string_view text, const CompileOptions& options = {});
// The same; fails the test when there is an error.
std::shared_ptr<const RuleSet> MustCompile(std::string_view text,
                                           const CompileOptions& options = {});
// All diagnostics as Format() prints them.
std::string FormatAll(const std::vector<Diagnostic>& diagnostics);
// A file whose only rule R asks `condition`; no about or examples are missing.
std::string RuleFile(std::string_view condition, std::string_view lines = "score 1");

// Fields separated by \n, an empty line, the body with \n.
mail::Message MakeMessage(std::string_view text);

// What the rules say about a message and facts.
Hits Evaluate(const RuleSet& rules, std::string_view message, const facts::FactSet& facts = {});
// Names of the rules that hit, joined with blanks.
std::string HitNames(const Hits& hits);

// The files of rules/, marked as shipped.
std::vector<SourceFile> ShippedFiles();
std::string ReadText(const std::string& path);

}  // namespace assay::rules
