// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/spf.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/auth/spf_support.h"

namespace assay::auth {
namespace {

constexpr SpfResult kNone = SpfResult::kNone;
constexpr SpfResult kNeutral = SpfResult::kNeutral;
constexpr SpfResult kPass = SpfResult::kPass;
constexpr SpfResult kFail = SpfResult::kFail;
constexpr SpfResult kSoftFail = SpfResult::kSoftFail;
constexpr SpfResult kTempError = SpfResult::kTempError;
constexpr SpfResult kPermError = SpfResult::kPermError;

// One zone for the table below.
constexpr const char* kZone = R"(
ip4.example.com       TXT "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"
ip6.example.com       TXT "v=spf1 ip6:2001:db8:1111:2222:3333:4444:5555:6666 ~all"
bits.example.com      TXT "v=spf1 ip4:192.0.2.128/25 ip6:2001:db8:8000::/33 -all"
host.example.com      TXT "v=spf1 ip4:192.0.2.1 -all"
any4.example.com      TXT "v=spf1 ip4:203.0.113.9/0 -all"
any6.example.com      TXT "v=spf1 ip6:2001:db8::/0 -all"
default.example.com   TXT "v=spf1 ip4:203.0.113.1"
empty.example.com     TXT "v=spf1"
plusall.example.com   TXT "v=spf1 +all"
questionall.example.com TXT "v=spf1 ?all"
failfirst.example.com TXT "v=spf1 -ip4:192.0.2.1 +all"
a.example.com         TXT "v=spf1 a -all"
a.example.com         A 192.0.2.1
a.example.com         AAAA 2001:db8::1
a24.example.com       TXT "v=spf1 a:a.example.com/24//64 -all"
a0.example.com        TXT "v=spf1 ?a:a.example.com/0//0 -all"
only4.example.com     A 203.0.113.77
a0only4.example.com   TXT "v=spf1 a:only4.example.com//0 -all"
overflow.example.com  TXT "v=spf1 a:a.example.com/4294967297 -all"
mx.example.com        TXT "v=spf1 mx/28 -all"
mx.example.com        MX 10 mx1.example.com
mx.example.com        MX 20 mx2.example.com
mx1.example.com       A 203.0.113.1
mx2.example.com       A 192.0.2.17
mx0.example.com       TXT "v=spf1 mx:mx.example.com/0 -all"
nullmx.example.com    TXT "v=spf1 mx a:a.example.com -all"
nullmx.example.com    MX 0 .
exists.example.com    TXT "v=spf1 exists:%{ir}.%{l1r-}.list.example.com -all"
1.2.0.192.bob.list.example.com A 127.0.0.2
exists6.example.com   TXT "v=spf1 exists:v6only.example.com -all"
v6only.example.com    AAAA 2001:db8::9
ptr.example.com       TXT "v=spf1 ptr -all"
1.2.0.192.in-addr.arpa PTR a.example.com
1.2.0.192.in-addr.arpa PTR liar.ptr.example.com
1.2.0.192.in-addr.arpa PTR host.ptr.example.com
host.ptr.example.com  A 192.0.2.1
liar.ptr.example.com  A 192.0.2.99
ptrs.example.com      TXT "v=spf1 ptr:tr.example.com -all"
inc.example.com       TXT "v=spf1 include:ip4.example.com ~all"
incfail.example.com   TXT "v=spf1 -include:ip4.example.com +all"
incnone.example.com   TXT "v=spf1 include:nothing.example.com -all"
incdef.example.com    TXT "v=spf1 include:default.example.com ip4:192.0.2.1 -all"
deep.example.com      TXT "v=spf1 a:only4.example.com include:inc.example.com ?all"
redir.example.com     TXT "v=spf1 ip4:203.0.113.5 redirect=ip4.example.com"
redirfirst.example.com TXT "v=spf1 redirect=ip4.example.com ip4:203.0.113.5"
redirall.example.com  TXT "v=spf1 redirect=ip4.example.com ?all"
redirnone.example.com TXT "v=spf1 redirect=nothing.example.com"
redirinc.example.com  TXT "v=spf1 include:redir.example.com -all"
redirdef.example.com  TXT "v=spf1 redirect=default.example.com"
self.example.com      TXT "v=spf1 include:self.example.com -all"
loop1.example.com     TXT "v=spf1 redirect=loop2.example.com"
loop2.example.com     TXT "v=spf1 redirect=loop1.example.com"
pipe.example.com      TXT "v=spf1 exists:%{l|}.example.com +all"
comma.example.com     TXT "v=spf1 exists:%{l1,}.ok.example.com -all"
slash.example.com     TXT "v=spf1 exists:%{l1/}.ok.example.com -all"
tail.ok.example.com   A 127.0.0.2
exptext.example.com   TXT "v=spf1 exp-text=obeyed -all"
helo.example.com      TXT "v=spf1 a:%{h} -all"
p.example.com         TXT "v=spf1 exists:%{p}.p.example.com -all"
host.ptr.example.com.p.example.com A 127.0.0.2
a.example.com.p.example.com A 127.0.0.2
unknown.p.example.com A 127.0.0.3
two.example.com       TXT "v=spf1 -all"
two.example.com       TXT "v=spf1 +all"
other.example.com     TXT "v=spf2.0/pra +all"
syntax.example.com    TXT "v=spf1 ip4:192.0.2.1 -all oops"
incsyntax.example.com TXT "v=spf1 include:syntax.example.com -all"
cname.example.com     CNAME ip4.example.com
)";

struct Case {
  const char* name;
  const char* client_ip;
  const char* mail_from;
  SpfResult want;
  const char* mechanism = "";
  const char* record_domain = "";
};

class SpfTable : public testing::TestWithParam<Case> {};

TEST_P(SpfTable, Decides) {
  static const dns::Zone zone = MakeZone(kZone);
  const SpfRun run =
      RunSpf(MakeCheck(GetParam().client_ip, GetParam().mail_from, "a.example.com"), zone);
  EXPECT_EQ(ToWord(run.outcome.result), ToWord(GetParam().want)) << run.outcome.problem;
  EXPECT_EQ(run.outcome.mechanism, GetParam().mechanism);
  EXPECT_EQ(run.outcome.record_domain, GetParam().record_domain);
  const bool error = GetParam().want == kTempError || GetParam().want == kPermError;
  EXPECT_EQ(run.outcome.problem.empty(), !error) << run.outcome.problem;
}

constexpr Case kCases[] = {
    {"ip4", "192.0.2.77", "u@ip4.example.com", kPass, "ip4:192.0.2.0/24", "ip4.example.com"},
    {"ip6", "2001:db8:1:2::3", "u@ip4.example.com", kPass, "ip6:2001:db8::/32", "ip4.example.com"},
    {"all", "198.51.100.1", "u@ip4.example.com", kFail, "-all", "ip4.example.com"},
    {"mapped_counts_as_v4", "::ffff:192.0.2.77", "u@ip4.example.com", kPass, "ip4:192.0.2.0/24",
     "ip4.example.com"},
    {"ip6_full_length", "2001:db8:1111:2222:3333:4444:5555:6666", "u@ip6.example.com", kPass,
     "ip6:2001:db8:1111:2222:3333:4444:5555:6666", "ip6.example.com"},
    {"ip6_other", "2001:db8:1111:2222:3333:4444:5555:6667", "u@ip6.example.com", kSoftFail, "~all",
     "ip6.example.com"},
    {"cidr_25_in", "192.0.2.128", "u@bits.example.com", kPass, "ip4:192.0.2.128/25",
     "bits.example.com"},
    {"cidr_25_out", "192.0.2.127", "u@bits.example.com", kFail, "-all", "bits.example.com"},
    {"cidr_33_in", "2001:db8:8000::1", "u@bits.example.com", kPass, "ip6:2001:db8:8000::/33",
     "bits.example.com"},
    {"cidr_33_out", "2001:db8:7fff::1", "u@bits.example.com", kFail, "-all", "bits.example.com"},
    {"host_in", "192.0.2.1", "u@host.example.com", kPass, "ip4:192.0.2.1", "host.example.com"},
    {"host_out", "192.0.2.2", "u@host.example.com", kFail, "-all", "host.example.com"},
    {"any4", "198.51.100.1", "u@any4.example.com", kPass, "ip4:203.0.113.9/0", "any4.example.com"},
    {"any4_not_v6", "2001:db8::1", "u@any4.example.com", kFail, "-all", "any4.example.com"},
    {"any6", "2001:db8::1", "u@any6.example.com", kPass, "ip6:2001:db8::/0", "any6.example.com"},
    {"any6_not_v4", "192.0.2.1", "u@any6.example.com", kFail, "-all", "any6.example.com"},
    {"default_is_neutral", "192.0.2.1", "u@default.example.com", kNeutral},
    {"empty_is_neutral", "192.0.2.1", "u@empty.example.com", kNeutral},
    {"plus_all", "192.0.2.1", "u@plusall.example.com", kPass, "+all", "plusall.example.com"},
    {"question_all", "192.0.2.1", "u@questionall.example.com", kNeutral, "?all",
     "questionall.example.com"},
    {"first_match_wins", "192.0.2.1", "u@failfirst.example.com", kFail, "-ip4:192.0.2.1",
     "failfirst.example.com"},
    {"loopback_is_no_pass", "127.0.0.1", "u@host.example.com", kFail, "-all", "host.example.com"},
    {"loopback6_is_no_pass", "::1", "u@host.example.com", kFail, "-all", "host.example.com"},
    {"a", "192.0.2.1", "u@a.example.com", kPass, "a", "a.example.com"},
    {"a6", "2001:db8::1", "u@a.example.com", kPass, "a", "a.example.com"},
    {"a_miss", "192.0.2.2", "u@a.example.com", kFail, "-all", "a.example.com"},
    {"a_cidr", "192.0.2.200", "u@a24.example.com", kPass, "a:a.example.com/24//64",
     "a24.example.com"},
    {"a_cidr6", "2001:db8::ffff", "u@a24.example.com", kPass, "a:a.example.com/24//64",
     "a24.example.com"},
    {"a_cidr6_miss", "2001:db8:0:1::1", "u@a24.example.com", kFail, "-all", "a24.example.com"},
    {"a_zero", "198.51.100.1", "u@a0.example.com", kNeutral, "?a:a.example.com/0//0",
     "a0.example.com"},
    {"a_zero6", "2001:db8:ffff::1", "u@a0.example.com", kNeutral, "?a:a.example.com/0//0",
     "a0.example.com"},
    {"a_zero6_without_aaaa", "2001:db8::1", "u@a0only4.example.com", kFail, "-all",
     "a0only4.example.com"},
    {"cidr_overflow", "198.51.100.1", "u@overflow.example.com", kPermError, "",
     "overflow.example.com"},
    {"mx", "192.0.2.30", "u@mx.example.com", kPass, "mx/28", "mx.example.com"},
    {"mx_miss", "192.0.2.33", "u@mx.example.com", kFail, "-all", "mx.example.com"},
    {"mx_zero", "198.51.100.1", "u@mx0.example.com", kPass, "mx:mx.example.com/0",
     "mx0.example.com"},
    {"null_mx", "192.0.2.1", "u@nullmx.example.com", kPass, "a:a.example.com",
     "nullmx.example.com"},
    {"exists", "192.0.2.1", "Bob-Al@exists.example.com", kPass,
     "exists:%{ir}.%{l1r-}.list.example.com", "exists.example.com"},
    {"exists_other_part", "192.0.2.1", "Al-Bob@exists.example.com", kFail, "-all",
     "exists.example.com"},
    {"exists_asks_a_only", "2001:db8::9", "u@exists6.example.com", kFail, "-all",
     "exists6.example.com"},
    {"ptr", "192.0.2.1", "u@ptr.example.com", kPass, "ptr", "ptr.example.com"},
    {"ptr_needs_forward", "192.0.2.99", "u@ptr.example.com", kFail, "-all", "ptr.example.com"},
    {"ptr_label_boundary", "192.0.2.1", "u@ptrs.example.com", kFail, "-all", "ptrs.example.com"},
    {"include", "192.0.2.1", "u@inc.example.com", kPass, "ip4:192.0.2.0/24", "ip4.example.com"},
    {"include_fail_goes_on", "198.51.100.1", "u@inc.example.com", kSoftFail, "~all",
     "inc.example.com"},
    {"include_fail_qualifier", "192.0.2.1", "u@incfail.example.com", kFail, "ip4:192.0.2.0/24",
     "ip4.example.com"},
    {"include_none", "192.0.2.1", "u@incnone.example.com", kPermError,
     "include:nothing.example.com", "incnone.example.com"},
    {"include_neutral_goes_on", "192.0.2.1", "u@incdef.example.com", kPass, "ip4:192.0.2.1",
     "incdef.example.com"},
    {"include_in_include", "192.0.2.1", "u@deep.example.com", kPass, "ip4:192.0.2.0/24",
     "ip4.example.com"},
    {"include_in_include_softfail", "198.51.100.1", "u@deep.example.com", kNeutral, "?all",
     "deep.example.com"},
    {"redirect", "192.0.2.1", "u@redir.example.com", kPass, "ip4:192.0.2.0/24", "ip4.example.com"},
    {"redirect_fail", "198.51.100.1", "u@redir.example.com", kFail, "-all", "ip4.example.com"},
    {"redirect_behind_mechanisms", "203.0.113.5", "u@redirfirst.example.com", kPass,
     "ip4:203.0.113.5", "redirfirst.example.com"},
    {"redirect_not_with_all", "192.0.2.1", "u@redirall.example.com", kNeutral, "?all",
     "redirall.example.com"},
    {"redirect_none", "192.0.2.1", "u@redirnone.example.com", kPermError,
     "redirect=nothing.example.com", "redirnone.example.com"},
    {"redirect_in_include", "192.0.2.1", "u@redirinc.example.com", kPass, "ip4:192.0.2.0/24",
     "ip4.example.com"},
    {"redirect_to_default", "192.0.2.1", "u@redirdef.example.com", kNeutral},
    {"include_itself", "192.0.2.1", "u@self.example.com", kPermError, "include:self.example.com",
     "self.example.com"},
    {"redirect_loop", "192.0.2.1", "u@loop1.example.com", kPermError, "redirect=loop2.example.com",
     "loop1.example.com"},
    {"pipe_is_no_delimiter", "192.0.2.1", "u@pipe.example.com", kPermError, "", "pipe.example.com"},
    {"comma_is_a_delimiter", "192.0.2.1", "head,tail@comma.example.com", kPass,
     "exists:%{l1,}.ok.example.com", "comma.example.com"},
    {"slash_is_a_delimiter", "192.0.2.1", "head/tail@slash.example.com", kPass,
     "exists:%{l1/}.ok.example.com", "slash.example.com"},
    {"helo_macro", "192.0.2.1", "u@helo.example.com", kPass, "a:%{h}", "helo.example.com"},
    {"p_prefers_any_valid_name", "192.0.2.1", "u@p.example.com", kPass, "exists:%{p}.p.example.com",
     "p.example.com"},
    {"p_unknown", "203.0.113.200", "u@p.example.com", kPass, "exists:%{p}.p.example.com",
     "p.example.com"},
    {"two_records", "192.0.2.1", "u@two.example.com", kPermError, "", "two.example.com"},
    {"no_spf_record", "192.0.2.1", "u@other.example.com", kNone},
    {"no_such_domain", "192.0.2.1", "u@nothing.example.com", kNone},
    {"syntax_error_behind_match", "192.0.2.1", "u@syntax.example.com", kPermError, "",
     "syntax.example.com"},
    {"syntax_error_in_include", "192.0.2.1", "u@incsyntax.example.com", kPermError,
     "include:syntax.example.com", "incsyntax.example.com"},
    {"cname", "192.0.2.1", "u@cname.example.com", kPass, "ip4:192.0.2.0/24", "cname.example.com"},
    {"case_of_domain", "192.0.2.1", "u@IP4.Example.COM", kPass, "ip4:192.0.2.0/24",
     "IP4.Example.COM"},
    {"trailing_dot", "192.0.2.1", "u@ip4.example.com.", kPass, "ip4:192.0.2.0/24",
     "ip4.example.com"},
    {"single_label", "192.0.2.1", "u@localhost", kNone},
    {"address_literal", "192.0.2.1", "u@[192.0.2.1]", kNone},
    {"empty_label", "192.0.2.1", "u@a..example.com", kNone},
    {"empty_domain", "192.0.2.1", "u@", kNone},
    {"only_a_dot", "192.0.2.1", "u@.", kNone},
    {"eight_bit_domain", "192.0.2.1", "u@\xc3\xbc.example.com", kNone},
    {"long_label", "192.0.2.1",
     "u@a123456789012345678901234567890123456789012345678901234567890123.example.com", kNone},
};
INSTANTIATE_TEST_SUITE_P(Own, SpfTable, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Spf, HeloIdentityIsItsOwnCheck) {
  const dns::Zone zone = MakeZone(
      "mta.example.com TXT \"v=spf1 a exists:%{l}.%{o}.ok.example.com -all\"\n"
      "mta.example.com A 192.0.2.9\n"
      "postmaster.mta.example.com.ok.example.com A 127.0.0.2\n");
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.9", "", "mta.example.com"), zone).outcome.mechanism, "a");
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.1", "", "mta.example.com"), zone).outcome.mechanism,
            "exists:%{l}.%{o}.ok.example.com");
  EXPECT_EQ(RunSpf(MakeCheck("192.0.2.9", "", "[192.0.2.9]"), zone).outcome.result, kNone);
}

TEST(Spf, ThreadsDoNotMeet) {
  const dns::Zone zone = MakeZone(kZone);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&zone, &wrong, t] {
      const bool inside = t % 2 == 0;
      const SpfCheck check = MakeCheck(inside ? "192.0.2.1" : "198.51.100.1", "u@deep.example.com");
      for (int i = 0; i < 200; ++i) {
        if (RunSpf(check, zone).outcome.result != (inside ? kPass : kNeutral)) ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace assay::auth
