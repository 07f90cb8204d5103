#include "artifact/identity.hpp"

#include <fmt/format.h>

#include <map>
#include <string_view>

namespace unetflow {
namespace {

using Reason = std::optional<std::string>;

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

/// The first difference between two values, with its JSON pointer. Keys that only `before` has are
/// a difference when `whole`.
Reason changed_value(const Json& now, const Json& before, const std::string& pointer, bool whole) {
  if (now.is_object() && before.is_object()) {
    for (const auto& [key, value] : now.items()) {
      const std::string place = pointer + "/" + key;
      const auto old = before.find(key);
      if (old == before.end()) return fmt::format("{} is {}, was not set", place, shown(value));
      if (auto reason = changed_value(value, *old, place, whole)) return reason;
    }
    for (const auto& [key, value] : before.items()) {
      if (whole && !now.contains(key)) {
        return fmt::format("{}/{} is not set, was {}", pointer, key, shown(value));
      }
    }
    return {};
  }
  if (now.is_array() && before.is_array() && now.size() == before.size()) {
    for (size_t i = 0; i < now.size(); ++i) {
      const std::string place = fmt::format("{}/{}", pointer, i);
      if (auto reason = changed_value(now[i], before[i], place, whole)) return reason;
    }
    return {};
  }
  if (now == before) return {};
  if (now.is_array() && before.is_array() && shown(now) == shown(before)) {
    return fmt::format("{} has {} entries, had {}", pointer, now.size(), before.size());
  }
  return fmt::format("{} is {}, was {}", pointer, shown(now), shown(before));
}

Reason changed_record(const std::vector<InputRecord>& now, const std::vector<InputRecord>& before) {
  if (now == before) return {};
  const auto by_path = [](const auto& records) {
    std::map<std::string_view, const InputRecord*> found;
    for (const auto& record : records) found.emplace(record.path, &record);
    return found;
  };
  const auto new_ones = by_path(now), old_ones = by_path(before);
  for (const auto& record : before) {
    if (!new_ones.contains(record.path)) return record.path + " is gone";
  }
  for (const auto& record : now) {
    const auto old = old_ones.find(record.path);
    if (old == old_ones.end()) return record.path + " is new";
    if (old->second->sha256 != record.sha256) return record.path + " has changed";
  }
  return "what it is made from comes in another order";
}

Reason changed_file(const Manifest& manifest, DigestCache& digests) {
  for (const auto& record : manifest.files) {
    if (digests.sha256(manifest.path.parent_path() / record.name) != record.sha256) {
      return record.name + " is damaged: its SHA-256 is not the manifest's";
    }
  }
  return {};
}

}  // namespace

std::optional<std::string> what_changed(const Manifest& wanted, const fs::path& path,
                                        DigestCache& digests, Sources sources) {
  std::error_code unknown;
  if (!fs::exists(path, unknown)) return "no artifact yet";
  try {
    const Manifest old = read_manifest(path);
    if (old.kind != wanted.kind || old.stage != wanted.stage) {
      return fmt::format("holds \"{}\" by {}, expected \"{}\" by {}", old.kind, old.stage,
                         wanted.kind, wanted.stage);
    }
    if (old.revision != wanted.revision) {
      return fmt::format("revision {}, was {}", wanted.revision, old.revision);
    }
    if (auto reason = changed_value(wanted.config, old.config, "", true)) return reason;
    if (auto reason = changed_record(wanted.inputs, old.inputs)) return reason;
    if (sources == Sources::kPresent) {
      if (auto reason = changed_record(wanted.sources, old.sources)) return reason;
      if (!wanted.contents.is_null()) {
        if (auto reason = changed_value(wanted.contents, old.contents, "", false)) return reason;
      }
    }
    return changed_file(old, digests);
  } catch (const Error& error) {  // what is there is not whole, or is just being replaced
    return error.what();
  }
}

}  // namespace unetflow
