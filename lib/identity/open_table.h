// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lib/identity/backends.h"

namespace assay::identity {

// Reads or opens the table that `spec` names; what is locked is waited for until `until`. An Error
// begins with the table's path or text.
[[nodiscard]] Result<OpenedTable> OpenTable(const TableSpec& spec, Deadline until);

}  // namespace assay::identity
