// SPDX-License-Identifier: Apache-2.0
// Every message of the development corpus, when ASSAY_CORPUS names the folder it was unpacked to.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/mail/raw_message.h"
#include "tests/mail/view_properties.h"

namespace assay::mail {
namespace {

std::vector<std::filesystem::path> MessageFiles(const char* root) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file() && entry.path().extension() == ".eml")
      files.push_back(entry.path());
  }
  return files;
}

TEST(ViewsCorpus, EveryMessageKeepsAllProperties) {
  const char* root = std::getenv("ASSAY_CORPUS");
  if (root == nullptr) GTEST_SKIP() << "ASSAY_CORPUS is not set; views_test has our own messages";
  using Clock = std::chrono::steady_clock;
  Clock::duration total{};
  Clock::duration longest{};
  std::size_t bytes = 0;
  std::size_t malformed = 0;
  const std::vector<std::filesystem::path> files = MessageFiles(root);
  ASSERT_FALSE(files.empty()) << root;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::string raw{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const Message message = ReadRawMessage(raw);
    const auto begin = Clock::now();
    const ViewSummary summary = Summarize(message);
    const Clock::duration took = Clock::now() - begin;
    EXPECT_EQ(summary.broken, "") << path;
    EXPECT_LT(took, std::chrono::seconds(2)) << path;
    total += took;
    longest = std::max(longest, took);
    bytes += raw.size();
    malformed += summary.flags[3] ? 1 : 0;
  }
  const auto ms = [](Clock::duration d) {
    return std::chrono::duration<double, std::milli>(d).count();
  };
  std::cout << files.size() << " messages, " << bytes << " bytes: " << ms(total) << " ms, longest "
            << ms(longest) << " ms, " << malformed << " malformed\n";
}

}  // namespace
}  // namespace assay::mail
