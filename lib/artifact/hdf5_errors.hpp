// HDF5's own way to report errors, kept from the terminal. Private to lib/artifact.
#pragma once

#include <string>

namespace unetflow {

/// To be called by a thread before it meets HDF5: errors are printed thread by thread. Also keeps
/// HDF5 from cleaning up at exit, where it fails once more (and crashes) when the disk is full.
void prepare_hdf5();

/// The innermost cause of this thread's last error, as one line; and forgets it, as what HDF5 keeps
/// of a thread's last error outlives the thread.
std::string hdf5_message();

}  // namespace unetflow
