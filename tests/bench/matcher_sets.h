// SPDX-License-Identifier: Apache-2.0
// Rules, patterns and messages to measure the matcher with.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/facts/fact.h"
#include "lib/mail/message.h"
#include "lib/mail/views.h"
#include "lib/rules/rule_set.h"

namespace assay::rules {

struct WrittenPattern {
  std::string body;
  std::string flags;
};

[[nodiscard]] std::vector<SourceFile> ShippedFiles();
// The files with all rules once more, `copies` times: other names, and other words of equal length
// in the patterns.
[[nodiscard]] std::vector<SourceFile> WithCopies(std::vector<SourceFile> files, int copies);
// Ends the program when there is an error.
[[nodiscard]] std::shared_ptr<const RuleSet> MustCompile(std::span<const SourceFile> files);

// The patterns that the files ask of a fact.
[[nodiscard]] std::vector<WrittenPattern> PatternsOf(std::span<const SourceFile> files,
                                                     std::string_view fact);
// Patterns as authors write them: phrases, alternatives, disguised words, numbers, some that no
// literal helps to find.
[[nodiscard]] std::vector<WrittenPattern> SyntheticPatterns(std::size_t count);
// A rule for each of them, with examples.
[[nodiscard]] SourceFile SyntheticFile(std::size_t rules);

// Messages of ASSAY_CORPUS, evenly spread over its files; without it, messages made of words.
[[nodiscard]] std::vector<mail::Message> SampleMessages(std::size_t count);
[[nodiscard]] facts::FactSet SampleFacts();

}  // namespace assay::rules
