#include "image/file_description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

namespace unetflow {

double micrometres(const std::string& unit) {
  // ImageJ escapes what is not ASCII; UTF-8 has a micro sign and a Greek mu; Latin-1 a byte.
  static const std::map<std::string, double> units = {
      {"um", 1},           {"micron", 1},       {"microns", 1},
      {"\\u00b5m", 1},     {"\xc2\xb5m", 1},    {"\xce\xbcm", 1},
      {"\xb5m", 1},        {"micrometer", 1},   {"micrometre", 1},
      {"micrometers", 1},  {"micrometres", 1},  {"nm", 1e-3},
      {"nanometer", 1e-3}, {"nanometre", 1e-3}, {"nanometers", 1e-3},
      {"pm", 1e-6},        {"\xc3\x85", 1e-4},  {"\xe2\x84\xab", 1e-4},
      {"angstrom", 1e-4},  {"mm", 1e3},         {"millimeter", 1e3},
      {"millimetre", 1e3}, {"cm", 1e4},         {"centimeter", 1e4},
      {"centimetre", 1e4}, {"m", 1e6},          {"meter", 1e6},
      {"metre", 1e6},      {"inch", 25400},     {"in", 25400}};
  std::string name = unit;
  if (name.size() > 2) {  // words, in which capitals do not count as they do in mm and Mm
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
  }
  const auto found = units.find(name);
  return found == units.end() ? 0 : found->second;
}

double rounded_size(double size) {
  if (!std::isfinite(size) || size <= 0) return 0;
  return std::strtod(fmt::format("{:.6g}", size).c_str(), nullptr);
}

}  // namespace unetflow
