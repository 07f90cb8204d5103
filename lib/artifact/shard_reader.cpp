#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "artifact/hdf5_errors.hpp"
#include "artifact/hdf5_open.hpp"
#include "artifact/hdf5_types.hpp"
#include "artifact/shard.hpp"
#include "core/error.hpp"
#include "image/reader_helpers.hpp"

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

/// The type that a manifest calls so.
ElementType type_called(const std::string& dtype) {
#define UNETFLOW_ELEMENT(T) \
  if (dtype == element_type<T>().name) return element_type<T>();
  UNETFLOW_ELEMENT_TYPES(UNETFLOW_ELEMENT)
#undef UNETFLOW_ELEMENT
  throw Error("no element type is called " + dtype);
}

/// The product of a shape that nobody has checked yet and the bytes per value.
double claimed_bytes(const Shape& shape, hid_t type) {
  auto bytes = static_cast<double>(H5Tget_size(type));
  for (const auto size : shape) bytes *= static_cast<double>(size);
  return bytes;
}

/// Whether all values were written: a chunk that is not there would be read as zeros.
bool is_whole(hid_t dataset, hid_t creation, const Shape& shape) {
  if (H5Pget_layout(creation) != H5D_CHUNKED) return H5Dget_storage_size(dataset) > 0;
  std::vector<hsize_t> chunk(shape.size());
  if (H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data()) !=
      static_cast<int>(chunk.size())) {
    return false;
  }
  double expected = 1;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    expected *= std::ceil(static_cast<double>(shape[axis]) / static_cast<double>(chunk[axis]));
  }
  const Handle space(H5Dget_space(dataset), H5Sclose);
  hsize_t chunks = 0;
  return H5Dget_num_chunks(dataset, space, &chunks) >= 0 && static_cast<double>(chunks) == expected;
}

/// Throws InputError(place, ...) unless shape, type and stored bytes are those that the manifest
/// gives.
void check_as_described(hid_t dataset, const Shape& shape, const std::string& dtype,
                        const std::string& place) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  Shape found;
  if (H5Sget_simple_extent_type(space) == H5S_SIMPLE) {
    std::vector<hsize_t> dims(static_cast<size_t>(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    found.assign(dims.begin(), dims.end());
  }
  if (found != shape) {
    throw InputError(place, fmt::format("has the shape [{}], expected [{}] by the manifest",
                                        fmt::join(found, ", "), fmt::join(shape, ", ")));
  }
  const Handle type(H5Dget_type(dataset), H5Tclose);
  if (H5Tequal(type, type_called(dtype).file) <= 0) {
    throw InputError(place, fmt::format("has values of another type than {}, expected by the "
                                        "manifest",
                                        dtype));
  }
  const double claimed = claimed_bytes(shape, type);
  if (claimed == 0) return;
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  check_claimed_bytes(claimed, H5Dget_storage_size(dataset), H5Pget_nfilters(creation) > 0, place);
  if (!is_whole(dataset, creation, shape)) {
    throw InputError(place, "is not whole: some of its values were never written");
  }
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
    std::string dtype;
    bool decodable;  ///< each sample is a chunk that decode() understands
  };
  mutable std::map<std::string, Dataset> datasets;

  std::string place(const std::string& name) const {
    return fmt::format("{} dataset {}", data_path.string(), name);
  }

  /// Opens the file that was verified, or throws.
  void open() {
    const InputFile verified = verified_file(manifest, data_path.filename().string());
    file = open_hdf5(data_path);
    int* descriptor = nullptr;
    if (H5Fget_vfd_handle(file, H5P_DEFAULT, reinterpret_cast<void**>(&descriptor)) < 0 ||
        FileStamp::of(*descriptor) != verified.stamp()) {
      throw Error(data_path.string() + ": was changed while it was being read; run again");
    }
  }

  const Dataset& dataset(const std::string& name) const {
    prepare_hdf5();  // the thread may be another
    if (const auto found = datasets.find(name); found != datasets.end()) return found->second;
    const Json described =
        manifest.datasets.is_object() ? manifest.datasets.value(name, Json()) : Json();
    if (!described.is_object()) throw InputError(place(name), "is missing");
    Dataset opened{open_dataset(file, name, SoftLinks::kRefused, place(name)),
                   described.at("shape").get<Shape>(), described.at("dtype").get<std::string>(),
                   false};
    check_as_described(opened.handle, opened.shape, opened.dtype, place(name));
    opened.decodable = is_decodable(opened.handle, opened.shape);
    return datasets.emplace(name, std::move(opened)).first->second;
  }

  const Dataset& dataset_with(const std::string& name, std::int64_t index,
                              std::int64_t count) const {
    const Dataset& found = dataset(name);
    if (index < 0 || index >= found.shape[0]) {
      throw InputError(place(name), fmt::format("has no index {}", index));
    }
    if (product(found.shape, 1) != count) {
      throw InputError(place(name), fmt::format("has {} values per sample, expected {}",
                                                product(found.shape, 1), count));
    }
    return found;
  }

  /// Throws InputError unless the dataset's values are of type T, or integers that T holds all of.
  template <class T>
  void check_type(const Dataset& dataset, const std::string& name) const {
    const char* const wanted = element_type<T>().name;
    const bool widened = std::is_same_v<T, std::int64_t> && dataset.dtype != "float32";
    if (dataset.dtype == wanted || widened) return;
    throw InputError(place(name), fmt::format("has {} values, expected {}", dataset.dtype, wanted));
  }
};

ShardReader::ShardReader(const fs::path& manifest_path, std::string_view kind)
    : state_(std::make_unique<State>()) {
  state_->path = manifest_path;
  state_->manifest = read_manifest(manifest_path, kind);
  state_->data_path = fs::path(manifest_path).replace_extension(".h5");
  state_->open();
}

ShardReader::~ShardReader() = default;
ShardReader::ShardReader(ShardReader&&) noexcept = default;
ShardReader& ShardReader::operator=(ShardReader&&) noexcept = default;

const fs::path& ShardReader::path() const { return state_->path; }
const Manifest& ShardReader::manifest() const { return state_->manifest; }

bool ShardReader::has(const std::string& name) const {
  return state_->manifest.datasets.is_object() && state_->manifest.datasets.contains(name);
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
  state_->check_type<T>(dataset, name);
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
  const auto& dataset = state_->dataset(name);
  state_->check_type<T>(dataset, name);
  std::vector<T> values(static_cast<size_t>(product(dataset.shape)));
  if (values.empty()) return values;
  if (H5Dread(dataset.handle, element_type<T>().memory, H5S_ALL, H5S_ALL, H5P_DEFAULT,
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
