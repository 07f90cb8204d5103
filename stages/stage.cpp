#include "stage.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "artifact/artifact_lock.hpp"
#include "communication/join.hpp"
#include "core/crash.hpp"
#include "core/error.hpp"
#include "core/failure.hpp"
#include "core/large_memory.hpp"
#include "core/openmp.hpp"
#include "core/printable.hpp"
#include "core/read_file.hpp"
#include "core/standard_streams.hpp"
#include "core/tell.hpp"
#include "core/threads.hpp"
#include "core/utf8.hpp"
#include "core/version.hpp"
#include "start_threads.hpp"

namespace unetflow {

namespace {

/// Tells the program that links LibTorch that it was already asked whether it is up to date.
constexpr const char* kFile = "file";
constexpr const char* kAsked = "UNETFLOW_ASKED";

constexpr std::uint64_t kLongestList = 1 << 30;  // bytes; of stale artifacts

/// Throws InputError where `manifest`, which becomes JSON, has text that is not UTF-8.
void check_names(const Manifest& manifest) {
  for (const auto* records : {&manifest.inputs, &manifest.sources}) {
    for (const auto& record : *records) {
      if (!is_utf8(record.path)) throw InputError(record.path, "has a name that is not UTF-8");
    }
  }
  try {
    (void)manifest.config.dump();
  } catch (const Json::type_error&) {
    throw InputError("command line", "has text that is not UTF-8");
  }
}

}  // namespace

Stage::Stage(std::string name, int revision, const std::string& summary, const std::string& example)
    : name_(std::move(name)),
      revision_(revision),
      processes_(std::make_unique<Communicator>()),
      app_(std::make_unique<CLI::App>(summary, "unetflow-" + name_)) {
  prepare_process();
  tell_refused_threads_as("unetflow-" + name_);
  threads = available_threads();
  app_->add_option("--config", config_path_,
                   "Configuration, a JSON file (keys below; default: their defaults)");
  app_->add_option("input,--input", given_, "What to read: manifests, in any order")->required();
  app_->add_option("--output", output, "The manifest to write; its files come beside it")
      ->required();
  app_->add_option("--set", settings_,
                   "Changes the configuration: a JSON pointer and a value, as in --set /seed=2");
  app_->add_option("--threads", threads, "Threads to use (default: all that may be used)")
      ->check(CLI::Range(1, 1024));
  app_->add_option("--memory", memory_gib_,
                   "GiB that the program may hold in memory where images are large; what is more "
                   "lies in files beside the output while it works")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app_->add_flag("--quiet", quiet, "No progress on standard error; only what may be wrong");
  app_->add_option(
          "--why", stale_,
          "Only say what has changed since the artifact was made. LIST collects the artifacts "
          "that must be made again, for the stages after this one")
      ->expected(0, 1)
      ->type_name("LIST");
  app_->set_version_flag("--version", fmt::format("unetflow-{} {}", name_, kVersion));
  std::string keys;
  try {
    keys = "Configuration:\n" + describe_schema(name_);
  } catch (const Error&) {  // a stage without a configuration
  }
  app_->footer(keys + "\nExample:\n  " + example);
}

Stage::~Stage() = default;

void Stage::option(const std::string& flag, fs::path& value, const std::string& help,
                   bool required) {
  app_->add_option(flag, value, help)->required(required);
}

void Stage::option(const std::string& flag, std::string& value, const std::string& help) {
  app_->add_option(flag, value, help);
}

void Stage::option(const std::string& flag, std::vector<std::string>& values,
                   const std::string& help) {
  app_->add_option(flag, values, help);
}

void Stage::flag(const std::string& flag, bool& value, const std::string& help) {
  app_->add_flag(flag, value, help);
}

void Stage::input_is_optional() { app_->get_option("--input")->required(false); }
void Stage::output_is_optional() { app_->get_option("--output")->required(false); }

void Stage::has_no(const std::vector<std::string>& options) {
  for (const auto& option : options) app_->remove_option(app_->get_option(option));
}

void Stage::takes(std::vector<std::string> kinds) { kinds_ = std::move(kinds); }

void Stage::takes_files() {
  kinds_ = {kFile};
  has_no({"--output", "--why"});
}

bool Stage::is_given(const std::string& option) const {
  const auto* const found = app_->get_option_no_throw(option);
  return found != nullptr && found->count() > 0;
}

int Stage::run(int argc, char** argv, const std::function<void()>& body) {
  argv_ = argv;
  tell_crashes("unetflow-" + name_);
  int code = 0;
  try {
    look_for_others();
    if (parse(argc, argv)) work(body);
  } catch (...) {
    code = tell_failure();
  }
  try {
    write_standard_output(printed_);
  } catch (...) {
    code = std::max(code, tell_failure());
  }
  return code;
}

int Stage::tell_failure() const {
  const Failure failure = told_by_one(current_failure());
  if (!failure.message.empty()) {
    tell(fmt::format("unetflow-{}: {}\n", name_, printable(failure.message)));
  }
  return failure.exit_code;
}

/// Of several processes that fail for one reason, the message stays with one.
Failure Stage::told_by_one(const Failure& failure) const {
  if (first_tells_) return {"", failure.exit_code};
  try {
    throw;
  } catch (const PeerEnded& other) {
    return processes_->end(failure, &other);
  } catch (...) {
    return processes_->end(failure);
  }
}

void Stage::look_for_others() {
  if (!shares_its_work_) return;
  launch_ = std::make_unique<Launch>(launch_of_environment());
  first_tells_ = launch_->rank > 0;
}

void Stage::join_others() {
  if (!launch_ || launch_->size == 1 || why_) return;
  first_tells_ = false;
  processes_ = join(*launch_, output);
  quiet = quiet || !processes_->is_first();
  if (is_given("--threads")) return;
  // Where the launcher has not given each process processors of its own.
  const auto all = processes_->all(host_name() + " " + processors_in_words());
  const auto with_these = std::count(all.begin(), all.end(), all[size_t(processes_->rank())]);
  threads = std::max(1, threads / static_cast<int>(with_these));
}

bool Stage::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
    return true;
  } catch (const CLI::ParseError& error) {
    std::ostringstream text, unused;
    if (app_->exit(error, text, unused) != 0) {
      throw InputError("command line", fmt::format("{} (see --help)", error.what()));
    }
    print(text.str());  // --help, --version
    return false;
  }
}

