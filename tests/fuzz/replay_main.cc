// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target without libFuzzer: every file of the corpus folders given, then mutations of
// them drawn with a fixed seed. ASSAY_FUZZ_RUNS sets the number of mutations (default 2000),
// ASSAY_FUZZ_SEED the seed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMaxInput = 256 * 1024;  // splicing must not grow inputs without bound

std::vector<std::string> LoadCorpus(int argc, char** argv) {
  std::vector<std::filesystem::path> paths;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

void Run(const std::string& input) {
  // A copy of its own on the heap, so that AddressSanitizer sees a read past the end.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::size_t Below(std::mt19937& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

void MutateOnce(std::string& text, const std::vector<std::string>& corpus, std::mt19937& random) {
  const std::size_t at = Below(random, text.size() + 1);
  switch (Below(random, 6)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(Below(random, 256));
      break;
    case 1:
      text.insert(at, 1, static_cast<char>(Below(random, 256)));
      break;
    case 2:
      text.erase(at, Below(random, 8) + 1);
      break;
    case 3:
      text.insert(at, text.substr(Below(random, text.size() + 1), Below(random, 64)));
      break;
    case 4:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << Below(random, 8)));
      break;
    default: {
      const std::string& other = corpus[Below(random, corpus.size())];
      const std::size_t from = Below(random, other.size() + 1);
      text = text.substr(0, at) + other.substr(from);
    }
  }
}

unsigned long Setting(const char* name, unsigned long fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : std::strtoul(value, nullptr, 10);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> corpus = LoadCorpus(argc, argv);
  if (corpus.empty()) {
    std::fprintf(stderr, "no corpus files given\n");
    return 1;
  }
  for (const std::string& input : corpus) Run(input);
  std::mt19937 random(static_cast<unsigned>(Setting("ASSAY_FUZZ_SEED", 1)));
  const unsigned long runs = Setting("ASSAY_FUZZ_RUNS", 2000);
  for (unsigned long i = 0; i < runs; ++i) {
    std::string text = corpus[Below(random, corpus.size())];
    for (std::size_t n = Below(random, 8) + 1; n > 0; --n) MutateOnce(text, corpus, random);
    if (text.size() > kMaxInput) text.resize(kMaxInput);
    Run(text);
  }
  std::printf("%zu corpus files, %lu mutations\n", corpus.size(), runs);
  return 0;
}
