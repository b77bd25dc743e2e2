// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/cares_channel.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace assay::dns {
namespace {

// Of this process: tests of several builds may run at once.
std::string TempPath(const std::string& name) {
  return testing::TempDir() + "cares_channel_test." + std::to_string(getpid()) + '.' + name;
}

std::string Shown(const std::optional<ServerAddress>& server) {
  return server ? server->address.ToString() + " " + std::to_string(server->port) : "";
}

TEST(ServerAddress, Forms) {
  struct Case {
    const char* text;
    const char* want;  // "" where it is not an address
  };
  constexpr Case kCases[] = {
      {"192.0.2.53", "192.0.2.53 53"},
      {"192.0.2.53:5353", "192.0.2.53 5353"},
      {"2001:db8::53", "2001:db8::53 53"},
      {"[2001:db8::53]:5353", "2001:db8::53 5353"},
      {"[::1]:53", "::1 53"},
      {"[2001:db8::53]", ""},
      {"[192.0.2.53]:53", ""},
      {"192.0.2.53:", ""},
      {"192.0.2.53:0", ""},
      {"192.0.2.53:65536", ""},
      {"192.0.2.53:53x", ""},
      {"ns.example.com", ""},
      {"ns.example.com:53", ""},
      {"", ""},
  };
  for (const Case& c : kCases) EXPECT_EQ(Shown(ServerAddress::Parse(c.text)), c.want) << c.text;
}

TEST(SystemServers, ReadsResolvConf) {
  const std::string path = TempPath("resolv.conf");
  std::ofstream(path)
      << "search example.com\nnameserver 192.0.2.53\noptions rotate\nnameserver 2001:db8::53\n";
  const std::vector<ServerAddress> servers = SystemServers(path);
  std::remove(path.c_str());
  ASSERT_EQ(servers.size(), 2U);
  EXPECT_EQ(Shown(servers[0]), "192.0.2.53 53");
  EXPECT_EQ(Shown(servers[1]), "2001:db8::53 53");
}

TEST(SystemServers, ThisMachineWhenThereIsNoneOrNoFile) {
  const std::string path = TempPath("none");
  std::remove(path.c_str());
  ASSERT_EQ(SystemServers(path).size(), 1U);
  EXPECT_EQ(Shown(SystemServers(path)[0]), "127.0.0.1 53");
  std::ofstream(path) << "search example.com\n";
  ASSERT_EQ(SystemServers(path).size(), 1U);
  EXPECT_EQ(Shown(SystemServers(path)[0]), "127.0.0.1 53");
  std::remove(path.c_str());
}

}  // namespace
}  // namespace assay::dns
