#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <map>

#include "artifact/hdf5_errors.hpp"
#include "artifact/hdf5_open.hpp"
#include "artifact/hdf5_types.hpp"
#include "artifact/shard.hpp"
#include "core/crash.hpp"
#include "core/error.hpp"
#include "image/reader_helpers.hpp"

namespace unetflow {

// Values are little-endian in the file.
static_assert(std::endian::native == std::endian::little);

namespace {

/// Whether these are the filters that ShardWriter sets, which decode() undoes.
bool has_our_filters(hid_t creation) {
  const std::vector<H5Z_filter_t> filters = {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE,
                                             H5Z_FILTER_FLETCHER32};
  if (H5Pget_nfilters(creation) != static_cast<int>(filters.size())) return false;
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

/// The shape of a dataset's chunks. Throws InputError(place, ...) unless it is stored as
/// ShardWriter stores it, and whole: a chunk that is not there would be read as zeros.
Shape stored_chunk(hid_t dataset, const Shape& shape, const std::string& place) {
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  std::vector<hsize_t> sizes(shape.size());
  const int axes = static_cast<int>(sizes.size());
  if (H5Pget_layout(creation) != H5D_CHUNKED || !has_our_filters(creation) ||
      H5Pget_chunk(creation, axes, sizes.data()) != axes) {
    throw InputError(place,
                     "is not stored in chunks that are shuffled, deflated and guarded by "
                     "Fletcher32, as expected");
  }
  Shape chunk(sizes.begin(), sizes.end());
  double expected = 1;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (chunk[axis] > shape[axis]) {
      throw InputError(place, fmt::format("has chunks [{}], which are larger than the dataset",
                                          fmt::join(chunk, ", ")));
    }
    expected *= std::ceil(static_cast<double>(shape[axis]) / static_cast<double>(chunk[axis]));
  }
  const Handle space(H5Dget_space(dataset), H5Sclose);
  hsize_t chunks = 0;
  if (H5Dget_num_chunks(dataset, space, &chunks) < 0 || static_cast<double>(chunks) != expected) {
    throw InputError(place, "is not whole: some of its values were never written");
  }
  return chunk;
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
  check_claimed_bytes(claimed_bytes(shape, type), H5Dget_storage_size(dataset), true, place);
}

/// How many entries each group has by the names of all datasets; "" is the file's root.
std::map<std::string, hsize_t> group_sizes(const Json& datasets) {
  std::map<std::string, hsize_t> sizes = {{"", 0}};
  std::string last;  // names are in order, so that those of a group follow each other
  for (const auto& [name, described] : datasets.items()) {
    for (size_t from = 0, slash = 0; slash != std::string::npos; from = slash + 1) {
      slash = name.find('/', from);
      const auto entry = name.substr(0, slash);
      const bool known =
          last.starts_with(entry) && (last.size() == entry.size() || last[entry.size()] == '/');
      if (!known) ++sizes[from == 0 ? "" : name.substr(0, from - 1)];
    }
    last = name;
  }
  return sizes;
}

/// Copies what is within `shape` of a chunk that begins at `offset`, from `axis` on.
template <class T>
void place_chunk(const T* from, const Shape& chunk, const Shape& offset, const Shape& shape, T* to,
                 size_t axis = 0) {
  const auto count = std::min(chunk[axis], shape[axis] - offset[axis]);
  if (axis + 1 == shape.size()) {
    std::copy_n(from, count, to + offset[axis]);
    return;
  }
  const auto from_step = product(chunk, axis + 1), to_step = product(shape, axis + 1);
  for (std::int64_t i = 0; i < count; ++i) {
    place_chunk(from + i * from_step, chunk, offset, shape, to + (offset[axis] + i) * to_step,
                axis + 1);
  }
}

/// Moves on to the next chunk; false after the last one.
bool advance(Shape& offset, const Shape& chunk, const Shape& shape) {
  for (size_t axis = shape.size(); axis-- > 0;) {
    offset[axis] += chunk[axis];
    if (offset[axis] < shape[axis]) return true;
    offset[axis] = 0;
  }
  return false;
}

}  // namespace

struct ShardReader::State {
  fs::path path;
  Manifest manifest;
  fs::path data_path;
  Handle file;
  int descriptor = -1;  ///< the file's
  std::uint64_t file_bytes = 0;
  /// Datasets stay open, but for those of many images: opening one costs more than reading a small
  /// sample.
  struct Dataset {
    Handle handle;
    Shape shape, chunk;  ///< of an empty dataset, the chunk has no axes
    std::string dtype;

