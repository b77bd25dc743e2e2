// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace assay::cli {
namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// In the child: standard streams from and to files, then the program.
[[noreturn]] void Execute(std::vector<char*>& argv, const std::string& in, const std::string& out,
                          const std::string& err) {
  constexpr int kMode = 0600;
  const int input = ::open(in.c_str(), O_RDONLY | O_CLOEXEC);
  const int output = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  const int errors = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (::dup2(input, 0) == 0 && ::dup2(output, 1) == 1 && ::dup2(errors, 2) == 2) {
    ::execv(argv.front(), argv.data());
  }
  ::_exit(127);
}

}  // namespace

void ProgramTest::SetUp() {
  std::string pattern = std::filesystem::temp_directory_path() / "assay-cli-XXXXXX";
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
}

void ProgramTest::TearDown() {
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

std::string ProgramTest::Write(const std::string& name, std::string_view text) {
  std::ofstream(Path(name), std::ios::binary) << text;
  return Path(name);
}

std::string ProgramTest::ReadBack(const std::string& name) const { return ReadAll(Path(name)); }

Finished ProgramTest::Run(const std::vector<std::string>& arguments, std::string_view input) {
  std::vector<std::string> words = {ASSAY_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string in = Write(".stdin", input);
  const std::string out = Path(".stdout");
  const std::string err = Path(".stderr");
  const pid_t child = ::fork();
  if (child == 0) Execute(argv, in, out, err);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  Finished finished;
  finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  finished.out = ReadAll(out);
  finished.err = ReadAll(err);
  return finished;
}

}  // namespace assay::cli
