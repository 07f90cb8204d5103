// Named tensors in one file, in the safetensors format: the header's length (uint64,
// little-endian), the header (JSON: name -> dtype, shape, data_offsets), then the tensors' bytes in
// C order without gaps. Nothing in such a file is code, and every framework reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "artifact/manifest.hpp"

namespace unetflow {

struct Tensor {
  std::string dtype = "F32";  ///< as the format names it
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;

  static Tensor of(std::vector<std::int64_t> shape, std::span<const float> values);
  /// The values of an F32 tensor; throws Error for any other.
  std::vector<float> floats() const;
};

using Tensors = std::map<std::string, Tensor>;
using TensorMetadata = std::map<std::string, std::string>;  ///< what a file says of its tensors

/// Writes straight to `file`, which must be new: give it a temporary name, as
/// ArtifactWriter::file() does. Tensors are in the order of their names. Throws Error when the file
/// cannot be written.
void write_safetensors(const std::filesystem::path& file, const Tensors& tensors,
                       const TensorMetadata& metadata = {});

/// Throws InputError naming file and tensor when the file is missing, cut short or not of this
/// format: sizes that differ from shapes, tensors that overlap or leave gaps, bytes behind the last
/// one. `metadata` gets what the file says of its tensors.
Tensors read_safetensors(const std::filesystem::path& file, TensorMetadata* metadata = nullptr);
/// The same of the file `name` of an artifact, compared with the manifest's SHA-256.
Tensors read_safetensors(const Manifest& manifest, const std::string& name,
                         TensorMetadata* metadata = nullptr);

}  // namespace unetflow
