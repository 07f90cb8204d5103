// What every stage program shares: its command line, its configuration, the exit codes, the timing
// log. The one place that includes CLI11.
//
//   unetflow-<stage> --config JSON --input MANIFEST... --output MANIFEST
//                    [--set POINTER=VALUE...] [--threads N] [--quiet] [--version] [--help]
//
// Exit codes: 0 done, 2 bad input or usage, 1 anything else.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "artifact/artifact_writer.hpp"
#include "artifact/manifest.hpp"
#include "core/config.hpp"
#include "core/progress.hpp"

namespace CLI {
class App;
}

namespace unetflow {

class Stage {
 public:
  /// `name` without the "unetflow-" prefix, also that of its schema; `example` is one command line.
  /// `revision` is raised whenever equal inputs and configuration give other bytes than before: it
  /// is part of an artifact's identity, and tests/golden tells when to raise it.
  Stage(std::string name, int revision, const std::string& summary, const std::string& example);
  ~Stage();

  /// An option of this stage's own; call before run().
  void option(const std::string& flag, fs::path& value, const std::string& help,
              bool required = false);
  void option(const std::string& flag, std::string& value, const std::string& help);
  /// One that may be given more than once.
  void option(const std::string& flag, std::vector<std::string>& values, const std::string& help);
  void flag(const std::string& flag, bool& value, const std::string& help);
  /// For stages that do without --config, --input or --output.
  void config_is_optional();
  void input_is_optional();
  void output_is_optional();

  /// Parses the command line, calls `body`, turns exceptions into one line and an exit code.
  int run(int argc, char** argv, const std::function<void()>& body);

  /// The configuration: --config's file with what --set changes, checked, with defaults.
  template <class Config>
  Config config() const {
    return configuration(Config::kSchema).template get<Config>();
  }

  Progress progress(const std::string& title, std::int64_t total, const std::string& unit,
                    std::int64_t already_done = 0) const {
    return {title, total, unit, quiet, already_done};
  }
  /// Tells the user something, a line on standard error, unless quiet.
  void say(const std::string& line) const;
  /// The one input of a stage that takes one; InputError when there are more.
  const fs::path& only_input() const;
  /// A manifest with kind, stage, configuration and the inputs' records filled in.
  Manifest manifest(const std::string& kind, Json config) const;

  fs::path config_path;
  std::vector<fs::path> inputs;
  fs::path output;
  int threads = 0;  ///< never 0 once run() has started
  bool quiet = false;
  Json log = Json::object();  ///< what the timing log says beside stage, seconds and threads

 private:
  void check_output() const;
  Json configuration(const char* schema_name) const;

  std::string name_;
  int revision_;
  std::vector<std::string> settings_;
  std::unique_ptr<CLI::App> app_;
};

}  // namespace unetflow
