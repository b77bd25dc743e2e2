// SPDX-License-Identifier: Apache-2.0
// Table files for tests, made by the libraries that Postfix makes them with.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::test {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// A directory of its own that goes away again.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  [[nodiscard]] std::string Path(std::string_view name) const { return (path_ / name).string(); }
  // Writes `text` and returns the path.
  std::string Write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

// postmap(1) ends keys and values with a NUL on Linux; other programs do not.
enum class Nul { kWith, kWithout };
void WriteBerkeleyDb(const std::string& path, bool btree, const Pairs& pairs, Nul nul);
void WriteLmdb(const std::string& path, const Pairs& pairs, Nul nul);
void WriteCdb(const std::string& path, const Pairs& pairs, Nul nul);
void WriteSqlite(const std::string& path, const std::vector<std::string>& statements);

}  // namespace assay::test
