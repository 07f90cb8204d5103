// What a Zarr array says of itself: Zarr 2 and 3, and OME-Zarr (0.1 to 0.5) above it. Private to
// lib/image.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "image/file_description.hpp"

namespace unetflow {

namespace fs = std::filesystem;

struct ZarrArray {
  std::string place;  ///< "FOLDER dataset NAME", for messages
  fs::path folder;    ///< of the array itself
  Axes axes;
  std::vector<Index> chunk;     ///< shape of a chunk
  std::size_t chunk_bytes = 0;  ///< of a decoded chunk, all of its values
  char kind = 'u';              ///< u, i or f: unsigned, signed, float
  std::size_t bytes = 1;        ///< of a value
  bool big_endian = false;
  bool fortran = false;         ///< the first axis is the fastest in a chunk
  std::string codec;            ///< blosc, zstd, gzip (also zlib), or empty
  std::uint64_t fill = 0;       ///< bits of the value of chunks that are not stored
  std::string prefix;           ///< of the keys of chunks
  std::string separator = ".";  ///< in them
  FileDescription description;

  /// The name of a chunk's file in the folder.
  std::string key(const std::vector<Index>& at) const;
};

/// Whether a folder is a Zarr array or group.
bool is_zarr(const fs::path& folder);

/// `dataset` is the path of an array or of an image of OME-Zarr below `folder`, of which the array
/// of full resolution is read; empty: `folder` itself. `axes` as PictureFormat::open takes them.
/// Throws InputError.
ZarrArray read_zarr_metadata(const fs::path& folder, const std::string& dataset,
                             const std::string& axes);

}  // namespace unetflow
