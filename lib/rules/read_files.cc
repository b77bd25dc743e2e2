// SPDX-License-Identifier: Apache-2.0
// Rule files with those that they include.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "lib/rules/compiler.h"
#include "lib/rules/lexer.h"
#include "lib/rules/limits.h"
#include "lib/rules/parser.h"

namespace assay::rules {
namespace {

class FileReader {
 public:
  FileReader(Sources& sources, const CompileOptions& options, DiagnosticLog& log)
      : sources_(sources), options_(options), log_(log) {}

  std::vector<FileSyntax> Run();

 private:
  void Read(std::uint32_t file);
  void Include(const Word& path);
  [[nodiscard]] bool MayInclude(const Word& path, const std::string& name);

  Sources& sources_;
  const CompileOptions& options_;
  DiagnosticLog& log_;
  std::vector<FileSyntax> files_;
  std::map<std::string, std::uint32_t> numbers_;  // by resolved name
  std::size_t bytes_ = 0;
  SyntaxBudget budget_;
};

std::vector<FileSyntax> FileReader::Run() {
  const std::uint32_t given = sources_.size();
  for (std::uint32_t file = 0; file < given; ++file) {
    numbers_.try_emplace(ResolvePath(sources_.file({file}).name, {}), file);
  }
  for (std::uint32_t file = 0; file < given; ++file) {
    if (file >= kMaxFiles) {
      log_.Error({file, 0, 1}, fmt::format("a rule set has at most {} files", kMaxFiles));
      break;
    }
    Read(file);
  }
  return std::move(files_);
}

void FileReader::Read(std::uint32_t file) {
  const std::size_t size = sources_.file({file}).text.size();
  if (size > kMaxFileBytes) {
    log_.Error({file, 0, 1}, fmt::format("a rule file has at most {} bytes", kMaxFileBytes),
               "put a part of it into another file");
    return;
  }
  bytes_ += size;
  if (bytes_ > kMaxSetBytes) {
    log_.Error({file, 0, 1},
               fmt::format("all rule files together have at most {} bytes", kMaxSetBytes));
    return;
  }
  if (!CheckEncoding(sources_, file, log_)) return;
  FileSyntax syntax = ParseFile(sources_, file, log_, budget_);
  const std::vector<Word> includes = std::move(syntax.includes);
  files_.push_back(std::move(syntax));
  for (const Word& path : includes) Include(path);
}

bool FileReader::MayInclude(const Word& path, const std::string& name) {
  const auto chain = sources_.IncludeChain(path.place);
  const auto known = numbers_.find(name);
  if (known != numbers_.end()) {
    const bool circle = std::ranges::find(chain, known->second) != chain.end();
    log_.Error(path.place,
               circle ? fmt::format("{} includes itself, here or through other files", Quote(name))
                      : fmt::format("{} is already read", Quote(name)),
               circle ? "" : "a set has each file once");
    return false;
  }
  if (chain.size() > kMaxIncludeDepth) {
    log_.Error(path.place, fmt::format("files include files at most {} deep", kMaxIncludeDepth));
    return false;
  }
  if (sources_.size() >= kMaxFiles) {
    log_.Error(path.place, fmt::format("a rule set has at most {} files", kMaxFiles));
    return false;
  }
  if (!options_.read_file) log_.Error(path.place, "no file can be included here");
  return options_.read_file != nullptr;
}

void FileReader::Include(const Word& path) {
  const SourceFile& outer = sources_.file(path.place);
  std::string name = ResolvePath(path.text, outer.name);
  if (!MayInclude(path, name)) return;
  auto text = options_.read_file(path.text, outer.name);
  if (!text) {
    log_.Error(path.place, "cannot include " + text.error().what);
    return;
  }
  const std::uint32_t file = sources_.Add({name, std::move(*text), outer.shipped}, path.place);
  numbers_.emplace(std::move(name), file);
  Read(file);
}

}  // namespace

std::vector<FileSyntax> ReadFiles(Sources& sources, const CompileOptions& options,
                                  DiagnosticLog& log) {
  return FileReader(sources, options, log).Run();
}

}  // namespace assay::rules
