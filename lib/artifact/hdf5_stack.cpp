#include "artifact/hdf5_stack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "artifact/hdf5_errors.hpp"
#include "artifact/hdf5_handle.hpp"
#include "artifact/hdf5_open.hpp"
#include "core/error.hpp"
#include "image/reader_helpers.hpp"

namespace unetflow {
namespace {

class Hdf5Stack : public PictureFile {
 public:
  Hdf5Stack(const std::filesystem::path& file, const std::string& dataset)
      : place_(fmt::format("{} dataset {}", file.string(), dataset)),
        file_bytes_(bytes_of_file(file)) {
    file_ = open_hdf5(file);
    dataset_ = open_dataset(file_, dataset, SoftLinks::kFollowed, place_);
    const Handle space(H5Dget_space(dataset_), H5Sclose);
    axes_ = H5Sget_simple_extent_ndims(space);
    if (H5Sget_simple_extent_type(space) != H5S_SIMPLE || (axes_ != 2 && axes_ != 3)) {
      throw InputError(place_, fmt::format("has {} axes, expected [page,] y, x", axes_));
    }
    H5Sget_simple_extent_dims(space, shape_.data() + 3 - axes_, nullptr);
    const Handle type(H5Dget_type(dataset_), H5Tclose);
    class_ = H5Tget_class(type);
    bytes_ = H5Tget_size(type);
    signed_ = class_ == H5T_INTEGER && H5Tget_sign(type) != H5T_SGN_NONE;
    if ((class_ != H5T_INTEGER && class_ != H5T_FLOAT) || bytes_ > 8) {
      throw InputError(place_, "has values of another type, expected integers or floats");
    }
    keep_layer_of_chunks(dataset);
  }

  Index pages() override { return static_cast<Index>(shape_[0]); }

  PicturePage read(Index page) override {
    const std::string where = page_place(place_, page);
    if (page < 0 || page >= pages()) {
      throw InputError(where, fmt::format("is not there; the dataset has {} pages", pages()));
    }
    check_claimed_bytes(static_cast<double>(shape_[1]) * static_cast<double>(shape_[2]) *
                            static_cast<double>(bytes_),
                        file_bytes_, true, where);
    if (class_ == H5T_FLOAT) return {values<float>(page, H5T_NATIVE_FLOAT, where)};
    if (signed_ && bytes_ <= 2) return {values<float>(page, H5T_NATIVE_FLOAT, where)};
    if (signed_ || bytes_ > 4) {
      return narrowed(
          values<std::uint64_t>(page, signed_ ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64, where),
          signed_);
    }
    if (bytes_ == 1) return {values<std::uint8_t>(page, H5T_NATIVE_UINT8, where)};
    if (bytes_ == 2) return {values<std::uint16_t>(page, H5T_NATIVE_UINT16, where)};
    return {values<std::uint32_t>(page, H5T_NATIVE_UINT32, where)};
  }

 private:
  /// Chunks of some pages each are inflated once, not once for each page, if HDF5 keeps as many as
  /// one page crosses. Its own cache of 1 MB holds few.
  void keep_layer_of_chunks(const std::string& dataset) {
    const Handle creation(H5Dget_create_plist(dataset_), H5Pclose);
    std::array<hsize_t, 3> chunk = {1, 1, 1};
    const auto skip = static_cast<std::size_t>(3 - axes_);
    if (H5Pget_layout(creation) != H5D_CHUNKED ||
        H5Pget_chunk(creation, axes_, chunk.data() + skip) != axes_ || chunk[0] == 1) {
      return;
    }
    constexpr double kMost = 1 << 30;
    const auto columns = (shape_[2] + chunk[2] - 1) / chunk[2];
    const auto rows = (shape_[1] + chunk[1] - 1) / chunk[1];
    const double bytes = static_cast<double>(chunk[0] * chunk[1] * chunk[2] * bytes_) *
                         static_cast<double>(rows * columns);
    if (bytes > kMost) return;
    const Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
    H5Pset_chunk_cache(access, 100 * static_cast<std::size_t>(rows * columns) + 1,
                       static_cast<std::size_t>(bytes), H5D_CHUNK_CACHE_W0_DEFAULT);
    dataset_ = open_dataset(file_, dataset, SoftLinks::kFollowed, place_, access);
  }

