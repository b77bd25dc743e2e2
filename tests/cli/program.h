// SPDX-License-Identifier: Apache-2.0
// Runs the real assay on files in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace assay::cli {

struct Finished {
  int code = -1;  // exit status; 1000 + the signal that ended it
  std::string out;
  std::string err;
};

class ProgramTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // The path of a new file in the folder.
  std::string Write(const std::string& name, std::string_view text);
  [[nodiscard]] std::string Path(const std::string& name) const { return folder_ / name; }
  // What stands in a file of the folder now.
  [[nodiscard]] std::string ReadBack(const std::string& name) const;
  // Runs assay; standard input is `input`. Fails the test when it ends by a signal.
  [[nodiscard]] Finished Run(const std::vector<std::string>& arguments,
                             std::string_view input = {});

 private:
  std::filesystem::path folder_;
};

}  // namespace assay::cli
