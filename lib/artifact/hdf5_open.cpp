#include "artifact/hdf5_open.hpp"

#include <fmt/format.h>

#include "artifact/hdf5_errors.hpp"
#include "core/error.hpp"

namespace unetflow {
namespace {

/// Called by HDF5 before it follows an external link.
herr_t refuse(const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) {
  return -1;
}

void check_links(hid_t file, const std::string& name, SoftLinks links, const std::string& place) {
  // Each name on the way is a link, the last one too.
  for (size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
    const std::string part = name.substr(0, end);
    H5L_info_t info;
    if (H5Lget_info(file, part.c_str(), &info, H5P_DEFAULT) < 0) {
      H5Eclear2(H5E_DEFAULT);
      throw InputError(place, "is missing");
    }
    const bool allowed =
        info.type == H5L_TYPE_HARD || (info.type == H5L_TYPE_SOFT && links == SoftLinks::kFollowed);
    if (!allowed) {
      throw InputError(place, fmt::format("is reached through a link ({}), expected it in the file "
                                          "itself",
                                          part));
    }
    if (end == std::string::npos) return;
  }
}

}  // namespace

Handle open_hdf5(const std::filesystem::path& file) {
  prepare_hdf5();
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access, false, true);
  Handle opened(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access), H5Fclose);
  if (!opened.valid()) {
    throw InputError(file.string(), "is not a readable HDF5 file: " + hdf5_message());
  }
  return opened;
}

Handle open_dataset(hid_t file, const std::string& name, SoftLinks links, const std::string& place,
                    hid_t access) {
  prepare_hdf5();
  check_links(file, name, links, place);
  const Handle own(access == H5P_DEFAULT ? H5Pcreate(H5P_DATASET_ACCESS) : H5Pcopy(access),
                   H5Pclose);
  H5Pset_elink_cb(own, refuse, nullptr);
  // H5Oopen and not H5Dopen: the object may be something else.
  const Handle object(H5Oopen(file, name.c_str(), own), H5Oclose);
  const bool is_dataset = object.valid() && H5Iget_type(object) == H5I_DATASET;
  Handle dataset(is_dataset ? H5Dopen2(file, name.c_str(), own) : -1, H5Dclose);
  if (!dataset.valid()) {
    const std::string cause = object.valid() ? "" : ": " + hdf5_message();
    H5Eclear2(H5E_DEFAULT);
    throw InputError(place, "cannot be opened as a dataset" + cause);
  }
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  if (H5Pget_layout(creation) == H5D_VIRTUAL || H5Pget_external_count(creation) > 0) {
    throw InputError(place, "has its values in other files, expected them in this one");
  }
  return dataset;
}

}  // namespace unetflow
