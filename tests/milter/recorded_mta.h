// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "milter/mta.h"

namespace assay::test {

// An MTA that only writes down what it is asked for.
class RecordedMta final : public milter::Mta {
 public:
  std::map<std::string, std::string> macros;
  bool accepts = true;             // what every request answers
  std::vector<std::string> calls;  // in order, but for macros
  policy::Reply reply;             // the last one

  std::string Macro(const char* name) override {
    const auto found = macros.find(name);
    return found == macros.end() ? std::string() : found->second;
  }
  bool SetReply(const policy::Reply& new_reply) override {
    reply = new_reply;
    return Record(fmt::format("reply {} {} {}", reply.code, reply.enhanced_code, reply.text));
  }
  bool DeleteField(const std::string& name, int index) override {
    return Record(fmt::format("delete {} {}", name, index));
  }
  bool InsertField(const std::string& name, int index, const std::string& value) override {
    return Record(fmt::format("insert {} {}:[{}]", index, name, value));
  }
  bool Quarantine(const std::string& reason) override { return Record("quarantine " + reason); }
  bool Progress() override { return Record("progress"); }

 private:
  bool Record(std::string call) {
    calls.push_back(std::move(call));
    return accepts;
  }
};

}  // namespace assay::test
