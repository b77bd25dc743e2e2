// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/matcher_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "lib/base/text.h"
#include "tests/mail/raw_message.h"

namespace assay::rules {
namespace {

constexpr std::size_t kMessageBytes = 8000;  // of a message made of words
// Words of mail; others are made by chance.
constexpr std::string_view kWords[] = {
    "the",     "account", "of",      "your",   "and",     "meeting", "to",     "password", "in",
    "invoice", "is",      "please",  "for",    "we",      "library", "second", "floor",    "year",
    "minutes", "report",  "on",      "see",    "with",    "order",   "number", "payment",  "from",
    "update",  "have",    "contact", "office", "regards", "team",    "offer",  "free",     "click"};

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

template <class T, std::size_t kSize>
const T& Any(std::mt19937& random, const T (&list)[kSize]) {
  return list[random() % kSize];
}

std::string RandomWord(std::mt19937& random, std::size_t length) {
  std::string word;
  while (word.size() < length) word += static_cast<char>('a' + random() % 26);
  return word;
}

bool IsEscapeWithArgument(char c) { return c == 'x' || c == 'p' || c == 'P'; }

// The end of a piece of a pattern that is no literal and begins at `at`: an escape, a class, a
// count, the flags of a group. `at` itself when there is none.
std::size_t EndOfSyntax(std::string_view pattern, std::size_t at) {
  const auto behind = [&](char close) { return pattern.find(close, at) + 1; };
  switch (pattern[at]) {
    case '\\':
      if (IsEscapeWithArgument(pattern[at + 1])) {
        return pattern[at + 2] == '{' ? behind('}') : at + 4;
      }
      return at + 2;
    case '[':
      for (std::size_t i = at + 2; i < pattern.size(); ++i) {
        if (pattern[i] == '\\') {
          ++i;
        } else if (pattern[i] == ']') {
          return i + 1;
        }
      }
      return at;
    case '{':
      return behind('}');
    case '(':
      return pattern.substr(at).starts_with("(?") ? pattern.find_first_of(":)", at) + 1 : at;
    default:
      return at;
  }
}

std::string WithOtherWords(std::string_view pattern, std::mt19937& random) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t end = EndOfSyntax(pattern, at);
    if (end > at) {
      out += pattern.substr(at, end - at);
      at = end;
    } else {
      out += IsAsciiAlpha(pattern[at]) ? RandomWord(random, 1) : std::string(1, pattern[at]);
      ++at;
    }
  }
  return out;
}

// Where the pattern that begins with the slash at `at` ends: its second slash.
std::size_t EndOfPattern(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '/') {
      return i;
    }
  }
  return text.size();
}

bool IsExample(std::string_view line) {
  line = Trim(line);
  return line.starts_with("hit ") || line.starts_with("miss ") || line.starts_with("with list");
}

// A line with a further piece of a text.
bool GoesOn(std::string_view line) { return Trim(line).starts_with('"'); }

// The rules of a file without their examples, with other names and words.
std::string CopyRules(std::string_view text, int copy, std::mt19937& random) {
  std::string out;
  bool inside = false;
  bool example = false;
  for (const std::string_view line : Split(text, '\n')) {
    const bool begins = line.starts_with("rule ");
    inside = inside || begins;
    example = IsExample(line) || (example && GoesOn(line));
    if (!inside || example) continue;
    if (line.starts_with("}")) inside = false;
    if (begins) {
      const std::size_t end = std::min(line.find(' ', 5), line.size());
      out += fmt::format("{}_COPY{}{}\n", line.substr(0, end), copy, line.substr(end));
      continue;
    }
    std::size_t at = 0;
    for (std::size_t slash = line.find("~ /"); slash != std::string_view::npos;
         slash = line.find("~ /", at)) {
      const std::size_t end = EndOfPattern(line, slash + 2);
      out += line.substr(at, slash + 3 - at);
      out += WithOtherWords(line.substr(slash + 3, end - slash - 3), random);
      at = end;
    }
    out += line.substr(at);
    out += '\n';
  }
  return out;
}

std::string Phrase(std::mt19937& random, std::size_t words, std::string_view between) {
  std::string phrase;
  for (std::size_t i = 0; i < words; ++i) {
    if (i > 0) phrase += between;
    phrase +=
        random() % 3 == 0 ? std::string(Any(random, kWords)) : RandomWord(random, 3 + random() % 7);
  }
  return phrase;
}

// v[i1!|l][a4@]...
std::string Disguised(std::mt19937& random) {
  std::string out;
  for (const char c : RandomWord(random, 6)) {
    constexpr std::string_view kVowels = "aeiou";
    out += kVowels.find(c) == std::string_view::npos ? std::string(1, c) + R"([_\W]?)"
                                                     : "[aeiou014!|]";
  }
  return out;
}

mail::Message MadeMessage(std::mt19937& random) {
  mail::Message message;
  message.AddField("From", " Ann Example <ann@example.com>");
  message.AddField("To", " bob@example.net");
  message.AddField("Subject", " " + Phrase(random, 6, " "));
  message.AddField("Message-ID", " <1@example.com>");
  std::string body;
  while (body.size() < kMessageBytes) {
    body += Phrase(random, 12, " ");
    body += random() % 5 == 0   ? ".\r\n\r\n"
            : random() % 9 == 0 ? " https://www.example.com/a?b=1\r\n"
                                : ",\r\n";
  }
  message.AddBody(body);
  return message;
}

}  // namespace

