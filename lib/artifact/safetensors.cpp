#include "artifact/safetensors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>
#include <tuple>

#include "artifact/input_file.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/output_file.hpp"

namespace unetflow {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr const char* kMetadata = "__metadata__";

std::uint64_t element_size(const std::string& dtype) {
  static const std::map<std::string, std::uint64_t> sizes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"U16", 2}, {"I16", 2}, {"F16", 2}, {"BF16", 2},
      {"U32", 4},  {"I32", 4}, {"F32", 4}, {"U64", 8}, {"I64", 8}, {"F64", 8}};
  const auto found = sizes.find(dtype);
  return found == sizes.end() ? 0 : found->second;
}

}  // namespace

Tensor Tensor::of(std::vector<std::int64_t> shape, std::span<const float> values) {
  const auto bytes = std::as_bytes(values);
  return {"F32", std::move(shape), {bytes.begin(), bytes.end()}};
}

std::vector<float> Tensor::floats() const {
  if (dtype != "F32") throw Error("a tensor of type " + dtype + ", expected F32");
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

void write_safetensors(const std::filesystem::path& file, const Tensors& tensors,
                       const TensorMetadata& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data are aligned

  OutputFile output(file);
  const std::uint64_t length = text.size();
  output.write(std::as_bytes(std::span(&length, 1)));
  output.write(text);
  for (const auto& [name, tensor] : tensors) output.write(tensor.bytes);
  output.close();
}

namespace {

/// What a header says of one tensor.
struct Entry {
  std::string name;
  std::string place;  ///< for errors
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< in bytes behind the header
};

/// Bytes of the elements; none where they are more than `most`, or an axis is negative.
std::optional<std::uint64_t> checked_size(const Entry& entry, std::uint64_t most) {
  std::uint64_t bytes = element_size(entry.dtype);
  for (const auto axis : entry.shape) {
    if (axis < 0) return std::nullopt;
    if (axis > 0 && bytes > most / static_cast<std::uint64_t>(axis)) return std::nullopt;
    bytes *= static_cast<std::uint64_t>(axis);
  }
  return bytes;
}

/// Throws InputError naming file and tensor unless the entry is of this format and is within
/// `data_bytes`.
Entry checked_entry(const std::string& name, const Json& json, std::uint64_t data_bytes,
                    const std::string& file) {
  Entry entry;
  entry.name = name;
  entry.place = fmt::format("{} tensor \"{}\"", file, name);
  try {
    json.at("dtype").get_to(entry.dtype);
    json.at("shape").get_to(entry.shape);
    const auto& offsets = json.at("data_offsets");
    if (offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned()) {
      throw InputError(entry.place, "has data_offsets that are not two numbers of bytes");
    }
    entry.begin = offsets[0];
    entry.end = offsets[1];
  } catch (const Json::exception&) {
    throw InputError(entry.place, "is not described by dtype, shape and data_offsets");
  }
  if (element_size(entry.dtype) == 0) {
    throw InputError(entry.place, "has the unknown type " + entry.dtype);
  }
  if (entry.end < entry.begin || entry.end > data_bytes) {
    throw InputError(entry.place,
                     fmt::format("has the bytes {} to {} of {}; is the file cut short?",
                                 entry.begin, entry.end, data_bytes));
  }
  if (checked_size(entry, data_bytes) != entry.end - entry.begin) {
    throw InputError(entry.place, fmt::format("has {} bytes, which are not {} numbers [{}]",
                                              entry.end - entry.begin, entry.dtype,
                                              fmt::join(entry.shape, ", ")));
  }
  return entry;
}

/// The header's length, which comes before it.
std::uint64_t header_length(std::string_view bytes, const std::string& file) {
  std::uint64_t length = 0;
  if (bytes.size() >= sizeof length) std::memcpy(&length, bytes.data(), sizeof length);
  if (bytes.size() < sizeof length || length > bytes.size() - sizeof length) {
    throw InputError(file, "is not a safetensors file, or is cut short");
  }
  return length;
}

/// Takes the metadata out of a header.
TensorMetadata take_metadata(Json& header, const std::string& file) {
  TensorMetadata metadata;
  const auto found = header.find(kMetadata);
  if (found == header.end()) return metadata;
  try {
    found->get_to(metadata);
  } catch (const Json::exception&) {
    throw InputError(file, fmt::format("has a {} that is not an object of strings", kMetadata));
  }
  header.erase(found);
  return metadata;
}

Tensors parse(std::string_view bytes, const std::string& file, TensorMetadata* metadata) {
  const std::uint64_t length = header_length(bytes, file);
  bytes.remove_prefix(sizeof length);
  Json header = parse_json(bytes.substr(0, length), file);
  if (!header.is_object()) {
    throw InputError(file, "has a safetensors header that is not a JSON object");
  }
  TensorMetadata found = take_metadata(header, file);
  if (metadata != nullptr) *metadata = std::move(found);
  const auto data = std::as_bytes(std::span(bytes.substr(length)));

  std::vector<Entry> entries;
  for (const auto& [name, json] : header.items()) {
    entries.push_back(checked_entry(name, json, data.size(), file));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  Tensors tensors;
  std::uint64_t next = 0;
  for (auto& entry : entries) {
    if (entry.begin != next) {
      throw InputError(entry.place,
                       fmt::format("begins at byte {}, expected {}, where the one before it ends",
                                   entry.begin, next));
    }
    next = entry.end;
    const auto own = data.subspan(entry.begin, entry.end - entry.begin);
    tensors.emplace(entry.name,
                    Tensor{entry.dtype, std::move(entry.shape), {own.begin(), own.end()}});
  }
  if (next != data.size()) {
    throw InputError(file, fmt::format("has {} bytes behind its last tensor", data.size() - next));
  }
  return tensors;
}

}  // namespace

Tensors read_safetensors(const std::filesystem::path& file, TensorMetadata* metadata) {
  return parse(InputFile(file).content().bytes, file.string(), metadata);
}

Tensors read_safetensors(const Manifest& manifest, const std::string& name,
                         TensorMetadata* metadata) {
  return parse(verified_content(manifest, name), (manifest.path.parent_path() / name).string(),
               metadata);
}

}  // namespace unetflow