    /// Whether each index of the first axis is a chunk.
    bool by_sample() const {
      return chunk.size() > 1 && chunk[0] == 1 && product(chunk, 1) == product(shape, 1);
    }
  };
  mutable std::map<std::string, Dataset> datasets;
  /// Of the groups that were not looked into yet.
  mutable std::map<std::string, hsize_t> unchecked_groups;

  std::string place(const std::string& name) const {
    return fmt::format("{} dataset {}", data_path.string(), name);
  }

  /// Opens the file that was verified, or throws.
  void open() {
    const InputFile verified = verified_file(manifest, data_path.filename().string());
    file_bytes = static_cast<std::uint64_t>(verified.stamp().size);
    const ReadingThrough guard("libhdf5", data_path.string());
    file = open_hdf5(data_path);
    int* found = nullptr;
    if (H5Fget_vfd_handle(file, H5P_DEFAULT, reinterpret_cast<void**>(&found)) < 0) {
      throw Error(data_path.string() + ": cannot be read: " + hdf5_message());
    }
    descriptor = *found;
    verified.check_same(descriptor);
    unchecked_groups = group_sizes(manifest.datasets);
    check_group("");
  }

  /// Throws InputError where a group, which is one by the names of datasets, holds more than these.
  void check_group(const std::string& group) const {
    const auto expected = unchecked_groups.find(group);
    if (expected == unchecked_groups.end()) return;
    H5G_info_t info{};
    if (H5Gget_info_by_name(file, ("/" + group).c_str(), &info, H5P_DEFAULT) < 0) {
      throw InputError(data_path.string(), "is damaged: " + hdf5_message());
    }
    if (info.nlinks > expected->second) {
      throw InputError(data_path.string(),
                       fmt::format("has {} entries in /{}, expected {} as the manifest describes",
                                   info.nlinks, group, expected->second));
    }
    unchecked_groups.erase(expected);
  }