std::vector<SourceFile> ShippedFiles() {
  std::vector<SourceFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/rules")) {
    if (entry.path().extension() != ".rules") continue;
    files.push_back({entry.path().filename().string(), ReadFile(entry.path()), true});
  }
  std::ranges::sort(files, {}, &SourceFile::name);
  return files;
}

std::vector<SourceFile> WithCopies(std::vector<SourceFile> files, int copies) {
  std::mt19937 random(1);
  const std::size_t originals = files.size();
  for (int copy = 1; copy <= copies; ++copy) {
    for (std::size_t i = 0; i < originals; ++i) {
      files.push_back({fmt::format("copy{}-{}", copy, files[i].name),
                       CopyRules(files[i].text, copy, random), false});
    }
  }
  return files;
}

std::shared_ptr<const RuleSet> MustCompile(std::span<const SourceFile> files) {
  CompileOptions options;
  options.lists["local_domains"] = {"example.net"};
  options.read_file = [](std::string_view path, std::string_view) -> Result<std::string> {
    return ReadFile(std::filesystem::path(ASSAY_SOURCE_DIR "/rules") / path);
  };
  RuleSet::Compiled compiled = RuleSet::Compile(files, options);
  if (compiled.rules != nullptr) return compiled.rules;
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    if (diagnostic.severity == Severity::kError) std::fputs(Format(diagnostic).c_str(), stderr);
  }
  std::exit(1);
}

std::vector<WrittenPattern> PatternsOf(std::span<const SourceFile> files, std::string_view fact) {
  std::vector<WrittenPattern> patterns;
  const std::string before = fmt::format(" {} ~ /", fact);
  const std::string counted = fmt::format("({} ~ /", fact);
  for (const SourceFile& file : files) {
    for (const std::string_view line : Split(file.text, '\n')) {
      for (const std::string& prefix : {before, counted}) {
        for (std::size_t at = line.find(prefix); at != std::string_view::npos;
             at = line.find(prefix, at + 1)) {
          const std::size_t begin = at + prefix.size();
          const std::size_t end = EndOfPattern(line, begin - 1);
          std::size_t flags = end + 1;
          while (flags < line.size() && IsAsciiAlpha(line[flags])) ++flags;
          std::string body(line.substr(begin, end - begin));
          for (std::size_t i = body.find("\\/"); i != std::string::npos; i = body.find("\\/", i)) {
            body.erase(i, 1);
          }
          patterns.push_back({body, std::string(line.substr(end + 1, flags - end - 1))});
        }
      }
    }
  }
  return patterns;
}

std::vector<WrittenPattern> SyntheticPatterns(std::size_t count) {
  std::mt19937 random(2);
  std::vector<WrittenPattern> patterns;
  while (patterns.size() < count) {
    std::string body;
    switch (patterns.size() % 10) {
      case 0:
      case 1:
      case 2:
        body = R"(\b)" + Phrase(random, 2, " ") + R"(\b)";
        break;
      case 3:
      case 4:
        body = R"(\b(?:)" + Phrase(random, 5, "|") + R"()\b)";
        break;
      case 5:
        body = R"(\b)" + Phrase(random, 1, "") + R"(\b[^.]{0,60}\b(?:)" + Phrase(random, 3, "|") +
               R"()\b)";
        break;
      case 6:
        body = Disguised(random);
        break;
      case 7:
        body = R"(\b\d{2,4}[ -]?)" + RandomWord(random, 4);
        break;
      case 8:
        body = "https?://[^/]*" + RandomWord(random, 5) + R"(\.[a-z]{2,3}\b)";
        break;
      default:
        body = Phrase(random, 1, "") + ".*" + Phrase(random, 1, "");
        break;
    }
    patterns.push_back({body, "i"});
  }
  return patterns;
}

SourceFile SyntheticFile(std::size_t rules) {
  SourceFile file{"synthetic.rules", "", false};
  std::size_t number = 0;
  for (const WrittenPattern& pattern : SyntheticPatterns(rules)) {
    std::string escaped;
    for (const char c : pattern.body) escaped += c == '/' ? std::string("\\/") : std::string(1, c);
    file.text += fmt::format(
        "rule SYNTHETIC_{} {{\n  about \"made by chance\"\n  score 0.1\n  when body ~ /{}/{}\n}}\n",
        number++, escaped, pattern.flags);
  }
  return file;
}

std::vector<mail::Message> SampleMessages(std::size_t count) {
  std::vector<mail::Message> messages;
  if (const char* corpus = std::getenv("ASSAY_CORPUS")) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
      if (entry.path().extension() == ".eml") paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    for (std::size_t i = 0; i < count && !paths.empty(); ++i) {
      messages.push_back(mail::ReadRawMessage(ReadFile(paths[i * paths.size() / count])));
    }
    return messages;
  }
  std::mt19937 random(3);
  while (messages.size() < count) messages.push_back(MadeMessage(random));
  return messages;
}

facts::FactSet SampleFacts() {
  facts::FactSet facts;
  facts.Set(facts::Id::kProfile, std::string("inbound"));
  facts.Set(facts::Id::kClientIp, *IpAddress::Parse("192.0.2.1"));
  facts.Set(facts::Id::kClientName, std::string("mail.example.com"));
  facts.Set(facts::Id::kHelo, std::string("mail.example.com"));
  facts.Set(facts::Id::kSpfMailFrom, std::string("none"));
  facts.Set(facts::Id::kDmarc, std::string("none"));
  return facts;
}

}  // namespace assay::rules
