#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "artifact/hdf5_errors.hpp"
#include "artifact/hdf5_types.hpp"
#include "artifact/shard.hpp"
#include "core/error.hpp"

namespace unetflow {
namespace {

/// Whether each index of the first axis is a chunk, with the filters that ShardWriter sets.
bool is_decodable(hid_t dataset, const Shape& shape) {
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  if (shape.size() < 2 || H5Pget_layout(creation) != H5D_CHUNKED) return false;
  std::vector<hsize_t> chunk(shape.size());
  auto expected = extents(shape);
  expected[0] = 1;
  H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
  const std::vector<H5Z_filter_t> filters = {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE,
                                             H5Z_FILTER_FLETCHER32};
  if (chunk != expected || H5Pget_nfilters(creation) != static_cast<int>(filters.size())) {
    return false;
  }
  for (unsigned i = 0; i < filters.size(); ++i) {
    unsigned flags;
    size_t values = 0;
    if (H5Pget_filter2(creation, i, &flags, &values, nullptr, 0, nullptr, nullptr) != filters[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

struct ShardReader::State {
  fs::path path;
  Manifest manifest;
  fs::path data_path;
  Handle file;
  /// Datasets stay open: opening one costs more than reading a small sample.
  struct Dataset {
    Handle handle;
    Shape shape;
    bool decodable;  ///< each sample is a chunk that decode() understands
  };
  mutable std::map<std::string, Dataset> datasets;

  std::string place(const std::string& name) const {
    return fmt::format("{} dataset {}", data_path.string(), name);
  }

  const Dataset& dataset(const std::string& name) const {
    prepare_hdf5();
    if (const auto found = datasets.find(name); found != datasets.end()) return found->second;
    Handle handle(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
    if (!handle.valid()) {
      H5Eclear2(H5E_DEFAULT);
      throw InputError(place(name), "is missing");
    }
    const Handle space(H5Dget_space(handle), H5Sclose);
    std::vector<hsize_t> dims(static_cast<size_t>(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    Shape shape(dims.begin(), dims.end());
    const bool decodable = is_decodable(handle, shape);
    return datasets.emplace(name, Dataset{std::move(handle), std::move(shape), decodable})
        .first->second;
  }

  const Dataset& dataset_with(const std::string& name, std::int64_t index,
                              std::int64_t count) const {
    const Dataset& found = dataset(name);
    if (found.shape.empty() || index < 0 || index >= found.shape[0]) {
      throw InputError(place(name), fmt::format("has no index {}", index));
    }
    if (product(found.shape, 1) != count) {
      throw InputError(place(name), fmt::format("has {} values per sample, expected {}",
                                                product(found.shape, 1), count));
    }
    return found;
  }
};

ShardReader::ShardReader(const fs::path& manifest_path, std::string_view kind)
    : state_(std::make_unique<State>()) {
  prepare_hdf5();
  state_->path = manifest_path;
  state_->manifest = read_manifest(manifest_path, kind);
  state_->data_path = fs::path(manifest_path).replace_extension(".h5");
  state_->file = Handle(H5Fopen(state_->data_path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!state_->file.valid()) {
    throw InputError(state_->data_path.string(), "is not a readable HDF5 file: " + hdf5_message());
  }
}

ShardReader::~ShardReader() = default;
ShardReader::ShardReader(ShardReader&&) noexcept = default;
ShardReader& ShardReader::operator=(ShardReader&&) noexcept = default;

const fs::path& ShardReader::path() const { return state_->path; }
const Manifest& ShardReader::manifest() const { return state_->manifest; }

bool ShardReader::has(const std::string& name) const {
  prepare_hdf5();
  // H5Lexists requires that every group on the way exists.
  for (size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    if (H5Lexists(state_->file, name.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) return false;
  }
  return H5Lexists(state_->file, name.c_str(), H5P_DEFAULT) > 0;
}

Shape ShardReader::shape(const std::string& name) const { return state_->dataset(name).shape; }

template <class T>
void ShardReader::read(const std::string& name, std::int64_t index, std::span<T> values) const {
  Chunk chunk;
  fetch<T>(name, index, values.size(), chunk);
  decode(chunk, std::as_writable_bytes(values));
}

template <class T>
void ShardReader::fetch(const std::string& name, std::int64_t index, std::size_t count,
                        Chunk& chunk) const {
  const auto& dataset = state_->dataset_with(name, index, static_cast<std::int64_t>(count));
  chunk.place = fmt::format("{} index {}", state_->place(name), index);
  chunk.element = sizeof(T);
  const Handle type(H5Dget_type(dataset.handle), H5Tclose);
  std::vector<hsize_t> offset(dataset.shape.size(), 0);
  offset[0] = static_cast<hsize_t>(index);
  hsize_t size = 0;
  // On a big-endian machine memory differs from the file.
  chunk.encoded = dataset.decodable && H5Tequal(type, element_type<T>().memory) > 0 &&
                  H5Dget_chunk_storage_size(dataset.handle, offset.data(), &size) >= 0 && size > 0;
  if (chunk.encoded) {
    chunk.bytes.resize(size);
    if (H5Dread_chunk(dataset.handle, H5P_DEFAULT, offset.data(), &chunk.skipped,
                      chunk.bytes.data()) >= 0) {
      return;
    }
    throw InputError(chunk.place, "is damaged: " + hdf5_message());
  }
  chunk.bytes.resize(count * sizeof(T));
  const Handle space(H5Dget_space(dataset.handle), H5Sclose);
  const Handle memory = select_sample(space, dataset.shape, index);
  if (H5Dread(dataset.handle, element_type<T>().memory, memory, space, H5P_DEFAULT,
              chunk.bytes.data()) < 0) {
    throw InputError(chunk.place, "is damaged: " + hdf5_message());
  }
}

template <class T>
std::vector<T> ShardReader::read_whole(const std::string& name) const {
  std::vector<T> values(static_cast<size_t>(product(state_->dataset(name).shape)));
  if (values.empty()) return values;
  if (H5Dread(state_->dataset(name).handle, element_type<T>().memory, H5S_ALL, H5S_ALL, H5P_DEFAULT,
              values.data()) < 0) {
    throw InputError(state_->place(name), "is damaged: " + hdf5_message());
  }
  return values;
}

#define UNETFLOW_ELEMENT(T)                                                                  \
  template void ShardReader::read<T>(const std::string&, std::int64_t, std::span<T>) const;  \
  template void ShardReader::fetch<T>(const std::string&, std::int64_t, std::size_t, Chunk&) \
      const;                                                                                 \
  template std::vector<T> ShardReader::read_whole<T>(const std::string&) const;
UNETFLOW_ELEMENT_TYPES(UNETFLOW_ELEMENT)
#undef UNETFLOW_ELEMENT

}  // namespace unetflow