void Stage::work(const std::function<void()>& body) {
  start_ = std::chrono::steady_clock::now();
  why_ = is_given("--why");
  if (why_ && output.empty()) throw InputError("--why", "expected --output as well");
  check_output();
  if (why_ && waits_for_inputs()) return;
  join_others();
  sort_inputs();
  if (output.empty()) keep_large_arrays_in(fs::temp_directory_path());
  body();
  processes_->all("");  // none ends before all have done their part
  constexpr double kGiB = 1 << 30;
  if (const auto bytes = static_cast<double>(most_bytes_in_files()); bytes > 0) {
    say(fmt::format("{}: up to {:.1f} GiB lay in files, as --memory is {} GiB", label(),
                    bytes / kGiB, memory_gib_));
  }
}

void Stage::keep_large_arrays_in(const fs::path& folder) const {
  constexpr double kGiB = 1 << 30;
  unetflow::keep_large_arrays_in(folder, static_cast<std::size_t>(memory_gib_ * kGiB));
}

std::string Stage::timing_log() {
  // Timings vary from run to run, so they are beside the artifact, not in it.
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
  log.update({{"stage", name_}, {"seconds", seconds.count()}, {"threads", threads}});
  return log.dump() + "\n";
}

void Stage::print(const std::string& text) {
  if (first_tells_ || !processes_->is_first()) return;
  printed_ += text;
  if (!output.empty()) return;
  write_standard_output(std::exchange(printed_, {}));
}

