#include "artifact/shard.hpp"

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <map>

#include "artifact/hdf5_errors.hpp"
#include "artifact/hdf5_handle.hpp"
#include "core/error.hpp"

namespace unetflow {
namespace {

struct ElementType {
  hid_t memory;
  hid_t file;  ///< little-endian whatever the machine
  const char* name;
};

template <class T>
ElementType element_type();
template <>
ElementType element_type<float>() {
  return {H5T_NATIVE_FLOAT, H5T_IEEE_F32LE, "float32"};
}
template <>
ElementType element_type<std::uint8_t>() {
  return {H5T_NATIVE_UINT8, H5T_STD_U8LE, "uint8"};
}
template <>
ElementType element_type<std::uint16_t>() {
  return {H5T_NATIVE_UINT16, H5T_STD_U16LE, "uint16"};
}
template <>
ElementType element_type<std::uint32_t>() {
  return {H5T_NATIVE_UINT32, H5T_STD_U32LE, "uint32"};
}
template <>
ElementType element_type<std::int32_t>() {
  return {H5T_NATIVE_INT32, H5T_STD_I32LE, "int32"};
}
template <>
ElementType element_type<std::int64_t>() {
  return {H5T_NATIVE_INT64, H5T_STD_I64LE, "int64"};
}

std::vector<hsize_t> extents(const Shape& shape) { return {shape.begin(), shape.end()}; }

std::int64_t product(const Shape& shape, size_t first = 0) {
  std::int64_t total = 1;
  for (size_t i = first; i < shape.size(); ++i) total *= shape[i];
  return total;
}

void write_text_attribute(hid_t dataset, const char* name, const std::string& text) {
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, std::max<size_t>(text.size(), 1));
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(H5Acreate2(dataset, name, type, space, H5P_DEFAULT, H5P_DEFAULT),
                         H5Aclose);
  if (!attribute.valid() || H5Awrite(attribute, type, text.c_str()) < 0) {
    throw Error(fmt::format("attribute {} cannot be written: {}", name, hdf5_message()));
  }
}

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

/// Selects index `index` of the first axis; the result is the memory that it is read to or written
/// from. Of one shape with the selection, as HDF5 copies anything else element by element.
Handle select_sample(hid_t space, const Shape& shape, std::int64_t index) {
  std::vector<hsize_t> start(shape.size(), 0), count = extents(shape);
  start[0] = static_cast<hsize_t>(index);
  count[0] = 1;
  H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
  return {H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose};
}

}  // namespace

struct ShardWriter::State {
  struct Dataset {
    Handle handle;
    Shape shape;
  };

  ArtifactWriter artifact;
  fs::path path;
  Handle file;
  std::map<std::string, Dataset> datasets;
  Json description = Json::object();

  explicit State(const fs::path& manifest_path)
      : artifact(manifest_path),
        path(artifact.file(manifest_path.stem().string() + ".h5")),
        file(-1, H5Fclose) {
    prepare_hdf5();
    const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    file = Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT), H5Fclose);
    if (!file.valid()) throw Error(path.string() + ": cannot be created: " + hdf5_message());
  }

  void create(const std::string& name, const Shape& shape, Shape chunk, const ElementType& type,
              const DatasetInfo& info) {
    const auto dims = extents(shape);
    const Handle space(shape.empty()
                           ? H5Screate(H5S_SCALAR)
                           : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
                       H5Sclose);
    const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_obj_track_times(creation, false);
    if (product(chunk) > 0) {
      const auto chunk_dims = extents(chunk);
      H5Pset_chunk(creation, static_cast<int>(chunk_dims.size()), chunk_dims.data());
      H5Pset_shuffle(creation);
      H5Pset_deflate(creation, 1);
      H5Pset_fletcher32(creation);
    }
    const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links, 1);
    Handle dataset(H5Dcreate2(file, name.c_str(), type.file, space, links, creation, H5P_DEFAULT),
                   H5Dclose);
    if (!dataset.valid()) {
      throw Error(
          fmt::format("{}: dataset {} cannot be created: {}", path.string(), name, hdf5_message()));
    }
    for (size_t axis = 0; axis < info.axes.size(); ++axis) {
      H5DSset_label(dataset, static_cast<unsigned>(axis), info.axes[axis].c_str());
    }
    write_text_attribute(dataset, "unit", info.unit);
    write_text_attribute(dataset, "meaning", info.meaning);
    description[name] = {{"shape", shape},
                         {"dtype", type.name},
                         {"axes", info.axes},
                         {"unit", info.unit},
                         {"meaning", info.meaning}};
    datasets.insert_or_assign(name, Dataset{std::move(dataset), shape});
  }
};