  const Dataset& dataset(const std::string& name) const {
    prepare_hdf5();  // the thread may be another
    if (const auto found = datasets.find(name); found != datasets.end()) return found->second;
    const Json described =
        manifest.datasets.is_object() ? manifest.datasets.value(name, Json()) : Json();
    if (!described.is_object()) throw InputError(place(name), "is missing");
    const ReadingThrough guard("libhdf5", place(name));
    Dataset opened{open_dataset(file, name, SoftLinks::kRefused, place(name)),
                   described.at("shape").get<Shape>(),
                   {},
                   described.at("dtype").get<std::string>()};
    for (auto slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
      check_group(name.substr(0, slash));
    }
    check_as_described(opened.handle, opened.shape, opened.dtype, place(name));
    if (std::find(opened.shape.begin(), opened.shape.end(), 0) == opened.shape.end()) {
      opened.chunk = stored_chunk(opened.handle, opened.shape, place(name));
    }
    constexpr std::size_t kMostOpen = 1000;
    if (datasets.size() == kMostOpen) datasets.clear();
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

  /// Throws InputError unless the dataset's values are of type T.
  template <class T>
  void check_type(const Dataset& dataset, const std::string& name) const {
    const char* const wanted = element_type<T>().name;
    if (dataset.dtype == wanted) return;
    throw InputError(place(name), fmt::format("has {} values, expected {}", dataset.dtype, wanted));
  }

  /// Reads the chunk that begins at `offset`, as it is stored. HDF5 itself does not decode one: it
  /// reads beyond the end of one that is too short.
  void fetch(const Dataset& dataset, const Shape& offset, Chunk& chunk) const {
    const ReadingThrough guard("libhdf5", chunk.place);
    const auto at = extents(offset);
    hsize_t size = 0;
    if (H5Dget_chunk_storage_size(dataset.handle, at.data(), &size) < 0 || size == 0 ||
        size > file_bytes) {
      H5Eclear2(H5E_DEFAULT);
      throw InputError(chunk.place, "is damaged: its chunk is larger than the file or is missing");
    }
    chunk.bytes.resize(size);
    if (H5Dread_chunk(dataset.handle, H5P_DEFAULT, at.data(), &chunk.skipped, chunk.bytes.data()) <
        0) {
      throw InputError(chunk.place, "is damaged: " + hdf5_message());
    }
  }

  /// `count` values along each axis from `begin` on, where a chunk begins.
  template <class T>
  std::vector<T> read(const Dataset& dataset, const std::string& name, const Shape& begin,
                      const Shape& count) const {
    std::vector<T> values(static_cast<size_t>(product(count)));
    if (values.empty()) return values;
    Chunk chunk;
    chunk.element = sizeof(T);
    chunk.place = place(name);
    std::vector<T> part(static_cast<size_t>(product(dataset.chunk)));
    Shape offset(count.size(), 0), at(count.size());
    do {
      std::transform(begin.begin(), begin.end(), offset.begin(), at.begin(), std::plus<>());
      fetch(dataset, at, chunk);
      decode(chunk, std::as_writable_bytes(std::span(part)));
      if (part.size() == values.size()) return part;
      place_chunk(part.data(), dataset.chunk, offset, count, values.data());
    } while (advance(offset, dataset.chunk, count));
    return values;
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

bool ShardReader::has_samples(const std::string& name) const {
  return state_->dataset(name).by_sample();
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
  if (!dataset.by_sample()) throw InputError(state_->place(name), "is not stored index by index");
  Shape offset(dataset.shape.size(), 0);
  offset[0] = index;
  state_->fetch(dataset, offset, chunk);
}

void ShardReader::announce(const std::string& name, std::int64_t index) const {
  const auto& dataset = state_->dataset(name);
  if (!dataset.by_sample() || index < 0 || index >= dataset.shape[0]) return;
  const ReadingThrough guard("libhdf5", state_->place(name));
  Shape offset(dataset.shape.size(), 0);
  offset[0] = index;
  unsigned skipped = 0;
  haddr_t address = HADDR_UNDEF;
  hsize_t size = 0;
  if (H5Dget_chunk_info_by_coord(dataset.handle, extents(offset).data(), &skipped, &address,
                                 &size) < 0) {
    H5Eclear2(H5E_DEFAULT);
    return;
  }
  if (address == HADDR_UNDEF || size > state_->file_bytes) return;
  // Of a longer request, Linux may take only so much as one read of the device.
  constexpr hsize_t kAtOnce = 128 << 10;
  for (hsize_t from = 0; from < size; from += kAtOnce) {
    posix_fadvise(state_->descriptor, static_cast<off_t>(address + from),
                  static_cast<off_t>(std::min(kAtOnce, size - from)), POSIX_FADV_WILLNEED);
  }
}

template <class T>
std::vector<T> ShardReader::read_whole(const std::string& name) const {
  const auto& dataset = state_->dataset(name);
  state_->check_type<T>(dataset, name);
  return state_->read<T>(dataset, name, Shape(dataset.shape.size(), 0), dataset.shape);
}

std::int64_t ShardReader::chunk_rows(const std::string& name) const {
  const auto& [handle, shape, chunk, dtype] = state_->dataset(name);
  return chunk.empty() ? shape[shape.size() - 2] : chunk[chunk.size() - 2];
}

template <class T>
std::vector<T> ShardReader::read_chunk_rows(const std::string& name, std::int64_t from) const {
  const auto& dataset = state_->dataset(name);
  state_->check_type<T>(dataset, name);
  Shape begin(dataset.shape.size(), 0), count = dataset.shape;
  const size_t axis = begin.size() - 2;
  begin[axis] = from;
  count[axis] = std::min(chunk_rows(name), dataset.shape[axis] - from);
  return state_->read<T>(dataset, name, begin, count);
}

#define UNETFLOW_ELEMENT(T)                                                                  \
  template void ShardReader::read<T>(const std::string&, std::int64_t, std::span<T>) const;  \
  template void ShardReader::fetch<T>(const std::string&, std::int64_t, std::size_t, Chunk&) \
      const;                                                                                 \
  template std::vector<T> ShardReader::read_whole<T>(const std::string&) const;              \
  template std::vector<T> ShardReader::read_chunk_rows<T>(const std::string&, std::int64_t) const;
UNETFLOW_ELEMENT_TYPES(UNETFLOW_ELEMENT)
#undef UNETFLOW_ELEMENT

}  // namespace unetflow
