// SPDX-License-Identifier: Apache-2.0
// Owners for handles of C libraries: the release function is part of the type and costs nothing.
//   using SpfRequest = CPtr<SPF_request_t, SPF_request_free>;
#pragma once

#include <memory>

namespace assay {

template <auto Free>
struct CFree {
  template <class T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};

template <class T, auto Free>
using CPtr = std::unique_ptr<T, CFree<Free>>;

}  // namespace assay
