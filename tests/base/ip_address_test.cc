// SPDX-License-Identifier: Apache-2.0
#include "lib/base/ip_address.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(IpAddress, PrintsWhatItParsed) {
  for (const char* text : {"192.0.2.1", "2001:db8::1", "::1", "0.0.0.0"}) {
    const auto address = IpAddress::Parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->ToString(), text);
  }
}

TEST(IpAddress, MappedIsV4) {
  EXPECT_EQ(IpAddress::Parse("::ffff:192.0.2.1"), IpAddress::Parse("192.0.2.1"));
}

TEST(IpAddress, RefusesEverythingElse) {
  for (const char* text :
       {"", "192.0.2", "192.0.2.256", "[192.0.2.1]", "fe80::1%eth0", "IPv6:::1", "192.0.2.1 "}) {
    EXPECT_FALSE(IpAddress::Parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::Parse(std::string_view("192.0.2.1\0x", 11)));
}

TEST(IpAddress, ReverseNames) {
  EXPECT_EQ(IpAddress::Parse("192.0.2.1")->ReverseName(), "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(IpAddress::Parse("2001:db8::1")->ReverseName(),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

struct NetworkCase {
  const char* network;
  const char* address;
  bool inside;
};
constexpr NetworkCase kNetworkCases[] = {
    {"192.0.2.0/24", "192.0.2.255", true},
    {"192.0.2.0/24", "192.0.3.0", false},
    {"192.0.2.77/24", "192.0.2.1", true},
    {"192.0.2.128/25", "192.0.2.127", false},
    {"0.0.0.0/0", "203.0.113.9", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"2001:db8::/33", "2001:db8:8000::", false},
    {"2001:db8::/32", "2001:db8:8000::", true},
    {"192.0.2.1", "192.0.2.1", true},
    {"::ffff:192.0.2.0/120", "192.0.2.9", true},
};

TEST(IpNetwork, Contains) {
  for (const auto& c : kNetworkCases) {
    const auto network = IpNetwork::Parse(c.network);
    ASSERT_TRUE(network) << c.network;
    EXPECT_EQ(network->Contains(*IpAddress::Parse(c.address)), c.inside)
        << c.network << ' ' << c.address;
  }
}

TEST(IpNetwork, RefusesBadPrefixes) {
  for (const char* text : {"192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "2001:db8::/129",
                           "::ffff:192.0.2.0/64", "192.0.2.0/4294967297"}) {
    EXPECT_FALSE(IpNetwork::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace assay
