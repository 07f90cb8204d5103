#include "ingest/glob.hpp"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/error.hpp"
#include "ingest/natural_sort.hpp"

namespace unetflow {

Matches glob(const std::filesystem::path& root, const std::string& pattern) {
  const std::string prefix = (root / "").string();
  std::string escaped;  // the root is a name, not a pattern
  for (const char c : prefix) {
    if (std::strchr("*?[]\\", c) != nullptr) escaped += '\\';
    escaped += c;
  }
  struct Found : glob_t {
    Found() : glob_t{} {}
    ~Found() { globfree(this); }
  } found;
  const auto fails = [](const char*, int error) { return error == ENOENT ? 0 : 1; };
  const int status = ::glob((escaped + pattern).c_str(), GLOB_NOSORT | GLOB_MARK, fails, &found);
  if (status != 0 && status != GLOB_NOMATCH) {
    throw InputError(prefix + pattern, "a folder on the way cannot be read");
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < found.gl_pathc; ++i) {
    names.emplace_back(std::string(found.gl_pathv[i]).substr(prefix.size()));
  }
  std::sort(names.begin(), names.end(), natural_less);
  Matches matches;
  for (auto& name : names) {
    const bool is_folder = name.ends_with('/');  // the mark
    if (is_folder) name.pop_back();
    (is_folder ? matches.folders : matches.files).emplace_back(std::move(name));
  }
  return matches;
}

}  // namespace unetflow
