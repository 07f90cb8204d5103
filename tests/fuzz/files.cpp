#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "core/error.hpp"
#include "targets.hpp"

namespace unetflow::fuzz {
namespace {

/// Removed when the program ends; run.py removes those of programs that crash.
struct Folder {
  std::filesystem::path path;
  Folder() {
    const char* given = std::getenv("UNETFLOW_FUZZ_FOLDER");
    path = given != nullptr ? std::filesystem::path(given) : std::filesystem::temp_directory_path();
    path /= "unetflow-fuzz-" + std::to_string(getpid());
    std::filesystem::create_directories(path);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

long g_reads = 0;

std::string g_bytes;  ///< of the last file, whose names messages may repeat

/// Whether a message has no library's words but those of the file.
bool is_fit_for_users(const std::string& message) {
  for (const char* words :
       {"[json.exception", "std::", "_M_range", "basic_string", "filesystem error"}) {
    if (message.find(words) != std::string::npos && g_bytes.find(words) == std::string::npos) {
      return false;
    }
  }
  return !message.empty();
}

}  // namespace

std::filesystem::path file_with(Bytes bytes, const std::string& name) {
  static const Folder folder;
  g_bytes = bytes;
  const auto file = folder.path / name;
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return file;
}

bool refuse_or_read(const std::function<void()>& read) {
  try {
    read();
    ++g_reads;
    return true;
  } catch (const InputError& error) {
    if (is_fit_for_users(error.what())) return false;
    std::fprintf(stderr, "not fit for users: %s\n", error.what());
    std::abort();
  }
}

long reads_to_the_end() { return g_reads; }

const std::map<std::string, Target>& all_targets() {
  static const std::map<std::string, Target> targets = {{"augmented", augmented},
                                                        {"bmp", bmp},
                                                        {"checkpoint", checkpoint},
                                                        {"configuration", configuration},
                                                        {"gif", gif},
                                                        {"hdf5_stack", hdf5_stack},
                                                        {"imagej_roi", imagej_roi},
                                                        {"jpeg", jpeg},
                                                        {"jpeg2000", jpeg2000},
                                                        {"manifest", manifest},
                                                        {"metrics", metrics},
                                                        {"outlines", outlines},
                                                        {"pictures", pictures},
                                                        {"png", png},
                                                        {"safetensors", safetensors},
                                                        {"tiff", tiff},
                                                        {"tiff_description", tiff_description},
                                                        {"training_log", training_log},
                                                        {"zarr", zarr}};
  return targets;
}

}  // namespace unetflow::fuzz
