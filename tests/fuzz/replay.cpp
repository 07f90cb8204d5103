// Runs each target on its seeds and on all that ever crashed it; without libFuzzer, so that every
// build can. usage: replay_fuzz SOURCE_DIR, or replay_fuzz --write DIR, which writes seeds there
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "targets.hpp"

using namespace unetflow::fuzz;
namespace fs = std::filesystem;

namespace {

long replay(Target target, const fs::path& folder) {
  long files = 0;
  if (!fs::exists(folder)) return 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(stream), {});
    fmt::print(stderr, "{}\n", entry.path().string());  // the last one is the one that crashed
    target(bytes);
    ++files;
  }
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--write") {
    write_seeds(argv[2]);
    return 0;
  }
  if (argc != 2) return 2;
  const fs::path source = argv[1];
  const fs::path made = fs::temp_directory_path() / fmt::format("unetflow-seeds-{}", getpid());
  write_seeds(made);
  int failures = 0;
  for (const auto& [name, target] : all_targets()) {
    const long before = reads_to_the_end();
    const long seeds = replay(target, made / name) + replay(target, source / "seeds" / name);
    const bool reads = reads_to_the_end() > before;
    const long crashes = replay(target, source / "crashes" / name);
    fmt::print("{}: {} seeds, {} former crashes{}\n", name, seeds, crashes,
               reads ? "" : "; FAILED: no seed can be read");
    failures += !reads;
  }
  fs::remove_all(made);
  return failures > 0;
}