void Stage::check_output() const {
  if (!is_given("--output")) return;
  const std::string place = "--output " + output.string();
  std::error_code failed;
  const auto type = fs::status(output, failed).type();
  if (type == fs::file_type::none) {
    throw InputError(place, "cannot be looked at: " + failed.message());
  }
  if (output.extension() != ".json" || type == fs::file_type::directory) {
    throw InputError(place, fmt::format("is {}, expected the name of a manifest, ending in .json",
                                        type == fs::file_type::directory ? "a folder"
                                        : output.empty()                 ? "empty"
                                                                         : "another name"));
  }
  const auto same = [&](const fs::path& other) {
    return fs::weakly_canonical(other, failed) == fs::weakly_canonical(output, failed);
  };
  if (std::any_of(given_.begin(), given_.end(), same)) throw InputError(place, "is also an input");
  if (!config_path_.empty() && same(config_path_)) {
    throw InputError(place, "is also the configuration");
  }
}

std::string Stage::kind_of(const fs::path& input) const {
  if (input.empty()) throw InputError("--input", "is empty, expected a manifest's name");
  std::error_code failed;
  if (kinds_.front() == kFile) return kFile;
  const bool is_folder = fs::is_directory(input, failed);
  // A folder may be gone by now; what is called .json is meant to be a manifest.
  const bool folder = is_folder || input.extension() != ".json";
  if (!folder || std::find(kinds_.begin(), kinds_.end(), "folder") == kinds_.end()) {
    return read_manifest(input).kind;
  }
  if (!is_folder && fs::exists(input, failed)) {
    throw InputError(input.string(), "is a file, expected a folder or a manifest");
  }
  return "folder";
}

void Stage::sort_inputs() {
  for (const auto& path : given_) {
    if (kinds_.empty()) {
      inputs_.push_back({path, {}});
      continue;
    }
    const std::string kind = kind_of(path);
    if (std::find(kinds_.begin(), kinds_.end(), kind) == kinds_.end()) {
      throw InputError(path.string(), fmt::format("is an artifact of kind \"{}\", expected \"{}\"",
                                                  kind, fmt::join(kinds_, "\" or \"")));
    }
    inputs_.push_back({path, kind});
  }
  const auto place = [&](const Input& input) {
    return std::find(kinds_.begin(), kinds_.end(), input.kind);
  };
  std::stable_sort(inputs_.begin(), inputs_.end(),
                   [&](const Input& a, const Input& b) { return place(a) < place(b); });
}

Json Stage::configuration(const char* schema_name) const {
  Json json = config_path_.empty() ? Json::object() : load_json(config_path_);
  for (const auto& setting : settings_) apply_setting(json, setting);
  return checked(json, schema_name, config_place());
}

std::string Stage::config_place() const {
  // A wrong value may have come from either.
  std::string place = config_path_.string();
  if (!settings_.empty()) place += place.empty() ? "--set" : " and --set";
  return place.empty() ? "the default configuration" : place;
}

void Stage::say(const std::string& line) const {
  if (!quiet) warn(line);
}

void Stage::warn(const std::string& line) const {
  if (processes_->is_first()) tell(fmt::format("unetflow-{}: {}\n", name_, printable(line)));
}

std::vector<fs::path> Stage::inputs() const {
  std::vector<fs::path> paths;
  for (const auto& input : inputs_) paths.push_back(input.path);
  return paths;
}

std::vector<fs::path> Stage::inputs_of(const std::string& kind) const {
  std::vector<fs::path> paths;
  for (const auto& input : inputs_) {
    if (input.kind == kind) paths.push_back(input.path);
  }
  return paths;
}

fs::path Stage::input_of(const std::string& kind) const {
  const auto paths = inputs_of(kind);
  if (paths.size() != 1) {
    throw InputError("--input", fmt::format("names {} manifests of kind \"{}\", expected one",
                                            paths.size(), kind));
  }
  return paths.front();
}

fs::path Stage::only_input() const {
  if (inputs_.size() != 1) {
    throw InputError("--input", fmt::format("names {} manifests, expected one", inputs_.size()));
  }
  return inputs_.front().path;
}

Manifest Stage::manifest(const std::string& kind, Json config) const {
  Manifest manifest;
  manifest.kind = kind;
  manifest.stage = name_;
  manifest.revision = revision_;
  manifest.config = std::move(config);
  if (output.empty()) return manifest;  // it will not be written
  for (const auto& input : inputs_) {
    if (input.kind == "folder" || input.kind == kFile) continue;
    manifest.inputs.push_back(input_record(input.path, output));
  }
  return manifest;
}

