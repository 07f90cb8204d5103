// HDF5's errors, kept from the terminal and reported as one line. Private to lib/artifact.
#pragma once

#include <string>

namespace unetflow {

/// Call this in every thread before its first HDF5 call: it silences HDF5's error printing, which
/// is a setting of each thread. It also disables HDF5's cleanup at exit, which crashes after a
/// failed write on a full disk.
void prepare_hdf5();

/// The innermost cause of this thread's last error, as one line; clears it, because HDF5 keeps a
/// thread's last error even after the thread has ended.
std::string hdf5_message();

}  // namespace unetflow
