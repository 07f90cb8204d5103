// An HDF5 identifier that closes itself. Private to lib/artifact.
#pragma once

#include <hdf5.h>

#include <utility>

namespace unetflow {

class Handle {
 public:
  Handle() = default;
  Handle(hid_t id, herr_t (*how)(hid_t)) : id_(id), close_(how) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() { close(); }
  operator hid_t() const { return id_; }  // NOLINT: used where HDF5 expects an identifier
  bool valid() const { return id_ >= 0; }
  /// Closes it now; false where HDF5 could not. Closing a file or a dataset writes what HDF5 still
  /// keeps in memory, so a writer must look at the result.
  bool close() { return id_ < 0 || close_(std::exchange(id_, -1)) >= 0; }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

}  // namespace unetflow