std::string Stage::digest(const fs::path& source) {
  if (!digests_) digests_.emplace(fs::path(output).replace_extension(".digests"));
  return digests_->sha256_of_source(source);
}

fs::path Stage::read_elsewhere_than(const fs::path& root) {
  if (!digests_) digests_.emplace(fs::path(output).replace_extension(".digests"));
  return digests_->read_elsewhere_than(root);
}

bool Stage::up_to_date(const Manifest& wanted, Sources sources) {
  if (!processes_->is_first()) keep_large_arrays_in(folder_of(output));
  return processes_->first_of(processes_->is_first() && is_up_to_date(wanted, sources));
}

bool Stage::is_up_to_date(const Manifest& wanted, Sources sources) {
  check_names(wanted);
  if (getenv(kAsked) != nullptr) {
    unsetenv(kAsked);
    start_writing();
    return false;
  }
  if (!digests_) digests_.emplace(fs::path(output).replace_extension(".digests"));
  DigestCache& digests = *digests_;
  auto reason = what_changed(wanted, output, digests, sources);
  const std::string kept = sources == Sources::kGone ? "; its source files are gone" : "";
  if (why_) {
    tell_why(reason.has_value(), reason.value_or("up to date" + kept));
    return true;
  }
  if (reason && !lock_) {
    start_writing();
    reason = what_changed(wanted, output, digests, sources);  // made by another process since?
  }
  if (sources == Sources::kGone) digests.keep_all();
  tidy_up(digests, !reason);
  if (!reason) {
    lock_.reset();
    say(label() + ": up to date" + kept);
  } else if (fs::exists(output)) {
    say(label() + ": " + *reason);
  }
  return !reason;
}

void Stage::start_writing() {
  lock_ = std::make_unique<ArtifactLock>(output);
  keep_large_arrays_in(folder_of(output));
}

void Stage::tidy_up(const DigestCache& digests, bool whole) const {
  std::error_code unknown;
  const bool scratch = whole && !scratch_.empty() && fs::exists(scratch_, unknown);
  if (!lock_ && !scratch && !digests.changed() && !has_leftovers(output)) return;
  std::unique_ptr<ArtifactLock> lock;
  if (!lock_) {
    try {
      lock = ArtifactLock::if_free(output);
      if (!lock) return;      // somebody else's work
    } catch (const Error&) {  // the folder cannot be written, and nobody writes there
    }
  }
  if (whole) remove_scratch();
  digests.save();
}

void Stage::remove_scratch() const {
  if (scratch_.empty()) return;
  std::error_code error, not_empty;
  fs::remove_all(scratch_, error);
  fs::remove(scratch_.parent_path(), not_empty);
  if (!error) return;
  tell(
      fmt::format("unetflow-{}: {} is of no more use and cannot be removed: {}; the next run "
                  "tries again\n",
                  name_, printable(scratch_.string()), error.message()));
}

void Stage::start_libtorch_program() const {
  setenv(kAsked, "1", 1);
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
  start_with_passive_openmp(folder / "libexec" / ("unetflow-" + name_), argv_);
}

std::string Stage::label() const {
  return ShardName::find(output) ? output.stem().string() : output.filename().string();
}

void Stage::tell_why(bool stale, const std::string& text) {
  print(fmt::format("{} {}: {}\n", name_, label(), printable(text)));
  if (!stale || stale_.empty()) return;
  std::ofstream list(stale_, std::ios::app);
  list << fs::absolute(output).lexically_normal().string() + "\n";
  if (!list.flush()) throw InputError("--why " + stale_.string(), "cannot be written");
}

bool Stage::waits_for_inputs() {
  std::vector<std::string> stale;
  std::istringstream list(fs::exists(stale_) ? read_file(stale_, kLongestList) : "");
  for (std::string line; std::getline(list, line);) stale.push_back(line);
  for (const auto& input : given_) {
    const std::string path = fs::absolute(input).lexically_normal().string();
    const bool is_stale = std::find(stale.begin(), stale.end(), path) != stale.end();
    if (!is_stale && (fs::exists(input) || input.extension() != ".json")) continue;
    tell_why(true, input.string() + " must be made first");
    return true;
  }
  return false;
}

}  // namespace unetflow
