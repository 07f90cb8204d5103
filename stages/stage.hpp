// What every stage program shares: its command line, its configuration, the exit codes, the timing
// log, and whether there is anything to do. The one place that includes CLI11.
//
//   unetflow-<stage> [--config JSON] --input MANIFEST... --output MANIFEST
//                    [--set POINTER=VALUE...] [--threads N] [--memory GIB] [--quiet] [--why]
//                    [--version] [--help]
//
// A stage first says what it would make an artifact from (manifest()), and leaves when the one at
// --output is just that (up_to_date()). So a stage may be called again at any time: it works only
// when something changed. --why says what has changed and does nothing.
//
// Exit codes: 0 done, 2 bad input or usage, 1 anything else.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "artifact/artifact_writer.hpp"
#include "artifact/digest_cache.hpp"
#include "artifact/identity.hpp"
#include "artifact/input_file.hpp"
#include "artifact/manifest.hpp"
#include "core/config.hpp"
#include "core/progress.hpp"

namespace CLI {
class App;
}

namespace unetflow {

class ArtifactLock;
class Communicator;
struct Failure;
struct Launch;

class Stage {
 public:
  /// `name` without the "unetflow-" prefix, also that of its schema; `example` is one command line.
  /// `revision` is raised whenever equal inputs and configuration give other bytes than before: it
  /// is part of an artifact's identity. tests/golden fails when it must be raised, as far as
  /// CONTRIBUTING.md says.
  Stage(std::string name, int revision, const std::string& summary, const std::string& example);
  ~Stage();

  /// An option of this stage's own; call before run().
  void option(const std::string& flag, fs::path& value, const std::string& help,
              bool required = false);
  void option(const std::string& flag, std::string& value, const std::string& help);
  /// One that may be given more than once.
  void option(const std::string& flag, std::vector<std::string>& values, const std::string& help);
  void flag(const std::string& flag, bool& value, const std::string& help);
  /// For stages that do without --input or --output.
  void input_is_optional();
  void output_is_optional();
  /// Options of all stages that would have no effect in this one.
  void has_no(const std::vector<std::string>& options);
  /// The kinds of artifact that this stage reads, in the order in which its manifest lists them;
  /// any other is an error. "folder" stands for a folder that is not an artifact. They may be given
  /// in any order. Without this call, the stage takes any kind.
  void takes(std::vector<std::string> kinds);
  /// For a program that reads ordinary files, whatever they are, and sets `output` itself.
  void takes_files();

  /// For a stage whose work several processes do together, where they were launched together. All
  /// call `body`; the first alone tells the user, has the lock and commits.
  void shares_its_work() { shares_its_work_ = true; }

  /// Parses the command line, calls `body`, turns exceptions into one line and an exit code.
  int run(int argc, char** argv, const std::function<void()>& body);

  /// The configuration: --config's file, or the defaults where none is given, with what --set
  /// changes; checked.
  template <class Config>
  Config config() const {
    return configuration(Config::kSchema).template get<Config>();
  }

  /// Where the configuration comes from, for messages about it: the file, --set, or both.
  std::string config_place() const;

  Progress progress(const std::string& title, std::int64_t total, const std::string& unit,
                    std::int64_t already_done = 0) const {
    return {title, total, unit, quiet, already_done};
  }
  /// Tells the user something, a line on standard error, unless quiet.
  void say(const std::string& line) const;
  /// The same of what may be wrong with the result: quiet or not.
  void warn(const std::string& line) const;

  /// Prints on standard output what the user asked for. With --output that waits until run() ends,
  /// when the artifact is whole: printing cannot fail it, only the exit code. Names from outside
  /// go through printable() first.
  void print(const std::string& text);

  /// All inputs, those of one kind together.
  std::vector<fs::path> inputs() const;
  /// The inputs of one of the kinds that takes() names.
  std::vector<fs::path> inputs_of(const std::string& kind) const;
  /// The one input of this kind; InputError when there is none, or more.
  fs::path input_of(const std::string& kind) const;
  /// The one input of a stage that takes one; InputError when there are more.
  fs::path only_input() const;

