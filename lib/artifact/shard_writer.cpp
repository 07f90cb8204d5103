#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <map>

#include "artifact/hdf5_errors.hpp"
#include "artifact/hdf5_types.hpp"
#include "artifact/shard.hpp"
#include "core/error.hpp"
#include "core/output_file.hpp"

namespace unetflow {
namespace {

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

/// Selects index `index` of the first axis; the result is the memory that it is written from. Of
/// one shape with the selection, as HDF5 copies anything else element by element.
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
    std::int64_t bytes = 0;  ///< of memory, while it is open
    bool whole = false;      ///< nothing is left to be written
  };

  ArtifactWriter artifact;
  fs::path path;  ///< the final one, for messages
  Handle file;
  std::map<std::string, Dataset> datasets;  ///< that are open
  std::int64_t bytes_open = 0;
  Json description = Json::object();

  explicit State(const fs::path& manifest_path) : artifact(manifest_path) {
    const fs::path temporary = artifact.file(manifest_path.stem().string() + ".h5");
    path = final_name(temporary);
    prepare_hdf5();
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    // The file is this process's own, and some file systems cannot lock.
    H5Pset_file_locking(access, false, true);
    file = Handle(H5Fcreate(temporary.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, access), H5Fclose);
    if (!file.valid()) throw Error(path.string() + ": cannot be created: " + hdf5_message());
  }

  void check(bool written) const {
    if (!written) throw Error(path.string() + ": cannot be written: " + hdf5_message());
  }

  /// Closes datasets, those that are whole or all. HDF5 keeps chunks and headers of those that are
  /// open in memory, and writes them here. The order decides where they are in the file: the last
  /// name first, as files have always been.
  void close(bool all) {
    for (auto dataset = datasets.end(); dataset != datasets.begin();) {
      --dataset;
      if (!all && !dataset->second.whole) continue;
      check(dataset->second.handle.close());
      bytes_open -= dataset->second.bytes;
      dataset = datasets.erase(dataset);
    }
  }

  void create(const std::string& name, const Shape& shape, const Shape& chunk,
              const ElementType& type, const DatasetInfo& info) {
    constexpr std::int64_t kMostOpen = std::int64_t{256} << 20;  // bytes
    if (bytes_open > kMostOpen) close(/*all=*/false);
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
      if (H5DSset_label(dataset, static_cast<unsigned>(axis), info.axes[axis].c_str()) < 0) {
        throw Error(fmt::format("{}: the axes of dataset {} cannot be named: {}", path.string(),
                                name, hdf5_message()));
      }
    }
    write_text_attribute(dataset, "unit", info.unit);
    write_text_attribute(dataset, "meaning", info.meaning);
    description[name] = {{"shape", shape},
                         {"dtype", type.name},
                         {"axes", info.axes},
                         {"unit", info.unit},
                         {"meaning", info.meaning}};
    // Smaller chunks are in memory until then; the rest was measured.
    constexpr std::int64_t kLargestKept = 1 << 20, kItself = 32 << 10;  // bytes
    const auto kept = product(chunk) * static_cast<std::int64_t>(H5Tget_size(type.file));
    const auto bytes = kItself + (kept <= kLargestKept ? kept : 0);
    datasets.insert_or_assign(name, Dataset{std::move(dataset), shape, bytes, false});
    bytes_open += bytes;
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
  // Vectors are small: one chunk, not one per number.
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
void ShardWriter::create_image(const std::string& name, const Shape& shape,
                               const DatasetInfo& info) {
  // A very large image is cut into chunks: a chunk must stay below 4 GiB and fit in memory.
  Shape chunk = shape;
  for (size_t axis = shape.size() >= 2 ? shape.size() - 2 : shape.size(); axis < shape.size();
       ++axis) {
    chunk[axis] = std::min<std::int64_t>(chunk[axis], kChunkRows);
  }
  state_->create(name, shape, chunk, element_type<T>(), info);
}

template <class T>
void ShardWriter::write_rows(const std::string& name, std::int64_t first, std::int64_t rows,
                             std::span<const T> values) {
  auto& dataset = state_->datasets.at(name);
  auto start = extents(Shape(dataset.shape.size(), 0)), count = extents(dataset.shape);
  const size_t axis = start.size() - 2;
  start[axis] = static_cast<hsize_t>(first);
  count[axis] = static_cast<hsize_t>(rows);
  const Handle space(H5Dget_space(dataset.handle), H5Sclose);
  const Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr),
                      H5Sclose);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
  if (H5Dwrite(dataset.handle, element_type<T>().memory, memory, space, H5P_DEFAULT,
               values.data()) < 0) {
    throw Error(fmt::format("{}: dataset {} cannot be written: {}", state_->path.string(), name,
                            hdf5_message()));
  }
  dataset.whole = first + rows == dataset.shape[axis];
}

template <class T>
void ShardWriter::write_whole(const std::string& name, const Shape& shape,
                              std::span<const T> values, const DatasetInfo& info) {
  if (static_cast<std::int64_t>(values.size()) != product(shape)) {
    throw Error(fmt::format("{}: dataset {} holds {} values, got {}", state_->path.string(), name,
                            product(shape), values.size()));
  }
  create_image<T>(name, shape, info);
  auto& dataset = state_->datasets.at(name);
  dataset.whole = true;
  if (values.empty()) return;
  if (H5Dwrite(dataset.handle, element_type<T>().memory, H5S_ALL, H5S_ALL, H5P_DEFAULT,
               values.data()) < 0) {
    throw Error(fmt::format("{}: dataset {} cannot be written: {}", state_->path.string(), name,
                            hdf5_message()));
  }
}

fs::path ShardWriter::file(const std::string& name) { return state_->artifact.file(name); }
void ShardWriter::beside(std::string name, std::function<std::string()> content) {
  state_->artifact.beside(std::move(name), std::move(content));
}

void ShardWriter::commit(Manifest manifest) {
  state_->close(/*all=*/true);
  state_->check(H5Fflush(state_->file, H5F_SCOPE_GLOBAL) >= 0);
  state_->check(state_->file.close());
  manifest.datasets = state_->description;
  state_->artifact.commit(std::move(manifest));
}

#define UNETFLOW_ELEMENT(T)                                                                       \
  template void ShardWriter::create<T>(const std::string&, const Shape&, const DatasetInfo&);     \
  template void ShardWriter::write<T>(const std::string&, std::int64_t, std::span<const T>);      \
  template void ShardWriter::create_image<T>(const std::string&, const Shape&,                    \
                                             const DatasetInfo&);                                 \
  template void ShardWriter::write_rows<T>(const std::string&, std::int64_t, std::int64_t,        \
                                           std::span<const T>);                                   \
  template void ShardWriter::write_whole<T>(const std::string&, const Shape&, std::span<const T>, \
                                            const DatasetInfo&);
UNETFLOW_ELEMENT_TYPES(UNETFLOW_ELEMENT)
#undef UNETFLOW_ELEMENT

}  // namespace unetflow
