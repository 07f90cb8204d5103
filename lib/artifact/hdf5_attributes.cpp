#include "artifact/hdf5_attributes.hpp"

#include <cstring>

#include "artifact/hdf5_handle.hpp"

namespace unetflow {
namespace {

constexpr hsize_t kMostValues = 64;
constexpr std::size_t kMostBytes = 1 << 20;

/// An open attribute of at most kMostValues values.
struct Attribute {
  Attribute(hid_t object, const char* name) {
    if (H5Aexists(object, name) <= 0) return;
    attribute = Handle(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
    if (!attribute.valid()) return;
    space = Handle(H5Aget_space(attribute), H5Sclose);
    type = Handle(H5Aget_type(attribute), H5Tclose);
    const hssize_t found = space.valid() ? H5Sget_simple_extent_npoints(space) : 0;
    if (found > 0 && found <= static_cast<hssize_t>(kMostValues)) {
      count = static_cast<std::size_t>(found);
    }
  }
  Handle attribute, space, type;
  std::size_t count = 0;  ///< 0: there is none of use
};

std::vector<std::string> fixed_texts(const Attribute& from) {
  const std::size_t bytes = H5Tget_size(from.type);
  if (bytes == 0 || bytes > kMostBytes) return {};
  std::string all(bytes * from.count, '\0');
  if (H5Aread(from.attribute, from.type, all.data()) < 0) return {};
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < from.count; ++i) {
    const char* text = all.data() + i * bytes;
    texts.emplace_back(text, strnlen(text, bytes));
    while (!texts.back().empty() && texts.back().back() == ' ') texts.back().pop_back();
  }
  return texts;
}

std::vector<std::string> variable_texts(const Attribute& from) {
  std::vector<char*> pointers(from.count, nullptr);
  const Handle memory(H5Tcopy(from.type), H5Tclose);
  if (H5Aread(from.attribute, memory, pointers.data()) < 0) return {};
  std::vector<std::string> texts;
  for (const char* text : pointers) texts.emplace_back(text == nullptr ? "" : text);
  H5Dvlen_reclaim(memory, from.space, H5P_DEFAULT, pointers.data());
  return texts;
}

}  // namespace

std::vector<std::string> text_attribute(hid_t object, const char* name) {
  const Attribute attribute(object, name);
  std::vector<std::string> texts;
  if (attribute.count > 0 && H5Tget_class(attribute.type) == H5T_STRING) {
    texts =
        H5Tis_variable_str(attribute.type) > 0 ? variable_texts(attribute) : fixed_texts(attribute);
  }
  H5Eclear2(H5E_DEFAULT);
  return texts;
}

std::vector<double> number_attribute(hid_t object, const char* name) {
  const Attribute attribute(object, name);
  std::vector<double> numbers;
  const H5T_class_t kind = attribute.count > 0 ? H5Tget_class(attribute.type) : H5T_NO_CLASS;
  if (kind == H5T_FLOAT || kind == H5T_INTEGER) {
    numbers.resize(attribute.count);
    if (H5Aread(attribute.attribute, H5T_NATIVE_DOUBLE, numbers.data()) < 0) numbers.clear();
  }
  H5Eclear2(H5E_DEFAULT);
  return numbers;
}

}  // namespace unetflow
