// What other programs write beside the values of a dataset. Private to lib/artifact.
#pragma once

#include <hdf5.h>

#include <string>
#include <vector>

namespace unetflow {

/// A text, or all of an array of them; none where the attribute is missing or holds something else.
std::vector<std::string> text_attribute(hid_t object, const char* name);

/// A number, or all of an array of them; likewise.
std::vector<double> number_attribute(hid_t object, const char* name);

}  // namespace unetflow