ShardWriter::ShardWriter(const fs::path& manifest_path)
    : state_(std::make_unique<State>(manifest_path)) {}
ShardWriter::~ShardWriter() = default;

const fs::path& ShardWriter::manifest_path() const { return state_->artifact.manifest_path(); }

template <class T>
void ShardWriter::create(const std::string& name, const Shape& shape, const DatasetInfo& info) {
  Shape chunk = shape;
  chunk[0] = 1;
  // Vectors are small: one chunk, not one a number.
  if (shape.size() == 1) chunk[0] = shape[0];
  state_->create(name, shape, chunk, element_type<T>(), info);
}

template <class T>
void ShardWriter::write(const std::string& name, std::int64_t index, std::span<const T> values) {
  const auto& dataset = state_->datasets.at(name);
  const auto size = product(dataset.shape, 1);
  if (static_cast<std::int64_t>(values.size()) != size || index < 0 || index >= dataset.shape[0]) {
    throw Error(fmt::format("{}: dataset {} takes {} values at indices below {}, got {} at {}",
                            state_->path.string(), name, size, dataset.shape[0], values.size(),
                            index));
  }
  const Handle space(H5Dget_space(dataset.handle), H5Sclose);
  const Handle memory = select_sample(space, dataset.shape, index);
  if (H5Dwrite(dataset.handle, element_type<T>().memory, memory, space, H5P_DEFAULT,
               values.data()) < 0) {
    throw Error(fmt::format("{}: dataset {} cannot be written: {}", state_->path.string(), name,
                            hdf5_message()));
  }
}

template <class T>
void ShardWriter::write_whole(const std::string& name, const Shape& shape,
                              std::span<const T> values, const DatasetInfo& info) {
  if (static_cast<std::int64_t>(values.size()) != product(shape)) {
    throw Error(fmt::format("{}: dataset {} holds {} values, got {}", state_->path.string(), name,
                            product(shape), values.size()));
  }
  // A very large picture is cut into chunks, as a chunk must stay below 4 GiB and fit in memory.
  Shape chunk = shape;
  for (size_t axis = shape.size() >= 2 ? shape.size() - 2 : shape.size(); axis < shape.size();
       ++axis) {
    chunk[axis] = std::min<std::int64_t>(chunk[axis], 4096);
  }
  state_->create(name, shape, chunk, element_type<T>(), info);
  if (values.empty()) return;
  if (H5Dwrite(state_->datasets.at(name).handle, element_type<T>().memory, H5S_ALL, H5S_ALL,
               H5P_DEFAULT, values.data()) < 0) {
    throw Error(fmt::format("{}: dataset {} cannot be written: {}", state_->path.string(), name,
                            hdf5_message()));
  }
}

fs::path ShardWriter::file(const std::string& name) { return state_->artifact.file(name); }

void ShardWriter::commit(Manifest manifest) {
  state_->datasets.clear();
  if (H5Fflush(state_->file, H5F_SCOPE_GLOBAL) < 0) {
    throw Error(state_->path.string() + ": cannot be written: " + hdf5_message());
  }
  state_->file = Handle(-1, H5Fclose);
  manifest.datasets = state_->description;
  state_->artifact.commit(std::move(manifest));
}

struct ShardReader::State {
  fs::path path;
  Manifest manifest;
  fs::path data_path;
  Handle file{-1, H5Fclose};
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
      throw InputError(place(name), fmt::format("has {} values a sample, expected {}",
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
  // H5Lexists wants every group on the way to exist.
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

#define UNETFLOW_ELEMENT(T)                                                                       \
  template void ShardWriter::create<T>(const std::string&, const Shape&, const DatasetInfo&);     \
  template void ShardWriter::write<T>(const std::string&, std::int64_t, std::span<const T>);      \
  template void ShardWriter::write_whole<T>(const std::string&, const Shape&, std::span<const T>, \
                                            const DatasetInfo&);                                  \
  template void ShardReader::read<T>(const std::string&, std::int64_t, std::span<T>) const;       \
  template void ShardReader::fetch<T>(const std::string&, std::int64_t, std::size_t, Chunk&)      \
      const;                                                                                      \
  template std::vector<T> ShardReader::read_whole<T>(const std::string&) const;
UNETFLOW_ELEMENT(float)
UNETFLOW_ELEMENT(std::uint8_t)
UNETFLOW_ELEMENT(std::uint16_t)
UNETFLOW_ELEMENT(std::uint32_t)
UNETFLOW_ELEMENT(std::int32_t)
UNETFLOW_ELEMENT(std::int64_t)
#undef UNETFLOW_ELEMENT

}  // namespace unetflow
