#include "reproduce.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "artifact/published.hpp"
#include "core/error.hpp"
#include "core/printable.hpp"
#include "core/scratch_folder.hpp"

namespace unetflow {
namespace {

fs::path input_of(const Manifest& manifest, const InputRecord& input) {
  return (fs::absolute(manifest.path).parent_path() / input.path).lexically_normal();
}

/// Adds the artifacts that one came from, each behind its own inputs, and itself.
void add_chain(const fs::path& path, std::vector<Manifest>& chain, std::set<fs::path>& added) {
  if (!added.insert(path).second) return;
  Manifest manifest = read_manifest(path);
  for (const auto& input : manifest.inputs) add_chain(input_of(manifest, input), chain, added);
  chain.push_back(std::move(manifest));
}

/// The folder that all of these artifacts are below.
fs::path root_of(const std::vector<Manifest>& chain) {
  fs::path root = fs::absolute(chain.front().path).lexically_normal().parent_path();
  for (const auto& manifest : chain) {
    const fs::path path = fs::absolute(manifest.path).lexically_normal();
    while (*path.lexically_relative(root).begin() == "..") root = root.parent_path();
  }
  return root;
}

void run(std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (auto& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int failure =
      posix_spawn(&process, arguments.front(), nullptr, nullptr, arguments.data(), environ);
  if (failure != 0) {
    throw Error(fmt::format("{}: cannot be started: {}", command.front(), strerror(failure)));
  }
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  throw Error(command.front() + ": has failed, as it says above");
}

/// Makes one artifact again; where it then is.
class Maker {
 public:
  Maker(const Stage& stage, fs::path root, fs::path sources)
      : threads_(stage.threads), root_(std::move(root)), sources_(std::move(sources)) {}

  fs::path make(const Manifest& manifest) const {
    fs::path output = place_of(fs::absolute(manifest.path).lexically_normal());
    std::vector<std::string> command = {
        (fs::read_symlink("/proc/self/exe").parent_path() / ("unetflow-" + manifest.stage))
            .string(),
        "--quiet",
        "--threads",
        std::to_string(threads_),
        "--output",
        output.string()};
    Json config = manifest.config;
    if (manifest.kind == "predicted") {
      throw InputError(manifest.path.string(),
                       "was made by unetflow-predict --model: call that again for another folder, "
                       "and compare");
    }
    if (config.contains("start")) {
      throw InputError(manifest.path.string(),
                       "was trained from other weights, of which only the digest is known");
    }
    // What the trainer records beside its own configuration.
    for (const char* key : {"augment", "weightmap"}) {
      if (manifest.stage != "train" || !config.contains(key)) continue;
      add_config(command, std::string("--") + key, config[key]);
      config.erase(key);
    }
    add_config(command, "--config", config);
    if (!manifest.inputs.empty()) command.emplace_back("--input");
    for (const auto& input : manifest.inputs) {
      command.push_back(place_of(input_of(manifest, input)).string());
    }
    if (manifest.inputs.empty() && !manifest.sources.empty()) {
      if (sources_.empty()) {
        throw InputError(manifest.path.string(),
                         "was made from files: give their folder with --sources");
      }
      command.insert(command.end(), {"--input", sources_.string()});
    }
    run(std::move(command));
    return output;
  }

 private:
  fs::path place_of(const fs::path& path) const {
    return scratch_.path() / "again" / path.lexically_relative(root_);
  }
  void add_config(std::vector<std::string>& command, const std::string& flag,
                  const Json& config) const {
    const std::string name = flag.substr(2) + ".json";
    scratch_.write(name, config.dump());
    command.insert(command.end(), {flag, (scratch_.path() / name).string()});
  }

  int threads_;
  fs::path root_, sources_;
  ScratchFolder scratch_;
};

}  // namespace

void reproduce(Stage& stage, const fs::path& manifest, const fs::path& sources) {
  std::vector<Manifest> chain;
  std::set<fs::path> added;
  add_chain(fs::absolute(manifest).lexically_normal(), chain, added);
  const Maker maker(stage, root_of(chain), sources);
  for (const auto& wanted : chain) {
    const Manifest made = read_manifest(maker.make(wanted));
    const auto difference = difference_from_published(published_record(wanted), made);
    stage.print(printable(fmt::format("{}: {}", published_name(wanted),
                                      difference ? "DIFFERS" : "the same")) +
                "\n");
    if (difference) {
      throw InputError(wanted.path.string(),
                       "is not what is made of its inputs now: that " + *difference);
    }
  }
}

}  // namespace unetflow
