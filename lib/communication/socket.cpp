#include "communication/socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "core/error.hpp"

namespace unetflow {
namespace {

[[noreturn]] void refuse() {
  throw Error(std::string("processes cannot be connected: ") + std::strerror(errno));
}

/// Whether the descriptor is ready for `events` in time.
bool ready(int descriptor, short events, Deadline deadline) {
  pollfd wanted = {descriptor, events, 0};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const int found = poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (found >= 0 || errno != EINTR) return found > 0;
  }
}

/// What was moved of a call to send() or recv(), as Socket::send_some() says it.
std::optional<std::size_t> moved(ssize_t result) {
  if (result > 0) return static_cast<std::size_t>(result);
  if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return 0;
  return {};
}

void set(int descriptor, int level, int option, int value) {
  setsockopt(descriptor, level, option, &value, sizeof value);
}

/// A connection sends at once, and ends half a minute after the other host is lost.
Socket tuned(Socket connection) {
  const int descriptor = connection.descriptor();
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 4);
  set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000);
  return connection;
}

std::string in_words(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> text = {};
  inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  return text.data();
}

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool Socket::readable(Deadline deadline) const { return ready(descriptor_, POLLIN, deadline); }

std::optional<std::size_t> Socket::send_some(std::span<const std::byte> bytes) {
  return moved(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

std::optional<std::size_t> Socket::receive_some(std::span<std::byte> bytes) {
  return moved(::recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT));
}

bool Socket::send(std::span<const std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (!ready(descriptor_, POLLOUT, deadline)) return false;
    const auto sent = send_some(bytes);
    if (!sent) return false;
    bytes = bytes.subspan(*sent);
  }
  return true;
}

bool Socket::receive(std::span<std::byte> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (!ready(descriptor_, POLLIN, deadline)) return false;
    const auto received = receive_some(bytes);
    if (!received) return false;
    bytes = bytes.subspan(*received);
  }
  return true;
}

Socket listening() {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) refuse();
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  if (bind(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(socket.descriptor(), SOMAXCONN) != 0) {
    refuse();
  }
  return socket;
}

int port_of(const Socket& listening) {
  sockaddr_in address = {};
  socklen_t size = sizeof address;
  if (getsockname(listening.descriptor(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    refuse();
  }
  return ntohs(address.sin_port);
}

Socket accepted(const Socket& listening, Deadline deadline) {
  while (ready(listening.descriptor(), POLLIN, deadline)) {
    const int descriptor = accept4(listening.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor >= 0) return tuned(Socket(descriptor));
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) refuse();
  }
  return {};
}

Socket connected(const std::string& address, int port, Deadline deadline) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) refuse();
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1) return {};
  const int descriptor = socket.descriptor();
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    int error = errno;
    socklen_t size = sizeof error;
    if (error != EINPROGRESS || !ready(descriptor, POLLOUT, deadline) ||
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
      return {};
    }
  }
  return tuned(std::move(socket));
}

std::string address_of_peer(const Socket& socket) {
  sockaddr_in address = {};
  socklen_t size = sizeof address;
  const bool known =
      getpeername(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &size) == 0;
  return known ? in_words(address) : "";
}

std::vector<std::string> own_addresses() {
  std::vector<std::string> found;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) refuse();
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    const std::string address = in_words(*reinterpret_cast<const sockaddr_in*>(one->ifa_addr));
    if (!address.starts_with("127.")) found.push_back(address);
  }
  freeifaddrs(all);
  return found;
}

std::string host_name() {
  std::array<char, 256> name = {};
  if (gethostname(name.data(), name.size() - 1) != 0) refuse();
  return name.data();
}

std::pair<Socket, Socket> socket_pair() {
  int both[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) != 0) refuse();
  return {Socket(both[0]), Socket(both[1])};
}

}  // namespace unetflow
