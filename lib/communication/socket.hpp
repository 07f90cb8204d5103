// TCP connections of IPv4.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace unetflow {

using Deadline = std::chrono::steady_clock::time_point;

/// A socket, closed with this object and by exec().
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket();
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  int descriptor() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }

  /// Whether there is something to receive in time, or the other end is gone.
  bool readable(Deadline deadline) const;

  // Both move as much as is possible at once. Nothing if the other end is gone; 0 if one must wait.
  std::optional<std::size_t> send_some(std::span<const std::byte> bytes);
  std::optional<std::size_t> receive_some(std::span<std::byte> bytes);

  // All of it; false if the other end is gone or time is up.
  bool send(std::span<const std::byte> bytes, Deadline deadline);
  bool receive(std::span<std::byte> bytes, Deadline deadline);

 private:
  int descriptor_ = -1;
};

/// Listens at all addresses of this host, at a port that the system chooses. Throws Error.
Socket listening();
int port_of(const Socket& listening);
/// The next connection; closed if time is up.
Socket accepted(const Socket& listening, Deadline deadline);
/// Closed if there is no connection in time.
Socket connected(const std::string& address, int port, Deadline deadline);
/// Where the other end is; empty if it is gone.
std::string address_of_peer(const Socket& socket);
/// This host's, without those that only this host can reach.
std::vector<std::string> own_addresses();
std::string host_name();

/// Two that are connected to each other.
std::pair<Socket, Socket> socket_pair();

}  // namespace unetflow
