// Element types and shapes as HDF5 expects them. Private to lib/artifact.
#pragma once

#include <cstdint>
#include <vector>

#include "artifact/hdf5_handle.hpp"
#include "artifact/shard.hpp"

namespace unetflow {

struct ElementType {
  hid_t memory;
  hid_t file;  ///< little-endian whatever the machine
  const char* name;
};

/// The element types of shards, for the templates that are instantiated for each.
#define UNETFLOW_ELEMENT_TYPES(INSTANTIATE) \
  INSTANTIATE(float)                        \
  INSTANTIATE(std::uint8_t)                 \
  INSTANTIATE(std::uint16_t)                \
  INSTANTIATE(std::uint32_t)                \
  INSTANTIATE(std::int32_t)                 \
  INSTANTIATE(std::int64_t)

template <class T>
ElementType element_type();
template <>
inline ElementType element_type<float>() {
  return {H5T_NATIVE_FLOAT, H5T_IEEE_F32LE, "float32"};
}
template <>
inline ElementType element_type<std::uint8_t>() {
  return {H5T_NATIVE_UINT8, H5T_STD_U8LE, "uint8"};
}
template <>
inline ElementType element_type<std::uint16_t>() {
  return {H5T_NATIVE_UINT16, H5T_STD_U16LE, "uint16"};
}
template <>
inline ElementType element_type<std::uint32_t>() {
  return {H5T_NATIVE_UINT32, H5T_STD_U32LE, "uint32"};
}
template <>
inline ElementType element_type<std::int32_t>() {
  return {H5T_NATIVE_INT32, H5T_STD_I32LE, "int32"};
}
template <>
inline ElementType element_type<std::int64_t>() {
  return {H5T_NATIVE_INT64, H5T_STD_I64LE, "int64"};
}

inline std::vector<hsize_t> extents(const Shape& shape) { return {shape.begin(), shape.end()}; }

inline std::int64_t product(const Shape& shape, size_t first = 0) {
  std::int64_t total = 1;
  for (size_t i = first; i < shape.size(); ++i) total *= shape[i];
  return total;
}

}  // namespace unetflow
