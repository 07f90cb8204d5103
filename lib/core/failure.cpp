#include "core/failure.hpp"

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include "core/error.hpp"
#include "core/large_memory.hpp"

namespace unetflow {
namespace {

/// "PATH: REASON"; of two paths both are part of what failed.
std::string in_words(const std::filesystem::filesystem_error& error) {
  std::string place = error.path1().string();
  if (!error.path2().empty()) place += " -> " + error.path2().string();
  return place + (place.empty() ? "" : ": ") + error.code().message();
}

/// Behind "[json.exception.type_error.302] ".
std::string in_words(const nlohmann::json::exception& error) {
  const std::string text = error.what();
  const auto end = text.find("] ");
  return "a configuration or an artifact does not contain what was expected: " +
         (end == std::string::npos ? text : text.substr(end + 2));
}

/// Of a library that has no kind of exception of its own, such as LibTorch: the first line.
std::string in_words(const std::exception& error) {
  const std::string text = error.what();
  for (const char* sign : {"allocate memory", "out of memory"}) {
    if (text.find(sign) != std::string::npos) return "out of memory";
  }
  return text.substr(0, text.find('\n'));
}

}  // namespace

Failure current_failure() {
  try {
    throw;
  } catch (const InputError& error) {
    return {error.what(), 2};
  } catch (const Error& error) {
    return {error.what(), 1};
  } catch (const NoRoom& error) {
    return {error.what(), 1};
  } catch (const std::bad_alloc&) {
    return {"out of memory", 1};
  } catch (const std::length_error&) {  // more elements than any memory has
    return {"out of memory", 1};
  } catch (const std::filesystem::filesystem_error& error) {
    return {in_words(error), 1};
  } catch (const std::system_error& error) {
    return {"the system refused: " + error.code().message(), 1};
  } catch (const nlohmann::json::exception& error) {
    return {in_words(error), 2};
  } catch (const std::logic_error&) {  // the standard library's, such as that of vector::at
    return {"internal error: a value is out of its range", 1};
  } catch (const std::exception& error) {
    return {in_words(error), 1};
  } catch (...) {
    return {"internal error: of an unknown kind", 1};
  }
}

}  // namespace unetflow
