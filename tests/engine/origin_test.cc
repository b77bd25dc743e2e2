// SPDX-License-Identifier: Apache-2.0
#include "lib/engine/origin.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay::engine {
namespace {

const std::vector<IpNetwork> kRelays = {*IpNetwork::Parse("192.0.2.0/28"),
                                        *IpNetwork::Parse("2001:db8:25::/48")};

std::string From(const std::string& client) {
  return " from h.example (n.example [" + client + "]) by x.example (Postfix) with ESMTP id 1";
}

struct Case {
  const char* name;
  std::vector<std::string> received;
  const char* want;  // address; empty: not known
};

class OriginTable : public testing::TestWithParam<Case> {};

TEST_P(OriginTable, IsTheFirstClientOutside) {
  mail::Message message;
  message.AddField("Authentication-Results", " x; none");
  for (const std::string& value : GetParam().received) message.AddField("received", value);
  const auto origin = FindOrigin(message, kRelays);
  EXPECT_EQ(origin ? origin->ip.ToString() : "", GetParam().want);
}

const Case kCases[] = {
    {"one_relay", {From("203.0.113.9")}, "203.0.113.9"},
    {"forged_below", {From("203.0.113.9"), From("198.51.100.1")}, "203.0.113.9"},
    {"forged_relay_below",
     {From("203.0.113.9"), From("192.0.2.3"), From("198.51.100.1")},
     "203.0.113.9"},
    {"two_relays", {From("192.0.2.3"), From("203.0.113.9"), From("198.51.100.1")}, "203.0.113.9"},
    {"relay_over_ipv6", {From("IPv6:2001:db8:25::3"), From("203.0.113.9")}, "203.0.113.9"},
    {"content_filter", {From("127.0.0.1"), From("203.0.113.9")}, "203.0.113.9"},
    {"content_filter_ipv6", {From("IPv6:::1"), From("203.0.113.9")}, "203.0.113.9"},
    {"no_field", {}, ""},
    {"relay_only", {From("192.0.2.3")}, ""},
    {"unreadable_on_top", {" by x.example (Postfix, from userid 0) id 1", From("203.0.113.9")}, ""},
    {"unreadable_between", {From("192.0.2.3"), " from somewhere by x", From("203.0.113.9")}, ""},
    {"mapped_address_is_the_relay",
     {From("IPv6:::ffff:192.0.2.3"), From("203.0.113.9")},
     "203.0.113.9"},
    {"too_many_hops", std::vector<std::string>(kMaxOwnHops + 1, From("192.0.2.3")), ""},
};
INSTANTIATE_TEST_SUITE_P(Own, OriginTable, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

}  // namespace
}  // namespace assay::engine