  /// What is about to be made: a manifest with kind, stage, revision, configuration and the records
  /// of the inputs. `config` also says whatever else the artifact's bytes depend on. Folders are
  /// not artifacts: what is read from them is listed file by file in `sources`.
  Manifest manifest(const std::string& kind, Json config) const;
  /// SHA-256 of a source file, remembered beside the artifact until the file changes.
  std::string digest(const fs::path& source);
  /// DigestCache::read_elsewhere_than() of what was read for the output when it was made.
  fs::path read_elsewhere_than(const fs::path& root);
  /// Whether the artifact at --output is whole and was made from what `wanted` names: then there is
  /// nothing to do. Otherwise says why it must be made. Always true with --why, once that is said.
  /// With Sources::kGone, an artifact whose source files cannot be looked at any more counts as up
  /// to date.
  /// When it returns false, this process has the artifact's lock, until it ends.
  /// Several processes get the first one's answer.
  bool up_to_date(const Manifest& wanted, Sources sources = Sources::kPresent);
  /// Names a folder that is of no use once the artifact is whole, such as a training's checkpoints:
  /// commit() removes it, or the next run that finds the artifact up to date; and the folder above
  /// it if that is empty then. One that cannot be removed is told. Call before up_to_date().
  void serves_the_work(fs::path folder) { scratch_ = std::move(folder); }
  /// Takes the artifact's lock, for a stage that does not ask. Throws Error naming the process that
  /// has it.
  void start_writing();

  /// Commits what a writer (ArtifactWriter, ShardWriter) has, together with the timing log, if the
  /// files that it was made from are those that were read. Throws Error if they are not.
  template <class Writer>
  void commit(Writer& writer, Manifest manifest) {
    watch_.check();
    writer.beside(output.stem().string() + ".log", [this] { return timing_log(); });
    writer.commit(std::move(manifest));
    remove_scratch();
  }

  /// Replaces this process by the program of the same name in libexec/, which links LibTorch and
  /// does not ask again whether it is up to date. Throws Error when it cannot be started.
  [[noreturn]] void start_libtorch_program() const;

  /// Those that do the work: this one alone, unless shares_its_work().
  Communicator& processes() const { return *processes_; }

  fs::path output;
  int threads = 0;  ///< never 0 once run() has started
  bool quiet = false;
  Json log = Json::object();  ///< what the timing log says beside stage, seconds and threads

 private:
  struct Input {
    fs::path path;
    std::string kind;  ///< empty where takes() was not called
  };
  bool parse(int argc, char** argv);
  void work(const std::function<void()>& body);
  int tell_failure() const;
  Failure told_by_one(const Failure& failure) const;
  void look_for_others();
  void join_others();
  void check_output() const;
  void keep_large_arrays_in(const fs::path& folder) const;
  std::string kind_of(const fs::path& input) const;
  void sort_inputs();
  bool is_up_to_date(const Manifest& wanted, Sources sources);
  bool waits_for_inputs();
  void tidy_up(const DigestCache& digests, bool whole) const;
  void remove_scratch() const;
  std::string timing_log();
  std::string label() const;
  void tell_why(bool stale, const std::string& text);
  bool is_given(const std::string& option) const;
  Json configuration(const char* schema_name) const;

  std::string name_;
  fs::path config_path_;
  int revision_;
  std::vector<std::string> settings_;
  std::vector<fs::path> given_;  ///< --input
  std::vector<std::string> kinds_;
  std::vector<Input> inputs_;  ///< `given_` by kind
  double memory_gib_ = 2;
  bool why_ = false;
  fs::path stale_;  ///< --why's list of artifacts that must be made again
  std::optional<DigestCache> digests_;
  std::unique_ptr<ArtifactLock> lock_;
  fs::path scratch_;  ///< empty: none
  bool shares_its_work_ = false;
  bool first_tells_ = false;  ///< while this is another process, and has not joined the first
  std::unique_ptr<Launch> launch_;
  std::unique_ptr<Communicator> processes_;
  InputWatch watch_;
  std::string printed_;  ///< what is still to be written to standard output
  std::chrono::steady_clock::time_point start_;
  char** argv_ = nullptr;
  std::unique_ptr<CLI::App> app_;
};

}  // namespace unetflow