  /// libhdf5 (1.10) reads before the begin of a chunk that is shorter than its own checksum.
  void check_checksums(Index page, const std::string& where) const {
    constexpr hsize_t kChecksum = 4;  // bytes
    const Handle creation(H5Dget_create_plist(dataset_), H5Pclose);
    const int filters = H5Pget_nfilters(creation);
    std::array<hsize_t, 3> chunk = {1, 1, 1};
    const auto skip = static_cast<std::size_t>(3 - axes_);
    if (H5Pget_layout(creation) != H5D_CHUNKED ||
        H5Pget_chunk(creation, axes_, chunk.data() + skip) != axes_) {
      return;
    }
    bool sums = false;
    for (int i = 0; i < filters; ++i) {
      unsigned flags = 0;
      std::size_t values = 0;
      sums = H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &values, nullptr, 0,
                            nullptr, nullptr) == H5Z_FILTER_FLETCHER32;
      if (sums && i + 1 < filters) {
        throw InputError(where, "has checksums of what is filtered further, which is unsupported");
      }
    }
    if (!sums) return;
    const hsize_t first = static_cast<hsize_t>(page) / chunk[0] * chunk[0];
    for (hsize_t y = 0; y < shape_[1]; y += chunk[1]) {
      for (hsize_t x = 0; x < shape_[2]; x += chunk[2]) {
        const std::array<hsize_t, 3> place = {first, y, x};
        hsize_t bytes = kChecksum;  // what was never written has none
        H5Dget_chunk_storage_size(dataset_, place.data() + skip, &bytes);
        if (bytes > 0 && bytes < kChecksum)
          throw InputError(where, "is damaged: a chunk is cut short");
      }
    }
  }

  template <class T>
  Picture<T> values(Index page, hid_t memory_type, const std::string& where) const {
    prepare_hdf5();
    check_checksums(page, where);
    Picture<T> picture(static_cast<Index>(shape_[1]), static_cast<Index>(shape_[2]));
    const std::array<hsize_t, 3> start = {static_cast<hsize_t>(page), 0, 0};
    const std::array<hsize_t, 3> count = {1, shape_[1], shape_[2]};
    const auto skip = static_cast<std::size_t>(3 - axes_);
    const Handle space(H5Dget_space(dataset_), H5Sclose);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data() + skip, nullptr, count.data() + skip,
                        nullptr);
    const Handle memory(H5Screate_simple(2, count.data() + 1, nullptr), H5Sclose);
    if (H5Dread(dataset_, memory_type, memory, space, H5P_DEFAULT, picture.values.data()) < 0) {
      throw InputError(where, "is damaged: " + hdf5_message());
    }
    return picture;
  }

  std::string place_;
  std::uintmax_t file_bytes_;
  Handle file_, dataset_;
  H5T_class_t class_ = H5T_NO_CLASS;
  bool signed_ = false;
  std::size_t bytes_ = 0;                     ///< of a value
  std::array<hsize_t, 3> shape_ = {1, 0, 0};  ///< [page, y, x]
  int axes_ = 0;
};

}  // namespace

PictureFormat hdf5_format() {
  return {"HDF5",
          {".h5", ".hdf5"},
          {"\x89HDF\r\n\x1a\n"},
          true,
          [](const std::filesystem::path& file, const std::string& dataset, const std::string&) {
            return std::unique_ptr<PictureFile>(std::make_unique<Hdf5Stack>(file, dataset));
          }};
}

}  // namespace unetflow
