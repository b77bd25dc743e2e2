// SPDX-License-Identifier: Apache-2.0
// What a rule file may cost, whoever wrote it: a careless operator or a tenant with bad intentions.
// Each limit that is passed is an error with the place. The numbers leave room for the largest
// public rule sets (some 4,000 rules of 16 KB at most).
#pragma once

#include <cstddef>

namespace assay::rules {

inline constexpr std::size_t kMaxFiles = 1000;                   // of one set, includes too
inline constexpr std::size_t kMaxSetBytes = 64UL * 1024 * 1024;  // of all rule files of one set
inline constexpr std::size_t kMaxIncludeDepth = 16;  // files that include files that …
inline constexpr std::size_t kMaxFileBytes = 4UL * 1024 * 1024;  // of one rule file
// Of all files of one set: words and signs, of which each takes about 100 bytes of memory until the
// set is compiled, and those that a rule and a condition count for besides.
inline constexpr std::size_t kMaxWords = 4'000'000;
inline constexpr std::size_t kRuleWeight = 20;
inline constexpr std::size_t kConditionWeight = 10;
inline constexpr std::size_t kMaxRules = 20000;        // of one set
inline constexpr std::size_t kMaxConditions = 500000;  // nodes of all conditions together
inline constexpr std::size_t kMaxExamples = 100000;    // hit and miss lines of one set
inline constexpr std::size_t kMaxNesting = 50;         // parentheses and `not`s inside each other
inline constexpr std::size_t kMaxRuleChain = 32;       // rules that name rules that name rules …
inline constexpr std::size_t kMaxNameBytes = 64;       // names stand in header fields and log lines
inline constexpr std::size_t kMaxAboutBytes = 200;
inline constexpr std::size_t kMaxActionTextBytes =
    200;                                            // fits one reply line with code and reference
inline constexpr double kMaxScore = 100;            // either sign
inline constexpr double kMaxPrecautionScore = 0.5;  // either sign
inline constexpr std::size_t kMaxPatternBytes = 16UL * 1024;          // of one pattern as written
inline constexpr std::size_t kMaxPatternNesting = 100;                // groups inside each other
inline constexpr std::size_t kMaxPatterns = 50000;                    // different ones
inline constexpr std::size_t kMaxPatternMemory = 64UL * 1024 * 1024;  // of one pattern's automata
inline constexpr std::size_t kMinPatternMemory =
    64UL * 1024;  // below it no useful pattern compiles
inline constexpr std::size_t kMaxListFileBytes = 64UL * 1024 * 1024;
inline constexpr std::size_t kMaxListPatterns = 1000;            // in all lists of one set together
inline constexpr std::size_t kListPatternMemory = 256UL * 1024;  // for each of them
inline constexpr std::size_t kMaxListEntries = 1'000'000;        // all lists of one set together
inline constexpr std::size_t kMaxEntryBytes = 320;  // a local part of 64, "@", a domain of 255
inline constexpr std::size_t kMaxDnsLists = 50;     // of one set; each costs a question a message
inline constexpr std::size_t kMaxListCodes = 100;   // of one DNS list
inline constexpr std::size_t kMaxZoneBytes = 180;   // leaves room for a reversed IPv6 address
inline constexpr int kMaxCount = 100;               // count() stops there

// Work that patterns and lists may make in the body of one message, and as much in the rest of it:
// bytes looked at, times what a byte may cost a pattern at worst (PatternCost). 1,000 plain
// patterns see 1 MiB of text whole, even when the prefilter has to let all of them through. About
// one to four seconds of a processor. Counted, not timed, so that the same message always gives the
// same hits.
inline constexpr std::size_t kMaxWork = 1024UL * 1024 * 1024;
// The same for the pieces of text that are shown beside the hits: without them a verdict stands all
// the same.
inline constexpr std::size_t kMaxQuoteWork = kMaxWork / 4;
// The same for saying why: what has been looked at once is not looked at again, so that little is
// needed.
inline constexpr std::size_t kMaxExplainWork = kMaxWork / 4;
// What it counts to look one text up in a list, beyond its bytes.
inline constexpr std::size_t kLookupWork = 200;

}  // namespace assay::rules
