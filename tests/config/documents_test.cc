// SPDX-License-Identifier: Apache-2.0
// The key table against what people read: assay.toml(5) and the file that is installed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "lib/config/keys.h"
#include "lib/config/load.h"

namespace assay::config {
namespace {

std::string ReadSource(const char* path) {
  std::ifstream file(std::string(ASSAY_SOURCE_DIR "/") + path);
  EXPECT_TRUE(file) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// ".It Ic KEY" with the line below it, which gives type and default.
std::map<std::string, std::string> KeysOfManualPage() {
  std::map<std::string, std::string> keys;
  constexpr std::string_view kItem = ".It Ic ";
  std::string key;
  for (const std::string& line : Lines(ReadSource("man/assay.toml.5"))) {
    if (!key.empty()) keys[key] = line;
    key = line.starts_with(kItem) ? line.substr(kItem.size()) : std::string();
  }
  return keys;
}

TEST(Documents, ManualPageHasEveryKeyWithTypeAndDefaultAndNoOther) {
  std::map<std::string, std::string> want;
  for (const KeyInfo& key : Keys()) {
    want[key.name] = ".Pq Vt " + key.type + " , Li " + Replaced(key.default_value, "\"", "\\(dq");
  }
  EXPECT_EQ(KeysOfManualPage(), want);
}

TEST(Documents, InstalledFileIsTheDefaultsAndMonitors) {
  const LoadResult result = Parse(ReadSource("contrib/assay.toml"), "contrib/assay.toml");
  ASSERT_TRUE(result) << result.error().messages.front();
  EXPECT_EQ(result->config, Config());
  EXPECT_EQ(result->config.mode, Mode::kMonitor);
  EXPECT_TRUE(result->warnings.empty());
}

// "#key = value" and "key = value" with the table they stand in; "# text" is prose.
std::map<std::string, std::string> KeysOfInstalledFile() {
  std::map<std::string, std::string> keys;
  std::string table;
  for (std::string line : Lines(ReadSource("contrib/assay.toml"))) {
    if (line.starts_with('#')) line.erase(0, 1);
    if (line.empty() || line.starts_with(' ')) continue;
    if (line.starts_with('[')) {
      table = line.substr(line.find_first_not_of('['));
      table = table.substr(0, table.find(']')) + ".";
      continue;
    }
    const std::size_t equals = line.find(" = ");
    EXPECT_NE(equals, std::string::npos) << line;
    const bool is_new =
        keys.emplace(table + line.substr(0, equals), line.substr(equals + 3)).second;
    EXPECT_TRUE(is_new) << line;
  }
  return keys;
}

TEST(Documents, InstalledFileHasEveryKeyWithItsDefault) {
  const std::map<std::string, std::string> keys = KeysOfInstalledFile();
  std::vector<std::string> names;
  for (const KeyInfo& key : Keys()) {
    names.push_back(key.name);
    const auto found = keys.find(key.name);
    ASSERT_NE(found, keys.end()) << key.name;
    const bool has_default = key.default_value != "unset" && key.default_value != "required";
    if (has_default) {
      EXPECT_EQ(found->second, key.default_value) << key.name;
    }
  }
  for (const auto& [name, value] : keys) EXPECT_THAT(names, testing::Contains(name));
}

// Without the '#', what stands there loads: examples of keys that have no default are valid too.
TEST(Documents, InstalledFileLoadsWhenEverythingIsUncommented) {
  std::string text;
  for (std::string line : Lines(ReadSource("contrib/assay.toml"))) {
    const bool is_prose = line.starts_with("# ");
    if (line.starts_with('#') && !is_prose) line.erase(0, 1);
    text += line + "\n";
  }
  const LoadResult result = Parse(text, "uncommented");
  ASSERT_TRUE(result) << result.error().messages.front();
  EXPECT_EQ(result->config.tenants.size(), 1U);
  EXPECT_TRUE(result->warnings.empty());
}

}  // namespace
}  // namespace assay::config
