#include "artifact/safetensors.hpp"

#include <fmt/format.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/config.hpp"
#include "core/error.hpp"

namespace unetflow {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

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
                       const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data are aligned

  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  const std::uint64_t length = text.size();
  stream.write(reinterpret_cast<const char*>(&length), sizeof length);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  for (const auto& [name, tensor] : tensors) {
    stream.write(reinterpret_cast<const char*>(tensor.bytes.data()),
                 static_cast<std::streamsize>(tensor.bytes.size()));
  }
  stream.close();
  if (!stream) throw Error(file.string() + ": cannot be written: " + strerror(errno));
}

Tensors read_safetensors(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) throw InputError(file.string(), "cannot be read");
  const auto size = static_cast<std::uint64_t>(stream.tellg());
  stream.seekg(0);
  std::uint64_t length = 0;
  stream.read(reinterpret_cast<char*>(&length), sizeof length);
  if (!stream || size < sizeof length || length > size - sizeof length) {
    throw InputError(file.string(), "is no safetensors file, or is cut short");
  }
  std::string text(length, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(length));
  const Json header = Json::parse(text, nullptr, false);
  if (!header.is_object()) throw InputError(file.string(), "its safetensors header is no JSON");

  const std::uint64_t data = sizeof length + length;
  Tensors tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const std::string place = fmt::format("{} tensor \"{}\"", file.string(), name);
    Tensor tensor;
    std::uint64_t begin = 0, end = 0;
    try {
      entry.at("dtype").get_to(tensor.dtype);
      entry.at("shape").get_to(tensor.shape);
      entry.at("data_offsets").at(0).get_to(begin);
      entry.at("data_offsets").at(1).get_to(end);
    } catch (const Json::exception&) {
      throw InputError(place, "is not described by dtype, shape and data_offsets");
    }
    std::uint64_t bytes = element_size(tensor.dtype);
    if (bytes == 0) throw InputError(place, "has the unknown type " + tensor.dtype);
    for (const auto axis : tensor.shape) bytes *= static_cast<std::uint64_t>(axis);
    if (end < begin || end > size - data || end - begin != bytes) {
      throw InputError(place, "does not fit into the file, which may be cut short");
    }
    tensor.bytes.resize(bytes);
    stream.seekg(static_cast<std::streamoff>(data + begin));
    stream.read(reinterpret_cast<char*>(tensor.bytes.data()), static_cast<std::streamsize>(bytes));
    if (!stream) throw InputError(place, "cannot be read");
    tensors.emplace(name, std::move(tensor));
  }
  return tensors;
}

}  // namespace unetflow
