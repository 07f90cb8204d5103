// Opening HDF5 files and datasets that came from elsewhere. Private to lib/artifact.
//
// HDF5 follows links and layouts out of a file into any other without saying so. Here they are
// refused: what is read lies in the file that was opened.
#pragma once

#include <hdf5.h>

#include <filesystem>
#include <string>

#include "artifact/hdf5_handle.hpp"

namespace unetflow {

/// Opens a file for reading, without HDF5's own lock, which some file systems do not have. Throws
/// InputError when it is not a readable HDF5 file.
Handle open_hdf5(const std::filesystem::path& file);

/// The soft links on the way to a dataset: names for something elsewhere in the same file.
enum class SoftLinks { kRefused, kFollowed };

/// Opens a dataset; `access` is a dataset access property list or H5P_DEFAULT. Throws
/// InputError(place, ...) when it is missing or not a dataset, when a link on the way leads out of
/// the file, or when its values lie in other files (external storage, virtual datasets).
Handle open_dataset(hid_t file, const std::string& name, SoftLinks links, const std::string& place,
                    hid_t access = H5P_DEFAULT);

}  // namespace unetflow
