// SPDX-License-Identifier: Apache-2.0
// How a function says that it could not do its work. What a check finds out (SPF fail, a bad
// signature, NXDOMAIN) is a value of that check's own type, never an Error.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace assay {

enum class ErrorKind {
  kTemporary,  // trying again later may help: a table under a lock, a full disk
  kPermanent,  // somebody must change something first: a bad rule file, a missing user
};

struct Error {
  ErrorKind kind = ErrorKind::kPermanent;
  std::string what;  // one line for the operator, without the program's name
};

// A value or an Error. Functions that return one are [[nodiscard]].
template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> Permanent(std::string what) {
  return tl::unexpected<Error>(Error{ErrorKind::kPermanent, std::move(what)});
}
[[nodiscard]] inline tl::unexpected<Error> Temporary(std::string what) {
  return tl::unexpected<Error>(Error{ErrorKind::kTemporary, std::move(what)});
}

}  // namespace assay
