// SPDX-License-Identifier: Apache-2.0
// What texts in assay.toml have to look like. Pure; each takes the text and says what is wrong with
// it.
#pragma once

#include <string>
#include <string_view>

namespace assay::config {

// An empty message: nothing is wrong. The message goes on after the quoted text: "is not …"; `hint`
// may be empty.
struct Objection {
  std::string message;
  std::string hint;
};

// unix:PATH (or local:PATH), inet:PORT@HOST, inet6:PORT@HOST, fd:N, as libmilter's and the MTA's
// socket names go.
[[nodiscard]] Objection CheckSocket(std::string_view text);
// An absolute path without control characters.
[[nodiscard]] Objection CheckPath(std::string_view text);
// A domain in A-labels: labels of letters, digits, hyphens and underscores, at most 63 bytes each,
// 253 together.
[[nodiscard]] Objection CheckDomain(std::string_view text);
// A domain, or one with a leading dot that stands for its subdomains too.
[[nodiscard]] Objection CheckLocalDomain(std::string_view text);
// The address of a DNS server, with or without port: "192.0.2.53", "192.0.2.53:5353",
// "[2001:db8::53]:5353".
[[nodiscard]] Objection CheckServer(std::string_view text);
// A table in Postfix's notation, "hash:/etc/postfix/sender_login": see identity::ParseTableSpec().
[[nodiscard]] Objection CheckTable(std::string_view text);
// What separates user and extension: up to 8 characters, none of which an address needs otherwise.
[[nodiscard]] Objection CheckDelimiters(std::string_view text);
// A login as tables have it: no white space, no comma, at most 256 bytes.
[[nodiscard]] Objection CheckLogin(std::string_view text);
// A name in a certificate: one line.
[[nodiscard]] Objection CheckCertificateName(std::string_view text);
// "user@example.com", or "@example.com" for all of a domain's.
[[nodiscard]] Objection CheckAddressPattern(std::string_view text);
// Letters, digits and . _ -, at most 64: names of users, groups, tenants and MTA listeners. They
// stand in log lines.
[[nodiscard]] Objection CheckName(std::string_view text);

}  // namespace assay::config
