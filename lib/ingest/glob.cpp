#include "ingest/glob.hpp"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/error.hpp"
#include "ingest/natural_sort.hpp"

namespace unetflow {

std::vector<std::filesystem::path> glob(const std::filesystem::path& root,
                                        const std::string& pattern) {
  const std::string prefix = (root / "").string();
  std::string escaped;  // the root is a name, not a pattern
  for (const char c : prefix) {
    if (std::strchr("*?[]\\", c) != nullptr) escaped += '\\';
    escaped += c;
  }
  struct Matches : glob_t {
    Matches() : glob_t{} {}
    ~Matches() { globfree(this); }
  } matches;
  const auto fails = [](const char*, int error) { return error == ENOENT ? 0 : 1; };
  const int status = ::glob((escaped + pattern).c_str(), GLOB_NOSORT, fails, &matches);
  if (status != 0 && status != GLOB_NOMATCH) {
    throw InputError(prefix + pattern, "a folder on the way cannot be read");
  }
  std::vector<std::filesystem::path> files;
  for (size_t i = 0; i < matches.gl_pathc; ++i) {
    const std::string found = matches.gl_pathv[i];
    if (!std::filesystem::is_directory(found)) files.emplace_back(found.substr(prefix.size()));
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return natural_less(a.generic_string(), b.generic_string());
  });
  return files;
}

}  // namespace unetflow
