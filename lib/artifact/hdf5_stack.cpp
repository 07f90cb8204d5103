#include "artifact/hdf5_stack.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <array>

#include "artifact/hdf5_errors.hpp"
#include "core/error.hpp"

namespace unetflow {

struct Hdf5Stack::State {
  std::string place;
  hid_t file = -1;
  hid_t dataset = -1;
  hid_t space = -1;
  H5T_class_t type = H5T_NO_CLASS;
  size_t bytes = 0;
  std::array<hsize_t, 3> shape = {1, 0, 0};  ///< [page, y, x]
  int axes = 0;

  ~State() {
    if (space >= 0) H5Sclose(space);
    if (dataset >= 0) H5Dclose(dataset);
    if (file >= 0) H5Fclose(file);
  }

  template <class T>
  Picture<T> read(Index page, hid_t memory_type) const {
    prepare_hdf5();
    Picture<T> picture(static_cast<Index>(shape[1]), static_cast<Index>(shape[2]));
    const std::array<hsize_t, 3> start = {static_cast<hsize_t>(page), 0, 0};
    const std::array<hsize_t, 3> count = {1, shape[1], shape[2]};
    const size_t skip = 3 - static_cast<size_t>(axes);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data() + skip, nullptr, count.data() + skip,
                        nullptr);
    const hid_t memory = H5Screate_simple(2, count.data() + 1, nullptr);
    const herr_t result =
        H5Dread(dataset, memory_type, memory, space, H5P_DEFAULT, picture.values.data());
    H5Sclose(memory);
    if (result < 0) {
      throw InputError(fmt::format("{} page {}", place, page), "is damaged: " + hdf5_message());
    }
    return picture;
  }
};

Hdf5Stack::Hdf5Stack(const std::filesystem::path& file, const std::string& dataset)
    : state_(std::make_unique<State>()) {
  prepare_hdf5();
  State& state = *state_;
  state.place = fmt::format("{} dataset {}", file.string(), dataset);
  state.file = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (state.file < 0) throw InputError(file.string(), "is not a readable HDF5 file");
  state.dataset = H5Dopen2(state.file, dataset.c_str(), H5P_DEFAULT);
  if (state.dataset < 0) throw InputError(state.place, "is missing");
  state.space = H5Dget_space(state.dataset);
  state.axes = H5Sget_simple_extent_ndims(state.space);
  if (state.axes != 2 && state.axes != 3) {
    throw InputError(state.place, fmt::format("has {} axes, expected [page,] y, x", state.axes));
  }
  H5Sget_simple_extent_dims(state.space, state.shape.data() + 3 - state.axes, nullptr);
  const hid_t type = H5Dget_type(state.dataset);
  state.type = H5Tget_class(type);
  state.bytes = H5Tget_size(type);
  const bool is_signed = state.type == H5T_INTEGER && H5Tget_sign(type) != H5T_SGN_NONE;
  H5Tclose(type);
  if ((state.type != H5T_INTEGER && state.type != H5T_FLOAT) || is_signed ||
      (state.type == H5T_INTEGER && state.bytes > 4)) {
    throw InputError(state.place,
                     "is of another type, expected unsigned integers of 8 to 32 bits, or floats");
  }
}

Hdf5Stack::~Hdf5Stack() = default;

Index Hdf5Stack::pages() const { return static_cast<Index>(state_->shape[0]); }

Hdf5Stack::Page Hdf5Stack::read(Index page) const {
  if (state_->type == H5T_FLOAT) return state_->read<float>(page, H5T_NATIVE_FLOAT);
  if (state_->bytes == 1) return state_->read<std::uint8_t>(page, H5T_NATIVE_UINT8);
  if (state_->bytes == 2) return state_->read<std::uint16_t>(page, H5T_NATIVE_UINT16);
  return state_->read<std::uint32_t>(page, H5T_NATIVE_UINT32);
}

}  // namespace unetflow
