// Shards: HDF5 files with their manifests. Only one thread of a process may use these classes at a
// time, as HDF5 requires.
//
// Layout on disk: a chunk is a sample (one index of the first axis), shuffled, deflated at level 1
// and guarded by Fletcher32, so that any HDF5 reader opens it and a damaged chunk is noticed when
// it is read. Axes are named by dimension labels; "unit" and "meaning" are attributes. Object times
// are off and the file format is the earliest: equal content gives equal bytes. Considered and
// dropped: blosc and zstd, which stock readers lack.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "artifact/artifact_writer.hpp"
#include "artifact/chunk.hpp"

namespace unetflow {

using Shape = std::vector<std::int64_t>;

/// Element types: float, std::uint8_t, std::uint16_t, std::uint32_t, std::int32_t, std::int64_t.
class ShardWriter {
 public:
  /// Starts NAME.h5 for the manifest NAME.json.
  explicit ShardWriter(const fs::path& manifest_path);
  ~ShardWriter();

  const fs::path& manifest_path() const;
  /// Makes a dataset; `name` may contain groups ("pictures/00003/image").
  template <class T>
  void create(const std::string& name, const Shape& shape, const DatasetInfo& info);
  /// Writes one index of the first axis: `values` holds the product of the other axes' sizes.
  template <class T>
  void write(const std::string& name, std::int64_t index, std::span<const T> values);
  /// Makes a dataset that is one chunk (one sample by itself) and writes it.
  template <class T>
  void write_whole(const std::string& name, const Shape& shape, std::span<const T> values,
                   const DatasetInfo& info);
  /// Makes a dataset [..., y, x] like that, whose rows come later.
  template <class T>
  void create_image(const std::string& name, const Shape& shape, const DatasetInfo& info);
  /// How many rows of it are one chunk, but for the last ones: they are written together.
  static constexpr std::int64_t kChunkRows = 4096;
  /// Writes rows of it from `first` on: all that come, or kChunkRows from a multiple of that on.
  template <class T>
  void write_rows(const std::string& name, std::int64_t first, std::int64_t rows,
                  std::span<const T> values);
  /// Other files of the same artifact (a TIFF beside the shard), as in ArtifactWriter.
  fs::path file(const std::string& name);
  /// A file that appears with the artifact, as in ArtifactWriter.
  void beside(std::string name, std::function<std::string()> content);
  /// Closes the file, fills in the manifest's `datasets`, and commits as ArtifactWriter does.
  /// Throws Error where any of it cannot be written.
  void commit(Manifest manifest);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class ShardReader {
 public:
  /// Opens a shard by its manifest; throws InputError as read_manifest does.
  explicit ShardReader(const fs::path& manifest_path, std::string_view kind = {});
  ~ShardReader();
  ShardReader(ShardReader&&) noexcept;
  ShardReader& operator=(ShardReader&&) noexcept;

  const fs::path& path() const;  ///< the manifest's
  const Manifest& manifest() const;
  bool has(const std::string& name) const;
  /// Throws InputError naming file and dataset when it is missing.
  Shape shape(const std::string& name) const;
  /// Whether each index of the first axis is stored by itself, so that read() and fetch() take it.
  bool has_samples(const std::string& name) const;
  /// Reads one index of the first axis into `values`. Throws InputError naming file, dataset and
  /// index when type or size differ or the data is damaged.
  template <class T>
  void read(const std::string& name, std::int64_t index, std::span<T> values) const;
  /// Reads the compressed chunk of one index; decode() turns it into `count` values. Throws as
  /// read() does, except for damage that only decode() can detect.
  template <class T>
  void fetch(const std::string& name, std::int64_t index, std::size_t count, Chunk& chunk) const;
  /// Asks the system for the bytes of one index, which read() or fetch() will want soon, and does
  /// not wait for them. Does nothing where it cannot.
  void announce(const std::string& name, std::int64_t index) const;
  /// All values in C order. Throws as read() does.
  template <class T>
  std::vector<T> read_whole(const std::string& name) const;
  /// How many rows of a dataset [..., y, x] are stored together.
  std::int64_t chunk_rows(const std::string& name) const;
  /// So many of its rows, or those that are left, from a multiple of that on: `from` >= 0.
  template <class T>
  std::vector<T> read_chunk_rows(const std::string& name, std::int64_t from) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
