#include "stage.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <new>

#include "core/error.hpp"
#include "core/threads.hpp"
#include "core/version.hpp"

namespace unetflow {

Stage::Stage(std::string name, int revision, const std::string& summary, const std::string& example)
    : name_(std::move(name)),
      revision_(revision),
      app_(std::make_unique<CLI::App>(summary, "unetflow-" + name_)) {
  threads = available_threads();
  app_->add_option("--config", config_path, "Configuration, a JSON file (keys below)")->required();
  app_->add_option("input,--input", inputs, "What to read: manifests")->required();
  app_->add_option("--output", output, "The manifest to write; its files come beside it")
      ->required();
  app_->add_option("--set", settings_,
                   "Changes the configuration: a JSON pointer and a value, as in --set /seed=2");
  app_->add_option("--threads", threads, "Threads to use (default: all that may be used)")
      ->check(CLI::Range(1, 1024));
  app_->add_flag("--quiet", quiet, "No progress on standard error");
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

void Stage::config_is_optional() { app_->get_option("--config")->required(false); }
void Stage::input_is_optional() { app_->get_option("--input")->required(false); }
void Stage::output_is_optional() { app_->get_option("--output")->required(false); }

int Stage::run(int argc, char** argv, const std::function<void()>& body) {
  const auto fail = [&](const std::string& message, int code) {
    // One line, also of what LibTorch has to say.
    fmt::print(stderr, "unetflow-{}: {}\n", name_, message.substr(0, message.find('\n')));
    return code;
  };
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app_->exit(error);  // --help, --version
    return fail(fmt::format("{} (see --help)", error.what()), 2);
  }
  try {
    const auto start = std::chrono::steady_clock::now();
    check_output();
    body();
    if (!output.empty()) {
      // Timings vary from run to run, so they lie beside the artifact, not in it.
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      log.update({{"stage", name_}, {"seconds", seconds.count()}, {"threads", threads}});
      write_file_atomically(fs::path(output).replace_extension(".log"), log.dump() + "\n");
    }
    return 0;
  } catch (const InputError& error) {
    return fail(error.what(), 2);
  } catch (const std::bad_alloc&) {
    return fail("out of memory", 1);
  } catch (const std::exception& error) {
    return fail(error.what(), 1);
  }
}

void Stage::check_output() const {
  std::error_code ignored;
  const auto same = [&](const fs::path& input) {
    return fs::weakly_canonical(input, ignored) == fs::weakly_canonical(output, ignored);
  };
  if (!output.empty() && std::any_of(inputs.begin(), inputs.end(), same)) {
    throw InputError("--output " + output.string(), "is also an input");
  }
}

Json Stage::configuration(const char* schema_name) const {
  Json json = config_path.empty() ? Json::object() : load_json(config_path);
  for (const auto& setting : settings_) {
    const auto equals = setting.find('=');
    const Json value =
        Json::parse(equals == std::string::npos ? "" : setting.substr(equals + 1), nullptr, false);
    if (setting.front() != '/' || value.is_discarded()) {
      throw InputError("--set " + setting, "expected a JSON pointer, = and a JSON value");
    }
    try {
      json[Json::json_pointer(setting.substr(0, equals))] = value;
    } catch (const Json::exception&) {
      throw InputError("--set " + setting, "points to nowhere in the configuration");
    }
  }
  // Nobody knows which of the two a wrong value came from.
  std::string place = config_path.string();
  if (!settings_.empty()) place += place.empty() ? "--set" : " and --set";
  return checked(std::move(json), schema_name, place);
}

void Stage::say(const std::string& line) const {
  if (!quiet) fmt::print(stderr, "unetflow-{}: {}\n", name_, line);
}

const fs::path& Stage::only_input() const {
  if (inputs.size() != 1) {
    throw InputError("--input", fmt::format("names {} manifests, expected one", inputs.size()));
  }
  return inputs.front();
}

Manifest Stage::manifest(const std::string& kind, Json config) const {
  Manifest manifest;
  manifest.kind = kind;
  manifest.stage = name_;
  manifest.revision = revision_;
  manifest.config = std::move(config);
  check_output();  // inputs may have come in since the beginning
  for (const auto& input : inputs) manifest.inputs.push_back(input_record(input, output));
  return manifest;
}

}  // namespace unetflow
